import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SessionId } from "../contract/ids.ts";
import { caller, openMoney } from "../testing/money-fixture.ts";

test("a budget warns and says when it is exceeded, once each, also across a restart", async (t) => {
  const { handlers, spend, budgets, openBudgets, told, time, log } = openMoney(t);
  await handlers["budgets.set"]({ budget_id: "bud_day", scope: "day", limit_usd: 0.1, warn_percent: 50 }, caller);
  await spend("ses_a", 2_000);
  await budgets.look();
  assert.deepEqual(told(), []);
  await spend("ses_a", 1_000);
  await budgets.look();
  await budgets.look();
  assert.deepEqual(told(), [["budget.warned", "2026-11-20"]]);
  await openBudgets().look();
  assert.equal(told().length, 1);
  await spend("ses_b", 3_000);
  await budgets.look();
  await openBudgets().look();
  assert.deepEqual(told(), [
    ["budget.warned", "2026-11-20"],
    ["budget.exceeded", "2026-11-20"],
  ]);
  time.now += 86_400_000;
  await spend("ses_b", 6_000);
  await budgets.look();
  assert.deepEqual(told().slice(2), [
    ["budget.warned", "2026-11-21"],
    ["budget.exceeded", "2026-11-21"],
  ]);
  const [last] = log.read({ types: ["budget.exceeded"], order: "newest", limit: 1 });
  assert.equal((last!.data as { spent_usd_micros: number }).spent_usd_micros, 120_560);
});

test("a budget holds for each session, agent or project, or for one of them", async (t) => {
  const { home, handlers, spend, budgets, told } = openMoney(t);
  for (const budget of [
    { budget_id: "bud_session", scope: "session" },
    { budget_id: "bud_agent", scope: "agent" },
    { budget_id: "bud_project", scope: "project", match: "other" },
  ] as const)
    await handlers["budgets.set"]({ ...budget, limit_usd: 0.05, warn_percent: 100 }, caller);
  await spend("ses_a", 3_000);
  await spend("ses_b", 1_500);
  await spend("ses_b", 1_500, {}, "agt_helper");
  await spend("ses_c", 100);
  await budgets.look();
  const exceeded = told().flatMap(([type, subject]) => (type === "budget.exceeded" ? [subject] : []));
  assert.deepEqual(exceeded.toSorted(), ["ses_a", "ses_a agt_main", "ses_b"]);
  const { items } = await handlers["budgets.list"]({}, caller);
  assert.deepEqual(
    items.map(({ budget_id, state, subjects }) => [budget_id, state, subjects.length]),
    [
      ["bud_session", "exceeded", 3],
      ["bud_agent", "exceeded", 4],
      ["bud_project", "below", 1],
    ],
  );
  assert.deepEqual(await handlers["budgets.remove"]({ budget_id: "bud_agent" }, caller), { removed: true });
  assert.deepEqual(await handlers["budgets.remove"]({ budget_id: "bud_agent" }, caller), { removed: false });
  assert.equal((JSON.parse(readFileSync(join(home, "budgets.json"), "utf8")) as { budgets: unknown[] }).budgets.length, 2);
});

test("a file of budgets that cannot be read is left as it is", async (t) => {
  const { home, openBudgets } = openMoney(t);
  const path = join(home, "budgets.json");
  assert.ok(!existsSync(path));
  writeFileSync(path, '{"budgets": [{"budget_id": "bud_1", "scope": "galaxy", "limit_usd": 1}]}');
  const budgets = openBudgets();
  assert.match(budgets.problems()[0]!.message, /budgets\.0\.scope/);
  assert.throws(() => budgets.set({ budget_id: "bud_2", scope: "day", limit_usd: 1, warn_percent: 80 }), /left as it is/);
});

test("a session that has long been over is not told of", async (t) => {
  const { handlers, spend, budgets, told, time } = openMoney(t);
  await spend("ses_old" as SessionId, 9_000);
  time.now += 3 * 86_400_000;
  await handlers["budgets.set"]({ budget_id: "bud_session", scope: "session", limit_usd: 0.01, warn_percent: 80 }, caller);
  await budgets.look();
  assert.deepEqual(told(), []);
});
