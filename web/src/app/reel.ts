import type { StoredEvent } from "../../../src/contract/events/index.ts";
import type { SessionId } from "../../../src/contract/ids.ts";
import type { Session } from "../../../src/projections/session.ts";
import { foldState, ofSession, type State } from "../../../src/projections/state.ts";
import { needsWhole } from "../../../src/projections/trim.ts";
import type { PastMoment } from "./store.ts";

interface TimedEvent {
  readonly atMs: number;
  readonly event: StoredEvent;
}

export interface ReelDeps {
  /** The picture of a moment, whole. */
  readonly readPicture: (moment: PastMoment) => Promise<State>;
  /** One session at a moment, nothing of it let go; undefined where it had not begun. */
  readonly readSession: (sessionId: SessionId, moment: PastMoment) => Promise<Session | undefined>;
  /** Every event after a moment and up to a time in the order of pictures, and up to when they are all. */
  readonly readBetween: (from: PastMoment, untilMs: number) => Promise<{ readonly items: readonly TimedEvent[]; readonly untilMs: number }>;
  readonly now: () => number;
}

/** What follows is read this many moves ahead, so that playing does not wait. */
const MOVES_AHEAD = 40;
const LEAST_AHEAD_MS = 500;
/** A moment further on than this is asked for whole. */
const FAR_MS = 10 * 60_000;

interface Held {
  readonly state: State;
  readonly moment: PastMoment;
}

/**
 * Pictures of past moments. Those shortly after the last one are folded here from the events between them, which are read ahead; others are
 * asked for.
 */
export function createReel({ readPicture, readSession, readBetween, now }: ReelDeps): (moment: PastMoment) => Promise<State> {
  let held: Held | undefined;
  let ahead: TimedEvent[] = [];
  /** Up to when `ahead` holds everything. */
  let end: PastMoment = { atMs: -Infinity };
  let reading: Promise<void> | undefined;

  async function whole(moment: PastMoment): Promise<State> {
    held = undefined;
    const state = await readPicture(moment);
    ahead = [];
    end = moment;
    held = { state, moment };
    return state;
  }

  /** Reads on from the end; a reading that the reel has turned away from in the meantime is dropped. */
  async function read(untilMs: number): Promise<void> {
    const from = end;
    try {
      const { items, untilMs: readTo } = await readBetween(from, untilMs);
      if (end !== from) return;
      ahead = [...ahead, ...items];
      end = { atMs: readTo };
    } finally {
      reading = undefined;
    }
  }

  /** What is read before it has happened would be missed. */
  function readOn(moment: PastMoment, leadMs: number): Promise<void> {
    return (reading ??= read(Math.max(moment.atMs, Math.min(moment.atMs + leadMs, now()))));
  }

  return async (moment) => {
    const from = held;
    const far = from === undefined ? Infinity : moment.atMs - from.moment.atMs;
    if (from === undefined || moment.seq !== undefined || far <= 0 || far > FAR_MS) return whole(moment);
    const lead = Math.max(LEAST_AHEAD_MS, far * MOVES_AHEAD);
    while (end.atMs < moment.atMs) {
      const before = end;
      await readOn(moment, lead);
      if (end === before) return whole(moment);
    }
    const count = ahead.findIndex(({ atMs }) => atMs > moment.atMs);
    const due = count < 0 ? ahead : ahead.slice(0, count);
    let { state } = from;
    for (const { atMs, event } of due) {
      if (!ofSession(event)) continue;
      const session = state.sessions.get(event.session_id);
      // Of a session that is new here, or of which something was let go, the daemon knows what was before.
      if (session === undefined || needsWhole(session, event)) {
        const before = await readSession(event.session_id, { atMs, seq: event.seq - 1 });
        if (before !== undefined) state = { ...state, sessions: state.sessions.set(event.session_id, before) };
      }
      state = foldState(state, event);
    }
    ahead = count < 0 ? [] : ahead.slice(count);
    held = { state, moment };
    if (end.atMs - moment.atMs < lead / 2 && end.atMs < now()) readOn(moment, lead).catch(() => undefined);
    return state;
  };
}
