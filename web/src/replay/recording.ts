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

/** The states of a recording, one after each event. They share all that did not change. */
export interface Played {
  readonly events: readonly StoredEvent[];
  readonly startMs: number;
  readonly endMs: number;
  /** As the daemon means it: everything up to the first event that is later than the moment. */
  stateAt(ms: number): State;
  readonly last: State;
}

export function playedOf(events: readonly StoredEvent[]): Played {
  const states: State[] = [];
  let state = emptyState;
  for (const event of events) states.push((state = foldState(state, event)));
  const times = events.map((event) => Date.parse(event.timestamp));
  return {
    events,
    startMs: times.reduce((least, ms) => Math.min(least, ms), times[0] ?? 0),
    endMs: times.reduce((most, ms) => Math.max(most, ms), 0),
    last: state,
    stateAt(ms) {
      const later = times.findIndex((time) => time > ms);
      return later === 0 ? emptyState : (states[later < 0 ? states.length - 1 : later - 1] ?? emptyState);
    },
  };
}
