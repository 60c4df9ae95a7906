import type { StoredEvent } from "../contract/events/index.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";

/** How much happened in one span of time. */
export interface ActivityCounts {
  readonly events: number;
  readonly calls: number;
  readonly errors: number;
  readonly spawns: number;
  readonly asks: number;
}

/**
 * Counts per minute for all time, and per second for the recent past, by event time. Keys are whole minutes or seconds since the epoch.
 * Counts rely on each event coming once, which the log sees to.
 */
export interface Activity {
  readonly minutes: PersistentMap<string, ActivityCounts>;
  readonly seconds: PersistentMap<string, ActivityCounts>;
}

export const noActivity: Activity = { minutes: emptyMap(), seconds: emptyMap() };
const none: ActivityCounts = { events: 0, calls: 0, errors: 0, spawns: 0, asks: 0 };

export function foldActivity(activity: Activity, event: StoredEvent): Activity {
  const seconds = Math.floor(Date.parse(event.timestamp) / 1_000);
  const minute = String(Math.floor(seconds / 60));
  const second = String(seconds);
  return {
    minutes: activity.minutes.set(minute, plus(activity.minutes.get(minute) ?? none, event)),
    seconds: activity.seconds.set(second, plus(activity.seconds.get(second) ?? none, event)),
  };
}

/** Drops the seconds before `sinceMs`; their minutes stay. */
export function forgetSeconds(activity: Activity, sinceMs: number): Activity {
  let seconds = activity.seconds;
  for (const key of activity.seconds.keys()) if (Number(key) * 1_000 < sinceMs) seconds = seconds.delete(key);
  return seconds === activity.seconds ? activity : { ...activity, seconds };
}

export interface ActivityBucket extends ActivityCounts {
  readonly atMs: number;
}

/** Equal spans from `sinceMs` to `untilMs`. Short windows are counted by second, long ones by minute. */
export function activityBuckets(activity: Activity, window: { readonly sinceMs: number; readonly untilMs: number; readonly buckets: number }): ActivityBucket[] {
  const width = Math.max(1, (window.untilMs - window.sinceMs) / window.buckets);
  const [map, unitMs] = width < 60_000 && activity.seconds.size > 0 ? [activity.seconds, 1_000] : [activity.minutes, 60_000];
  const buckets = Array.from({ length: window.buckets }, (_, index): ActivityBucket => ({ atMs: window.sinceMs + index * width, ...none }));
  for (const [key, counts] of map) {
    const index = Math.floor((Number(key) * unitMs - window.sinceMs) / width);
    const bucket = buckets[index] ?? (Number(key) * unitMs + unitMs > window.sinceMs && index < 0 ? buckets[0] : undefined);
    if (bucket === undefined) continue;
    buckets[buckets.indexOf(bucket)] = { atMs: bucket.atMs, events: bucket.events + counts.events, calls: bucket.calls + counts.calls, errors: bucket.errors + counts.errors, spawns: bucket.spawns + counts.spawns, asks: bucket.asks + counts.asks };
  }
  return buckets;
}

function plus(counts: ActivityCounts, event: StoredEvent): ActivityCounts {
  const isBad = event.type === "tool.ended" && event.data.outcome !== "ok";
  return {
    events: counts.events + 1,
    calls: counts.calls + (event.type === "tool.started" ? 1 : 0),
    errors: counts.errors + (isBad || event.type === "model.failed" ? 1 : 0),
    spawns: counts.spawns + (event.type === "agent.spawned" ? 1 : 0),
    asks: counts.asks + (event.type === "agent.updated" && event.data.status === "waiting" ? 1 : 0),
  };
}
