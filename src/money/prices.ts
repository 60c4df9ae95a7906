import { promptSteps } from "../contract/operations/money.ts";
import { textHash } from "../lib/text-hash.ts";
import { modelForms } from "./model-forms.ts";

/** US dollars per million tokens, which is also millionths of a dollar per token. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cache_read: number;
  readonly cache_write_5m: number;
  readonly cache_write_1h: number;
}

/** The price of some models from a day on. `steps` are the rates of a whole request whose prompt exceeds `above` tokens. */
export interface PriceRow {
  readonly model: string;
  readonly match: RegExp;
  readonly from?: string;
  readonly until?: string;
  readonly rates: Rates;
  readonly steps: readonly { readonly above: number; readonly rates: Rates }[];
  readonly context_window?: number;
}

/** What a mode multiplies every rate by, for the models that `match`. */
export interface ModeRow {
  readonly match: RegExp;
  readonly factors: Readonly<Record<string, number>>;
}

/** Prices from one hand. */
export interface PriceTable {
  readonly origin: "table" | "ours" | "yours";
  readonly version: string;
  readonly rows: readonly PriceRow[];
  readonly modes: readonly ModeRow[];
}

/** What is to be priced. `day` is UTC; `prompt_above` the greatest of `promptSteps` that the prompt exceeds. */
export interface Wanted {
  readonly model: string;
  readonly day: string;
  readonly modes?: readonly string[] | undefined;
  readonly prompt_above: number;
}

/** A price in whole trillionths of a dollar per token, so that sums are exact. */
export interface Price {
  readonly picos: { readonly [R in keyof Rates]: bigint };
  readonly row: PriceRow;
  readonly origin: PriceTable["origin"];
}

/**
 * The prices in force. `price` is undefined for a model, or for a mode of it, that no table knows: an unknown price is never a price of 0.
 * `version` names exactly these tables.
 */
export interface Prices {
  readonly version: string;
  readonly tables: readonly PriceTable[];
  price(wanted: Wanted): Price | undefined;
  contextWindow(model: string): number | undefined;
}

const PICOS_PER_MICRO = 1e6;
const CACHE_LIMIT = 5_000;

/** Tables in order of precedence: the first that has a price for the day decides. */
export function createPrices(tables: readonly PriceTable[]): Prices {
  const version = tables
    .filter(({ rows, modes }) => rows.length + modes.length > 0)
    .toReversed()
    .map((table) => table.version)
    .join("+");
  const held = new Map<string, Price | undefined>();

  function find(wanted: Wanted): Price | undefined {
    const forms = modelForms(wanted.model);
    for (const { origin, rows } of tables) {
      const row = rowOf(rows, forms, wanted.day);
      if (row === undefined) continue;
      const step = row.steps.findLast(({ above }) => above <= wanted.prompt_above);
      const factor = factorOf(tables, forms, wanted.modes ?? []);
      return factor === undefined ? undefined : { picos: picosOf(step?.rates ?? row.rates, factor), row, origin };
    }
    return undefined;
  }

  return {
    version,
    tables,
    price(wanted) {
      const key = `${wanted.model}\n${wanted.day}\n${wanted.prompt_above}\n${wanted.modes?.join() ?? ""}`;
      if (held.has(key)) return held.get(key);
      const found = find(wanted);
      if (held.size >= CACHE_LIMIT) held.clear();
      held.set(key, found);
      return found;
    },
    contextWindow(model) {
      const forms = modelForms(model);
      // Clients name the variant with the long context by a suffix.
      if (/\[1m\]$/i.test(model)) return 1_000_000;
      for (const { rows } of tables) {
        const row = rowOf(rows, forms, "9999-12-31");
        if (row?.context_window !== undefined) return row.context_window;
      }
      return undefined;
    },
  };
}

/** The greatest of the sizes at which prices may change that a prompt exceeds. */
export function promptClass(promptTokens: number): number {
  return promptSteps.findLast((step) => promptTokens > step) ?? 0;
}

export function versionOf(name: string, text: string): string {
  return `${name}-${textHash(text).slice(0, 8)}`;
}

/** Of the rows of the first form that has any on that day, the newest. */
function rowOf(rows: readonly PriceRow[], forms: readonly string[], day: string): PriceRow | undefined {
  for (const form of forms) {
    let newest: PriceRow | undefined;
    for (const row of rows) {
      if ((row.from ?? "") > day || (row.until ?? "9999-99-99") < day || !row.match.test(form)) continue;
      if (newest === undefined || (row.from ?? "") > (newest.from ?? "")) newest = row;
    }
    if (newest !== undefined) return newest;
  }
  return undefined;
}

/** All modes together, in thousandths; undefined when one has no price. */
function factorOf(tables: readonly PriceTable[], forms: readonly string[], modes: readonly string[]): bigint[] | undefined {
  const factors: bigint[] = [];
  for (const mode of new Set(modes)) {
    const factor = tables
      .flatMap((table) => table.modes)
      .find((row) => row.factors[mode] !== undefined && forms.some((form) => row.match.test(form)))?.factors[mode];
    if (factor === undefined) return undefined;
    factors.push(BigInt(Math.round(factor * 1_000)));
  }
  return factors;
}

function picosOf(rates: Rates, factors: readonly bigint[]): Price["picos"] {
  const picos = (rate: number) => factors.reduce((price, factor) => half(price * factor), BigInt(Math.round(rate * PICOS_PER_MICRO)));
  return {
    input: picos(rates.input),
    output: picos(rates.output),
    cache_read: picos(rates.cache_read),
    cache_write_5m: picos(rates.cache_write_5m),
    cache_write_1h: picos(rates.cache_write_1h),
  };
}

/** Thousandths to ones, half up. */
function half(thousandths: bigint): bigint {
  return (thousandths + 500n) / 1_000n;
}
