import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { RunningProgram } from "../alerts/index.ts";

/** Agent programs by the names of their executables and scripts. */
const apps: ReadonlyMap<string, string> = new Map([
  ["claude", "claude-code"],
  ["codex", "codex"],
  ["opencode", "opencode"],
  ["gemini", "gemini-cli"],
]);

/** The agent programs of this user that run now, with their folders; undefined where there is no `/proc`. */
export function runningPrograms(proc = "/proc"): RunningProgram[] | undefined {
  let ids: string[];
  try {
    ids = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  if (ids.length === 0) return undefined;
  return ids.flatMap((id) => {
    try {
      const [program = "", script = ""] = readFileSync(`${proc}/${id}/cmdline`, "utf8").split("\0");
      // Most are scripts that Node runs.
      const app = apps.get(basename(program)) ?? apps.get(basename(script).replace(/\.[cm]?js$/, "")) ?? appIn(script);
      return app === undefined ? [] : [{ app, cwd: readlinkSync(`${proc}/${id}/cwd`) }];
    } catch {
      return []; // It ended meanwhile, or belongs to somebody else.
    }
  });
}

/** An entry file with a plain name such as `cli.js` is told by its package. */
function appIn(script: string): string | undefined {
  return /@anthropic-ai\/claude-code\//.test(script)
    ? "claude-code"
    : /@openai\/codex\//.test(script)
      ? "codex"
      : /@google\/gemini-cli\//.test(script)
        ? "gemini-cli"
        : undefined;
}
