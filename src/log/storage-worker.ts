import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { LOG_FILE } from "./database.ts";
import type { StorageRow } from "./storage.ts";

// A port of a thread has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort!.postMessage(measure(workerData as string));

function measure(home: string): StorageRow[] {
  const db = new DatabaseSync(join(home, LOG_FILE), { readOnly: true });
  try {
    const tables = db
      .prepare(
        `SELECT coalesce(s.tbl_name, d.name) AS kind, sum(d.pgsize) AS bytes
         FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY kind`,
      )
      .all() as unknown as { readonly kind: string; readonly bytes: number }[];
    const { free } = db.prepare("SELECT freelist_count * page_size AS free FROM pragma_freelist_count, pragma_page_size").get() as {
      readonly free: number;
    };
    const journal = statSync(join(home, `${LOG_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0;
    const own = new Set([LOG_FILE, `${LOG_FILE}-wal`, `${LOG_FILE}-shm`]);
    const files = readdirSync(home)
      .filter((name) => !own.has(name))
      .map((name): StorageRow => ({ kind: name, where: "home", bytes: sizeOf(join(home, name)) }));
    const rows: StorageRow[] = [
      ...tables.map(({ kind, bytes }): StorageRow => ({ kind, where: "log", bytes })),
      { kind: "free", where: "log", bytes: free },
      { kind: "journal", where: "log", bytes: journal },
      ...files,
    ];
    return rows.filter(({ bytes }) => bytes > 0).toSorted((a, b) => b.bytes - a.bytes || (a.kind < b.kind ? -1 : 1));
  } finally {
    db.close();
  }
}

/** Bytes of a file, or of everything in a folder. What goes away meanwhile counts as nothing. */
function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
