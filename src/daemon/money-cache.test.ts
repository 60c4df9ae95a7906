import assert from "node:assert/strict";
import { test } from "node:test";
import { caller, openMoney } from "../testing/money-fixture.ts";

test("drops of the cache are summed by day and reason, and looked for again in a session that has grown", async (t) => {
  const { handlers, spend, time } = openMoney(t);
  const big = { usage: { input: 0, cache_read: 0, cache_write_5m: 100_000, output: 1 } };
  await spend("ses_a", 1, big);
  time.now += 6 * 60_000;
  await spend("ses_a", 1, big);
  const first = await handlers["cache.get"]({}, caller);
  assert.deepEqual(
    first.days.map(({ day, drops, lost }) => [day, drops, lost]),
    [["2026-11-20", 1, 100_000]],
  );
  time.now += 86_400_000;
  await spend("ses_a", 1, { ...big, model: "no-such-model" });
  const { days, reasons, items, looked_into, left_out } = await handlers["cache.get"]({}, caller);
  assert.deepEqual(
    days.map(({ day, drops, cost_usd_micros }) => [day, drops, cost_usd_micros]),
    [
      ["2026-11-20", 1, 480_000],
      ["2026-11-21", 1, undefined],
    ],
  );
  assert.deepEqual(reasons.map(({ reason, drops, unpriced }) => [reason, drops, unpriced]).toSorted(), [
    ["model_switched", 1, 1],
    ["ttl_passed", 1, 0],
  ]);
  assert.deepEqual([items.map(({ session_id }) => session_id), looked_into, left_out], [["ses_a", "ses_a"], 1, 0]);
  assert.equal((await handlers["cache.get"]({ since: "2026-11-21" }, caller)).items.length, 1);
  assert.equal((await handlers["cache.get"]({ project: "other" }, caller)).looked_into, 0);
});

test("a drop of the cache tells what paying again cost beyond reading", async (t) => {
  const { handlers, spend, time } = openMoney(t);
  const big = { usage: { input: 0, cache_read: 0, cache_write_5m: 100_000, output: 1 } };
  await spend("ses_a", 1, big);
  time.now += 6 * 60_000;
  await spend("ses_a", 1, big);
  const { drops } = await handlers["sessions.cost"]({ session_id: "ses_a" }, caller);
  // 100,000 tokens written at 5 millionths each instead of read at 0.2.
  assert.deepEqual(
    drops.map(({ reason, lost, cost_usd_micros }) => [reason, lost, cost_usd_micros]),
    [["ttl_passed", 100_000, 480_000]],
  );
});
