import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { foldState, emptyState, type State } from "../../../src/projections/state.ts";

/** What an exported page carries: one session's events with whole texts, and answers that need the daemon's price table. */
export interface Recording {
  readonly session_id: string;
  readonly title: string;
  readonly exported_at: string;
  readonly events: readonly StoredEvent[];
  /** Answers of operations, by name, as the daemon gave them when the page was made. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** An event with the time from which it is shown; milliseconds. */
export interface Step {
  readonly atMs: number;
  readonly event: StoredEvent;
}

/** The states of a recording, one after each event. They share all that did not change. */
export interface Played {
  readonly events: readonly StoredEvent[];
  readonly startMs: number;
  readonly endMs: number;
  /** As the daemon means it: everything up to the first event that is later than the moment. */
  stateAt(ms: number, upTo?: number): State;
  /** The step after or before a point among those events that are wanted. */
  step(
    from: { readonly ms: number; readonly upTo?: number },
    direction: string,
    isWanted: (event: StoredEvent) => boolean,
  ): Step | undefined;
  readonly last: State;
}

export function playedOf(events: readonly StoredEvent[]): Played {
  const states: State[] = [];
  let state = emptyState;
  for (const event of events) states.push((state = foldState(state, event)));
  const times = events.map((event) => Date.parse(event.timestamp));
  let latest = -Infinity;
  const shown = times.map((ms) => (latest = Math.max(latest, ms)));
  const isPast = (index: number, ms: number, upTo = Infinity) => shown[index]! > ms || (shown[index] === ms && events[index]!.seq > upTo);
  const stepsTo = (ms: number, upTo?: number): number => {
    const later = events.findIndex((_, index) => isPast(index, ms, upTo));
    return later < 0 ? events.length : later;
  };
  return {
    events,
    startMs: times.reduce((least, ms) => Math.min(least, ms), times[0] ?? 0),
    endMs: times.reduce((most, ms) => Math.max(most, ms), 0),
    last: state,
    stateAt: (ms, upTo) => states[stepsTo(ms, upTo) - 1] ?? emptyState,
    step({ ms, upTo }, direction, isWanted) {
      const here = stepsTo(ms, upTo === undefined || direction === "next" ? upTo : upTo - 1);
      const rest = direction === "next" ? events.slice(here) : events.slice(0, here).toReversed();
      const event = rest.find(isWanted);
      return event === undefined ? undefined : { event, atMs: shown[events.indexOf(event)]! };
    },
  };
}
