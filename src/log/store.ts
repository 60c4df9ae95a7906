import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Checkpoint, LetGo, ReadQuery } from "./log.ts";

/** An event to write, with its data as JSON text: made once, used for its size and for its row. */
export interface Entry {
  readonly draft: EventDraft;
  readonly json: string;
}

/** What a log writes in one transaction. */
export interface Batch {
  readonly atMs: number;
  readonly entries: readonly Entry[];
  readonly bodies: ReadonlyMap<string, string>;
  /** Undefined removes the note. */
  readonly notes: ReadonlyMap<string, string | undefined>;
  readonly checkpoints: readonly Checkpoint[];
  readonly summaries: ReadonlyMap<SessionId, { readonly seq: number; readonly summary: string }>;
  readonly clearCheckpoints: boolean;
}

/** An entry's fate: the event as stored now, or the `seq` under which its id was stored before. */
export type Written = { readonly stored: StoredEvent } | { readonly duplicateOf: number };

/** Where a log keeps its things. Synchronous and single-threaded; `write` takes all of a batch or throws and takes nothing. */
export interface Store {
  head(): number;
  write(batch: Batch): readonly Written[];
  read(query: ReadQuery): readonly StoredEvent[];
  body(sha256: string): string | undefined;
  note(key: string): string | undefined;
  notes(prefix: string): readonly (readonly [key: string, value: string])[];
  latestCheckpoint(sessionId: SessionId, moment: { readonly seq: number } | { readonly shownAtMs: number }): Checkpoint | undefined;
  firstSeq(sessionId: SessionId): number | undefined;
  summaries(): Iterable<{ readonly sessionId: SessionId; readonly seq: number; readonly summary: string }>;
  /** How many bodies were last stored before a time, and their bytes as they are kept. With `drop`, they are gone after. */
  oldBodies(beforeMs: number, drop: boolean): LetGo;
  /** Gives stored events other data, and drops the checkpoints of their sessions. */
  replaceData(events: readonly StoredEvent[]): void;
  sizeBytes(): number;
  close(): void;
}
