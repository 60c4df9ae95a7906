import type { StoredEvent } from "../contract/events/index.ts";
import type { EventLog } from "../log/log.ts";
import {
  activityOf,
  bucketsFromEvents,
  bucketsFromMinutes,
  foldActivity,
  minuteOf,
  noActivity,
  type ActivityBucket,
  type ActivityCounts,
  type ActivityWindow,
} from "../projections/activity.ts";
import type { Session } from "../projections/session.ts";

/** The density of all time: minutes in memory, written by the hour. */
export interface ActivityStore {
  /** Counts one folded event; events that were counted before a restart are passed over. */
  count(event: StoredEvent, before: Session | undefined, after: Session | undefined): void;
  /** First and last minute with any event, milliseconds; undefined while the log is empty. */
  range(): { readonly sinceMs: number; readonly untilMs: number } | undefined;
  buckets(window: ActivityWindow): readonly ActivityBucket[];
  settle(): void;
}

const PREFIX = "activity.hour.";
const FOLDED_TO = "activity.folded_to";
const MINUTES_PER_HOUR = 60;
/** Windows up to this long are counted from their events, unless there are too many. */
const FINE_MS = 30 * 60_000;
const FINE_EVENTS = 20_000;
const READ_PAGE = 2_000;
const PENDING = 1_000;

export function createActivityStore(log: Pick<EventLog, "read" | "notes">): ActivityStore {
  let minutes = noActivity;
  let seq = Number(log.notes.get(FOLDED_TO) ?? 0);
  let firstMinute = Infinity;
  let lastMinute = -Infinity;
  const dirtyHours = new Set<number>();
  let pending: { readonly event: StoredEvent; readonly counts: ActivityCounts }[] = [];

  for (const [, value] of log.notes.list(PREFIX)) {
    for (const [minute, counts] of JSON.parse(value) as [string, ActivityCounts][]) {
      minutes = minutes.set(minute, counts);
      stretch(Number(minute));
    }
  }
  function stretch(minute: number): void {
    firstMinute = Math.min(firstMinute, minute);
    lastMinute = Math.max(lastMinute, minute);
  }

  /** Counts wait here until somebody looks, so that a burst touches each minute once. */
  function gather(): void {
    minutes = foldActivity(minutes, pending);
    pending = [];
  }

  function finely(window: ActivityWindow): readonly ActivityBucket[] | undefined {
    const events: StoredEvent[] = [];
    let after = 0;
    for (;;) {
      const page = log.read({ sinceMs: window.sinceMs, untilMs: window.untilMs, after, order: "oldest", limit: READ_PAGE });
      events.push(...page);
      if (page.length < READ_PAGE) return bucketsFromEvents(events, window);
      if (events.length >= FINE_EVENTS) return undefined;
      after = page.at(-1)!.seq;
    }
  }

  return {
    count(event, before, after) {
      if (event.seq <= seq) return;
      seq = event.seq;
      pending.push({ event, counts: activityOf(event, before, after) });
      if (pending.length >= PENDING) gather();
      const minute = Number(minuteOf(event));
      stretch(minute);
      dirtyHours.add(Math.floor(minute / MINUTES_PER_HOUR));
    },
    range: () => (lastMinute < firstMinute ? undefined : { sinceMs: firstMinute * 60_000, untilMs: (lastMinute + 1) * 60_000 }),
    buckets(window) {
      gather();
      const fine = window.untilMs - window.sinceMs <= FINE_MS ? finely(window) : undefined;
      return fine ?? bucketsFromMinutes(minutes, window);
    },
    settle() {
      gather();
      for (const hour of dirtyHours) {
        const entries = Array.from({ length: MINUTES_PER_HOUR }, (_, offset) => String(hour * MINUTES_PER_HOUR + offset)).flatMap(
          (minute) => {
            const counts = minutes.get(minute);
            return counts === undefined ? [] : [[minute, counts] as const];
          },
        );
        log.notes.set(`${PREFIX}${hour}`, JSON.stringify(entries));
      }
      dirtyHours.clear();
      log.notes.set(FOLDED_TO, String(seq));
    },
  };
}
