import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { AgentId, RunId, SessionId } from "../contract/ids.ts";

/**
 * The append-only, ordered, durable list of events. `SPEC.md` holds its rules L1-L9.
 * One process writes; whoever follows sees every event exactly once, in order of `seq`.
 */
export interface EventLog {
  /** Highest `seq` stored; 0 when empty. */
  head(): number;
  /**
   * Resolves when the events are on disk and every listener has seen them, in input order, one outcome each.
   * Rejects with `LOG_BUSY` (queue full, nothing stored), `LOG_UNWRITABLE` (disk) or `STOPPING`.
   */
  append(drafts: readonly EventDraft[]): Promise<readonly Appended[]>;
  /** One keyset page, by `seq`. */
  read(query: ReadQuery): readonly StoredEvent[];
  /** Every event after `after`, past and future, until `signal` aborts. Batches keep order; a slow reader is served from the store, not from memory. */
  tail(after: number, signal: AbortSignal): AsyncIterable<readonly StoredEvent[]>;
  /** Calls `listener` with the new events of each commit, after it is durable and before `append` resolves. Returns the way to stop. */
  onCommit(listener: (events: readonly StoredEvent[]) => void): () => void;
  /** The text of a body stored by content, or undefined. */
  body(sha256: string): string | undefined;
  /** Small durable facts of the daemon, such as read positions of files. Written with the next commit, or at once with `flush`. */
  readonly notes: Notes;
  /** Folded states of single sessions, so that past and restart need not fold from the start. */
  readonly checkpoints: Checkpoints;
  /** Events that wait for the disk, how many may, and how many were refused with `LOG_BUSY` since the start. */
  queue(): { readonly events: number; readonly limit: number; readonly refused: number };
  /** What is let go with time: words, never events. */
  readonly keeping: Keeping;
  /** Bytes on disk, for the status page; 0 in memory. */
  sizeBytes(): number;
  /** Writes what waits, then lets go of the file. Later appends reject with `STOPPING`. */
  close(): Promise<void>;
}

export interface Appended {
  readonly id: string;
  readonly seq: number;
  readonly duplicate: boolean;
}

export interface ReadQuery {
  /** Exclusive bounds on `seq`. */
  readonly after?: number;
  readonly before?: number;
  /** Inclusive bounds on `timestamp`, milliseconds. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Patterns over `type`: exact, `tool.*`, `*`. Any match is enough. */
  readonly types?: readonly string[];
  readonly sessionId?: SessionId;
  readonly agentId?: AgentId;
  readonly runId?: RunId;
  readonly order?: "oldest" | "newest";
  readonly limit: number;
}

/** A durable key-value table. Values are JSON text. */
export interface Notes {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
  list(prefix: string): readonly (readonly [key: string, value: string])[];
  /** Resolves when everything set so far is on disk. */
  flush(): Promise<void>;
}

export interface LetGo {
  readonly items: number;
  readonly bytes: number;
}

/** Rules K1-K3. Throws `LOG_UNWRITABLE` when the disk refuses; then nothing was let go. */
export interface Keeping {
  /** Bodies that were last stored before a time. With `drop`, they are gone after; their events keep size and preview. */
  oldBodies(beforeMs: number, drop: boolean): LetGo;
  /** Gives events that are stored the data that they have here, all or none, and drops the checkpoints of their sessions, which may hold the old. */
  replaceData(events: readonly StoredEvent[]): void;
}

/** A session's folded state just after its event `seq`; `shownAtMs` is the latest event time it has seen. */
export interface Checkpoint {
  readonly sessionId: SessionId;
  readonly seq: number;
  readonly shownAtMs: number;
  readonly state: string;
}

export interface Checkpoints {
  /** Written with the next commit; keeps every checkpoint of a session. */
  save(checkpoint: Checkpoint): void;
  /** The session's last checkpoint not later than the moment. */
  latest(sessionId: SessionId, moment: { readonly seq: number } | { readonly shownAtMs: number }): Checkpoint | undefined;
  /** The session's first `seq`, or undefined when it has no events. */
  firstSeq(sessionId: SessionId): number | undefined;
  /** One summary per session, replaced at each save: what the list of sessions shows without folding. */
  saveSummary(sessionId: SessionId, seq: number, summary: string): void;
  summaries(): Iterable<{ readonly sessionId: SessionId; readonly seq: number; readonly summary: string }>;
  /** Drops every checkpoint and summary, for a rebuild from the events. */
  clear(): void;
  flush(): Promise<void>;
}
