import type { Clock } from "./clock.ts";

/** Counts up to `limit` in each window; `take` says how long to wait once they are used up. */
export interface RateWindow {
  take(): { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };
}

export function createRateWindow(options: { readonly clock: Clock; readonly limit: number; readonly windowMs: number }): RateWindow {
  const { clock, limit, windowMs } = options;
  let start = clock.now();
  let taken = 0;
  return {
    take() {
      const now = clock.now();
      if (now - start >= windowMs || now < start) {
        start = now;
        taken = 0;
      }
      if (taken >= limit) return { ok: false, retryAfterMs: start + windowMs - now };
      taken++;
      return { ok: true };
    },
  };
}
