import type { CacheDrop } from "../contract/operations/money.ts";
import type { PricesAt } from "../money/cost.ts";
import { dropCost } from "../money/drop-cost.ts";
import { cacheDrops } from "../projections/cache.ts";
import type { Session } from "../projections/session.ts";
import { spendOf } from "../projections/usage.ts";

/** The cache's drops of a session, each with what it cost. */
export function pricedDrops(session: Session, pricesAt: PricesAt): CacheDrop[] {
  return cacheDrops(session).map((drop) => {
    const request = session.usage.requests.get(drop.request_id as never);
    const cost = request === undefined ? undefined : dropCost(spendOf(request), drop.lost, pricesAt);
    return cost === undefined ? drop : { ...drop, cost_usd_micros: cost };
  });
}
