import type { UsageRow } from "../contract/operations/money.ts";

const buckets = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"] as const;
const priced = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"] as const;
const costs = ["usd_micros", "reported_usd_micros", "computed_usd_micros", "difference_usd_micros"] as const;

/**
 * Usage as lines of comma-separated values, with a head. Money is in millionths of a US dollar; what is not known is empty. What a bucket cost is always
 * computed, whatever `source` says of the whole; with `unknown_requests` it is what is known at least.
 */
export function usageCsv(items: readonly UsageRow[], by: string): string[] {
  const head = [
    by,
    "label",
    "requests",
    ...buckets,
    "cache_hit_rate",
    ...costs,
    "source",
    "unknown_requests",
    "price_version",
    ...priced.map((bucket) => `computed_${bucket}_usd_micros`),
  ];
  return [head, ...items.map(csvRow)].map((cells) => cells.map(quoted).join(","));
}

function csvRow({ key, label, requests, tokens, cost, cache, by_bucket }: UsageRow): (string | number | undefined)[] {
  return [
    key,
    label,
    requests,
    ...buckets.map((bucket) => tokens[bucket]),
    cache.hit_rate?.toFixed(4),
    ...costs.map((name) => cost[name]),
    cost.source,
    cost.unknown_requests,
    cost.price_version,
    // Where no request has a price, nothing is not zero.
    ...priced.map((bucket) => (cost.computed_usd_micros === undefined ? undefined : by_bucket[bucket])),
  ];
}

/** Foreign text must stay one cell, and must not begin a formula in a spreadsheet. */
function quoted(cell: string | number | undefined): string {
  if (cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""').replace(/\s+/g, " ")}"` : safe;
}
