import type { Cost } from "../contract/operations/money.ts";

/** Dollars as far as they are known: never a zero for what nobody knows. */
export function money({ usd_micros, unknown_requests, source }: Cost): string {
  if (usd_micros === undefined) return "unknown";
  const usd = `$${(usd_micros / 1e6).toFixed(usd_micros < 10_000 ? 6 : 4)}`;
  return unknown_requests > 0 && source !== "reported" ? `≥ ${usd}` : usd;
}
