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

/** Counts per minute of event time; keys are whole minutes since the epoch. Relies on each event coming once, which the log sees to. */
export type Activity = PersistentMap<string, ActivityCounts>;

export interface ActivityBucket extends ActivityCounts {
  readonly atMs: number;
}

export interface ActivityWindow {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly buckets: number;
}

export const noActivity: Activity = emptyMap();
const none: ActivityCounts = { events: 0, calls: 0, errors: 0, spawns: 0, asks: 0 };
const MINUTE_MS = 60_000;

/** Folds the events of one commit: a batch touches each of its minutes once. */
export function foldActivity(activity: Activity, events: readonly StoredEvent[]): Activity {
  const touched = new Map<string, ActivityCounts>();
  for (const event of events) {
    const minute = String(Math.floor(Date.parse(event.timestamp) / MINUTE_MS));
    touched.set(minute, plus(touched.get(minute) ?? activity.get(minute) ?? none, countsOf(event)));
  }
  let after = activity;
  for (const [minute, counts] of touched) after = after.set(minute, counts);
  return after;
}

/** Equal spans of a long window, from whole minutes. */
export function bucketsFromMinutes(activity: Activity, window: ActivityWindow): ActivityBucket[] {
  return fill(
    window,
    [...activity].map(([minute, counts]) => [Number(minute) * MINUTE_MS, counts] as const),
  );
}

/** Equal spans of a short window, from the events themselves. */
export function bucketsFromEvents(events: Iterable<StoredEvent>, window: ActivityWindow): ActivityBucket[] {
  return fill(
    window,
    [...events].map((event) => [Date.parse(event.timestamp), countsOf(event)] as const),
  );
}

function fill(window: ActivityWindow, entries: readonly (readonly [atMs: number, counts: ActivityCounts])[]): ActivityBucket[] {
  const width = Math.max(1, (window.untilMs - window.sinceMs) / window.buckets);
  const sums = Array.from({ length: window.buckets }, () => none);
  for (const [atMs, counts] of entries) {
    if (atMs < window.sinceMs || atMs > window.untilMs) continue;
    const index = Math.min(window.buckets - 1, Math.floor((atMs - window.sinceMs) / width));
    sums[index] = plus(sums[index]!, counts);
  }
  return sums.map((counts, index) => ({ atMs: window.sinceMs + index * width, ...counts }));
}

function countsOf(event: StoredEvent): ActivityCounts {
  const isBad = event.type === "tool.ended" && event.data.outcome !== "ok";
  return {
    events: 1,
    calls: event.type === "tool.started" ? 1 : 0,
    errors: isBad || event.type === "model.failed" ? 1 : 0,
    spawns: event.type === "agent.spawned" ? 1 : 0,
    asks: event.type === "agent.updated" && event.data.status === "waiting" ? 1 : 0,
  };
}

function plus(a: ActivityCounts, b: ActivityCounts): ActivityCounts {
  return {
    events: a.events + b.events,
    calls: a.calls + b.calls,
    errors: a.errors + b.errors,
    spawns: a.spawns + b.spawns,
    asks: a.asks + b.asks,
  };
}
