import type { CacheDrop } from "../../../src/contract/operations/money.ts";

/** Why a request missed the cache, in words that follow "because". */
export const dropReasons: Readonly<Record<CacheDrop["reason"], string>> = {
  model_switched: "the model was switched",
  compacted: "the context was compacted",
  ttl_passed: "the cache ran out while nothing was asked",
  prefix_changed: "the beginning of the prompt changed",
};
