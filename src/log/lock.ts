import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { OrreryError } from "../contract/errors.ts";

/**
 * One writer per log. The lock is an open exclusive transaction on a small database beside it: the operating system lets go of it when
 * the process ends, however it ends. The file `<path>.pid` only tells a refused process whom to blame.
 */
export function takeLock(path: string): () => void {
  const lockPath = `${path}.lock`;
  const pidPath = `${path}.pid`;
  const db = new DatabaseSync(lockPath);
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;");
    writeFileSync(pidPath, String(process.pid), { mode: 0o600 });
  } catch (cause) {
    db.close();
    if (isBusy(cause)) throw new OrreryError("LOG_LOCKED", { path, pid: readPid(pidPath) }, { cause });
    throw cause;
  }
  return () => {
    rmSync(pidPath, { force: true });
    db.close();
  };
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  return (code & 0xff) === 5 || (code & 0xff) === 6;
}

function readPid(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "unknown";
  }
}
