import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { backoffMs } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { decodeSession, type WireSession } from "../projections/encode.ts";
import { emptyState, foldState, ofSession, type State } from "../projections/state.ts";
import { foldKeep, needsWhole, trimSession, weightOf } from "../projections/trim.ts";

/** Reads a session as it was at `seq`: what is open and its last minutes, or the whole; undefined when it had no event yet. */
export type FetchSession = (asked: {
  readonly sessionId: SessionId;
  readonly seq: number;
  readonly isWhole: boolean;
}) => Promise<{ readonly session: WireSession } | undefined>;

/**
 * Folds events in order into the picture. A snapshot holds only what it shows: an event about something that the snapshot left out holds
 * folding back until its session has been read, and what arrives meanwhile waits behind it. So the picture only moves forward. The session
 * is read whole only where its recent part does not tell enough: a long one would hold the picture back for seconds.
 */
export interface FoldQueue {
  state(): State;
  /** Last `seq` taken, folded or waiting. */
  seq(): number;
  /** Events that could not be folded; their `seq` counts all the same. */
  broken(): number;
  take(event: StoredEvent): void;
  /** Begins again from a snapshot. */
  reset(state: State): void;
  /** Gives up waiting; what waits stays. */
  pause(): void;
  /** Takes up waiting again after `pause`. */
  resume(): void;
}

interface Deps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetchSession: FetchSession;
  onFolded(events: readonly StoredEvent[]): void;
  /** Too much waits: the caller should begin again from a snapshot. */
  onOverflow(): void;
}

const MOST_WAITING = 20_000;
/** A session with more entities lets go of what is over and long past, as the daemon does; looked at after so many events. */
const MOST_ENTITIES = 3_000;
const LOOK_EVERY = 1_000;

export function createFoldQueue(deps: Deps): FoldQueue {
  let state = emptyState;
  /** From an empty log on, nothing can have been left out. */
  let startedAt = 0;
  let waiting: StoredEvent[] = [];
  let broken = 0;
  let unlooked = 0;
  /** The fetch that folding waits for; an answer to an earlier one is too late. */
  let fetching: symbol | undefined;
  let cancelRetry: (() => void) | undefined;

  function isLeftOut(event: StoredEvent): event is StoredEvent & { readonly session_id: SessionId } {
    if (!ofSession(event)) return false;
    const session = state.sessions.get(event.session_id);
    return session === undefined ? startedAt > 0 : needsWhole(session, event);
  }

  function fold(event: StoredEvent): void {
    try {
      state = foldState(state, event);
    } catch {
      // An event that no projection survives must not end the stream: its place is taken, and it is counted.
      broken++;
      state = { ...state, seq: event.seq };
    }
    if (++unlooked >= LOOK_EVERY) shed();
  }

  /** A page may stay open for weeks. A fact about something that was let go has its session read whole again. */
  function shed(): void {
    unlooked = 0;
    let { sessions } = state;
    for (const [id, session] of sessions)
      if (weightOf(session) > MOST_ENTITIES) sessions = sessions.set(id, trimSession(session, foldKeep));
    state = { ...state, sessions };
  }

  function drain(): void {
    const folded: StoredEvent[] = [];
    let next = 0;
    while (next < waiting.length && !needsFetch(waiting[next]!)) {
      fold(waiting[next]!);
      folded.push(waiting[next]!);
      next++;
    }
    waiting = waiting.slice(next);
    if (waiting.length > 0) void fetchFor(waiting[0]!, { attempt: 0, isWhole: false });
    if (folded.length > 0) deps.onFolded(folded);
  }

  function needsFetch(event: StoredEvent): boolean {
    try {
      return isLeftOut(event);
    } catch {
      return false; // Broken: counted when it is folded.
    }
  }

  async function fetchFor(event: StoredEvent, how: { readonly attempt: number; readonly isWhole: boolean }): Promise<void> {
    const mine = Symbol("fetch");
    fetching = mine;
    const sessionId = event.session_id!;
    try {
      const found = await deps.fetchSession({ sessionId, seq: event.seq - 1, isWhole: how.isWhole });
      if (fetching !== mine) return;
      if (found !== undefined) state = { seq: state.seq, sessions: state.sessions.set(sessionId, decodeSession(found.session)) };
    } catch {
      if (fetching !== mine) return;
      cancelRetry = deps.clock.after(
        backoffMs(how.attempt, deps.random()),
        () => void fetchFor(event, { ...how, attempt: how.attempt + 1 }),
      );
      return;
    }
    if (!how.isWhole && state.sessions.has(sessionId) && needsFetch(event)) return fetchFor(event, { attempt: 0, isWhole: true });
    fetching = undefined;
    fold(event);
    waiting = waiting.slice(1);
    deps.onFolded([event]);
    drain();
  }

  function giveUp(): void {
    fetching = undefined;
    cancelRetry?.();
    cancelRetry = undefined;
  }

  return {
    state: () => state,
    seq: () => waiting.at(-1)?.seq ?? state.seq,
    broken: () => broken,
    take(event) {
      waiting.push(event);
      if (waiting.length > MOST_WAITING) deps.onOverflow();
      else if (fetching === undefined) drain();
    },
    reset(next) {
      giveUp();
      waiting = [];
      state = next;
      startedAt = next.seq;
      deps.onFolded([]);
    },
    pause: giveUp,
    resume() {
      if (fetching === undefined && waiting.length > 0) drain();
    },
  };
}
