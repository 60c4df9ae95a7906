import type { StoredEvent } from "../contract/events/index.ts";
import { createStripReader, type StripEvent } from "../projections/event-marks.ts";

/** The newest events by what the time strip needs of them, so that an open page does not have thousands read for it again and again. */
export interface RecentActivity {
  add(event: StoredEvent): void;
  /** Those that are held, in the order of the log; undefined where others may lie at or after this time. */
  since(ms: number): readonly StripEvent[] | undefined;
}

/** `beforeMs`: where events lie that are not told here. */
export function createRecentActivity(most: number, beforeMs: number): RecentActivity {
  const reader = createStripReader();
  let held: StripEvent[] = [];
  /** The latest time of an event that is not held. */
  let goneMs = beforeMs;
  /** So many are let go of together. */
  const step = Math.ceil(most / 20);

  function letGo(count: number): void {
    for (const event of held.slice(0, count)) {
      goneMs = Math.max(goneMs, event.atMs);
      reader.forget(event);
    }
    held = held.slice(count);
  }

  return {
    add(event) {
      // Words were taken out of stored events; here too.
      if (event.type === "retention.applied") letGo(held.length);
      held.push(reader.read(event));
      if (held.length >= most + step) letGo(held.length - most);
    },
    since: (ms) => (ms <= goneMs ? undefined : held),
  };
}
