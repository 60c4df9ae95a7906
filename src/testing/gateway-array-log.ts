import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import { subjectFilter } from "../lib/subject.ts";
import type { ReadQuery } from "../log/log.ts";
import { emptyState, foldState, type State } from "../projections/state.ts";

/** As much of a log as a gateway asks for: an array, and commits that are told at once. */
export interface ArrayLog {
  head(): number;
  append(drafts: readonly EventDraft[]): readonly StoredEvent[];
  readLog(query: ReadQuery): readonly StoredEvent[];
  onCommit(listener: (events: readonly StoredEvent[]) => void): () => void;
  state(): State;
}

export function createArrayLog(): ArrayLog {
  const events: StoredEvent[] = [];
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  let state = emptyState;
  return {
    head: () => events.length,
    state: () => state,
    append(drafts) {
      const stored = drafts.map((draft, index) => ({ seq: events.length + index + 1, ...draft }) as StoredEvent);
      events.push(...stored);
      for (const event of stored) state = foldState(state, event);
      for (const listener of listeners) listener(stored);
      return stored;
    },
    readLog({ after = 0, before = Infinity, types = ["*"], sessionId, runId, order = "oldest", limit }) {
      const isWanted = subjectFilter(types);
      const found: StoredEvent[] = [];
      const isOldest = order === "oldest";
      for (
        let seq = isOldest ? after + 1 : Math.min(before - 1, events.length);
        found.length < limit && seq > after && seq < before && seq <= events.length;
        seq += isOldest ? 1 : -1
      ) {
        const event = events[seq - 1]!;
        if (
          isWanted(event.type) &&
          (sessionId === undefined || event.session_id === sessionId) &&
          (runId === undefined || event.run_id === runId)
        )
          found.push(event);
      }
      return found;
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
