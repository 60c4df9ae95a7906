import type { Spend } from "../contract/operations/money.ts";
import { picosOf, roundToMicros, type PricesAt } from "./cost.ts";

/**
 * What it cost, in millionths of a dollar, that `lost` tokens of this request were paid again instead of read from the cache: the average
 * price that its uncached tokens were paid at, less the price of reading. An estimate: which of them were the lost ones nobody tells.
 */
export function dropCost(line: Spend, lost: number, pricesAt: PricesAt): number | undefined {
  const price = pricesAt(line.day).price(line);
  const { input, cache_write_5m, cache_write_1h } = line.tokens;
  const fresh = BigInt(input + cache_write_5m + cache_write_1h);
  if (price === undefined || fresh === 0n) return undefined;
  const paid = (picosOf({ input, cache_write_5m, cache_write_1h }, price.picos) * BigInt(lost)) / fresh;
  const extra = paid - picosOf({ cache_read: lost }, price.picos);
  return extra < 0n ? 0 : roundToMicros(extra);
}
