import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LogReader } from "../log/index.ts";
import { schema, SHAPE } from "./schema.ts";

const NAME = "catalog.db";

/** A catalog that fits the log, empty if there was none that does. It is derived: what does not fit is deleted. */
export function openCatalog(home: string, log: LogReader): DatabaseSync {
  const path = join(home, NAME);
  let db: DatabaseSync | undefined;
  try {
    db = connect(path);
    if (fits(db, log)) return db;
  } catch {
    // Damaged, or no database: the same as none.
  }
  db?.close();
  remove(path);
  db = connect(path);
  db.exec(`BEGIN; ${schema} INSERT INTO meta VALUES ('shape', '${SHAPE}'), ('cursor', '0'), ('cursor_id', ''); COMMIT;`);
  return db;
}

/** Where the catalog is, for whoever throws it away. */
export function removeCatalog(home: string): void {
  remove(join(home, NAME));
}

function remove(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}

function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  chmodSync(path, 0o600);
  // A crash may cost the last commits, which are then made again: nothing here is true by itself.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;");
  return db;
}

/** Of this shape, and its last event is the one that the log has there: a log that was restored or replaced has another. */
function fits(db: DatabaseSync, log: LogReader): boolean {
  const meta = new Map(
    (db.prepare("SELECT key, value FROM meta").all() as { key: string; value: string }[]).map(({ key, value }) => [key, value]),
  );
  const cursor = Number(meta.get("cursor"));
  if (meta.get("shape") !== SHAPE || !Number.isInteger(cursor)) return false;
  return cursor === 0 || log.read({ after: cursor - 1, before: cursor + 1, limit: 1 })[0]?.id === meta.get("cursor_id");
}
