import type { StoredEvent } from "../contract/events/index.ts";

/**
 * A pure fold over the events of one session. `apply` ignores what it does not know, returns the same object when nothing changed,
 * and ends in the same state for any order and any repetition of the same events.
 */
export interface Projection<S> {
  readonly name: string;
  readonly initial: S;
  apply(state: S, event: StoredEvent): S;
}
