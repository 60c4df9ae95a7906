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

/** So many callers are remembered; beyond that whoever was first seen longest ago begins anew. */
const MOST_KEYS = 10_000;

/** A window for each caller, by whatever names one. */
export function createRateWindows(options: { readonly clock: Clock; readonly limit: number; readonly windowMs: number }): {
  take(key: string): ReturnType<RateWindow["take"]>;
} {
  const windows = new Map<string, RateWindow>();
  return {
    take(key) {
      let window = windows.get(key);
      if (window === undefined) {
        if (windows.size >= MOST_KEYS) windows.delete(windows.keys().next().value!);
        windows.set(key, (window = createRateWindow(options)));
      }
      return window.take();
    },
  };
}
