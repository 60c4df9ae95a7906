import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomSessionEvents } from "../testing/random-session.ts";
import { followCalls } from "./calls-by-agent.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { foldKeep, trimSession } from "./trim.ts";
import { viewCalls } from "./views.ts";

test("the calls that are kept in order are those of the session, each with its agent, also once some were let go of", () => {
  fc.assert(
    fc.property(randomSessionEvents({ maxLength: 60 }), fc.nat(60), (events, cut) => {
      const callsOf = followCalls();
      let session: Session | undefined;
      for (const [no, event] of events.filter(ofSession).entries()) {
        session = foldSession(session, event);
        if (no === cut) session = trimSession(session, { ...foldKeep, calls: 1, recentMs: 1 });
        if (no % 2 === 0) continue;
        const { of, open } = callsOf(session.calls.map);
        const calls = viewCalls(session).map(({ call_id }) => session!.calls.map.get(call_id)!);
        for (const [agent, own] of of)
          assert.deepEqual(
            own,
            calls.filter(({ agent_id }) => agent_id === agent),
          );
        assert.equal(
          [...of.values()].reduce((sum, own) => sum + own.length, 0),
          calls.length,
        );
        assert.deepEqual(new Set(open.values()), new Set(calls.filter(({ outcome }) => outcome === undefined)));
      }
    }),
    { numRuns: 300 },
  );
});
