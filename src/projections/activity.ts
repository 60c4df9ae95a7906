import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import type { CallOutcome } from "../contract/events/tool.ts";
import { MAIN_AGENT } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { contentOf } from "./asks.ts";
import type { Session } from "./session.ts";
import { viewAsks } from "./view-asks.ts";

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

/** Without its session, an ask that two sources tell is known by its call or by what is asked, and a notice counts for nothing of its own. */
function askKey({ data, agent_id }: EventOf<"ask.opened">): string {
  return data.call_id ?? (data.tool === undefined ? data.ask_id : `${agent_id} ${contentOf(data.tool, data.input)}`);
}

/** Adds counts to the minutes of their events. A batch touches each minute once. */
export function foldActivity(
  activity: Activity,
  counted: readonly { readonly event: StoredEvent; readonly counts: ActivityCounts }[],
): Activity {
  const touched = new Map<string, ActivityCounts>();
  for (const { event, counts } of counted) {
    const minute = minuteOf(event);
    touched.set(minute, plus(touched.get(minute) ?? activity.get(minute) ?? none, counts));
  }
  let after = activity;
  for (const [minute, counts] of touched) after = after.set(minute, counts);
  return after;
}

export function minuteOf(event: StoredEvent): string {
  return String(Math.floor(Date.parse(event.timestamp) / MINUTE_MS));
}

/** Equal spans of a long window, from whole minutes. */
export function bucketsFromMinutes(activity: Activity, window: ActivityWindow): ActivityBucket[] {
  return fill(
    window,
    [...activity].map(([minute, counts]) => [Number(minute) * MINUTE_MS, counts] as const),
  );
}

/** Equal spans of a short window, from the events themselves, oldest first. Each call, failure and agent counts where it was first told. */
export function bucketsFromEvents(events: readonly StoredEvent[], window: ActivityWindow): ActivityBucket[] {
  const seen = new Set<string>();
  const isFirst = (key: string): boolean => !seen.has(key) && seen.add(key) !== undefined;
  return fill(
    window,
    events.map((event) => {
      const isCall = event.type === "tool.started" || event.type === "tool.ended";
      const failed = event.type === "tool.ended" && event.data.certainty !== "inferred" && isBad(event.data.outcome);
      const counts: ActivityCounts = {
        events: 1,
        calls: isCall && isFirst(`${event.session_id} ${event.data.call_id}`) ? 1 : 0,
        errors: failed && isFirst(`${event.session_id} ${event.data.call_id} failed`) ? 1 : 0,
        spawns: event.type === "agent.spawned" && isFirst(`${event.session_id} ${event.agent_id}`) ? 1 : 0,
        asks: event.type === "ask.opened" && isFirst(`${event.session_id} ask ${askKey(event)}`) ? 1 : 0,
      };
      return [Date.parse(event.timestamp), counts] as const;
    }),
  );
}

function isBad(outcome: CallOutcome | undefined): boolean {
  return outcome !== undefined && outcome !== "ok";
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

function plus(a: ActivityCounts, b: ActivityCounts): ActivityCounts {
  return {
    events: a.events + b.events,
    calls: a.calls + b.calls,
    errors: a.errors + b.errors,
    spawns: a.spawns + b.spawns,
    asks: a.asks + b.asks,
  };
}
