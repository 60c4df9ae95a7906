import { OrreryError } from "../contract/errors.ts";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Clock } from "../lib/clock.ts";
import { toEntry } from "./bodies.ts";
import type { Appended, Checkpoint, EventLog } from "./log.ts";
import type { Entry, Store, Written } from "./store.ts";
import { createTail } from "./tail.ts";

/** Events per transaction, unless one append brings more: an append is never cut in two (L6). */
const FLUSH_EVENTS = 1_000;
/** Characters that may wait for the disk: few events can be large (L7). */
const QUEUE_CHARS = 64 * 1024 * 1024;
/** Checkpoints are written earlier than with the next commit when so many characters of them wait. */
const CHECKPOINT_CHARS = 4 * 1024 * 1024;

interface Waiting {
  readonly entries: readonly Entry[];
  readonly bodies: ReadonlyMap<string, string>;
  readonly chars: number;
  resolve(outcomes: readonly Appended[]): void;
  reject(error: OrreryError): void;
}

/** What is written beside the events, and who waits for it. */
interface Side {
  readonly notes: Map<string, string | undefined>;
  readonly checkpoints: Checkpoint[];
  readonly summaries: Map<SessionId, { seq: number; summary: string }>;
  readonly clearCheckpoints: boolean;
  readonly flushed: PromiseWithResolvers<void> | undefined;
}

export interface LogOptions {
  readonly clock: Clock;
  /** Events that may wait for the disk before `LOG_BUSY` (L7). */
  readonly queueLimit?: number;
  /** What is done to each event before anything of it is stored or told: the one gate that every event passes. */
  readonly guard?: (draft: EventDraft) => EventDraft;
  /** A listener threw, or a write of notes failed with nobody waiting for it. */
  readonly onError?: (error: unknown) => void;
}

/**
 * The log over any store. Appends that arrive while a transaction runs, or in the same turn of the event loop, share the next one:
 * a lone append commits at once, a crowd commits together (L1).
 */
export function createLog(
  store: Store,
  { clock, queueLimit = 50_000, guard = (draft) => draft, onError = () => undefined }: LogOptions,
): EventLog {
  let queue: Waiting[] = [];
  let queued = 0;
  let queuedChars = 0;
  let refused = 0;
  let isScheduled = false;
  let isClosed = false;
  let closing: Promise<void> | undefined;
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();

  let notes = new Map<string, string | undefined>();
  let checkpoints: Checkpoint[] = [];
  let checkpointChars = 0;
  let summaries = new Map<SessionId, { seq: number; summary: string }>();
  let clearCheckpoints = false;
  let flushed: PromiseWithResolvers<void> | undefined;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    clock.soon(() => {
      isScheduled = false;
      if (isClosed) return;
      flush();
      if (queue.length > 0) schedule();
    });
  }

  function takeTurn(): Waiting[] {
    let count = 0;
    let taken = 0;
    while (taken < queue.length && (taken === 0 || count + queue[taken]!.entries.length <= FLUSH_EVENTS))
      count += queue[taken++]!.entries.length;
    const turn = queue.slice(0, taken);
    queue = queue.slice(taken);
    queued -= count;
    for (const { chars } of turn) queuedChars -= chars;
    return turn;
  }

  function takeSide(): Side {
    const side = { notes, checkpoints, summaries, clearCheckpoints, flushed };
    notes = new Map();
    checkpoints = [];
    checkpointChars = 0;
    summaries = new Map();
    clearCheckpoints = false;
    flushed = undefined;
    return side;
  }

  function flush(): void {
    commit(takeTurn(), takeSide());
  }

  function commit(turn: readonly Waiting[], side: Side): void {
    if (turn.length === 0 && !hasSide(side)) return side.flushed?.resolve();
    let written: readonly Written[];
    try {
      const bodies = new Map(turn.flatMap((waiting) => [...waiting.bodies]));
      written = store.write({ atMs: clock.now(), entries: turn.flatMap((waiting) => waiting.entries), bodies, ...side });
    } catch (error) {
      const failure = error instanceof OrreryError ? error : new OrreryError("INTERNAL", {}, { cause: error });
      keepForLater(side);
      for (const waiting of turn) waiting.reject(failure);
      side.flushed?.reject(failure);
      return onError(failure);
    }
    announce(written.flatMap((fate) => ("stored" in fate ? [fate.stored] : [])));
    let index = 0;
    for (const waiting of turn) waiting.resolve(waiting.entries.map(({ draft }) => toAppended(draft.id, written[index++]!)));
    side.flushed?.resolve();
  }

  /** What no caller waits for is tried again with the next commit; what was set meanwhile is newer. */
  function keepForLater(side: Side): void {
    notes = new Map([...side.notes, ...notes]);
    if (!clearCheckpoints) {
      checkpoints = [...side.checkpoints, ...checkpoints];
      summaries = new Map([...side.summaries, ...summaries]);
    }
    clearCheckpoints ||= side.clearCheckpoints;
  }

  function announce(events: readonly StoredEvent[]): void {
    if (events.length === 0) return;
    for (const listener of listeners) {
      try {
        listener(events);
      } catch (error) {
        onError(error);
      }
    }
  }

  function flushSide(): Promise<void> {
    if (isClosed) return Promise.reject(new OrreryError("STOPPING"));
    flushed ??= Promise.withResolvers<void>();
    schedule();
    return flushed.promise;
  }

  function onCommit(listener: (events: readonly StoredEvent[]) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    head: () => store.head(),
    append(drafts) {
      if (isClosed) return Promise.reject(new OrreryError("STOPPING"));
      if (drafts.length === 0) return Promise.resolve([]);
      if (queued > 0 && (queued + drafts.length > queueLimit || queuedChars > QUEUE_CHARS)) {
        refused += drafts.length;
        return Promise.reject(new OrreryError("LOG_BUSY"));
      }
      return new Promise((resolve, reject) => {
        const bodies = new Map<string, string>();
        const entries = drafts.map((draft) => toEntry(guard(draft), bodies));
        let chars = 0;
        for (const { json } of entries) chars += json.length;
        for (const text of bodies.values()) chars += text.length;
        queue.push({ entries, bodies, chars, resolve, reject });
        queued += drafts.length;
        queuedChars += chars;
        schedule();
      });
    },
    read: (query) => store.read(query),
    tail: createTail({ read: (query) => store.read(query), onCommit }),
    onCommit,
    body: (sha256) => store.body(sha256),
    notes: {
      get: (key) => (notes.has(key) ? notes.get(key) : store.note(key)),
      set: (key, value) => void notes.set(key, value),
      delete: (key) => void notes.set(key, undefined),
      list(prefix) {
        const merged = new Map<string, string | undefined>(store.notes(prefix));
        for (const [key, value] of notes) if (key.startsWith(prefix)) merged.set(key, value);
        return [...merged]
          .flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
          .toSorted(([a], [b]) => (a < b ? -1 : 1));
      },
      flush: flushSide,
    },
    checkpoints: {
      save(checkpoint) {
        checkpoints.push(checkpoint);
        checkpointChars += checkpoint.state.length;
        if (checkpointChars > CHECKPOINT_CHARS) commit([], takeSide());
      },
      latest: (sessionId, moment) =>
        latestOf(checkpoints, sessionId, moment) ?? (clearCheckpoints ? undefined : store.latestCheckpoint(sessionId, moment)),
      firstSeq: (sessionId) => store.firstSeq(sessionId),
      saveSummary: (sessionId, seq, summary) => void summaries.set(sessionId, { seq, summary }),
      *summaries() {
        const pending = new Map(summaries);
        if (!clearCheckpoints) for (const row of store.summaries()) if (!pending.has(row.sessionId)) yield row;
        for (const [sessionId, row] of pending) yield { sessionId, ...row };
      },
      clear() {
        checkpoints = [];
        summaries = new Map();
        clearCheckpoints = true;
      },
      flush: flushSide,
    },
    queue: () => ({ events: queued, limit: queueLimit, refused }),
    keeping: {
      oldBodies: (beforeMs, drop) => store.oldBodies(beforeMs, drop),
      replaceData(events) {
        store.replaceData(events);
        const touched = new Set(events.map((event) => event.session_id));
        checkpoints = checkpoints.filter(({ sessionId }) => !touched.has(sessionId));
      },
    },
    sizeBytes: () => store.sizeBytes(),
    close() {
      isClosed = true;
      return (closing ??= writeAndClose());
    },
  };

  async function writeAndClose(): Promise<void> {
    while (queue.length > 0) flush();
    // What listeners of the last commits set is written too.
    flush();
    store.close();
  }
}

function toAppended(id: string, fate: Written): Appended {
  return "stored" in fate ? { id, seq: fate.stored.seq, duplicate: false } : { id, seq: fate.duplicateOf, duplicate: true };
}

function hasSide(side: Side): boolean {
  return side.clearCheckpoints || side.notes.size + side.checkpoints.length + side.summaries.size > 0;
}

function latestOf(
  pending: readonly Checkpoint[],
  sessionId: SessionId,
  moment: { readonly seq: number } | { readonly shownAtMs: number },
): Checkpoint | undefined {
  return pending.findLast(
    (point) => point.sessionId === sessionId && ("seq" in moment ? point.seq <= moment.seq : point.shownAtMs <= moment.shownAtMs),
  );
}
