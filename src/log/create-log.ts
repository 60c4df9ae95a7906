import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Clock } from "../lib/clock.ts";
import { toEntry } from "./bodies.ts";
import type { Appended, Checkpoint, EventLog } from "./log.ts";
import type { Entry, Store } from "./store.ts";
import { createTail } from "./tail.ts";

/** Events per transaction, unless one append brings more: an append is never cut in two (L6). */
const FLUSH_EVENTS = 1_000;

interface Waiting {
  readonly entries: readonly Entry[];
  readonly bodies: ReadonlyMap<string, string>;
  resolve(outcomes: readonly Appended[]): void;
  reject(error: OrreryError): void;
}

export interface LogOptions {
  readonly clock: Clock;
  /** Events that may wait for the disk before `LOG_BUSY` (L7). */
  readonly queueLimit?: number;
  /** A listener threw, or a write of notes failed with nobody waiting for it. */
  readonly onError?: (error: unknown) => void;
}

/**
 * The log over any store. Appends that arrive while a transaction runs, or in the same turn of the event loop, share the next one:
 * a lone append commits at once, a crowd commits together (L1).
 */
export function createLog(store: Store, { clock, queueLimit = 50_000, onError = () => undefined }: LogOptions): EventLog {
  let queue: Waiting[] = [];
  let queued = 0;
  let isScheduled = false;
  let isClosed = false;
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();

  let notes = new Map<string, string | undefined>();
  let checkpoints: Checkpoint[] = [];
  let summaries = new Map<SessionId, { seq: number; summary: string }>();
  let clearCheckpoints = false;
  let flushed: PromiseWithResolvers<void> | undefined;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    clock.soon(() => {
      isScheduled = false;
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
    return turn;
  }

  function flush(): void {
    const turn = takeTurn();
    const side = { notes, checkpoints, summaries, clearCheckpoints };
    const waitingForSide = flushed;
    notes = new Map();
    checkpoints = [];
    summaries = new Map();
    clearCheckpoints = false;
    flushed = undefined;
    if (turn.length === 0 && !hasSide(side)) return waitingForSide?.resolve();
    try {
      const bodies = new Map(turn.flatMap((waiting) => [...waiting.bodies]));
      const written = store.write({ entries: turn.flatMap((waiting) => waiting.entries), bodies, ...side });
      announce(written.flatMap((fate) => ("stored" in fate ? [fate.stored] : [])));
      let index = 0;
      for (const waiting of turn) {
        waiting.resolve(
          waiting.entries.map(({ draft }): Appended => {
            const fate = written[index++]!;
            return "stored" in fate
              ? { id: draft.id, seq: fate.stored.seq, duplicate: false }
              : { id: draft.id, seq: fate.duplicateOf, duplicate: true };
          }),
        );
      }
      waitingForSide?.resolve();
    } catch (error) {
      const failure = error instanceof OrreryError ? error : new OrreryError("INTERNAL", {}, { cause: error });
      for (const waiting of turn) waiting.reject(failure);
      keepForLater(side);
      onError(failure);
      waitingForSide?.reject(failure);
    }
  }

  /** What no caller waits for is tried again with the next commit; what was set meanwhile is newer. */
  function keepForLater(side: {
    notes: typeof notes;
    checkpoints: Checkpoint[];
    summaries: typeof summaries;
    clearCheckpoints: boolean;
  }): void {
    notes = new Map([...side.notes, ...notes]);
    checkpoints = [...side.checkpoints, ...checkpoints];
    summaries = new Map([...side.summaries, ...summaries]);
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
      if (queued > 0 && queued + drafts.length > queueLimit) return Promise.reject(new OrreryError("LOG_BUSY"));
      return new Promise((resolve, reject) => {
        const bodies = new Map<string, string>();
        queue.push({ entries: drafts.map((draft) => toEntry(draft, bodies)), bodies, resolve, reject });
        queued += drafts.length;
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
      save: (checkpoint) => void checkpoints.push(checkpoint),
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
    sizeBytes: () => store.sizeBytes(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      while (queue.length > 0) flush();
      try {
        await flushSide();
      } catch (error) {
        onError(error);
      }
      store.close();
    },
  };
}

function hasSide(side: {
  notes: ReadonlyMap<string, unknown>;
  checkpoints: readonly unknown[];
  summaries: ReadonlyMap<string, unknown>;
  clearCheckpoints: boolean;
}): boolean {
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
