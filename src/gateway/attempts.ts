import { OrreryError } from "../contract/errors.ts";
import type { Clock } from "../lib/clock.ts";

/** Counts wrong tokens by address. After too many in a minute, whoever comes from there with a token waits until the minute is over. */
export interface Attempts {
  /** @throws OrreryError TOO_MANY_ATTEMPTS */
  allow(address: string): void;
  failed(address: string): void;
}

const LIMIT = 10;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

export function createAttempts(clock: Clock): Attempts {
  const failures = new Map<string, { readonly startMs: number; count: number }>();

  function current(address: string) {
    const known = failures.get(address);
    if (known === undefined || clock.now() - known.startMs < WINDOW_MS) return known;
    failures.delete(address);
    return undefined;
  }

  return {
    allow(address) {
      const known = current(address);
      if (known !== undefined && known.count >= LIMIT)
        throw new OrreryError("TOO_MANY_ATTEMPTS", { limit: LIMIT, retry_after_ms: known.startMs + WINDOW_MS - clock.now() });
    },
    failed(address) {
      const known = current(address);
      if (known !== undefined) return void known.count++;
      // Oldest first: what is let go of is nearly over.
      if (failures.size >= MAX_ADDRESSES) failures.delete(failures.keys().next().value!);
      failures.set(address, { startMs: clock.now(), count: 1 });
    },
  };
}
