import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { createHistory } from "./history.ts";
import { createProjector } from "./projector.ts";
import { dropOtherShapes } from "./state-shape.ts";
import { NOON, openMoney } from "../testing/money-fixture.ts";

test("checkpoints of an older shape are dropped, and the log is folded anew", async (t) => {
  const { log, spend } = openMoney(t);
  await spend("ses_a", 1_000);
  log.checkpoints.save({ sessionId: "ses_a" as SessionId, seq: log.head(), shownAtMs: NOON, state: "{}" });
  log.checkpoints.saveSummary("ses_a" as SessionId, log.head(), JSON.stringify({ session_id: "ses_a", facts: {} }));
  log.notes.set("projector.folded_to", String(log.head()));
  await spend("ses_b", 1_000);
  assert.deepEqual([dropOtherShapes(log), dropOtherShapes(log)], [true, false]);
  await log.append([]);
  const projector = createProjector({ log, history: createHistory(log), clock: { ...systemClock, now: () => NOON } });
  assert.deepEqual(
    projector
      .summaries()
      .map(({ session_id, requests, spend: lines }) => [session_id, requests, lines.length])
      .toSorted(),
    [
      ["ses_a", 1, 1],
      ["ses_b", 1, 1],
    ],
  );
});
