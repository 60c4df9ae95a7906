import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../fixtures/claude-code");

export interface Truth {
  readonly sessions: readonly { readonly session_id: string }[];
  readonly agents: readonly {
    readonly agent_id: string;
    readonly session_id: string;
    readonly parent_agent_id?: string;
    readonly depth?: number;
    readonly outcome?: string;
  }[];
  readonly calls: readonly {
    readonly call_id: string;
    readonly session_id: string;
    readonly agent_id: string;
    readonly name: string;
    readonly outcome: string;
    readonly in: readonly string[];
  }[];
  readonly totals: {
    readonly calls: number;
    readonly requests: number;
    readonly tokens: Readonly<Record<string, number>>;
    readonly by_outcome: Readonly<Record<string, number>>;
  };
}

export interface HookRecord {
  readonly t: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function truthOf(name: string): Truth {
  return JSON.parse(readFileSync(join(root, name, "truth.json"), "utf8")) as Truth;
}

/** The hooks of a recording in the order in which the client sent them. */
export function hooksOf(name: string): HookRecord[] {
  return readFileSync(join(root, name, "http-hooks.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as HookRecord);
}

/** Puts a recording's transcripts where Claude Code would have written them. */
export function layTranscripts(name: string, claudeDir: string): void {
  const session = truthOf(name).sessions[0]!.session_id;
  const project = join(claudeDir, "projects/-home-dev-project");
  mkdirSync(join(project, session, "subagents"), { recursive: true });
  const subagents = join(root, name, "subagents");
  for (const file of existsSync(subagents) ? readdirSync(subagents) : [])
    copyFileSync(join(subagents, file), join(project, session, "subagents", file));
  copyFileSync(join(root, name, "transcript.jsonl"), join(project, `${session}.jsonl`));
}

/** Sends a hook as Claude Code does. */
export async function postHook(url: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${url}/api/ingest/claude-code`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`hook refused: ${await reply.text()}`);
}
