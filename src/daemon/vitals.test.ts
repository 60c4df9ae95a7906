import assert from "node:assert/strict";
import { test } from "node:test";
import { createHookTimes } from "./vitals.ts";

const caller = { door: "http", actor: "local" } as const;

test("answers to hooks are timed, those that fail as well, and pass through unchanged", async () => {
  const times = createHookTimes();
  assert.deepEqual(times.read(), { answered: 0 }, "nothing was answered: no figure, and no zero");
  const waits = [1, 1, 30];
  const { "ingest.codex": take } = times.timed({
    "ingest.codex": async () => {
      const ms = waits.pop();
      if (ms === undefined) throw new Error("the log is full");
      await new Promise((resolve) => setTimeout(resolve, ms));
      return ms;
    },
  });
  assert.equal(await take({ bodies: [] }, caller), 30);
  await take({ bodies: [] }, caller);
  await take({ bodies: [] }, caller);
  await assert.rejects(async () => take({ bodies: [] }, caller), /the log is full/);
  const { answered, median_ms, p95_ms, max_ms } = times.read();
  assert.equal(answered, 4);
  assert.ok(max_ms !== undefined && max_ms >= 29 && p95_ms === max_ms && median_ms! < max_ms, JSON.stringify(times.read()));
});
