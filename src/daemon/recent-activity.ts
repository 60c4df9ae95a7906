import type { StoredEvent } from "../contract/events/index.ts";
import { timed, type TimedEvent } from "../projections/activity.ts";
import { markedPart } from "../projections/event-marks.ts";

/** The newest events by what the time strip needs of them, so that an open page does not have thousands read for it again and again. */
export interface RecentActivity {
  add(event: StoredEvent): void;
  /** The events of a window, in the order of the log; undefined where there may be others than those that are held. */
  within(sinceMs: number, untilMs: number): readonly TimedEvent[] | undefined;
}

/** `beforeMs`: where events lie that are not told here. */
export function createRecentActivity(most: number, beforeMs: number): RecentActivity {
  let entries: TimedEvent[] = [];
  /** The latest time of an event that is not held. */
  let goneMs = beforeMs;

  function letGo(gone: readonly TimedEvent[]): void {
    for (const { atMs } of gone) goneMs = Math.max(goneMs, atMs);
  }

  return {
    add(event) {
      // Words were taken out of stored events; here too.
      if (event.type === "retention.applied") letGo(entries.splice(0));
      entries.push(timed(markedPart(event)));
      if (entries.length < 2 * most) return;
      letGo(entries.slice(0, -most));
      entries = entries.slice(-most);
    },
    within(sinceMs, untilMs) {
      if (sinceMs <= goneMs) return undefined;
      return entries.filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs);
    },
  };
}
