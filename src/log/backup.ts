import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { OrreryError } from "../contract/errors.ts";
import { openDatabase } from "./database.ts";
import { takeLock } from "./lock.ts";
import { lookFailure } from "./sqlite-errors.ts";

const LOG = "orrery.db";

export interface Copied {
  readonly path: string;
  readonly head: number;
  readonly bytes: number;
  readonly files: string[];
}

/**
 * Copies a home into a new folder while its daemon runs: the log as it is at this moment, and the small files beside it. The folder
 * appears under its name when everything is in it.
 * @throws OrreryError BACKUP_FAILED when the folder is there already or cannot be written
 */
export async function backUp(home: string, to: string): Promise<Copied> {
  const unfinished = `${to}.unfinished`;
  try {
    if (existsSync(to)) throw new Error("it is there already");
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    await copyLog(join(home, LOG), join(unfinished, LOG));
    const files = [LOG, ...smallFiles(home)];
    for (const file of files.slice(1)) copyFileSync(join(home, file), join(unfinished, file));
    for (const file of files) chmodSync(join(unfinished, file), 0o600);
    renameSync(unfinished, to);
    return { path: to, ...readCopy(join(to, LOG)), files };
  } catch (cause) {
    try {
      rmSync(unfinished, { recursive: true, force: true });
    } catch {
      // A name that no folder can have: why there is nothing to remove is told below.
    }
    throw cause instanceof OrreryError
      ? cause
      : new OrreryError("BACKUP_FAILED", { path: to, reason: (cause as Error).message }, { cause });
  }
}

export interface Restored {
  readonly head: number;
  readonly bytes: number;
  /** Where what was in the home is now; undefined when there was nothing. */
  readonly previous?: string;
}

/**
 * Puts a backup in the place of a home's log and small files. What was there is moved aside, not deleted. What is derived from the log is
 * deleted: it is made anew.
 * @throws OrreryError LOG_LOCKED while a daemon runs on the home; LOG_DAMAGED, LOG_TOO_NEW, BACKUP_FAILED when the backup cannot be used.
 * Nothing is changed then.
 */
export function restore(backup: string, home: string, stamp: string): Restored {
  const source = join(backup, LOG);
  // An empty file would open as a new log.
  if ((statSync(source, { throwIfNoEntry: false })?.size ?? 0) === 0)
    throw new OrreryError("BACKUP_FAILED", { path: backup, reason: `it has no ${LOG}` });
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const release = takeLock(join(home, LOG));
  try {
    const incoming = join(home, `restore-${stamp}.db`);
    copyFileSync(source, incoming);
    try {
      check(incoming);
    } catch (cause) {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(incoming + suffix, { force: true });
      // The person knows the backup, not the copy.
      throw cause instanceof OrreryError ? new OrreryError(cause.code, { ...cause.params, path: source }, { cause }) : cause;
    }
    const previous = join(home, `before-restore-${stamp}`);
    const replaced = [LOG, `${LOG}-wal`, `${LOG}-shm`, ...smallFiles(home)].filter((file) => existsSync(join(home, file)));
    if (replaced.length > 0) mkdirSync(previous, { mode: 0o700 });
    for (const file of replaced) renameSync(join(home, file), join(previous, file));
    renameSync(incoming, join(home, LOG));
    for (const file of smallFiles(backup)) copyFileSync(join(backup, file), join(home, file));
    for (const file of readdirSync(home)) if (isDerived(file)) rmSync(join(home, file), { force: true });
    return { ...readCopy(join(home, LOG)), ...(replaced.length === 0 ? {} : { previous }) };
  } finally {
    release();
  }
}

function copyLog(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./copy-worker.ts", import.meta.url), { workerData: { from, to } });
    worker.on("error", reject);
    worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the copy ended with ${code}`))));
  });
}

/** Opens the copy as a daemon would, and reads every page of it. */
function check(path: string): void {
  const db = openDatabase(path);
  try {
    const [problem] = db.prepare("PRAGMA quick_check(1)").all() as { quick_check: string }[];
    if (problem?.quick_check !== "ok") throw new OrreryError("LOG_DAMAGED", { path, reason: problem?.quick_check });
    db.exec("PRAGMA journal_mode = DELETE");
  } catch (cause) {
    throw lookFailure(path, cause);
  } finally {
    db.close();
  }
}

function readCopy(path: string): { head: number; bytes: number } {
  const db = new DatabaseSync(path, { readOnly: true });
  const { head } = db.prepare("SELECT coalesce(max(seq), 0) AS head FROM events").get() as { head: number };
  db.close();
  return { head, bytes: statSync(path).size };
}

/** Settings, prices and the like. Not where the daemon is, not who holds which lock, not what waits for delivery. */
function smallFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "daemon.json" && !/\.db(\W|$)|\.(lock|pid|new|log)$/.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
}

/** Databases of a home other than its log are made from it. */
function isDerived(file: string): boolean {
  return /\.db(-wal|-shm)?$/.test(file) && !file.startsWith(LOG);
}
