import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { promptSteps, type Spend } from "../contract/operations/money.ts";
import { budgetEventId, judge } from "./budgets.ts";
import { builtInSource, tablesOf } from "./built-in.ts";
import { costOf } from "./cost.ts";
import { modelForms } from "./model-forms.ts";
import { readPriceFile } from "./price-file.ts";
import { createPrices, promptClass, type PriceTable } from "./prices.ts";
import { readPublished } from "./published.ts";

const builtIn = tablesOf(builtInSource);
const prices = createPrices(builtIn);
const DAY = "2026-11-20";

function perMillion(
  model: string,
  more: { day?: string; modes?: string[]; prompt_above?: number } = {},
  from = prices,
): (number | string)[] {
  const found = from.price({ model, day: DAY, prompt_above: 0, ...more });
  if (found === undefined) return ["unknown"];
  const { input, output, cache_read, cache_write_5m, cache_write_1h } = found.picos;
  return [input, output, cache_read, cache_write_5m, cache_write_1h].map((picos) => Number(picos) / 1e6);
}

function table(value: unknown, origin: PriceTable["origin"] = "yours"): PriceTable {
  const read = readPriceFile(value, origin, "test");
  assert.ok(read.ok, JSON.stringify(read));
  return read.table;
}

function line(more: Partial<Spend> = {}): Spend {
  const tokens = { input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0, output: 0, reasoning: 0, ...more.tokens };
  return { model: "m", day: DAY, prompt_above: 0, requests: 1, measured: 1, reported_usd_micros: 0, reported_requests: 0, ...more, tokens };
}

test("a model is found by the names that clients and clouds give it", () => {
  const opus = [4, 20, 0.2, 5, 8];
  for (const name of [
    "claude-opus-5-5",
    "claude-opus-5-5-20261001",
    "claude-opus-5-5[1m]",
    "anthropic/claude-opus-5-5",
    "us.anthropic.claude-opus-5-5-v1:0",
    "claude-opus-5-5@20261001",
    "Claude-Opus-5-5",
  ])
    assert.deepEqual(perMillion(name), opus, name);
  assert.deepEqual(perMillion("gpt-5.5-codex"), [5, 30, 0.5, 5, 5]);
});

test("a name that only begins like a known one has no price", () => {
  for (const name of ["claude-opus-5-5-turbo", "gpt-5.5-codex-huge", "unknown", "", "fake-model", "<synthetic>"])
    assert.deepEqual(perMillion(name), ["unknown"], name);
});

test("a cache read of a half-version costs what its own page says, not what its family costs", () => {
  assert.equal(perMillion("claude-sonnet-5")[2], 0.2);
  assert.equal(perMillion("claude-sonnet-5-5")[2], 0.1);
  assert.equal(perMillion("claude-fable-5-1")[2], 0.25);
});

test("a price holds from its day on", () => {
  assert.equal(perMillion("gpt-5.6-sol", { day: "2026-08-20" })[0], 5);
  assert.equal(perMillion("gpt-5.6-sol", { day: "2026-08-21" })[0], 4);
  const mine = createPrices([
    table({ prices: [{ model: "claude-opus-5-5", from: "2026-12-01", until: "2026-12-31", input: 1, output: 2 }] }),
    ...builtIn,
  ]);
  assert.equal(perMillion("claude-opus-5-5", { day: "2026-11-30" }, mine)[0], 4);
  assert.equal(perMillion("claude-opus-5-5", { day: "2026-12-01" }, mine)[0], 1);
  assert.equal(perMillion("claude-opus-5-5", { day: "2027-01-01" }, mine)[0], 4);
});

test("a long prompt has the price of its size as a whole", () => {
  assert.deepEqual(perMillion("gemini-2.5-pro", { prompt_above: promptClass(200_000) }).slice(0, 3), [1.25, 10, 0.125]);
  assert.deepEqual(perMillion("gemini-2.5-pro", { prompt_above: promptClass(200_001) }).slice(0, 3), [2.5, 15, 0.25]);
  assert.deepEqual(perMillion("gpt-5.5", { prompt_above: promptClass(272_000) }).slice(0, 2), [10, 45]);
  assert.deepEqual(perMillion("gpt-5.5", { prompt_above: promptClass(271_999) }).slice(0, 2), [5, 30]);
  assert.deepEqual([promptClass(0), promptClass(32_000), promptClass(32_001), promptClass(5e6)], [0, 0, 32_000, promptSteps.at(-1)]);
});

test("a mode multiplies every rate; a mode without a price makes the cost unknown", () => {
  assert.deepEqual(perMillion("claude-opus-5-5", { modes: ["fast"] }), [8, 40, 0.4, 10, 16]);
  assert.deepEqual(perMillion("claude-opus-5-5", { modes: ["us"] }), [4.4, 22, 0.22, 5.5, 8.8]);
  assert.deepEqual(perMillion("claude-opus-5-5", { modes: ["batch", "us"] }), [2.2, 11, 0.11, 2.75, 4.4]);
  assert.deepEqual(perMillion("claude-opus-5-5", { modes: ["express"] }), ["unknown"]);
  assert.deepEqual(perMillion("claude-haiku-4-5", { modes: ["fast"] }), ["unknown"]);
});

test("a file of prices says what is wrong with it, field by field", () => {
  const problems = (value: unknown) => {
    const read = readPriceFile(value, "yours", "prices.json");
    return read.ok ? [] : read.problems.map(({ field }) => field);
  };
  assert.deepEqual(problems({ prices: [{ model: "a", input: -1, output: 2 }] }), ["prices.0.input"]);
  assert.deepEqual(problems({ prices: [{ model: "a", input: 1, output: 2, steps: [{ above: 5, input: 1, output: 2 }] }] }), [
    "prices.0.steps.0.above",
  ]);
  assert.deepEqual(problems({ prices: [{ model: "a", input: 1, output: 2, from: "soon" }] }), ["prices.0.from"]);
  assert.deepEqual(problems([]), ["file"]);
  assert.deepEqual(problems({ price: [] }).length, 1);
  assert.deepEqual(problems({}), []);
});

test("what the owner writes stands above the table, and changes the price version", () => {
  const mine = createPrices([table({ prices: [{ model: "claude-opus-*", input: 1, output: 2, cache_read: 0 }] }), ...builtIn]);
  assert.deepEqual(perMillion("claude-opus-5-5", {}, mine), [1, 2, 0, 1, 1]);
  assert.deepEqual(perMillion("claude-sonnet-5", {}, mine), perMillion("claude-sonnet-5"));
  assert.notEqual(mine.version, prices.version);
  assert.ok(mine.version.startsWith(prices.version));
});

test("published data is read; a price by the hour of the day is left out", () => {
  const read = readPublished(
    [
      {
        id: "openai",
        models: [
          {
            id: "gpt-x",
            match: { or: [{ equals: "gpt-x" }, { starts_with: "gpt-x-" }] },
            prices: { input_mtok: 3, output_mtok: 6, cache_read_mtok: { base: 1, tiers: [{ start: 200_000, price: 2 }] } },
          },
          {
            id: "gpt-night",
            match: { equals: "gpt-night" },
            prices: [
              { prices: { input_mtok: 1, output_mtok: 2 } },
              {
                constraint: { type: "time_of_date", start_time: "00:30:00Z", end_time: "16:30:00Z" },
                prices: { input_mtok: 2, output_mtok: 4 },
              },
            ],
          },
        ],
      },
      { id: "somebody-else", models: [{ id: "gpt-y", match: { equals: "gpt-y" }, prices: { input_mtok: 1, output_mtok: 1 } }] },
    ],
    "test",
  );
  assert.ok(read.ok);
  const found = createPrices([read.table]);
  assert.deepEqual(perMillion("gpt-x-2026", { prompt_above: 200_000 }, found), [3, 6, 2, 3, 3]);
  assert.deepEqual(perMillion("gpt-night", {}, found), ["unknown"]);
  assert.deepEqual(perMillion("gpt-y", {}, found), ["unknown"]);
});

test("sums are exact and rounded once, up from the half", () => {
  const at = () => createPrices([table({ prices: [{ model: "m", input: 0.5, output: 0.000_001 }] })]);
  const cost = (lines: Spend[]) => costOf(lines, at).computed_usd_micros;
  assert.equal(cost([line({ tokens: { input: 1 } as Spend["tokens"] })]), 1);
  assert.equal(cost(Array.from({ length: 3 }, () => line({ tokens: { input: 1 } as Spend["tokens"] }))), 2);
  assert.equal(cost([line({ tokens: { output: 499_999 } as Spend["tokens"] })]), 0);
  assert.equal(cost([line({ tokens: { output: 500_000 } as Spend["tokens"] })]), 1);
  assert.equal(cost([line({ tokens: { input: 9e15 } as Spend["tokens"] })]), 4.5e15);
});

test("splitting and ordering lines changes no sum", () => {
  const lines = fc.array(
    fc
      .record({ input: fc.nat(3e6), cache_read: fc.nat(3e6), output: fc.nat(1e5) })
      .map((tokens) => line({ model: "claude-opus-5-5", tokens: tokens as Spend["tokens"] })),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(lines, (some) => {
      const joined = line({
        model: "claude-opus-5-5",
        requests: some.length,
        measured: some.length,
        tokens: some.reduce(
          (sum, { tokens }) => ({
            ...sum,
            input: sum.input + tokens.input,
            cache_read: sum.cache_read + tokens.cache_read,
            output: sum.output + tokens.output,
          }),
          line().tokens,
        ),
      });
      const usd = (of: Spend[]) => costOf(of, () => prices).computed_usd_micros ?? 0;
      assert.equal(usd(some.toReversed()), usd([joined]));
    }),
  );
});

test("a cost says what is reported, what is computed, and what nobody knows", () => {
  const known = line({ model: "claude-opus-5-5", tokens: { input: 1_000 } as Spend["tokens"] });
  const told = line({ model: "x", reported_requests: 1, reported_usd_micros: 70 });
  const mixed = costOf([known, told], () => prices);
  assert.deepEqual([mixed.source, mixed.usd_micros, mixed.unknown_requests, mixed.reported_whole], ["computed", 4_000, 1, false]);
  assert.deepEqual(mixed.unknown_models, ["x"]);
  const whole = costOf([known], () => prices, { reportedTotal: 5_000 });
  assert.deepEqual([whole.source, whole.usd_micros, whole.difference_usd_micros], ["reported", 5_000, 1_000]);
  assert.equal(costOf([], () => prices).usd_micros, undefined);
  assert.equal(costOf([line({ model: "claude-opus-5-5", measured: 0 })], () => prices).usd_micros, undefined);
});

test("forms of a name end with the name without its date", () => {
  assert.deepEqual(modelForms("openai/gpt-5.5-2026-04-23"), ["openai/gpt-5.5-2026-04-23", "gpt-5.5-2026-04-23", "gpt-5.5"]);
});

test("a budget is judged by what is known to be spent", () => {
  const budget = { budget_id: "bud_1", scope: "day", limit_usd: 1, warn_percent: 80 } as const;
  const spent = (usd_micros: number) =>
    judge(budget, {
      subject: DAY,
      period: DAY,
      cost: { source: "computed", usd_micros, requests: 1, reported_requests: 0, unknown_requests: 0 },
    });
  assert.deepEqual(
    [799_999, 800_000, 999_999, 1_000_000].map((micros) => spent(micros).state),
    ["below", "warned", "warned", "exceeded"],
  );
  assert.notEqual(budgetEventId(spent(1_000_000), "warned"), budgetEventId(spent(1_000_000), "exceeded"));
});
