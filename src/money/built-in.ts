import { readPriceFile, type PriceFile } from "./price-file.ts";
import { tableText, tableVersion } from "./price-table.ts";
import type { PriceRow, PriceTable, Rates } from "./prices.ts";

/**
 * What the table lacks, with what it rests on. Rates and factors as the Anthropic pricing page listed them on 2026-10-10, and the batch prices
 * of the other providers' pages; whoever knows better writes a `prices.json`.
 */
const additions: PriceFile & { readonly version: string } = {
  version: "orrery-1",
  prices: [
    // The table's pattern for Sonnet 5 would take this name too, with twice the price of a cache read.
    {
      model: "claude-sonnet-5-5*",
      input: 2,
      output: 10,
      cache_read: 0.1,
      cache_write_5m: 2.5,
      cache_write_1h: 4,
      context_window: 1_000_000,
    },
  ],
  modes: [
    // Six times at first, twice since Opus 4.8.
    { models: "claude-opus-4-6*", factors: { fast: 6 } },
    { models: "claude-opus-4-7*", factors: { fast: 6 } },
    { models: "claude-opus-4-8*", factors: { fast: 2 } },
    { models: "claude-opus-5*", factors: { fast: 2 } },
    { models: "claude-opus-4-6*", factors: { us: 1.1 } },
    { models: "claude-opus-4-7*", factors: { us: 1.1 } },
    { models: "claude-opus-4-8*", factors: { us: 1.1 } },
    { models: "claude-sonnet-4-6*", factors: { us: 1.1 } },
    { models: "claude-opus-5*", factors: { us: 1.1 } },
    { models: "claude-sonnet-5*", factors: { us: 1.1 } },
    { models: "claude-fable-5*", factors: { us: 1.1 } },
    { models: "claude-*", factors: { batch: 0.5 } },
    { models: "gpt-*", factors: { batch: 0.5 } },
    { models: "gemini-*", factors: { batch: 0.5 } },
  ],
};

/** Everything that makes up the prices of one Orrery: kept as it is, so that what was priced by it can be priced by it again. */
export interface PriceSource {
  readonly version: string;
  /** Lines as in `price-table.ts`. */
  readonly table: string;
  readonly additions: PriceFile;
}

export const builtInSource: PriceSource = { version: `${tableVersion}+${additions.version}`, table: tableText, additions };

/** The tables of such prices, in order of precedence. */
export function tablesOf({ version, table, additions: ours }: PriceSource): readonly PriceTable[] {
  const read = readPriceFile(ours, "ours", "orrery");
  if (!read.ok) throw new Error(`the prices ${version} are not valid: ${JSON.stringify(read.problems)}`);
  return [read.table, { origin: "table", version: version.split("+")[0]!, rows: table.split("\n").map(parseLine), modes: [] }];
}

function parseLine(line: string): PriceRow {
  const [model = "", from = "", prices = "", window = "", match = ""] = line.split("\t");
  const [base = "", ...steps] = prices.split(">");
  return {
    model,
    match: new RegExp(match, "i"),
    ...(from === "" ? {} : { from }),
    rates: ratesOf(base.trim().split(" ")),
    steps: steps.map((step) => {
      const [above, ...rates] = step.trim().split(" ");
      return { above: Number(above), rates: ratesOf(rates) };
    }),
    ...(window === "" ? {} : { context_window: Number(window) }),
  };
}

function ratesOf(texts: readonly string[]): Rates {
  const [input, output, cache_read, cache_write_5m, cache_write_1h] = texts.map(Number);
  return { input: input!, output: output!, cache_read: cache_read!, cache_write_5m: cache_write_5m!, cache_write_1h: cache_write_1h! };
}
