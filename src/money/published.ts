import { z } from "zod";
import { problemsOf } from "../contract/problems.ts";
import { promptSteps } from "../contract/operations/money.ts";
import { ratesOf, type ReadTable } from "./price-file.ts";
import type { PriceRow } from "./prices.ts";

/** The agents' own providers; resellers list the same models at prices of their own. */
export const providers = ["anthropic", "openai", "google", "deepseek", "mistral", "x-ai", "moonshotai", "zai", "minimax"];

type Match =
  | { equals: string }
  | { starts_with: string }
  | { ends_with: string }
  | { contains: string }
  | { regex: string }
  | { or: Match[] }
  | { and: Match[] };

const Rate = z.union([
  z.number(),
  z.looseObject({ base: z.number(), tiers: z.array(z.looseObject({ start: z.number(), price: z.number() })) }),
]);
const RateSet = z.looseObject({
  input_mtok: Rate.optional(),
  output_mtok: Rate.optional(),
  cache_read_mtok: Rate.optional(),
  cache_write_mtok: Rate.optional(),
  cache_write_1h_mtok: Rate.optional(),
});
type RateSet = z.infer<typeof RateSet>;

const Match: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.object({ equals: z.string() }),
    z.object({ starts_with: z.string() }),
    z.object({ ends_with: z.string() }),
    z.object({ contains: z.string() }),
    z.object({ regex: z.string() }),
    z.object({ or: z.array(Match) }),
    z.object({ and: z.array(Match) }),
  ]),
);

/** The data that the genai-prices project publishes: providers with their models. */
export const Published = z.array(
  z.looseObject({
    id: z.string(),
    models: z.array(
      z.looseObject({
        id: z.string(),
        match: Match,
        context_window: z.number().optional(),
        prices: z.union([
          z.array(
            z.looseObject({
              constraint: z.looseObject({ type: z.string().optional(), start_date: z.string().optional() }).nullish(),
              prices: RateSet,
            }),
          ),
          RateSet,
        ]),
      }),
    ),
  }),
);

export interface PublishedRow extends Omit<PriceRow, "match"> {
  /** Source of the regular expression. */
  readonly match: string;
}

/**
 * The rows of a published file that are of use here: text models of the agents' own providers, each from its maker. A model whose price depends on the hour of the
 * day is left out, because sums are kept by day: its cost is unknown rather than wrong.
 */
export function rowsOf(published: z.infer<typeof Published>): PublishedRow[] {
  return published
    .filter(({ id }) => providers.includes(id))
    .flatMap(({ id, models }) =>
      models.flatMap((model) => {
        if (id !== "anthropic" && model.id.startsWith("claude")) return [];
        const dated: readonly { constraint?: { start_date?: string | undefined } | null | undefined; prices: RateSet }[] = Array.isArray(
          model.prices,
        )
          ? model.prices
          : [{ prices: model.prices }];
        if (dated.some(({ constraint }) => constraint && constraint.start_date === undefined)) return [];
        return dated.flatMap(({ constraint, prices }) => rowOf(model, constraint?.start_date, prices));
      }),
    );
}

function rowOf(
  { id, match, context_window }: { id: string; match: Match; context_window?: number | undefined },
  from: string | undefined,
  prices: RateSet,
): PublishedRow[] {
  const used = [prices.input_mtok, prices.output_mtok, prices.cache_read_mtok, prices.cache_write_mtok, prices.cache_write_1h_mtok];
  const starts = [...new Set(used.flatMap((rate) => (typeof rate === "object" ? rate.tiers.map(({ start }) => start) : [])))];
  // A size that sums are not kept by cannot be priced.
  if (starts.some((start) => !(promptSteps as readonly number[]).includes(start))) return [];
  const ratesAbove = (above: number) => {
    const at = (rate: z.infer<typeof Rate> | undefined) =>
      typeof rate === "object" ? (rate.tiers.findLast(({ start }) => start <= above)?.price ?? rate.base) : rate;
    const [input, output] = [at(prices.input_mtok), at(prices.output_mtok)];
    if (input === undefined || output === undefined) return undefined;
    const read = at(prices.cache_read_mtok);
    const short = at(prices.cache_write_mtok);
    const long = at(prices.cache_write_1h_mtok);
    return ratesOf({
      input,
      output,
      ...(read === undefined ? {} : { cache_read: read }),
      ...(short === undefined ? {} : { cache_write_5m: short }),
      ...(long === undefined ? {} : { cache_write_1h: long }),
    });
  };
  const rates = ratesAbove(0);
  if (rates === undefined) return [];
  return [
    {
      model: id,
      match: sourceOf(match),
      ...(from === undefined ? {} : { from }),
      rates,
      steps: starts.toSorted((a, b) => a - b).map((above) => ({ above, rates: ratesAbove(above)! })),
      ...(context_window === undefined ? {} : { context_window }),
    },
  ];
}

function sourceOf(match: Match): string {
  if ("equals" in match) return `^${escape(match.equals)}$`;
  if ("starts_with" in match) return `^${escape(match.starts_with)}`;
  if ("ends_with" in match) return `${escape(match.ends_with)}$`;
  if ("contains" in match) return escape(match.contains);
  if ("regex" in match) return match.regex;
  if ("or" in match) return match.or.map(sourceOf).join("|");
  return `^${match.and.map((each) => `(?=.*?(?:${sourceOf(each)}))`).join("")}`;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** Reads the published file as a table. */
export function readPublished(value: unknown, version: string): ReadTable {
  const parsed = Published.safeParse(value);
  if (!parsed.success)
    return {
      ok: false,
      problems: problemsOf(parsed.error, "file"),
    };
  const rows = rowsOf(parsed.data).map((row) => ({ ...row, match: new RegExp(row.match, "i") }));
  if (rows.length === 0) return { ok: false, problems: [{ field: "file", message: "holds no price of a model that is known here" }] };
  return { ok: true, table: { origin: "table", version, rows, modes: [] } };
}
