import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { OrreryError } from "../contract/errors.ts";

const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
/** What the surroundings refuse: permission, memory, read-only, input and output, space, opening. */
const surroundings = new Set([3, BUSY, LOCKED, 7, 8, 10, 13, 14]);

/** SQLite's number for what went wrong, without its finer part; 0 when it was not SQLite. */
function codeOf(error: unknown): number {
  const code = (error as { readonly errcode?: unknown }).errcode;
  return typeof code === "number" ? code & 0xff : 0;
}

export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY || codeOf(error) === LOCKED;
}

function isDamage(error: unknown): boolean {
  return codeOf(error) === CORRUPT || codeOf(error) === NOT_A_DATABASE;
}

export function damaged(path: string, reason: string, cause?: unknown): OrreryError {
  return new OrreryError("LOG_DAMAGED", { path, reason }, { cause });
}

/** A failure of a write, or of opening for writing. */
export function writeFailure(path: string, cause: unknown): OrreryError {
  if (cause instanceof OrreryError) return cause;
  const reason = (cause as Error).message;
  if (isDamage(cause)) return damaged(path, reason, cause);
  return new OrreryError("LOG_UNWRITABLE", { path, reason: isDiskFull(path) ? `the disk is full (${reason})` : reason }, { cause });
}

/** SQLite calls some failures for want of space an input or output error. */
function isDiskFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail < 16;
  } catch {
    return false;
  }
}

/** A failure of the first look into a file. A statement that should work on any log and does not is damage too. */
export function lookFailure(path: string, cause: unknown): OrreryError {
  return surroundings.has(codeOf(cause)) || cause instanceof OrreryError
    ? writeFailure(path, cause)
    : damaged(path, (cause as Error).message, cause);
}

/** Runs a read. A file that turns out to be damaged is named. */
export function reading<R>(path: string, read: () => R): R {
  try {
    return read();
  } catch (cause) {
    throw isDamage(cause) ? damaged(path, (cause as Error).message, cause) : cause;
  }
}
