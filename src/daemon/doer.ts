import type { Caller } from "../contract/operations/index.ts";

const LONGEST_CLAIM = 80;

interface Claim {
  readonly actor?: string | undefined;
  readonly door?: string | undefined;
}

/**
 * Who did something, and at which door, as the log keeps it. A caller without a token is who it says it is. One with a token is its token, and what
 * it says of itself stands behind that, not in its place.
 */
export function doer({ actor, door, isNamed }: Caller, claim: Claim = {}): { readonly by: string; readonly door: string } {
  return { by: isNamed === true ? named(actor, claim.actor) : (claim.actor ?? actor), door: claim.door ?? door };
}

function named(token: string, claimed: string | undefined): string {
  return claimed === undefined || claimed === token ? token : `${token} (${claimed.slice(0, LONGEST_CLAIM)})`;
}
