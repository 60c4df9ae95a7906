import type { CacheRate, Cost } from "../../../src/contract/operations/money.ts";
import { formatPercent, formatUsd, UNKNOWN, whole, wholeUsd } from "./format.ts";

export function costText(cost: Cost | undefined): string {
  if (cost?.usd_micros === undefined) return UNKNOWN;
  return `${isLeast(cost) ? "≥ " : ""}${formatUsd(cost.usd_micros)}`;
}

/** Whose figure it is, to the last digit, and what it leaves out. */
export function costTitle(cost: Cost | undefined): string {
  if (cost === undefined) return "The cost is not known yet";
  const { source, usd_micros, computed_usd_micros, reported_usd_micros, price_version, requests, unknown_requests, unknown_models } = cost;
  if (requests === 0 && usd_micros === undefined) return "No source has told of a model request";
  const lines = [
    usd_micros === undefined ? "The cost is not known" : `${wholeUsd(usd_micros)}, ${source}`,
    computed_usd_micros !== undefined && source !== "computed" && `computed from tokens and list prices: ${wholeUsd(computed_usd_micros)}`,
    reported_usd_micros !== undefined && source !== "reported" && `reported for a part of it: ${wholeUsd(reported_usd_micros)}`,
    price_version !== undefined && `price table ${price_version}`,
    unknown_requests > 0 &&
      `${whole(unknown_requests)} of ${whole(requests)} requests have no known price${unknown_models === undefined ? "" : ` (${unknown_models.join(", ")})`}`,
  ];
  return lines.filter(Boolean).join("\n");
}

export function cacheText(cache: CacheRate | undefined): string {
  return cache?.hit_rate === undefined ? UNKNOWN : formatPercent(cache.hit_rate, 1);
}

export function cacheTitle(cache: CacheRate | undefined): string {
  if (cache?.hit_rate === undefined) return "No prompt is known";
  const { read, write, uncached } = cache;
  return `${whole(read)} of ${whole(read + write + uncached)} prompt tokens were read from the cache; ${whole(write)} were written to it`;
}

function isLeast({ unknown_requests, source }: Cost): boolean {
  return unknown_requests > 0 && source !== "reported";
}
