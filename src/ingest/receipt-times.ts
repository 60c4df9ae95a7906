import { toTimestamp, type Clock } from "../lib/clock.ts";

/** A last time further ahead than this comes from a clock that was set back since. */
const CLOCK_SET_BACK_MS = 1_000;
/** Sessions whose last time is remembered. */
const REMEMBERED = 2_000;

/** Times of receipt that never repeat within a session, so that two hooks of one millisecond keep their order. */
export function createReceiptTimes(clock: Clock): { next(session: unknown): string } {
  const lastMs = new Map<unknown, number>();
  return {
    next(session) {
      const now = clock.now();
      const last = lastMs.get(session);
      const ms = last === undefined || last < now || last > now + CLOCK_SET_BACK_MS ? now : last + 1;
      lastMs.delete(session);
      lastMs.set(session, ms);
      if (lastMs.size > REMEMBERED) lastMs.delete(lastMs.keys().next().value);
      return toTimestamp(ms);
    },
  };
}
