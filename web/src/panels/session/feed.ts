import type { StoredEvent } from "../../../../src/contract/events/index.ts";
import { ofSession } from "../../../../src/projections/state.ts";
import { createSessionFold, type Session } from "../../../../src/projections/session.ts";

/** What is known of one session's events, whole texts included. `older` tells whether earlier events have not been read yet. */
export interface FeedState {
  readonly session: Session | undefined;
  readonly status: "loading" | "ready" | "failed";
  readonly older: "none" | "some" | "reading";
  readonly problem?: string;
}

export interface Feed {
  state(): FeedState;
  subscribe(listener: () => void): () => void;
  /** Reads so many events before the oldest one that is here, or all that there are; they are shown together. */
  readOlder(enough?: number): Promise<void>;
  /** Events of the live tail. */
  take(events: readonly StoredEvent[]): void;
}

interface Page {
  readonly items: readonly unknown[];
  readonly next_cursor?: string | undefined;
}

const PAGE = 200;
/** Read at a time when nobody says how many: each step draws the conversation anew. */
const STEP = 1_000;
/** Shown once this many events are here: a list that grows upwards while it opens would not stand at its end. */
const ENOUGH = 600;

/**
 * Folds one session from the newest page backwards, and onwards from the live tail.
 * @param until the past moment that is shown; then nothing later is read or taken
 * @param upTo the last event that counts of that very millisecond
 */
export function createFeed(deps: {
  readonly sessionId: string;
  readonly until: string | undefined;
  readonly upTo?: number | undefined;
  readonly listEvents: (input: { session_id: string; order: "newest"; limit: number; before?: number; until?: string }) => Promise<Page>;
}): Feed {
  const { sessionId, until, upTo = Infinity, listEvents } = deps;
  const fold = createSessionFold({ detail: true });
  const listeners = new Set<() => void>();
  let oldest: number | undefined;
  let session: Session | undefined;
  let current: FeedState = { session: undefined, status: "loading", older: "some" };

  const set = (patch: Partial<FeedState>): void => {
    current = { ...current, ...patch };
    for (const listener of listeners) listener();
  };
  const takeIn = (events: readonly StoredEvent[]): void => {
    for (const event of events)
      if (ofSession(event) && event.session_id === sessionId && !(event.timestamp === until && event.seq > upTo))
        session = fold(session, event);
  };
  const readPage = async (): Promise<boolean> => {
    const { items } = await listEvents({
      session_id: sessionId,
      order: "newest",
      limit: PAGE,
      ...(oldest === undefined ? {} : { before: oldest }),
      ...(until === undefined ? {} : { until }),
    });
    const events = items as readonly StoredEvent[];
    for (const event of events) oldest = Math.min(oldest ?? event.seq, event.seq);
    takeIn(events);
    return events.length === PAGE;
  };
  const read = async (enough: number): Promise<void> => {
    try {
      let isMore = true;
      for (let count = 0; isMore && count < enough; count += PAGE) isMore = await readPage();
      set({ session, status: "ready", older: isMore ? "some" : "none" });
    } catch (error) {
      set({
        session,
        status: session === undefined ? "failed" : "ready",
        older: "some",
        problem: error instanceof Error ? error.message : String(error),
      });
    }
  };
  void read(ENOUGH);

  return {
    state: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async readOlder(enough = STEP) {
      if (current.older !== "some") return;
      set({ older: "reading" });
      await read(enough);
    },
    take(events) {
      if (until !== undefined) return;
      takeIn(events);
      if (session !== current.session && current.status !== "loading") set({ session });
    },
  };
}
