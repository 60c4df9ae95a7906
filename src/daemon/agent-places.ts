import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Config } from "../contract/config.ts";
import { OrreryError } from "../contract/errors.ts";
import type { AgentPlaces } from "../ingest/index.ts";
import { foldersIn } from "./claude-folders.ts";

/** Where the agent programs beside Claude Code are looked for: the settings, else their own variables, else where they live by default. */
export function agentPlaces(config: Config, env: Readonly<Record<string, string | undefined>>): AgentPlaces {
  const geminiHome = env["GEMINI_CLI_HOME"] || homedir();
  return {
    follow: config.transcripts,
    codexFolders: foldersIn(config.codex_dirs || env["CODEX_HOME"] || join(homedir(), ".codex")),
    geminiFolders: foldersIn(config.gemini_dirs || join(geminiHome, ".gemini")),
    keiFile: resolve(config.kei_events_file || env["KEI_EVENTS_FILE"] || join(homedir(), ".claude", "memory", "agent-events.jsonl")),
    opencodeUrls: listed(config.opencode_urls).map(checkedUrl),
    mappedFiles: listed(config.mapped_files).map(pairOf),
  };
}

function listed(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function checkedUrl(url: string): string {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? "")) return url;
  throw wrong("--opencode-urls", `has ${url}, which is no http address`);
}

function pairOf(pair: string): AgentPlaces["mappedFiles"][number] {
  const [path, mapPath, ...rest] = pair.split("=");
  if (path === undefined || path === "" || mapPath === undefined || mapPath === "" || rest.length > 0)
    throw wrong("--mapped-files", `has ${pair}, which is not FILE=MAPPING`);
  return { path: resolve(path), mapPath: resolve(mapPath) };
}

function wrong(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] });
}
