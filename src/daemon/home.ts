import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { OrreryError } from "../contract/errors.ts";

/** What other processes need to find a running daemon: `<home>/daemon.json`. */
export interface DaemonFile {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly started_at: string;
  /** Ports that speak to other systems' clients. */
  readonly dialects?: Readonly<Record<string, string>>;
}

/** The whole path of a folder that may begin with `~`. */
export function expandHome(path: string): string {
  return resolve(path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path);
}

/**
 * Makes the home, open to its owner only.
 * @throws OrreryError HOME_UNUSABLE
 */
export function makeHome(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new OrreryError("HOME_UNUSABLE", { path, reason: (cause as Error).message }, { cause });
  }
}

/** Written whole or not at all: a reader never sees half of it. */
export function writeDaemonFile(home: string, file: DaemonFile): void {
  const path = join(home, "daemon.json");
  writeFileSync(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** From then on commands find no daemon here. */
export function removeDaemonFile(home: string): void {
  rmSync(join(home, "daemon.json"), { force: true });
}
