import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  both,
  claudeHooks,
  claudeStatusLine,
  claudeTelemetry,
  CODEX_PATH,
  codexHooks,
  codexTelemetry,
  GEMINI_PATH,
  geminiHooks,
  geminiTelemetry,
  INGEST_PATH,
  OPENCODE_PATH,
  opencodePlugin,
  type SettingsPlan,
} from "../ingest/index.ts";
import type { Context } from "./command.ts";
import { badUsage } from "./failure.ts";

export interface PlannedFile {
  readonly path: string;
  readonly plan: SettingsPlan;
}

export type Telemetry = "on" | "off" | "as it is";

/** An agent program that `orrery connect` knows. */
export interface Connectable {
  readonly title: string;
  readonly ingestPath: string;
  /** What its spool folder is called, behind `<home>/spool`. */
  readonly spool: string;
  /** The ways that its records will take. */
  readonly ways: readonly ("HTTP hooks" | "the command hook" | "the status line")[];
  /** Its settings file, when none is named. */
  readonly settings: (env: Context["env"]) => string;
  /** The files that are changed. Telemetry that was on stays on, unless it is to be off. */
  readonly files: (settings: string, telemetry: Telemetry) => readonly PlannedFile[];
  /** Whether telemetry adds so much that it is on where the daemon takes it. */
  readonly telemetry: "usual" | "on request" | "none";
  /** What the user still has to do. */
  readonly hint: string;
}

const RESTART = "Sessions that run now take it up when they are started again.";

export const connectable: Readonly<Record<string, Connectable>> = {
  claude: {
    title: "Claude Code",
    ingestPath: INGEST_PATH,
    spool: "",
    ways: ["HTTP hooks", "the command hook", "the status line"],
    settings: (env) => join(env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude"), "settings.json"),
    files: (path, telemetry) => [{ path, plan: withTelemetry(both(claudeHooks, claudeStatusLine), claudeTelemetry, telemetry) }],
    telemetry: "usual",
    hint: RESTART,
  },
  codex: {
    title: "Codex",
    ingestPath: CODEX_PATH,
    spool: "-codex",
    ways: ["the command hook"],
    settings: (env) => join(env["CODEX_HOME"] || join(homedir(), ".codex"), "hooks.json"),
    files: (path, telemetry) => [
      { path, plan: codexHooks },
      ...(telemetry === "on" ? [{ path: join(path, "..", "config.toml"), plan: codexTelemetry }] : []),
    ],
    telemetry: "on request",
    hint: "Codex asks once whether it may run the new hooks.",
  },
  gemini: {
    title: "Gemini CLI",
    ingestPath: GEMINI_PATH,
    spool: "-gemini",
    ways: ["the command hook"],
    settings: (env) => join(env["GEMINI_CLI_HOME"] || homedir(), ".gemini", "settings.json"),
    files: (path, telemetry) => [{ path, plan: withTelemetry(geminiHooks, geminiTelemetry, telemetry) }],
    telemetry: "on request",
    hint: RESTART,
  },
  opencode: {
    title: "opencode",
    ingestPath: OPENCODE_PATH,
    spool: "-opencode",
    ways: ["HTTP hooks"],
    settings: (env) =>
      join(env["OPENCODE_CONFIG_DIR"] || join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "opencode"), "plugins", "orrery.js"),
    files: (path) => [{ path, plan: opencodePlugin }],
    telemetry: "none",
    hint: RESTART,
  },
};

export function connectableNamed(agent: string | undefined): Connectable {
  const found = agent !== undefined && Object.hasOwn(connectable, agent) ? connectable[agent] : undefined;
  if (found === undefined) throw badUsage(`${agent} cannot be connected; these can: ${Object.keys(connectable).join(", ")}`);
  return found;
}

function withTelemetry(hooks: SettingsPlan, telemetry: SettingsPlan, wanted: Telemetry): SettingsPlan {
  if (wanted === "as it is") return hooks;
  if (wanted === "on") return both(hooks, telemetry);
  return both(hooks, { connect: (path, text = "") => telemetry.disconnect(path, text) ?? "", disconnect: telemetry.disconnect });
}

/** The settings file that was named, else the user's own. */
export function settingsOf(agent: Connectable, options: Readonly<Record<string, unknown>>, env: Context["env"]): string {
  const named = options["settings"];
  return resolve(typeof named === "string" ? named : agent.settings(env));
}
