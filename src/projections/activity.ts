import type { StoredEvent } from "../contract/events/index.ts";
import type { CallOutcome } from "../contract/events/tool.ts";
import { MAIN_AGENT } from "../contract/ids.ts";
import type { EventMark, StripEvent } from "./event-marks.ts";
import type { Session } from "./session.ts";
import { viewAsks } from "./view-asks.ts";

export const activityKinds = ["events", "calls", "errors", "spawns", "asks"] as const;

/** How much happened in one span of time. */
export type ActivityCounts = Readonly<Record<(typeof activityKinds)[number], number>>;

export interface ActivityBucket extends ActivityCounts {
  readonly atMs: number;
}

export interface ActivityWindow {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly buckets: number;
}

const none: ActivityCounts = { events: 0, calls: 0, errors: 0, spawns: 0, asks: 0 };
const MINUTE_MS = 60_000;

/** Whether it is of what went on: that somebody looked at it is not. */
export function isActivity({ type }: Pick<StoredEvent, "type">): boolean {
  return !type.startsWith("ui.");
}

/** What one event added: its session before and after it tell whether the call, agent or failure is a new one or another source's telling. */
export function activityOf(event: StoredEvent, before: Session | undefined, after: Session | undefined): ActivityCounts {
  const isCall = event.type === "tool.started" || event.type === "tool.ended";
  const was = isCall ? before?.calls.map.get(event.data.call_id) : undefined;
  const is = isCall ? after?.calls.map.get(event.data.call_id) : undefined;
  const isNewAgent =
    event.agent_id !== undefined &&
    event.agent_id !== MAIN_AGENT &&
    after?.agents.has(event.agent_id) === true &&
    before?.agents.has(event.agent_id) !== true;
  return {
    events: 1,
    calls: is !== undefined && was === undefined ? 1 : 0,
    errors: (isBad(is?.outcome) && !isBad(was?.outcome)) || (event.type === "model.failed" && after?.marks !== before?.marks) ? 1 : 0,
    spawns: isNewAgent ? 1 : 0,
    asks: event.type.startsWith("ask.") ? Math.max(0, asksIn(after) - asksIn(before)) : 0,
  };
}

function asksIn(session: Session | undefined): number {
  return session === undefined ? 0 : viewAsks(session).length;
}

/** The whole minute since the epoch in which it happened. */
export function minuteOf(event: StoredEvent): number {
  return Math.floor(Date.parse(event.timestamp) / MINUTE_MS);
}

/** Equal spans of a long window, from whole minutes. */
export function bucketsFromMinutes(
  minutes: Iterable<readonly [minute: number, counts: ActivityCounts]>,
  window: ActivityWindow,
): ActivityBucket[] {
  const { buckets, at } = emptyBuckets(window);
  for (const [minute, counts] of minutes) {
    const sum = at(minute * MINUTE_MS);
    if (sum !== undefined) for (const kind of activityKinds) sum[kind] += counts[kind];
  }
  return buckets;
}

/** Counts a short window from its events. */
export interface StripCount {
  /** Oldest first; what lies outside of the window is passed over. */
  add(event: StripEvent): void;
  /** Each call and mark where the window first tells it. */
  result(): { readonly buckets: readonly ActivityBucket[]; readonly marks: readonly EventMark[] };
}

export function createStripCount(window: ActivityWindow): StripCount {
  const { buckets, at } = emptyBuckets(window);
  const calls = new Set<object>();
  const facts = new Set<string>();
  const marks: EventMark[] = [];
  return {
    add({ atMs, call, marked }) {
      const sum = at(atMs);
      if (sum === undefined) return;
      sum.events++;
      if (call !== undefined) {
        const before = calls.size;
        if (calls.add(call).size > before) sum.calls++;
      }
      if (marked === undefined || facts.has(marked.fact)) return;
      facts.add(marked.fact);
      marks.push(marked.mark);
      sum[plural[marked.mark.kind]]++;
    },
    result: () => ({ buckets, marks }),
  };
}

const plural = { error: "errors", ask: "asks", spawn: "spawns" } as const;

function isBad(outcome: CallOutcome | undefined): boolean {
  return outcome !== undefined && outcome !== "ok";
}

type Sum = { -readonly [K in keyof ActivityBucket]: number };

/** The spans of a window, nothing counted yet, and which of them a time lies in. */
function emptyBuckets({ sinceMs, untilMs, buckets: count }: ActivityWindow): { buckets: Sum[]; at(atMs: number): Sum | undefined } {
  const width = Math.max(1, (untilMs - sinceMs) / count);
  const buckets = Array.from({ length: count }, (_, index) => ({ atMs: sinceMs + index * width, ...none }));
  return {
    buckets,
    at: (atMs) => (atMs < sinceMs || atMs > untilMs ? undefined : buckets[Math.min(count - 1, Math.floor((atMs - sinceMs) / width))]),
  };
}
