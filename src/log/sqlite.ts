import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { createLog, type LogOptions } from "./create-log.ts";
import { takeLock } from "./lock.ts";
import type { Checkpoint, EventLog } from "./log.ts";
import { migrations } from "./migrations/index.ts";
import { createSelect } from "./select.ts";
import { createSpans, SPAN_EVENTS, type Span } from "./spans.ts";
import type { Batch, Store, Written } from "./store.ts";
import { upcasters as currentUpcasters, type Upcasters } from "./upcast.ts";
import { createWords } from "./words.ts";

interface SqliteOptions extends LogOptions {
  /** The log is `<home>/orrery.db`. */
  readonly home: string;
  readonly upcasters?: Upcasters;
}

/** Bodies shorter than this are not worth compressing. */
const COMPRESS_BYTES = 1_024;

/**
 * The durable log of one machine: SQLite with a write-ahead log, flushed to disk at every commit. Throws `LOG_LOCKED` when another process
 * writes it, `LOG_TOO_NEW` or `LOG_DAMAGED` when it cannot be read, `HOME_UNUSABLE` when the folder cannot; nothing is changed then.
 */
export function openSqliteLog({ home, upcasters = currentUpcasters, ...options }: SqliteOptions): EventLog {
  const path = join(home, "orrery.db");
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new OrreryError("HOME_UNUSABLE", { path: home, reason: (cause as Error).message }, { cause });
  }
  const release = locked(path, home);
  try {
    return createLog(openStore(path, upcasters, release), options);
  } catch (error) {
    release();
    throw error;
  }
}

function locked(path: string, home: string): () => void {
  try {
    return takeLock(path);
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    throw new OrreryError("HOME_UNUSABLE", { path: home, reason: (cause as Error).message }, { cause });
  }
}

function openStore(path: string, upcasters: Upcasters, release: () => void): Store {
  const db = openDatabase(path);
  const words = createWords(db);
  const types = new Set(typesOf(db, words.word));
  const spans = createSpans(loadSpans(db));
  const read = createSelect(db, words, spans, { upcasters, types: () => types });
  let head = (db.prepare("SELECT max(seq) AS head FROM events").get() as { head: number | null }).head ?? 0;

  const insert = db.prepare(
    "INSERT INTO events (seq, id, type, ts, source, project, session, agent, run, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
  );
  const seqOf = db.prepare("SELECT seq FROM events WHERE id = ?");
  const insertSpan = db.prepare("INSERT OR REPLACE INTO spans (first_seq, min_ts, max_ts) VALUES (?, ?, ?)");
  const insertBody = db.prepare("INSERT OR IGNORE INTO bodies (sha256, encoding, content) VALUES (?, ?, ?)");
  const selectBody = db.prepare("SELECT encoding, content FROM bodies WHERE sha256 = ?");
  const upsertNote = db.prepare("INSERT OR REPLACE INTO notes (key, value) VALUES (?, ?)");
  const deleteNote = db.prepare("DELETE FROM notes WHERE key = ?");
  const selectNote = db.prepare("SELECT value FROM notes WHERE key = ?");
  const selectNotes = db.prepare("SELECT key, value FROM notes WHERE key >= ? AND key < ? ORDER BY key");
  const insertCheckpoint = db.prepare("INSERT OR REPLACE INTO checkpoints (session, seq, shown_at, state) VALUES (?, ?, ?, ?)");
  const upsertSummary = db.prepare("INSERT OR REPLACE INTO summaries (session, seq, summary) VALUES (?, ?, ?)");
  const checkpointBySeq = db.prepare(
    "SELECT seq, shown_at, state FROM checkpoints WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
  );
  const checkpointByTime = db.prepare(
    "SELECT seq, shown_at, state FROM checkpoints WHERE session = ? AND shown_at <= ? ORDER BY seq DESC LIMIT 1",
  );
  const selectFirst = db.prepare("SELECT seq FROM events WHERE session = ? ORDER BY seq LIMIT 1");
  const selectSummaries = db.prepare("SELECT session, seq, summary FROM summaries");

  function writeEvent({ draft, json }: Batch["entries"][number], seq: number): boolean {
    const ts = Date.parse(draft.timestamp);
    const number = (word: string | undefined): number | null => (word === undefined ? null : words.number(word));
    const { changes } = insert.run(
      seq,
      draft.id,
      words.number(draft.type),
      ts,
      words.number(draft.source),
      number(draft.project_id),
      number(draft.session_id),
      number(draft.agent_id),
      number(draft.run_id),
      json,
    );
    return changes > 0;
  }

  function writeAll(batch: Batch): Written[] {
    for (const [sha256, text] of batch.bodies) insertBody.run(sha256, ...packed(text));
    for (const [key, value] of batch.notes) {
      if (value === undefined) deleteNote.run(key);
      else upsertNote.run(key, value);
    }
    if (batch.clearCheckpoints) db.exec("DELETE FROM checkpoints; DELETE FROM summaries;");
    for (const point of batch.checkpoints) insertCheckpoint.run(words.number(point.sessionId), point.seq, point.shownAtMs, point.state);
    for (const [sessionId, { seq, summary }] of batch.summaries) upsertSummary.run(words.number(sessionId), seq, summary);
    for (const span of spans.unsaved()) insertSpan.run(span.firstSeq, span.minTs, span.maxTs);
    let seq = head;
    return batch.entries.map((entry): Written => {
      if (!writeEvent(entry, seq + 1)) return { duplicateOf: (seqOf.get(entry.draft.id) as { seq: number }).seq };
      return { stored: { seq: ++seq, ...entry.draft } as StoredEvent };
    });
  }

  function toCheckpoint(sessionId: SessionId, row: unknown): Checkpoint | undefined {
    if (row === undefined) return undefined;
    const { seq, shown_at, state } = row as { seq: number; shown_at: number; state: string };
    return { sessionId, seq, shownAtMs: shown_at, state };
  }

  return {
    head: () => head,
    write(batch) {
      try {
        db.exec("BEGIN IMMEDIATE");
        const written = writeAll(batch);
        db.exec("COMMIT");
        words.keep();
        spans.saved();
        for (const fate of written) {
          if (!("stored" in fate)) continue;
          head = fate.stored.seq;
          types.add(fate.stored.type);
          spans.add(head, Date.parse(fate.stored.timestamp));
        }
        return written;
      } catch (cause) {
        words.forget();
        if (db.isTransaction) db.exec("ROLLBACK");
        throw new OrreryError("LOG_UNWRITABLE", { path, reason: (cause as Error).message }, { cause });
      }
    },
    read,
    body(sha256) {
      const row = selectBody.get(sha256) as { encoding: string; content: Uint8Array } | undefined;
      if (row === undefined) return undefined;
      return Buffer.from(row.encoding === "zstd" ? zstdDecompressSync(row.content) : row.content).toString("utf8");
    },
    note: (key) => (selectNote.get(key) as { value: string } | undefined)?.value,
    notes: (prefix) =>
      (selectNotes.all(prefix, `${prefix}\u{10ffff}`) as { key: string; value: string }[]).map(({ key, value }) => [key, value] as const),
    latestCheckpoint(sessionId, moment) {
      const session = words.find(sessionId);
      if (session === undefined) return undefined;
      return toCheckpoint(
        sessionId,
        "seq" in moment ? checkpointBySeq.get(session, moment.seq) : checkpointByTime.get(session, moment.shownAtMs),
      );
    },
    firstSeq(sessionId) {
      const session = words.find(sessionId);
      return session === undefined ? undefined : (selectFirst.get(session) as { seq: number } | undefined)?.seq;
    },
    *summaries() {
      for (const row of selectSummaries.iterate()) {
        const { session, seq, summary } = row as { session: number; seq: number; summary: string };
        yield { sessionId: words.word(session) as SessionId, seq, summary };
      }
    },
    sizeBytes: () => ["", "-wal"].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0),
    close() {
      db.close();
      release();
    },
  };
}

function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec("PRAGMA busy_timeout = 2000; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -32768;");
    const found = (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
    if (found > migrations.length) throw new OrreryError("LOG_TOO_NEW", { path, found, known: migrations.length });
    db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864;",
    );
    for (const [index, sql] of migrations.entries()) {
      if (index >= found) db.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    return db;
  } catch (cause) {
    db?.close();
    if (cause instanceof OrreryError) throw cause;
    const code = (cause as { errcode?: number }).errcode ?? 0;
    const isDamaged = code === 11 || code === 26;
    throw new OrreryError(isDamaged ? "LOG_DAMAGED" : "LOG_UNWRITABLE", { path, reason: (cause as Error).message }, { cause });
  }
}

/** One look per type through the index, however many events there are. */
function* typesOf(db: DatabaseSync, word: (number: number) => string): Iterable<string> {
  const next = db.prepare("SELECT min(type) AS type FROM events WHERE type > ?");
  for (let last = -1; ;) {
    const { type } = next.get(last) as { type: number | null };
    if (type === null) return;
    yield word(type);
    last = type;
  }
}

/** Saved stretches, and the rest counted from the events. */
function* loadSpans(db: DatabaseSync): Iterable<Span> {
  let nextSeq = 1;
  for (const row of db.prepare("SELECT first_seq, min_ts, max_ts FROM spans ORDER BY first_seq").all() as {
    first_seq: number;
    min_ts: number;
    max_ts: number;
  }[]) {
    if (row.first_seq !== nextSeq) break;
    yield { firstSeq: row.first_seq, minTs: row.min_ts, maxTs: row.max_ts };
    nextSeq = row.first_seq + SPAN_EVENTS;
  }
  const rest = db.prepare(
    `SELECT (seq - 1) / ${SPAN_EVENTS} AS block, min(ts) AS min_ts, max(ts) AS max_ts FROM events WHERE seq >= ? GROUP BY block ORDER BY block`,
  );
  for (const row of rest.all(nextSeq) as { block: number; min_ts: number; max_ts: number }[]) {
    yield { firstSeq: row.block * SPAN_EVENTS + 1, minTs: row.min_ts, maxTs: row.max_ts };
  }
}

function packed(text: string): [encoding: string, content: Uint8Array] {
  const bytes = Buffer.from(text, "utf8");
  return bytes.length < COMPRESS_BYTES ? ["plain", bytes] : ["zstd", zstdCompressSync(bytes)];
}
