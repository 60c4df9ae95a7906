import { closeSync, fdatasyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";

const FIRST_BYTES = 256 * 1024;
const STEP_BYTES = 4 * 1024 * 1024;

/**
 * Keeps room in the write-ahead log ahead of what is written there. A commit that makes the file longer has to wait until the file system
 * has noted the new length, on busy cores some 4 ms; one that writes over zeros is on disk after 0.03. SQLite reads a frame only
 * when its salt and sums are right, so what lies behind the last one is nothing to it, also after a crash.
 *
 * Called after each commit by the one process that writes, and in the same turn: nobody else makes the file longer meanwhile.
 */
export function createJournalRoom(path: string): { keep(): void } {
  const file = `${path}-wal`;
  let room = 0;

  return {
    keep() {
      try {
        const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
        if (size <= room) room = size;
        else room = extended(file, size, Math.min(STEP_BYTES, Math.max(FIRST_BYTES, size)));
      } catch {
        // Room is worth having, not worth failing for: what was to be written is.
      }
    },
  };
}

/** How far there is room now, or would be: on a full disk all of it is left to the commits. */
function extended(path: string, size: number, bytes: number): number {
  const file = openSync(path, "r+");
  try {
    writeAll(file, Buffer.alloc(bytes), size);
    fdatasyncSync(file);
  } catch {
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
  return size + bytes;
}

function writeAll(file: number, bytes: Buffer, from: number): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, from + at);
}
