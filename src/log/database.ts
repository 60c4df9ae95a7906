import { closeSync, openSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { OrreryError } from "../contract/errors.ts";
import { migrations } from "./migrations/index.ts";
import { makePrivate } from "./private-file.ts";
import { damaged, lookFailure, writeFailure } from "./sqlite-errors.ts";

/** The log, in its home. */
export const LOG_FILE = "orrery.db";

/** Opens the file for writing, in the newest form. A file that is damaged, foreign or too new is refused before anything touches it. */
export function openDatabase(path: string): DatabaseSync {
  look(path);
  let db: DatabaseSync | undefined;
  try {
    makePrivate(path);
    db = new DatabaseSync(path);
    db.exec(
      `PRAGMA busy_timeout = 2000; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -32768;
       PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;`,
    );
    const found = numberOf(db, "PRAGMA user_version");
    for (const [index, sql] of migrations.entries()) {
      if (index >= found) db.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    return db;
  } catch (cause) {
    db?.close();
    throw writeFailure(path, cause);
  }
}

/**
 * Through a connection that cannot write: closing one that can would fold the write-ahead log into a file that is about to be refused.
 * Reads what opening reads later, so that damage there shows now.
 */
function look(path: string): void {
  if (sizeOf(path) === 0) {
    if (sizeOf(`${path}-wal`) > 0) throw damaged(path, "the file is empty but its write-ahead log is not");
    return;
  }
  // A rollback journal exists only while the file is being made: then there is nothing to protect yet.
  if (sizeOf(`${path}-journal`) > 0) return;
  const problem = headerProblem(path);
  if (problem !== undefined) throw damaged(path, problem);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const found = numberOf(db, "PRAGMA user_version");
    if (found > migrations.length) throw new OrreryError("LOG_TOO_NEW", { path, found, known: migrations.length });
    if (found <= 0) {
      if (found === 0 && numberOf(db, "SELECT count(*) FROM sqlite_schema") === 0) return;
      throw damaged(path, "it has tables but no version, so another program made it");
    }
    const first = numberOf(db, "SELECT coalesce(min(seq), 1) FROM events");
    if (first !== 1) throw damaged(path, `its first event is number ${first}`);
    db.prepare("SELECT * FROM events ORDER BY seq DESC LIMIT 1").all();
    for (const table of ["words", "spans"]) db.prepare(`SELECT count(*) FROM ${table}`).all();
  } catch (cause) {
    throw lookFailure(path, cause);
  } finally {
    db?.close();
  }
}

/** What SQLite itself would pass over or answer with "read-only". */
function headerProblem(path: string): string | undefined {
  const header = Buffer.alloc(100);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header, 0, 100, 0) < 100) return "the file is too short to be a database";
  } finally {
    closeSync(file);
  }
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") return "the file is not a database";
  if (header[18]! > 2 || header[19]! > 2) return "its header names no known format";
  // The last page may be half written only while the write-ahead log still has it.
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  return sizeOf(`${path}-wal`) === 0 && sizeOf(path) % pageBytes !== 0 ? "its last page is cut" : undefined;
}

function numberOf(db: DatabaseSync, sql: string): number {
  return Object.values(db.prepare(sql).get()!)[0] as number;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
