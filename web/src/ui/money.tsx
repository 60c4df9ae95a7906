import type { CacheRate, Cost } from "../../../src/contract/operations/money.ts";
import { cacheText, cacheTitle, costText, costTitle } from "./money-text.ts";

/** What something cost: `≥` where some requests have no price, `?` where nothing is known. The rest is said where it is pointed at. */
export function Money({ cost }: { cost: Cost | undefined }) {
  return (
    <span className="num money" data-source={cost?.source} title={costTitle(cost)}>
      {costText(cost)}
    </span>
  );
}

export function CacheHit({ cache }: { cache: CacheRate | undefined }) {
  return (
    <span className="num" title={cacheTitle(cache)}>
      {cacheText(cache)}
    </span>
  );
}
