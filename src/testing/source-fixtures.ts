import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HookRecord } from "../ingest/index.ts";

const folder = fileURLToPath(new URL("../../test/fixtures/claude-code", import.meta.url));

/** The hook bodies of a recording, with the times at which they arrived. */
export function recordedHooks(name: string): HookRecord[] {
  const lines = readFileSync(join(folder, name, "http-hooks.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const { t, body } = JSON.parse(line) as { readonly t: number; readonly body: unknown };
    return { body, received_at: new Date(t).toISOString() };
  });
}

/** The files of a recording's session, by their path below its project folder. */
export function recordedTranscripts(name: string): { readonly sessionId: string; readonly files: ReadonlyMap<string, string> } {
  const main = readFileSync(join(folder, name, "transcript.jsonl"), "utf8");
  const sessionId = /"sessionId":"([^"]+)"/.exec(main)![1]!;
  const subagents = join(folder, name, "subagents");
  const names = existsSync(subagents) ? readdirSync(subagents) : [];
  return {
    sessionId,
    files: new Map([
      [`${sessionId}.jsonl`, main],
      ...names.map((file) => [`${sessionId}/subagents/${file}`, readFileSync(join(subagents, file), "utf8")] as const),
    ]),
  };
}
