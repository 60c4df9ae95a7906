import assert from "node:assert/strict";
import { test } from "node:test";
import { OrreryError } from "../contract/errors.ts";
import { toTimestamp } from "../lib/clock.ts";
import { NOON, PROMPT_MICROS, caller, openMoney } from "../testing/money-fixture.ts";

test("a session's own total stands for it, beside what is computed", async (t) => {
  const { handlers, spend, log, event, time } = openMoney(t);
  await spend("ses_a", 1_000);
  await log.append([event("cost.reported", "ses_a", { usd_micros: 21_000 })]);
  const cost = async (id: string) => (await handlers["sessions.cost"]({ session_id: id }, caller)).cost;
  const { usd_micros, source, computed_usd_micros, difference_usd_micros } = await cost("ses_a");
  assert.deepEqual([usd_micros, source, computed_usd_micros, difference_usd_micros], [21_000, "reported", 20_560, 440]);
  time.now += 60_000;
  await log.append([event("cost.reported", "ses_fork", { usd_micros: 30_000, continued_from: "ses_a" })]);
  await spend("ses_fork", 400);
  time.now += 60_000;
  await log.append([event("cost.reported", "ses_a", { usd_micros: 99_000 })]);
  assert.equal((await cost("ses_fork")).reported_usd_micros, 9_000);
  await assert.rejects(
    async () => cost("ses_none"),
    (error) => error instanceof OrreryError && error.code === "NOT_FOUND",
  );
});

test("at a past moment a session cost what was known of it then", async (t) => {
  const { handlers, spend, time } = openMoney(t);
  await spend("ses_a", 1_000);
  const then = toTimestamp(time.now);
  time.now += 60_000;
  await spend("ses_a", 2_000);
  const cost = async (at?: string | number) => (await handlers["sessions.cost"]({ session_id: "ses_a", at }, caller)).cost.usd_micros;
  assert.deepEqual(
    [await cost(), await cost(then), await cost(2)],
    [60_000 + 2 * PROMPT_MICROS, 20_000 + PROMPT_MICROS, 20_000 + PROMPT_MICROS],
  );
  await spend("ses_a", 4_000);
  const up_to = toTimestamp(time.now);
  const exact = await handlers["sessions.cost"]({ session_id: "ses_a", at: up_to, up_to: 4 }, caller);
  assert.deepEqual(
    [exact.cost.usd_micros, await cost(up_to)],
    [60_000 + 2 * PROMPT_MICROS, 140_000 + 3 * PROMPT_MICROS],
    "of its millisecond only what came up to that event",
  );
  await assert.rejects(
    async () => cost("2020-01-01T00:00:00Z"),
    (error) => error instanceof OrreryError && error.code === "NOT_FOUND",
  );
});

test("plan limits are those that were told last, with when they run out", async (t) => {
  const { handlers, log, event, time } = openMoney(t);
  const resets_at = toTimestamp(NOON + 5 * 3_600_000);
  const told = (session: string, used_percent: number) =>
    log.append([
      event("session.started", session, { app: "codex" }),
      event("limit.reported", session, { limit: "five_hour", used_percent, resets_at }),
    ]);
  await told("ses_a", 10);
  time.now += 3_600_000;
  await told("ses_b", 20);
  time.now += 3_600_000;
  await told("ses_b", 50);
  const { items } = await handlers["limits.list"]({}, caller);
  assert.deepEqual(
    items.map(({ app, limit, used_percent, session_id, exhausted_at }) => [app, limit, used_percent, session_id, exhausted_at]),
    [["codex", "five_hour", 50, "ses_b", toTimestamp(time.now + (50 / 30) * 3_600_000)]],
  );
});

test("a session's cost is told by agent and turn, with the context's fill", async (t) => {
  const { handlers, spend, log, event } = openMoney(t);
  await log.append([event("turn.started", "ses_a", { turn_id: "trn_1" })]);
  await spend("ses_a", 1_000);
  await spend("ses_a", 500, {}, "agt_helper");
  const answer = await handlers["sessions.cost"]({ session_id: "ses_a" }, caller);
  assert.deepEqual(
    answer.agents.map(({ agent_id, cost }) => [agent_id, cost.usd_micros]),
    [
      ["agt_main", 20_560],
      ["agt_helper", 10_560],
    ],
  );
  assert.deepEqual(
    answer.turns.map(({ turn_id, cost, requests, tokens, context }) => [turn_id, cost.usd_micros, requests, tokens.output, context]),
    [["trn_1", 20_560, 1, 1_000, { tokens: 1_400, window: 1_000_000 }]],
  );
  const [context] = answer["contexts"] as { tokens: number; window: number }[];
  assert.deepEqual([context?.tokens, context?.window], [1_400, 1_000_000]);
  const { items } = await handlers["sessions.requests"]({ session_id: "ses_a", limit: 50 }, caller);
  assert.deepEqual(
    items.map(({ cost }) => [cost.usd_micros, cost.price_version]),
    [
      [20_560, answer["price_version"]],
      [10_560, answer["price_version"]],
    ],
  );
});
