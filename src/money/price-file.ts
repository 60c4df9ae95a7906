import { z } from "zod";
import { problemsOf } from "../contract/problems.ts";
import { promptSteps } from "../contract/operations/money.ts";
import { versionOf, type ModeRow, type PriceRow, type PriceTable, type Rates } from "./prices.ts";

const usd = z.number().nonnegative().max(100_000);
const Day = z.iso.date({ error: "must be a day, such as 2026-11-20" });

/** What is left out costs what the uncached input costs. */
const FileRates = z.strictObject({
  input: usd,
  output: usd,
  cache_read: usd.optional(),
  cache_write_5m: usd.optional(),
  cache_write_1h: usd.optional(),
});

const FileRow = FileRates.extend({
  model: z.string().min(1).max(200),
  from: Day.optional(),
  until: Day.optional(),
  steps: z
    .array(FileRates.extend({ above: z.literal(promptSteps, { error: `must be one of ${promptSteps.join(", ")}` }) }))
    .max(10)
    .optional(),
  context_window: z.number().int().positive().optional(),
});

const FileMode = z.strictObject({
  models: z.string().min(1).max(200),
  factors: z.record(z.string().min(1).max(40), z.number().positive().max(1_000)),
});

/**
 * A file of prices in US dollars per million tokens. In `model` and `models` a `*` stands for anything.
 * @example {"prices": [{"model": "my-model-*", "from": "2026-11-01", "input": 4, "output": 20, "cache_read": 0.2}]}
 */
export const PriceFile = z.strictObject({
  version: z.string().min(1).max(100).optional(),
  prices: z.array(FileRow).max(20_000).default([]),
  modes: z.array(FileMode).max(1_000).default([]),
});
export type PriceFile = z.input<typeof PriceFile>;

export type ReadTable =
  | { readonly ok: true; readonly table: PriceTable }
  | { readonly ok: false; readonly problems: readonly { readonly field: string; readonly message: string }[] };

/** Reads a file of prices; names every field that is not valid. */
export function readPriceFile(value: unknown, origin: PriceTable["origin"], name: string): ReadTable {
  const parsed = PriceFile.safeParse(value);
  if (!parsed.success)
    return {
      ok: false,
      problems: problemsOf(parsed.error, "file"),
    };
  return { ok: true, table: toTable(parsed.data, origin, parsed.data.version ?? versionOf(name, JSON.stringify(parsed.data))) };
}

function toTable({ prices, modes }: z.output<typeof PriceFile>, origin: PriceTable["origin"], version: string): PriceTable {
  const rows = prices.map(({ model, from, until, steps = [], context_window, ...rates }): PriceRow => ({
    model,
    match: matchOf(model),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    rates: ratesOf(rates),
    steps: steps.map(({ above, ...step }) => ({ above, rates: ratesOf(step) })).toSorted((a, b) => a.above - b.above),
    ...(context_window === undefined ? {} : { context_window }),
  }));
  return { origin, version, rows, modes: modes.map(({ models, factors }): ModeRow => ({ match: matchOf(models), factors })) };
}

export function ratesOf(told: z.output<typeof FileRates>): Rates {
  const { input, output, cache_read = input, cache_write_5m = input, cache_write_1h = cache_write_5m } = told;
  return { input, output, cache_read, cache_write_5m, cache_write_1h };
}

/** Anything, or a name in which `*` stands for anything. */
export function matchOf(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .split("*")
      .map((part) => RegExp.escape(part))
      .join(".*")}$`,
    "i",
  );
}
