import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { foldSession, type Session } from "./session.ts";

/** The picture: every session at hand, as of `seq`. */
export interface State {
  readonly seq: number;
  readonly sessions: PersistentMap<SessionId, Session>;
}

export const emptyState: State = { seq: 0, sessions: emptyMap() };

/** Folds one event. Events that belong to no session only move `seq`. */
export function foldState(state: State, event: StoredEvent): State {
  if (!ofSession(event)) return { ...state, seq: event.seq };
  const before = state.sessions.get(event.session_id);
  const after = foldSession(before, event);
  return { seq: event.seq, sessions: after === before ? state.sessions : state.sessions.set(event.session_id, after) };
}

export function ofSession(event: StoredEvent): event is StoredEvent & { readonly session_id: SessionId } {
  return event.session_id !== undefined;
}
