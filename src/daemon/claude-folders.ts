import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Config } from "../contract/config.ts";

/** The Claude Code config folders to follow: the setting, else `CLAUDE_CONFIG_DIR`, else `~/.claude`. */
export function claudeFolders(config: Config, env: Readonly<Record<string, string | undefined>>): string[] {
  const named = config.claude_dirs || env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude");
  return foldersIn(named);
}

/** Each folder of a setting that lists them, once. */
export function foldersIn(named: string): string[] {
  const paths = named.split(":").filter((path) => path !== "");
  return [...new Set(paths.map((path) => resolve(path)))];
}
