import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { OrreryError } from "../contract/errors.ts";
import { makePrivate } from "./private-file.ts";
import { isBusy } from "./sqlite-errors.ts";

/**
 * One writer per log. The lock is an open exclusive transaction on a small database beside it: the operating system lets go of it when
 * the process ends, however it ends. The file `<path>.pid` only tells a refused process whom to blame; it is a file of its own because
 * whoever closes any handle on a locked file lets go of the lock.
 */
export function takeLock(path: string): () => void {
  const lockPath = `${path}.lock`;
  const pidPath = `${path}.pid`;
  makePrivate(lockPath);
  const db = new DatabaseSync(lockPath);
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
  } catch (cause) {
    db.close();
    if (isBusy(cause)) throw new OrreryError("LOG_LOCKED", { path, pid: readPid(pidPath) }, { cause });
    throw cause;
  }
  tryWritePid(pidPath);
  return () => {
    rmSync(pidPath, { force: true });
    db.close();
  };
}

/** A full disk must not keep the log from opening: the name is for an error message only. */
function tryWritePid(path: string): void {
  try {
    writeFileSync(path, String(process.pid), { mode: 0o600 });
  } catch {
    rmSync(path, { force: true });
  }
}

function readPid(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "unknown";
  }
}
