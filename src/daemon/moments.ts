import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { EventLog } from "../log/log.ts";
import { activityOf } from "../projections/activity.ts";
import { eventMarks, markTypes, type EventMarkKind } from "../projections/event-marks.ts";
import { foldSession } from "../projections/session.ts";
import { ofSession } from "../projections/state.ts";
import { needsWhole } from "../projections/trim.ts";
import type { ActivityStore } from "./activity-store.ts";
import { wantedBy, type Followed, type FollowedProject, type FollowedSession } from "./followed.ts";
import type { History } from "./history.ts";
import type { Projector } from "./projector.ts";

/**
 * The steps of time. An event of a session is shown from the latest time on that the session has told by then, itself included: `atMs`. So
 * within a session the order of steps is that of `seq`, and across sessions that of `atMs`, then `seq`. The picture of a step holds every
 * step up to it, which is what a past moment means (`history.ts`).
 */
export interface Step {
  readonly atMs: number;
  readonly event: SessionEvent;
}
type SessionEvent = StoredEvent & { readonly session_id: SessionId };

/** Everything up to `ms`; of that millisecond itself, with `upTo`, only up to this `seq`. */
export interface StepPoint {
  readonly ms: number;
  readonly upTo?: number;
}

export type StepKind = "event" | "mark" | EventMarkKind;

export interface Moments {
  /** The step after or before a point, of a kind, among those that are followed. */
  step(from: StepPoint, direction: "next" | "previous", kind: StepKind, followed?: Followed): Step | undefined;
  /** Every step after a point and up to a time, in order. Where they are more than `limit`, the first ones, and up to when they are all. */
  between(from: StepPoint, untilMs: number, limit: number): { readonly steps: readonly Step[]; readonly untilMs: number };
}

const PAGE = 200;
/** What is told late is looked for so long before its time. */
const LATE_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
const MINUTE_EVENTS = 5_000;
/** The first window that is looked at for the next step, how often it may double, and how many events are read of one. */
const WINDOW_MS = 1_000;
const WINDOWS = 40;
const WINDOW_EVENTS = 1_000;

export function createMoments(deps: {
  readonly log: Pick<EventLog, "read" | "checkpoints">;
  readonly history: Pick<History, "sessionAt" | "wholeSession">;
  readonly projector: Pick<Projector, "spans">;
  readonly activity: Pick<ActivityStore, "minutesWith" | "range">;
}): Moments {
  const { log, history, projector, activity } = deps;

  /** The last event of a session that a point holds, and the time that the session had told by then. */
  function lastAt(sessionId: SessionId, { ms, upTo }: StepPoint): { readonly seq: number; readonly shownMs: number } {
    const checkpoint = log.checkpoints.latest(sessionId, { shownAtMs: upTo === undefined ? ms : ms - 1 });
    let last = { seq: checkpoint?.seq ?? 0, shownMs: checkpoint?.shownAtMs ?? -Infinity };
    for (;;) {
      const page = log.read({ sessionId, after: last.seq, order: "oldest", limit: PAGE });
      for (const event of page) {
        const shownMs = Math.max(last.shownMs, Date.parse(event.timestamp));
        if (shownMs > ms || (upTo !== undefined && shownMs === ms && event.seq > upTo)) return last;
        last = { seq: event.seq, shownMs };
      }
      if (page.length < PAGE) return last;
    }
  }

  function shownMs(sessionId: SessionId, seq: number): number {
    const checkpoint = log.checkpoints.latest(sessionId, { seq });
    let shown = checkpoint?.shownAtMs ?? -Infinity;
    for (let after = checkpoint?.seq ?? 0; ;) {
      const page = log.read({ sessionId, after, before: seq + 1, order: "oldest", limit: PAGE });
      for (const event of page) shown = Math.max(shown, Date.parse(event.timestamp));
      if (page.length < PAGE) return shown;
      after = page.at(-1)!.seq;
    }
  }

  /** Whether this event is the first that told of its mark, by what its session knew before it. */
  function isFirst(event: StoredEvent & { readonly session_id: SessionId }): boolean {
    const [mark] = eventMarks([event]);
    if (mark === undefined) return false;
    if (mark.kind === "spawn") {
      const { session_id: sessionId, agent_id: agentId } = mark;
      return log.read({ sessionId, agentId, types: markTypes.spawn, order: "oldest", limit: 1 })[0]?.seq === event.seq;
    }
    const point = { seq: event.seq - 1 };
    const held = history.sessionAt(event.session_id, point);
    const before = held !== undefined && needsWhole(held, event) ? history.wholeSession(event.session_id, point) : held;
    const counts = activityOf(event, before, foldSession(before, event));
    return mark.kind === "ask" ? counts.asks > 0 : counts.errors > 0;
  }

  /** Within one session the order of steps is that of `seq`. */
  function stepOf(
    sessionId: SessionId,
    from: StepPoint,
    direction: "next" | "previous",
    kind: StepKind,
    followed?: FollowedSession,
  ): Step | undefined {
    const isNext = direction === "next";
    const here = lastAt(sessionId, isNext || from.upTo === undefined ? from : { ...from, upTo: from.upTo - 1 });
    const wanted = wantedBy(followed);
    let range = isNext ? { after: here.seq } : { before: here.seq + 1 };
    for (;;) {
      const page = log.read({
        ...wanted.query,
        sessionId,
        ...range,
        ...(kind === "event" ? {} : { types: typesOf(kind) }),
        order: isNext ? "oldest" : "newest",
        limit: PAGE,
      });
      for (const event of page)
        if (ofSession(event) && wanted.has(event) && (kind === "event" || isFirst(event)))
          return { atMs: shownMs(sessionId, event.seq), event };
      if (page.length < PAGE) return undefined;
      range = isNext ? { after: page.at(-1)!.seq } : { before: page.at(-1)!.seq };
    }
  }

  /**
   * Of all sessions, or those of a project. A step is at a time that an event of its session told: the times around the point are looked at,
   * nearest first, in ever longer windows.
   */
  function stepOfAll(from: StepPoint, direction: "next" | "previous", followed?: FollowedProject): Step | undefined {
    const isNext = direction === "next";
    const { has } = wantedBy(followed);
    const range = activity.range();
    if (range === undefined) return undefined;
    const stepsOf = (events: readonly SessionEvent[], point: StepPoint, atMs: number): Step[] =>
      [...new Set(events.map(({ session_id }) => session_id))]
        .map((id) => stepOf(id, point, direction, "event"))
        .filter((step) => step !== undefined)
        .filter((step) => step.atMs === atMs);
    const nearest = (steps: readonly Step[]) => steps.toSorted((a, b) => (isNext ? compare(a, b) : compare(b, a)))[0];
    const read = (sinceMs: number, untilMs: number): SessionEvent[] | undefined => {
      const events = log.read({ sinceMs, untilMs, order: "oldest", limit: WINDOW_EVENTS });
      return events.length === WINDOW_EVENTS ? undefined : events.filter(ofSession).filter(has);
    };

    const same = read(from.ms, from.ms);
    if (same === undefined) return stepBySessions(from, direction, followed);
    const here = nearest(stepsOf(same, from, from.ms));
    if (here !== undefined) return here;
    let edge = isNext ? Math.max(from.ms + 1, range.sinceMs) : Math.min(from.ms - 1, range.untilMs);
    for (let width = WINDOW_MS, looked = 0; isNext ? edge <= range.untilMs : edge >= range.sinceMs; looked++) {
      const events = isNext ? read(edge, edge + width - 1) : read(edge - width + 1, edge);
      // Many events at once, or others' events for long: whoever is left is asked one by one.
      if ((events === undefined && width === 1) || looked === WINDOWS) return stepBySessions(from, direction, followed);
      if (events === undefined) {
        width = Math.max(1, Math.floor(width / 8));
        continue;
      }
      const times = Map.groupBy(events, ({ timestamp }) => Date.parse(timestamp));
      for (const [atMs, told] of [...times].toSorted(([a], [b]) => (isNext ? a - b : b - a))) {
        // What was told late is shown later than its time.
        const onTime = told.filter((event) => shownMs(event.session_id, event.seq) === atMs);
        const first = onTime.length === 0 ? undefined : isNext ? { atMs, event: onTime[0]! } : nearest(stepsOf(onTime, { ms: atMs }, atMs));
        if (first !== undefined) return first;
      }
      edge += isNext ? width : -width;
      width *= 2;
    }
    return undefined;
  }

  /** Sessions in the order in which they can have the answer, until none of the rest can. */
  function stepBySessions(from: StepPoint, direction: "next" | "previous", followed?: FollowedProject): Step | undefined {
    const isNext = direction === "next";
    const spans = [...projector.spans()].filter(
      ({ sessionId, firstMs, lastMs }) =>
        (isNext ? lastMs >= from.ms : firstMs <= from.ms) && followed?.sessionIds.has(sessionId) !== false,
    );
    spans.sort((a, b) => (isNext ? a.firstMs - b.firstMs : b.lastMs - a.lastMs));
    let best: Step | undefined;
    for (const { sessionId, firstMs, lastMs } of spans) {
      if (best !== undefined && (isNext ? firstMs > best.atMs : lastMs < best.atMs)) break;
      const step = stepOf(sessionId, from, direction, "event");
      if (step !== undefined && (best === undefined || compare(step, best) < 0 === isNext)) best = step;
    }
    return best;
  }

  /** Marks of all sessions are rare: the minutes that have any are known. */
  function markOfAll(
    from: StepPoint,
    direction: "next" | "previous",
    kind: Exclude<StepKind, "event">,
    followed?: FollowedProject,
  ): Step | undefined {
    const isNext = direction === "next";
    const { has } = wantedBy(followed);
    for (const minute of activity.minutesWith(kindsOf(kind), isNext ? from.ms - LATE_MS : from.ms, direction, followed?.project)) {
      const events = log.read({
        types: typesOf(kind),
        sinceMs: minute * MINUTE_MS,
        untilMs: (minute + 1) * MINUTE_MS - 1,
        order: "oldest",
        limit: MINUTE_EVENTS,
      });
      const steps = events
        .flatMap((event) =>
          ofSession(event) && has(event) && eventMarks([event]).length > 0 ? { atMs: shownMs(event.session_id, event.seq), event } : [],
        )
        .filter((step) => isBeyond(step, from, isNext))
        .toSorted((a, b) => (isNext ? compare(a, b) : compare(b, a)));
      const found = steps.find(({ event }) => isFirst(event));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    step(from, direction, kind, followed) {
      if (followed !== undefined && "sessionId" in followed) return stepOf(followed.sessionId, from, direction, kind, followed);
      return kind === "event" ? stepOfAll(from, direction, followed) : markOfAll(from, direction, kind, followed);
    },
    between(from, untilMs, limit) {
      const steps: Step[] = [];
      for (const { sessionId, firstMs, lastMs } of projector.spans())
        if (lastMs >= from.ms && firstMs <= untilMs) steps.push(...stepsOf(sessionId, from, untilMs));
      steps.sort(compare);
      if (steps.length <= limit) return { steps, untilMs };
      // A millisecond is told whole or not at all.
      const edgeMs = steps[limit]!.atMs;
      const whole = steps.filter(({ atMs }) => atMs < edgeMs);
      return whole.length > 0
        ? { steps: whole, untilMs: edgeMs - 1 }
        : { steps: steps.filter(({ atMs }) => atMs === edgeMs), untilMs: edgeMs };
    },
  };

  function stepsOf(sessionId: SessionId, from: StepPoint, untilMs: number): Step[] {
    const steps: Step[] = [];
    let last = lastAt(sessionId, from);
    for (;;) {
      const page = log.read({ sessionId, after: last.seq, order: "oldest", limit: PAGE });
      for (const event of page) {
        last = { seq: event.seq, shownMs: Math.max(last.shownMs, Date.parse(event.timestamp)) };
        if (last.shownMs > untilMs) return steps;
        if (ofSession(event)) steps.push({ atMs: last.shownMs, event });
      }
      if (page.length < PAGE) return steps;
    }
  }
}

function kindsOf(kind: Exclude<StepKind, "event">): readonly EventMarkKind[] {
  return kind === "mark" ? ["error", "ask", "spawn"] : [kind];
}

function typesOf(kind: Exclude<StepKind, "event">): readonly string[] {
  return kindsOf(kind).flatMap((one) => markTypes[one]);
}

function compare(a: Step, b: Step): number {
  return a.atMs - b.atMs || a.event.seq - b.event.seq;
}

function isBeyond({ atMs, event }: Step, { ms, upTo }: StepPoint, isNext: boolean): boolean {
  if (atMs !== ms) return atMs > ms === isNext;
  if (upTo === undefined) return !isNext;
  return isNext ? event.seq > upTo : event.seq < upTo;
}
