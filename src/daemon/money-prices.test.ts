import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { OrreryError } from "../contract/errors.ts";
import { caller, openMoney } from "../testing/money-fixture.ts";

test("a new table holds from its day on; history keeps its price and version until it is priced anew", async (t) => {
  const { home, handlers, spend, time, book, openBook } = openMoney(t);
  await spend("ses_a", 1_000);
  const before = (await handlers["usage.get"]({ group_by: "day" }, caller)).total!.cost;
  time.now += 86_400_000;
  await spend("ses_a", 1_000);
  const file = join(home, "mine.json");
  writeFileSync(file, JSON.stringify({ prices: [{ model: "claude-opus-5-5", input: 0, output: 40, cache_read: 0 }] }));
  const refreshed = await handlers["prices.refresh"]({ path: file }, caller);
  assert.notEqual(refreshed.price_version, before.price_version);
  for (const reader of [book, openBook()])
    assert.deepEqual(
      reader.inForce().map(({ from }) => from),
      ["", "2026-11-21"],
    );
  const days = async () =>
    (await handlers["usage.get"]({ group_by: "day" }, caller)).items.map(({ cost }) => [cost.usd_micros, cost.price_version]);
  const [first, second] = [
    [20_560, before.price_version],
    [40_000, refreshed.price_version],
  ];
  assert.deepEqual(await days(), [first, second]);
  const dry = await handlers["costs.reprice"]({ dry_run: true }, caller);
  assert.deepEqual([dry.before.usd_micros, dry.after.usd_micros, dry.items.length], [60_560, 80_000, 1]);
  assert.deepEqual(await days(), [first, second]);
  await handlers["costs.reprice"]({ dry_run: false }, caller);
  assert.deepEqual(await days(), [[40_000, refreshed.price_version], second]);
  assert.deepEqual(openBook().inForce().length, 1);
  await handlers["prices.refresh"]({}, caller);
  assert.equal((await handlers["usage.get"]({ group_by: "day" }, caller)).items[1]?.cost.usd_micros, 20_560);
});

test("a file of prices that is not valid is refused field by field, and says nothing of its words", async (t) => {
  const { home, handlers, openBook } = openMoney(t);
  const refused = async (text: string | undefined) => {
    const file = join(home, "bad.json");
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    try {
      await handlers["prices.refresh"]({ path: file }, caller);
    } catch (error) {
      return (error as OrreryError).message;
    }
    return "accepted";
  };
  assert.match(await refused(undefined), /names no file/);
  assert.match(await refused("secret words"), /is not valid JSON\.$/);
  assert.doesNotMatch(await refused("secret words"), /secret/);
  assert.match(await refused(JSON.stringify({ prices: [{ model: "a", input: "x", output: 1 }] })), /prices\.0\.input/);
  writeFileSync(join(home, "prices.json"), "{");
  assert.match(openBook().problems()[0]!.message, /is not valid JSON/);
  writeFileSync(join(home, "prices.json"), JSON.stringify({ prices: [{ model: "no-such-model", input: 1, output: 1 }] }));
  const opened = openBook();
  assert.deepEqual(
    [opened.problems(), opened.newest().price({ model: "no-such-model", day: "2026-11-20", prompt_above: 0 })?.origin],
    [[], "yours"],
  );
});

test("prices.list shows what applies to one model", async (t) => {
  const { handlers } = openMoney(t);
  const { items, problems } = await handlers["prices.list"]({ model: "us.anthropic.claude-opus-5-5-v1:0" }, caller);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    items.map(({ model, rates, modes }) => [model, rates.output, modes["fast"], modes["batch"]]),
    [["claude-opus-5-5", 20, 2, 0.5]],
  );
  assert.deepEqual((await handlers["prices.list"]({ model: "no-such-model" }, caller)).items, []);
});
