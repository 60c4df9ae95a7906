import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { takeLock } from "../../log/lock.ts";
import type { EventLog, Notes } from "../../log/log.ts";
import type { Guard } from "../capture.ts";

/** An event that waits to be sent, as JSON. */
export interface Waiting {
  readonly row: number;
  readonly line: string;
}

/** Events on their way to another daemon, and the notes of the sources that gave them, in one file on disk. */
export interface Outbox {
  /** Resolves when the events are on disk. Rejects with `LOG_BUSY` while too much waits. */
  readonly append: EventLog["append"];
  readonly notes: Notes;
  /** The oldest events, at most `count`, and of at most `bytes` unless a single one is larger. */
  oldest(count: number, bytes: number): readonly Waiting[];
  /** Forgets what was sent, up to and with `row`. */
  sent(row: number): void;
  waiting(): number;
  /** Calls `listener` when events were added. */
  onAdded(listener: () => void): void;
  close(): void;
}

interface Options {
  readonly path: string;
  /** Events that may wait at once. */
  readonly limit: number;
  /** What is done to each event before it is stored or sent. */
  readonly guard?: Guard;
}

/**
 * @throws OrreryError LOG_LOCKED when another process forwards with the same file
 */
export function openOutbox({ path, limit, guard = (draft) => draft }: Options): Outbox {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = takeLock(path);
  const db = new DatabaseSync(path);
  chmodSync(path, 0o600);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS waiting (row INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`);
  const insert = db.prepare("INSERT INTO waiting (line) VALUES (?)");
  const read = db.prepare("SELECT row, line FROM waiting ORDER BY row LIMIT ?");
  const remove = db.prepare("DELETE FROM waiting WHERE row <= ?");
  const count = db.prepare("SELECT count(*) AS n FROM waiting");
  const setNote = db.prepare("INSERT INTO notes (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  const deleteNote = db.prepare("DELETE FROM notes WHERE key = ?");
  const notes = new Map(
    (db.prepare("SELECT key, value FROM notes").all() as { key: string; value: string }[]).map(({ key, value }) => [key, value]),
  );
  const dirty = new Set<string>();
  let waiting = (count.get() as { n: number }).n;
  let added: () => void = () => undefined;

  function commit(work: () => void): void {
    db.exec("BEGIN IMMEDIATE");
    try {
      work();
      for (const key of dirty) {
        const value = notes.get(key);
        if (value === undefined) deleteNote.run(key);
        else setNote.run(key, value);
      }
      db.exec("COMMIT");
      dirty.clear();
    } catch (cause) {
      db.exec("ROLLBACK");
      throw new OrreryError("LOG_UNWRITABLE", { path, reason: (cause as Error).message }, { cause });
    }
  }

  return {
    async append(drafts) {
      if (waiting + drafts.length > limit && waiting > 0) throw new OrreryError("LOG_BUSY");
      const lines = drafts.map((draft) => toLine(guard(draft)));
      commit(() => lines.forEach((line) => insert.run(line)));
      waiting += drafts.length;
      added();
      // Its place in the log, and whether it is new there, is known only there.
      return drafts.map(({ id }) => ({ id, seq: 0, duplicate: false }));
    },
    notes: {
      get: (key) => notes.get(key),
      set(key, value) {
        notes.set(key, value);
        dirty.add(key);
      },
      delete(key) {
        notes.delete(key);
        dirty.add(key);
      },
      list: (prefix) => [...notes].filter(([key]) => key.startsWith(prefix)),
      async flush() {
        if (dirty.size > 0) commit(() => undefined);
      },
    },
    oldest(most, bytes) {
      const rows = read.all(most) as { row: number; line: string }[];
      let size = 0;
      const fitting = rows.findIndex(({ line }) => (size += line.length * 3 + 1) > bytes);
      return fitting < 0 ? rows : rows.slice(0, Math.max(1, fitting));
    },
    sent(row) {
      commit(() => remove.run(row));
      waiting = (count.get() as { n: number }).n;
    },
    waiting: () => waiting,
    onAdded: (listener) => void (added = listener),
    close() {
      if (dirty.size > 0) commit(() => undefined);
      db.close();
      unlock();
    },
  };
}

function toLine(draft: EventDraft): string {
  try {
    return JSON.stringify(draft);
  } catch (cause) {
    throw new OrreryError(
      "BAD_INPUT",
      { problems: [{ field: "data", message: `cannot be written as JSON: ${(cause as Error).message}` }] },
      { cause },
    );
  }
}
