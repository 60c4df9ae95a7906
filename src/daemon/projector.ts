import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { createPacer, createPatientPacer, type Clock } from "../lib/clock.ts";
import { mapOf } from "../lib/persistent-map.ts";
import type { EventLog } from "../log/log.ts";
import { encodeSession } from "../projections/encode.ts";
import { foldSession, type Session } from "../projections/session.ts";
import { ofSession, type State } from "../projections/state.ts";
import { checkpointKeep, createTrimmer, foldKeep, needsWhole, pictureKeep, trimSession, weightOf } from "../projections/trim.ts";
import { inPicture, PICTURE_MS, viewSession, visibleSessions, type SessionView } from "../projections/views.ts";
import type { History, Point } from "./history.ts";

/**
 * Keeps the picture: folds every commit, holds the sessions that are alive or recent, lets the others go to their checkpoints and
 * brings them back when a fact about them arrives. What it holds is a cache; the log is what is true.
 */
export interface Projector {
  /** The picture now: every session at hand. */
  state(): State;
  /** What the Live screen shows now, as the wire form of a state in pieces of JSON text; built once per commit, and a session's piece once per change. */
  snapshot(): Snapshot;
  /** The same as of now, told when it is ready: made in parts of which each takes little time. */
  snapshotInPieces(): Promise<Snapshot>;
  /** What the Live screen showed at a past point. */
  pictureAt(point: Point): Promise<State>;
  /** One line per session that the log has ever seen, most recently active first. */
  summaries(): readonly SessionView[];
  summary(sessionId: SessionId): SessionView | undefined;
  /** Of every session, its project and its first and last event time; milliseconds. */
  spans(): Iterable<{ readonly sessionId: SessionId; readonly project?: string; readonly firstMs: number; readonly lastMs: number }>;
  /** How many summaries there are, without making them. */
  sessionCount(): number;
  /** The session as it is now, where it is in memory. */
  held(sessionId: SessionId): Session | undefined;
  /** The session as it is now, from memory or from the log. */
  session(sessionId: SessionId): Session | undefined;
  /** Writes the checkpoints that are due, a few at a time: sessions that began together are due together. */
  settle(signal?: AbortSignal): Promise<void>;
  /** Writes all of them at once: for a stop. */
  settleAll(): void;
  apply(events: readonly StoredEvent[]): void;
  /** Folds a session anew from its events: what is stored of it has changed. */
  refold(sessionId: SessionId): void;
}

interface Snapshot {
  readonly seq: number;
  readonly pieces: readonly Piece[];
}

/** Stays the same object while what it says has not changed. */
interface Piece {
  readonly json: string;
}

/** How much the projector holds, and how often it writes. */
export interface Limits {
  /** Events of a session between two checkpoints; half as many before its first. */
  readonly checkpointEvery: number;
  readonly unsavedForMs: number;
  /** Entities (agents, calls, messages, requests) held at once, about 300 bytes each. */
  readonly hotEntities: number;
  /** With more than so many entities a session lets go of what is over and long past at its checkpoints, whose cost would grow with it. */
  readonly sessionEntities: number;
  readonly hotSessions: number;
  readonly shownAtOnce: number;
}

const defaults: Limits = {
  checkpointEvery: 128,
  unsavedForMs: 60_000,
  hotEntities: 120_000,
  sessionEntities: 3_000,
  hotSessions: 300,
  shownAtOnce: 300,
};
/** How long a session that nothing came of is as it was: its status follows the clock by minutes. */
const VIEW_MS = 250;
/** A session with much open writes long checkpoints, so it writes them more rarely: this much per event at most. */
const CHECKPOINT_BYTES_PER_EVENT = 128;
/** For a checkpoint all that a session holds is looked at: so much per event at most. */
const ENTITIES_PER_EVENT = 8;
/** A session that was put away while it worked, and has been silent for so long, does not work any more. */
const SILENT_AFTER_MS = 3 * 60_000;
/** How far apart the clocks of two sources may be for a session to count as begun. */
const CLOCKS_APART_MS = 3_600_000;
const READ_PAGE = 2_000;
/** What a session weighs beside its entities. */
const SESSION_WEIGHT = 8;
const COMMA: Piece = { json: "," };
const FOLDED_TO = "projector.folded_to";

/** Told of every event once per run, with its session before and after. */
type Counted = (event: StoredEvent, before: Session | undefined, after: Session | undefined) => void;

interface Unsaved {
  readonly sinceSeq: number;
  readonly sinceMs: number;
  events: number;
}

export function createProjector(deps: {
  readonly log: EventLog;
  readonly history: History;
  readonly clock: Clock;
  readonly counted?: Counted;
  readonly limits?: Partial<Limits>;
}): Projector {
  const { log, history, clock, counted = () => undefined } = deps;
  const limits = { ...defaults, ...deps.limits };
  let seq = 0;
  /** Oldest touched first: the order in which sessions are let go. */
  const hot = new Map<SessionId, Session>();
  /** Of each session at hand, as it was counted last. */
  const weights = new Map<SessionId, number>();
  const unsaved = new Map<SessionId, Unsaved>();
  const known = new Map<SessionId, SessionView>();
  /** Of those, the ones that are worth a line: they stay so. */
  const begun = new Set<SessionId>();
  /** Events until a session's next checkpoint, from the length of its last. */
  const spacing = new Map<SessionId, number>();
  /** Of sessions that were needed whole after they had let go of something: how many entities each may hold now. */
  const room = new Map<SessionId, number>();
  const encoded = new WeakMap<Session, Piece>();
  /** Of the sessions at hand that were shown. */
  const trimmers = new Map<SessionId, ReturnType<typeof createTrimmer>>();
  /** Several who ask about all sessions at once share what was worked out. */
  const views = new WeakMap<Session, { readonly atMs: number; readonly view: SessionView }>();
  let cached: Snapshot | undefined;
  let entities = 0;

  function load(sessionId: SessionId, point: Point): Session | undefined {
    return known.has(sessionId) ? history.sessionAt(sessionId, point) : undefined;
  }

  /** Makes it the last to be let go. */
  function hold(session: Session): void {
    const id = session.session_id;
    hot.delete(id);
    hot.set(id, session);
    weigh(session);
  }

  function weigh(session: Session): void {
    const weight = weightOf(session) + SESSION_WEIGHT;
    entities += weight - (weights.get(session.session_id) ?? 0);
    weights.set(session.session_id, weight);
  }

  function foldIn(event: StoredEvent): void {
    seq = event.seq;
    if (!ofSession(event)) return counted(event, undefined, undefined);
    const id = event.session_id;
    let session = hot.get(id) ?? load(id, { seq: event.seq - 1 });
    if (needsWhole(session, event)) {
      session = history.wholeSession(id, { seq: event.seq - 1 });
      // Twice as much each time, so that facts that keep coming late do not have it folded anew again and again.
      if (session !== undefined) room.set(id, 2 * weightOf(session));
    }
    const after = foldSession(session, event);
    hot.set(id, after);
    counted(event, session, after);
    if (!known.has(id)) known.set(id, viewSession(after, clock.now()));
    let due = unsaved.get(id);
    if (due === undefined) unsaved.set(id, (due = { sinceSeq: event.seq, sinceMs: clock.now(), events: 0 }));
    due.events++;
    // An ended session is asked for in pictures of every later moment: its end is worth a checkpoint of its own.
    const spaced = spacing.get(id);
    const isDue = due.events >= (spaced === undefined ? limits.checkpointEvery / 2 : Math.max(limits.checkpointEvery, spaced));
    if (isDue || event.type === "session.ended") save(after);
  }

  function foldAll(events: readonly StoredEvent[]): void {
    for (const event of events) foldIn(event);
    const touched = new Set(events.map((event) => event.session_id));
    for (const id of touched) if (id !== undefined) hold(hot.get(id)!);
    shed();
  }

  function save(session: Session): void {
    const id = session.session_id;
    const state = JSON.stringify(encodeSession(trimSession(session, checkpointKeep)));
    log.checkpoints.save({ sessionId: id, seq, shownAtMs: Date.parse(session.facts.last_at ?? "") || 0, state });
    spacing.set(id, Math.max(state.length / CHECKPOINT_BYTES_PER_EVENT, weightOf(session) / ENTITIES_PER_EVENT));
    const view = viewSession(session, clock.now());
    known.set(id, view);
    log.checkpoints.saveSummary(id, seq, JSON.stringify(view));
    unsaved.delete(id);
    if (hot.get(id) === session && weightOf(session) > Math.max(limits.sessionEntities, room.get(id) ?? 0)) slim(session);
  }

  function saveHeld(id: SessionId): void {
    const session = hot.get(id);
    if (session !== undefined && unsaved.has(id)) save(session);
  }

  /** A start folds on from here. */
  function noteFolded(): void {
    const oldest = Math.min(seq + 1, ...[...unsaved.values()].map((due) => due.sinceSeq));
    log.notes.set(FOLDED_TO, String(oldest - 1));
  }

  /** Lets go of what is over and long past. */
  function slim(session: Session): void {
    const trimmed = trimSession(session, foldKeep);
    // It would hold on to what is let go of here.
    trimmers.delete(session.session_id);
    hot.set(session.session_id, trimmed);
    weigh(trimmed);
  }

  /** Lets go of what is neither recent nor small enough to stay; a large session that is alive keeps only its recent part. */
  function shed(): void {
    if (entities <= limits.hotEntities && hot.size <= limits.hotSessions) return;
    const now = clock.now();
    for (const session of hot.values()) {
      if (entities <= limits.hotEntities * 0.8 && hot.size <= limits.hotSessions) return;
      if (unsaved.has(session.session_id)) save(session);
      if (Date.parse(session.facts.last_at ?? "") >= now - PICTURE_MS && hot.size <= limits.hotSessions) {
        slim(session);
      } else {
        entities -= weights.get(session.session_id) ?? 0;
        weights.delete(session.session_id);
        hot.delete(session.session_id);
        spacing.delete(session.session_id);
        trimmers.delete(session.session_id);
        room.delete(session.session_id);
      }
    }
  }

  function viewOf(sessionId: SessionId): SessionView | undefined {
    const now = clock.now();
    const session = hot.get(sessionId);
    if (session === undefined) return aged(known.get(sessionId), now);
    const held = views.get(session);
    if (held !== undefined && Math.abs(now - held.atMs) < VIEW_MS) return held.view;
    const view = viewSession(session, now);
    views.set(session, { atMs: now, view });
    return view;
  }

  /** The event time that stands for a `seq`. */
  function timeOf(at: number): number {
    return Date.parse(log.read({ before: at + 1, order: "newest", limit: 1 })[0]?.timestamp ?? "") || 0;
  }

  function restore(): void {
    for (const { sessionId, summary } of log.checkpoints.summaries()) known.set(sessionId, JSON.parse(summary) as SessionView);
    const foldedTo = Number(log.notes.get(FOLDED_TO) ?? 0);
    const recent = inPicture([...known.values()], clock.now())
      .toSorted(byRecency)
      .slice(0, limits.hotSessions);
    for (const view of recent.toReversed()) {
      const session = history.sessionAt(view.session_id, { seq: foldedTo });
      if (session !== undefined) hold(session);
    }
    seq = foldedTo;
    for (;;) {
      const page = log.read({ after: seq, order: "oldest", limit: READ_PAGE });
      foldAll(page);
      if (page.length < READ_PAGE) break;
    }
  }

  function shownNow(): Session[] {
    return visibleSessions({ seq, sessions: mapOf(hot) }, clock.now()).slice(-limits.shownAtOnce);
  }

  function pieceOf(session: Session): Piece {
    const held = encoded.get(session);
    if (held !== undefined) return held;
    const trim = trimmers.get(session.session_id) ?? createTrimmer(pictureKeep);
    trimmers.set(session.session_id, trim);
    const piece = { json: JSON.stringify(encodeSession(trim(session))) };
    encoded.set(session, piece);
    return piece;
  }

  restore();

  return {
    state: () => ({ seq, sessions: mapOf(hot) }),
    apply: foldAll,
    refold(sessionId) {
      const session = history.wholeSession(sessionId, { seq });
      if (session === undefined) return;
      if (hot.has(sessionId)) hold(session);
      save(session);
      cached = undefined;
    },
    snapshot() {
      if (cached?.seq === seq) return cached;
      return (cached = snapshotOf(seq, shownNow().map(pieceOf)));
    },
    async snapshotInPieces() {
      if (cached?.seq === seq) return cached;
      const breathe = createPacer(clock);
      const asOf = seq;
      const pieces: Piece[] = [];
      for (const session of shownNow()) {
        pieces.push(pieceOf(session));
        await breathe();
      }
      return snapshotOf(asOf, pieces);
    },
    async pictureAt(point) {
      const breathe = createPacer(clock);
      const from = seq;
      const atMs = "ms" in point ? point.ms : timeOf(point.seq);
      const begun = [...known.keys()].flatMap((id) => {
        const facts = hot.get(id)?.facts ?? known.get(id)!.facts;
        return Date.parse(facts.first_at ?? "") <= atMs + CLOCKS_APART_MS ? [{ id, facts, first_at: facts.first_at ?? "" }] : [];
      });
      const candidates = inPicture(begun, atMs);
      // As live: of very many, the most recently begun.
      candidates.sort((a, b) => (a.first_at < b.first_at ? 1 : a.first_at > b.first_at ? -1 : 0));
      const shown: (readonly [SessionId, Session])[] = [];
      for (const { id } of candidates) {
        if (shown.length >= limits.shownAtOnce) break;
        if ("seq" in point && (log.checkpoints.firstSeq(id) ?? Infinity) > point.seq) continue;
        const session = await history.atInPieces(id, point);
        if (session !== undefined) shown.push([id, trimSession(session, pictureKeep)]);
        await breathe();
      }
      const sessions = visibleSessions({ seq: from, sessions: mapOf(shown) }, atMs);
      return { seq: "seq" in point ? point.seq : from, sessions: mapOf(sessions.map((session) => [session.session_id, session] as const)) };
    },
    summaries: () =>
      [...known.keys()]
        .map((id) => viewOf(id)!)
        .filter(hasBegun)
        .toSorted(byRecency),
    *spans() {
      for (const [sessionId, view] of known) {
        const { first_at = "", last_at = "", project } = hot.get(sessionId)?.facts ?? view.facts;
        yield {
          sessionId,
          ...(project === undefined ? {} : { project }),
          firstMs: Date.parse(first_at) || 0,
          lastMs: Date.parse(last_at) || 0,
        };
      }
    },
    summary: viewOf,
    sessionCount() {
      for (const id of known.keys()) if (!begun.has(id) && hasBegun(viewOf(id)!)) begun.add(id);
      return begun.size;
    },
    held: (sessionId) => hot.get(sessionId),
    session: (sessionId) => hot.get(sessionId) ?? load(sessionId, { seq }),
    async settle(signal) {
      const now = clock.now();
      const due = [...unsaved].filter(([, { sinceMs }]) => now - sinceMs >= limits.unsavedForMs);
      const rest = createPatientPacer(clock, signal);
      for (const [id] of due) {
        saveHeld(id);
        await rest();
      }
      noteFolded();
    },
    settleAll() {
      for (const id of unsaved.keys()) saveHeld(id);
      noteFolded();
    },
  };
}

function snapshotOf(seq: number, sessions: readonly Piece[]): Snapshot {
  const pieces = sessions.flatMap((piece, index) => (index === 0 ? [piece] : [COMMA, piece]));
  return { seq, pieces: [{ json: `{"seq":${seq},"sessions":[` }, ...pieces, { json: "]}" }] };
}

function aged(view: SessionView | undefined, nowMs: number): SessionView | undefined {
  const isSilent = nowMs - Date.parse(view?.facts.last_at ?? "") > SILENT_AFTER_MS;
  return view?.status === "working" && isSilent ? { ...view, status: "idle" } : view;
}

/** Some records only mention an id; nothing of it is worth a line. */
function hasBegun(view: SessionView): boolean {
  return view.facts.begun_at !== undefined || view.todos !== undefined || view.calls_total + view.turns + view.messages + view.requests > 0;
}

function byRecency(a: SessionView, b: SessionView): number {
  const [older, newer] = [a.facts.last_at ?? "", b.facts.last_at ?? ""];
  if (older === newer) return a.session_id < b.session_id ? -1 : 1;
  return newer < older ? -1 : 1;
}
