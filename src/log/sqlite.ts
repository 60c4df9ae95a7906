import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { OrreryError } from "../contract/errors.ts";
import { eventType, type StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { createLog, type LogOptions } from "./create-log.ts";
import { LOG_FILE, openDatabase } from "./database.ts";
import { idKey } from "./id-key.ts";
import { createJournalRoom } from "./journal-room.ts";
import { takeLock } from "./lock.ts";
import type { Checkpoint, EventLog, LetGo } from "./log.ts";
import { createAgentSessions } from "./agent-sessions.ts";
import { createSelect } from "./select.ts";
import { createSpans, SPAN_EVENTS, type Span } from "./spans.ts";
import { lookFailure, reading, writeFailure } from "./sqlite-errors.ts";
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
  const path = join(home, LOG_FILE);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
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
  try {
    return createStore(db, path, upcasters, release);
  } catch (cause) {
    db.close();
    throw lookFailure(path, cause);
  }
}

function createStore(db: DatabaseSync, path: string, upcasters: Upcasters, release: () => void): Store {
  const journalRoom = createJournalRoom(path);
  const words = createWords(db);
  const types = new Set(typesOf(db, words.word));
  const spans = createSpans(loadSpans(db));
  const agentSessions = createAgentSessions(db);
  const select = createSelect(db, { words, spans, agentSessions, upcasters, types: () => types });
  let head = (db.prepare("SELECT max(seq) AS head FROM events").get() as { head: number | null }).head ?? 0;

  const insert = db.prepare(
    "INSERT INTO events (seq, id, place, print, version, type, ts, source, project, session, agent, run, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (place, print) DO NOTHING",
  );
  const selectByKey = db.prepare("SELECT seq, id FROM events WHERE place = ? AND print = ?");
  const insertSpan = db.prepare("INSERT OR REPLACE INTO spans (first_seq, min_ts, max_ts) VALUES (?, ?, ?)");
  const insertBody = db.prepare(
    "INSERT INTO bodies (sha256, encoding, content, stored_at) VALUES (?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET stored_at = excluded.stored_at",
  );
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
  const countBodies = db.prepare("SELECT count(*) AS items, coalesce(sum(length(content)), 0) AS bytes FROM bodies WHERE stored_at < ?");
  const deleteBodies = db.prepare("DELETE FROM bodies WHERE stored_at < ?");
  const updateData = db.prepare("UPDATE events SET data = ? WHERE seq = ?");
  const deleteCheckpoints = db.prepare("DELETE FROM checkpoints WHERE session = ?");
  const selectFirst = db.prepare("SELECT seq FROM events WHERE session = ? ORDER BY seq LIMIT 1");
  const selectSummaries = db.prepare("SELECT session, seq, summary FROM summaries");

  /** The `seq` under which the draft's id is stored: `seq` itself when it is new. */
  function writeEvent({ draft, json }: Batch["entries"][number], seq: number): number {
    const ts = Date.parse(draft.timestamp);
    const number = (word: string | undefined): number | null => (word === undefined ? null : words.number(word));
    const session = number(draft.session_id);
    const agent = number(draft.agent_id);
    const { place, print } = idKey(draft.id);
    const rest = [
      eventType(draft.type)?.version ?? 1,
      words.number(draft.type),
      ts,
      words.number(draft.source),
      number(draft.project_id),
      session,
      agent,
      number(draft.run_id),
      json,
    ] as const;
    for (let at = print; ; at++) {
      if (insert.run(seq, draft.id, place, at, ...rest).changes > 0) {
        if (agent !== null) agentSessions.add(agent, session ?? 0);
        return seq;
      }
      const holder = selectByKey.get(place, at) as { seq: number; id: string };
      if (holder.id === draft.id) return holder.seq;
    }
  }

  function writeAll(batch: Batch): Written[] {
    for (const [sha256, text] of batch.bodies) insertBody.run(sha256, ...packed(text), batch.atMs);
    for (const [key, value] of batch.notes) {
      if (value === undefined) deleteNote.run(key);
      else upsertNote.run(key, value);
    }
    if (batch.clearCheckpoints) db.exec("DELETE FROM checkpoints; DELETE FROM summaries;");
    for (const point of batch.checkpoints)
      insertCheckpoint.run(words.number(point.sessionId), point.seq, point.shownAtMs, zstdCompressSync(point.state));
    for (const [sessionId, { seq, summary }] of batch.summaries) upsertSummary.run(words.number(sessionId), seq, summary);
    for (const span of spans.unsaved()) insertSpan.run(span.firstSeq, span.minTs, span.maxTs);
    let seq = head;
    return batch.entries.map((entry): Written => {
      const at = writeEvent(entry, seq + 1);
      if (at <= seq) return { duplicateOf: at };
      seq = at;
      return { stored: { seq, ...entry.draft } as StoredEvent };
    });
  }

  function toCheckpoint(sessionId: SessionId, row: unknown): Checkpoint | undefined {
    if (row === undefined) return undefined;
    const { seq, shown_at, state } = row as { seq: number; shown_at: number; state: Uint8Array };
    return { sessionId, seq, shownAtMs: shown_at, state: zstdDecompressSync(state).toString("utf8") };
  }

  function transaction<R>(work: () => R): R {
    try {
      db.exec("BEGIN IMMEDIATE");
      const result = work();
      db.exec("COMMIT");
      return result;
    } catch (cause) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw writeFailure(path, cause);
    }
  }

  return {
    head: () => head,
    write(batch) {
      try {
        db.exec("BEGIN IMMEDIATE");
        const written = writeAll(batch);
        db.exec("COMMIT");
        words.keep();
        agentSessions.keep();
        spans.saved();
        journalRoom.keep();
        for (const fate of written) {
          if (!("stored" in fate)) continue;
          head = fate.stored.seq;
          types.add(fate.stored.type);
          spans.add(head, Date.parse(fate.stored.timestamp));
        }
        return written;
      } catch (cause) {
        words.forget();
        agentSessions.forget();
        if (db.isTransaction) db.exec("ROLLBACK");
        throw writeFailure(path, cause);
      }
    },
    read: (query) => reading(path, () => select(query)),
    body: (sha256) =>
      reading(path, () => {
        const row = selectBody.get(sha256) as { encoding: string; content: Uint8Array } | undefined;
        if (row === undefined) return undefined;
        return Buffer.from(row.encoding === "zstd" ? zstdDecompressSync(row.content) : row.content).toString("utf8");
      }),
    note: (key) => reading(path, () => (selectNote.get(key) as { value: string } | undefined)?.value),
    notes: (prefix) =>
      reading(path, () =>
        (selectNotes.all(prefix, `${prefix}\u{10ffff}`) as { key: string; value: string }[]).map(({ key, value }) => [key, value] as const),
      ),
    latestCheckpoint: (sessionId, moment) =>
      reading(path, () => {
        const session = words.find(sessionId);
        if (session === undefined) return undefined;
        return toCheckpoint(
          sessionId,
          "seq" in moment ? checkpointBySeq.get(session, moment.seq) : checkpointByTime.get(session, moment.shownAtMs),
        );
      }),
    firstSeq: (sessionId) =>
      reading(path, () => {
        const session = words.find(sessionId);
        return session === undefined ? undefined : (selectFirst.get(session) as { seq: number } | undefined)?.seq;
      }),
    *summaries() {
      for (const row of selectSummaries.iterate()) {
        const { session, seq, summary } = row as { session: number; seq: number; summary: string };
        yield { sessionId: words.word(session) as SessionId, seq, summary };
      }
    },
    oldBodies: (beforeMs, drop) =>
      transaction(() => {
        const { items, bytes } = countBodies.get(beforeMs) as unknown as LetGo;
        if (drop) deleteBodies.run(beforeMs);
        return { items, bytes };
      }),
    replaceData(events) {
      transaction(() => {
        for (const event of events) updateData.run(JSON.stringify(event.data), event.seq);
        for (const session of new Set(events.flatMap(({ session_id }) => (session_id === undefined ? [] : [words.find(session_id)]))))
          if (session !== undefined) deleteCheckpoints.run(session);
      });
    },
    sizeBytes: () => ["", "-wal"].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0),
    close() {
      db.close();
      release();
    },
  };
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
