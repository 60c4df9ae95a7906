import type { Cost, Spend } from "../contract/operations/money.ts";
import type { Prices } from "./prices.ts";

type Tokens = Partial<Spend["tokens"]>;

/** What the requests of a session have been reported to cost together, where the agent program tells a running total. */
interface Options {
  readonly reportedTotal?: number | undefined;
}

/** Prices by day: a table that was taken in later holds for requests from then on. */
export type PricesAt = (day: string) => Prices;

/**
 * What these lines cost. Tokens times price is added up in whole trillionths of a dollar, without loss; each figure is rounded once, at the
 * end, to the nearest millionth, and up from the half. So the figure of a whole is right to the last place, and the figures of its parts, each
 * rounded for itself, may add up to one more or less.
 */
export function costOf(lines: Iterable<Spend>, pricesAt: PricesAt, { reportedTotal }: Options = {}): Cost {
  let picos = 0n;
  let priced = 0;
  let requests = 0;
  let reported = 0;
  let reportedRequests = 0;
  const versions = new Set<string>();
  const unknownModels = new Set<string>();
  for (const line of lines) {
    requests += line.requests;
    reported += line.reported_usd_micros;
    reportedRequests += line.reported_requests;
    const prices = pricesAt(line.day);
    const price = prices.price(line);
    if (price === undefined) {
      if (line.measured > 0) unknownModels.add(line.model);
      continue;
    }
    if (line.measured === 0) continue;
    priced += line.measured;
    picos += picosOf(line.tokens, price.picos);
    versions.add(prices.version);
  }
  const computed = priced === 0 ? undefined : roundToMicros(picos);
  const unknown = requests - priced;
  const isWhole = reportedTotal !== undefined || (requests > 0 && reportedRequests === requests);
  const told = reportedTotal ?? (reportedRequests > 0 ? reported : undefined);
  const source = isWhole ? "reported" : computed === undefined ? "unknown" : "computed";
  const shown = isWhole ? told : computed;
  return {
    ...(shown === undefined ? {} : { usd_micros: shown }),
    source,
    ...(told === undefined ? {} : { reported_usd_micros: told, reported_whole: isWhole }),
    ...(computed === undefined ? {} : { computed_usd_micros: computed }),
    ...(isWhole && unknown === 0 && computed !== undefined ? { difference_usd_micros: told! - computed } : {}),
    ...(versions.size === 0 ? {} : { price_version: [...versions].toSorted().join(", ") }),
    requests,
    reported_requests: reportedRequests,
    unknown_requests: unknown,
    ...(unknownModels.size === 0 ? {} : { unknown_models: [...unknownModels].toSorted() }),
  };
}

const buckets = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"] as const;

/** What these lines cost by token bucket, as far as their prices are known. */
export function costByBucket(lines: Iterable<Spend>, pricesAt: PricesAt): Record<(typeof buckets)[number], number> {
  const picos = { input: 0n, cache_read: 0n, cache_write_5m: 0n, cache_write_1h: 0n, output: 0n };
  for (const line of lines) {
    const price = pricesAt(line.day).price(line);
    if (price === undefined || line.measured === 0) continue;
    for (const bucket of buckets) picos[bucket] += picosOf({ [bucket]: line.tokens[bucket] }, price.picos);
  }
  return Object.fromEntries(buckets.map((bucket) => [bucket, roundToMicros(picos[bucket])])) as Record<(typeof buckets)[number], number>;
}

/** Thinking is part of the output and has no price of its own. */
export function picosOf(tokens: Tokens, picos: NonNullable<ReturnType<Prices["price"]>>["picos"]): bigint {
  const part = (bucket: keyof typeof picos) => BigInt(tokens[bucket] ?? 0) * picos[bucket];
  return part("input") + part("output") + part("cache_read") + part("cache_write_5m") + part("cache_write_1h");
}

/** Trillionths to millionths of a dollar, up from the half. */
export function roundToMicros(picos: bigint): number {
  return Number((picos + 500_000n) / 1_000_000n);
}
