import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { decodeSession, encodeSession } from "../../../src/projections/encode.ts";
import { foldSession, type Session } from "../../../src/projections/session.ts";
import { needsWhole, pictureKeep, trimSession } from "../../../src/projections/trim.ts";
import { sceneSessions } from "../app/selectors.ts";
import { buildScene } from "./scene.ts";
import { mapOf } from "../../../src/lib/persistent-map.ts";

const START = Date.UTC(2026, 10, 20, 10);

/** Helpers that come under somebody who was there before, work and mostly go, in the order of their times. */
const lives = fc.array(
  fc.record({ parent: fc.nat(30), from: fc.nat(600), lasts: fc.option(fc.nat(200), { nil: undefined }), tells: fc.boolean() }),
  { minLength: 40, maxLength: 90, size: "max" },
);

function eventsOf(list: readonly { parent: number; from: number; lasts: number | undefined; tells: boolean }[]): StoredEvent[] {
  const events: { second: number; type: string; agent: string; data: object }[] = [];
  const sorted = list.toSorted((a, b) => a.from - b.from);
  for (const [index, { parent, from, lasts, tells }] of sorted.entries()) {
    const agent = `agt_${index}`;
    const by = parent < index ? `agt_${parent}` : "agt_main";
    const call_id = `call_${index}`;
    events.push(
      {
        second: from,
        type: "tool.started",
        agent: by,
        data: { call_id, name: "Agent", kind: "agent", input: { subagent_type: `kind ${index}` } },
      },
      {
        second: from,
        type: "agent.spawned",
        agent,
        data: { agent_type: `kind ${index}`, ...(tells ? { parent_agent_id: by, edge: "reported" } : {}) },
      },
    );
    if (lasts !== undefined) events.push({ second: from + lasts, type: "agent.ended", agent, data: { outcome: "completed" } });
    events.push({ second: from + (lasts ?? 3), type: "tool.ended", agent: by, data: { call_id, outcome: "ok" } });
  }
  return events
    .toSorted((a, b) => a.second - b.second)
    .map(
      ({ second, type, agent, data }, index) =>
        ({
          seq: index + 1,
          id: `e:${index}`,
          type,
          timestamp: new Date(START + second * 1_000).toISOString(),
          source: "claude-code/transcript",
          session_id: "ses_one",
          agent_id: agent,
          data,
        }) as unknown as StoredEvent,
    );
}

function placesOf(session: Session, nowMs: number): Map<string, string> {
  const state = { seq: 1, sessions: mapOf([[session.session_id, session] as const]) };
  const { nodes } = buildScene(sceneSessions(state, nowMs, session.session_id), { nowMs, trail: false, leaving: new Set() });
  return new Map(
    nodes
      .filter(({ status }) => status !== "ended")
      .map(({ agent_id, ring, x, y }) => [agent_id, `${ring} ${x.toFixed(3)} ${y.toFixed(3)}`]),
  );
}

test("whoever joins late sees everybody where the others see them: a trimmed session stands as the whole one does", () => {
  let gone = 0;
  fc.assert(
    fc.property(lives, fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { maxLength: 3 }), (list, cuts) => {
      const events = eventsOf(list);
      let whole: Session | undefined;
      let trimmed: Session | undefined;
      const trims = new Set([...cuts.map((cut) => Math.floor(cut * events.length)), events.length]);
      for (const [index, event] of events.entries()) {
        whole = foldSession(whole, event as never);
        if (needsWhole(trimmed, event))
          trimmed = events.slice(0, index).reduce<Session | undefined>((of, one) => foldSession(of, one as never), undefined);
        trimmed = foldSession(trimmed, event as never);
        if (trims.has(index + 1)) trimmed = decodeSession(JSON.parse(JSON.stringify(encodeSession(trimSession(trimmed, pictureKeep)))));
      }
      const nowMs = Date.parse(events.at(-1)!.timestamp) + 1;
      gone += trimmed!.trimmed?.gone?.length ?? 0;
      assert.deepEqual([...placesOf(trimmed!, nowMs)].toSorted(), [...placesOf(whole!, nowMs)].toSorted());
    }),
    { numRuns: 40, endOnFailure: true },
  );
  assert.ok(gone > 100, "nobody was let go: nothing was tried");
});
