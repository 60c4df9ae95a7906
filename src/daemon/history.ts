import type { SessionId } from "../contract/ids.ts";
import { createPacer, systemClock, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { decodeSession, type WireSession } from "../projections/encode.ts";
import { createSessionFold, foldSession, type Session } from "../projections/session.ts";
import { ofSession } from "../projections/state.ts";
import { needsWhole } from "../projections/trim.ts";

/**
 * A point in the past. `seq`: everything up to it. `ms`: everything that was known of a session while its latest event time was not
 * past it. For a session seen live that is what was on screen then; for an imported one it is what had happened then. With `upTo`, of what is
 * known from the millisecond `ms` itself on, only that up to this `seq`.
 */
export type Point = { readonly seq: number } | { readonly ms: number; readonly upTo?: number };

/** Sessions and pictures as they stood at any moment. */
export interface History {
  /** The session as it stood at `point`, from its nearest checkpoint; undefined when it had no event yet. Older entities may be trimmed. */
  sessionAt(sessionId: SessionId, point: Point): Session | undefined;
  /**
   * The same from its first event on: nothing trimmed. With `detail`, whole texts, inputs and outputs. It goes on from a whole `session` that is
   * known up to `seq`, told in the same detail.
   */
  wholeSession(sessionId: SessionId, point: Point, options?: Whole): Session | undefined;
  /** The same for whoever can wait: a long session is folded in pieces, and others are served between them. */
  wholeInPieces(sessionId: SessionId, point: Point, options?: Whole): Promise<Session | undefined>;
  /** As `sessionAt`, in pieces. */
  atInPieces(sessionId: SessionId, point: Point): Promise<Session | undefined>;
}

interface Whole {
  readonly detail?: boolean;
  readonly session?: Session;
  readonly seq?: number;
}

/** About what lies between two checkpoints: of a page that a moment cuts, the rest was read for nothing. */
const PAGE = 64;
/** After so many pages it is a long fold, whose pages grow: each has a price of its own. */
const SHORT_PAGES = 4;
const LONGEST_PAGE = 1_024;
const foldDetail = createSessionFold({ detail: true });

export function createHistory(log: Pick<EventLog, "read" | "checkpoints">, clock: Pick<Clock, "now" | "soon"> = systemClock): History {
  /** Folds on from `start`, known up to `after`, page by page. Stops early with "trimmed" when a fact concerns something that was let go. */
  function* folding(
    sessionId: SessionId,
    start: Session | undefined,
    after: number,
    point: Point,
    fold = foldSession,
  ): Generator<void, Session | undefined | "trimmed"> {
    let session = start;
    let position = after;
    let shownMs = Date.parse(start?.facts.last_at ?? "") || 0;
    for (let limit = PAGE, pages = 1; ; limit = pages++ < SHORT_PAGES ? PAGE : Math.min(2 * limit, LONGEST_PAGE)) {
      const page = log.read({
        sessionId,
        after: position,
        ...("seq" in point ? { before: point.seq + 1 } : {}),
        order: "oldest",
        limit,
      });
      for (const event of page) {
        shownMs = Math.max(shownMs, Date.parse(event.timestamp));
        if ("ms" in point && (shownMs > point.ms || (shownMs === point.ms && event.seq > (point.upTo ?? Infinity)))) return session;
        if (!ofSession(event)) continue;
        if (needsWhole(session, event)) return "trimmed";
        session = fold(session, event);
      }
      if (page.length < limit) return session;
      position = page.at(-1)!.seq;
      yield;
    }
  }

  /** From its first event on, where nothing was let go. */
  function* whole(
    sessionId: SessionId,
    point: Point,
    { detail = false, session, seq = 0 }: Whole = {},
  ): Generator<void, Session | undefined> {
    const after = session === undefined ? 0 : seq;
    return (yield* folding(sessionId, session, after, point, detail ? foldDetail : foldSession)) as Session | undefined;
  }

  function* nearest(sessionId: SessionId, point: Point): Generator<void, Session | undefined> {
    const checkpoint = log.checkpoints.latest(
      sessionId,
      "seq" in point ? point : { shownAtMs: point.upTo === undefined ? point.ms : point.ms - 1 },
    );
    if (checkpoint === undefined) return yield* whole(sessionId, point);
    const session = decodeSession(JSON.parse(checkpoint.state) as WireSession);
    const folded = yield* folding(sessionId, session, checkpoint.seq, point);
    return folded === "trimmed" ? yield* whole(sessionId, point) : folded;
  }

  return {
    sessionAt: (...asked) => atOnce(nearest(...asked)),
    wholeSession: (...asked) => atOnce(whole(...asked)),
    wholeInPieces: (...asked) => inPieces(whole(...asked), clock),
    atInPieces: (...asked) => inPieces(nearest(...asked), clock),
  };
}

function atOnce<T>(pieces: Generator<void, T>): T {
  let piece = pieces.next();
  while (piece.done !== true) piece = pieces.next();
  return piece.value;
}

async function inPieces<T>(pieces: Generator<void, T>, clock: Pick<Clock, "now" | "soon">): Promise<T> {
  const breathe = createPacer(clock);
  let piece = pieces.next();
  while (piece.done !== true) {
    await breathe();
    piece = pieces.next();
  }
  return piece.value;
}
