import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { zstdDecompressSync } from "node:zlib";
import type { StoredEvent } from "../contract/events/index.ts";
import type { ReadQuery } from "./log.ts";
import { createSelect } from "./select.ts";
import { upcasters } from "./upcast.ts";
import { createWords } from "./words.ts";

/** A log that somebody else writes, read beside it: for threads of their own. */
export interface LogReader {
  head(): number;
  /** By `seq` and session only: what other filters need is not loaded. */
  read(query: Pick<ReadQuery, "after" | "before" | "sessionId" | "order" | "limit">): readonly StoredEvent[];
  body(sha256: string): string | undefined;
  close(): void;
}

/** Opens a home's log for reading. The daemon that writes it has opened it before, so its tables are there. */
export function openLogReader(home: string): LogReader {
  const db = new DatabaseSync(join(home, "orrery.db"), { readOnly: true });
  db.exec("PRAGMA busy_timeout = 2000; PRAGMA cache_size = -8192;");
  const words = createWords(db);
  const select = createSelect(db, {
    words,
    upcasters,
    spans: { within: () => [] },
    agentSessions: { of: () => "many" },
    types: () => [],
  });
  const selectHead = db.prepare("SELECT coalesce(max(seq), 0) AS head FROM events");
  const selectBody = db.prepare("SELECT encoding, content FROM bodies WHERE sha256 = ?");
  return {
    head: () => (selectHead.get() as { head: number }).head,
    read: select,
    body(sha256) {
      const row = selectBody.get(sha256) as { encoding: string; content: Uint8Array } | undefined;
      if (row === undefined) return undefined;
      return Buffer.from(row.encoding === "zstd" ? zstdDecompressSync(row.content) : row.content).toString("utf8");
    },
    close: () => db.close(),
  };
}
