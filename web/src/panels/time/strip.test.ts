import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../../src/contract/events/index.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { eventMarks } from "../../../../src/projections/event-marks.ts";
import type { Session } from "../../../../src/projections/session.ts";
import { emptyState, foldState } from "../../../../src/projections/state.ts";
import { stripMarks } from "./strip-marks.ts";
import { autoWindow, including, isFine, zoomWindow } from "./strip-window.ts";
import { ticksOf } from "./ticks.ts";

const base = Date.UTC(2026, 10, 20, 9);
let seq = 0;
const event = (type: string, ms: number, data: object, agent_id = "agt_main"): StoredEvent =>
  ({
    seq: ++seq,
    id: `e${seq}`,
    type,
    timestamp: new Date(base + ms).toISOString(),
    source: "x/hook",
    session_id: "ses_1",
    agent_id,
    data,
  }) as unknown as StoredEvent;
const sessionsOf = (...events: StoredEvent[]): Session[] => [...events.reduce(foldState, emptyState).sessions.values()];

test("two seconds of recording fill the strip", () => {
  const sessions = sessionsOf(event("session.started", 0, {}), event("session.ended", 2_000, {}));
  const window = autoWindow(sessions, base + 600_000);
  assert.ok(window.sinceMs <= base && window.untilMs >= base + 2_000);
  assert.ok(window.untilMs - window.sinceMs < 2_500);
  assert.equal(isFine(window), true);
});

test("while a session goes on the strip ends now", () => {
  const sessions = sessionsOf(event("session.started", 0, {}), event("turn.started", 1_000, { turn_id: "trn_1" }));
  assert.equal(autoWindow(sessions, base + 30_000).untilMs, base + 30_000);
  assert.equal(autoWindow([], base).untilMs, base);
});

test("a linked moment outside the window is taken in", () => {
  const window = { sinceMs: 1_000, untilMs: 2_000 };
  assert.deepEqual(including(window, 1_500), window);
  assert.ok(including(window, 500).sinceMs < 500);
  assert.ok(including(window, 3_000).untilMs > 3_000);
});

test("zooming keeps the moment under the pointer and never leaves the present far behind", () => {
  const near = zoomWindow({ sinceMs: 0, untilMs: 10_000 }, 0.5, 0.5, 1e9);
  assert.deepEqual(near, { sinceMs: 2_500, untilMs: 7_500 });
  assert.ok(zoomWindow({ sinceMs: 0, untilMs: 10_000 }, 0, 4, 10_000).untilMs <= 10_000 + 1_200);
});

const activity = (marks?: OutputFor<"activity.get">["marks"]): OutputFor<"activity.get"> => ({
  since: new Date(base).toISOString(),
  until: new Date(base + 600_000).toISOString(),
  bucket_ms: 60_000,
  buckets: [{ at: new Date(base).toISOString(), events: 9, calls: 2, errors: 2, spawns: 0, asks: 1 }],
  ...(marks === undefined ? {} : { marks }),
});

test("marks are each one where the daemon names them, else counts", () => {
  const events = [
    event("agent.spawned", 100, { name: "reviewer" }, "agt_x"),
    event("tool.started", 200, { call_id: "call_1", name: "Bash", title: "npm test" }),
    event("tool.ended", 350, { call_id: "call_1", outcome: "error" }),
    event("tool.ended", 360, { call_id: "call_1", outcome: "error" }),
    event("ask.opened", 500, { ask_id: "ask_1", kind: "permission", tool: "Bash", prompt: "rm -r dist" }, "agt_x"),
    event("ask.opened", 520, { ask_id: "ask_2", kind: "permission" }, "agt_x"),
  ];
  const marks = stripMarks(activity(eventMarks(events).map(({ atMs, ...mark }) => ({ ...mark, at: new Date(atMs).toISOString() }))));
  assert.deepEqual(
    marks.map((mark) => [mark.atMs - base, mark.kind, mark.words]),
    [
      [100, "spawn", "reviewer appeared"],
      [350, "error", "error: Bash npm test"],
      [500, "ask", "waits for you: Bash rm -r dist"],
    ],
  );
  assert.deepEqual(
    stripMarks(activity()).map((mark) => mark.words),
    ["2 errors", "1 wait for you"],
  );
});

test("the strip has round times, at most nine of them, each told as shortly as tells it", () => {
  const from = new Date(2026, 0, 5, 10, 3, 20).getTime();
  const words = (lengthMs: number, sinceMs = from) => ticksOf({ sinceMs, untilMs: sinceMs + lengthMs }).map((tick) => tick.words);
  assert.deepEqual(words(400), ["03:20.0", "03:20.1", "03:20.2", "03:20.3"]);
  assert.deepEqual(words(60_000), ["10:03:20", "10:03:30", "10:03:40", "10:03:50", "10:04:00", "10:04:10"]);
  assert.deepEqual(words(3_600_000), ["10:10", "10:20", "10:30", "10:40", "10:50", "11:00"]);
  assert.deepEqual(words(24 * 3_600_000), ["12:00", "15:00", "18:00", "21:00", "6 Jan", "03:00", "06:00", "09:00"]);
  assert.ok(words(30 * 86_400_000).length > 3 && words(30 * 86_400_000).every((each) => /^\d+ [A-Z][a-z]{2}$/.test(each)));
});
