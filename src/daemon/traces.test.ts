import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventDraft } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { traceOf } from "../projections/trace.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { createHistory } from "./history.ts";
import { createTraces } from "./traces.ts";
import { createWholeSessions } from "./whole-sessions.ts";

const START = Date.UTC(2026, 10, 20, 10);
const SESSION = "ses_a" as SessionId;
const at = (ms: number): string => new Date(START + ms).toISOString();

function place() {
  const log = createMemoryLog({ clock: systemClock });
  const history = createHistory(log);
  const asked: ("whole" | "on")[] = [];
  const clock = { ms: START + 10_000, now: () => clock.ms };
  const traces = createTraces({
    clock,
    wholeNow: createWholeSessions({
      log,
      history: {
        wholeInPieces(id, point, options) {
          asked.push(options?.session === undefined ? "whole" : "on");
          return history.wholeInPieces(id, point, options);
        },
      },
    }),
  });
  const tell = (session: string, type: string, ms: number, data: object): Promise<unknown> =>
    log.append([
      { id: `${session} ${type} ${ms}`, type, timestamp: at(ms), source: "x/hook", session_id: session, agent_id: "agt_main", data },
    ] as unknown as EventDraft[]);
  return { log, history, asked, clock, traces, tell };
}

test("a session is folded once, however much others tell, and then only on; after texts were let go it is folded anew", async () => {
  const { log, asked, clock, traces, tell } = place();
  await tell("ses_a", "tool.started", 0, { call_id: "call_1", name: "Read" });
  await tell("ses_a", "tool.ended", 500, { call_id: "call_1", outcome: "ok" });
  const first = await traces(SESSION, true);
  assert.equal(first.spans.length, 1);
  for (let no = 0; no < 5; no++) await tell("ses_b", "tool.started", no, { call_id: `call_${no}`, name: "Read" });
  clock.ms += 60_000;
  assert.equal(await traces(SESSION, true), first, "nothing runs, so nothing grows");
  assert.deepEqual(asked, ["whole"]);
  await tell("ses_a", "tool.started", 900, { call_id: "call_2", name: "Bash" });
  const second = await traces(SESSION, true);
  assert.deepEqual(
    second.spans.map(({ id }) => id),
    ["call_1", "call_2"],
  );
  assert.deepEqual(asked, ["whole", "on"]);
  await log.append([
    { id: "kept", type: "retention.applied", timestamp: at(1_000), source: "orrery", data: { session_ids: ["ses_a"] } },
  ] as unknown as EventDraft[]);
  await traces(SESSION, true);
  assert.deepEqual(asked, ["whole", "on", "whole"]);
});

test("what runs grows when it is asked for anew, and not between the pages of one look", async () => {
  const { asked, clock, traces, tell } = place();
  await tell("ses_a", "tool.started", 0, { call_id: "call_1", name: "Read" });
  const first = await traces(SESSION, true);
  clock.ms += 5_000;
  assert.equal(await traces(SESSION, false), first);
  const later = await traces(SESSION, true);
  assert.equal(Date.parse(later.end!) - Date.parse(first.end!), 5_000);
  assert.deepEqual(asked, ["whole"], "the fold is the same");
  await assert.rejects(traces("ses_none" as SessionId, true), { code: "NOT_FOUND" });
});

test("several who ask at once have it folded once; who asks after an event was told sees it", async () => {
  const { asked, traces, tell } = place();
  await tell("ses_a", "tool.started", 0, { call_id: "call_1", name: "Read" });
  const [one, two] = await Promise.all([traces(SESSION, true), traces(SESSION, true)]);
  assert.equal(one, two);
  assert.deepEqual(asked, ["whole"]);
  const early = traces(SESSION, true);
  await tell("ses_a", "tool.started", 900, { call_id: "call_2", name: "Bash" });
  assert.equal((await traces(SESSION, true)).spans.length, 2);
  await early;
});

test("folded on in any steps, the waterfall is that of the whole session", async () => {
  await fc.assert(
    fc.asyncProperty(randomSessionEvents(), fc.array(fc.nat(20), { maxLength: 4 }), async (events, cuts) => {
      const { log, history, clock, traces } = place();
      const id = "ses_random" as SessionId;
      let rest = events.map(({ seq: _seq, ...draft }) => draft as EventDraft);
      for (const cut of [...cuts, rest.length]) {
        const part = rest.slice(0, cut);
        rest = rest.slice(cut);
        if (part.length === 0) continue;
        await log.append(part);
        assert.deepEqual(await traces(id, true), traceOf(history.wholeSession(id, { seq: log.head() })!, clock.now()));
      }
    }),
  );
});

test("a waterfall that took long to make is kept for longer, though something in it runs", async () => {
  const { clock, traces, tell } = place();
  await tell("ses_a", "tool.started", 0, { call_id: "call_1", name: "Read" });
  const begun = clock.ms;
  let asked = 0;
  // Half a second goes by from the first look at the clock to the second.
  clock.now = () => begun + 500 * Math.min(1, asked++);
  const first = await traces(SESSION, true);
  clock.now = () => begun + 9_000;
  assert.equal(await traces(SESSION, true), first);
  clock.now = () => begun + 11_000;
  assert.notEqual(await traces(SESSION, true), first);
});
