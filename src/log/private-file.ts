import { closeSync, existsSync, openSync } from "node:fs";

/**
 * Makes a file that nobody else of the machine may read, before SQLite would make one that all may; what SQLite puts beside it takes its mode.
 * Where it cannot, SQLite says why.
 */
export function makePrivate(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch {
    return;
  }
}
