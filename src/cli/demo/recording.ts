import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findReplay } from "../../formats/claude/replay.ts";
import type { TranscriptFile } from "../../formats/claude/line.ts";
import { isWorthParsing } from "../../formats/claude/worth-parsing.ts";

/** Something that a recorded session did: a hook call, a line of a transcript, or a side file of an agent. */
export type Moment =
  | { readonly atMs: number; readonly kind: "hook"; readonly body: unknown }
  | { readonly atMs: number; readonly kind: "line"; readonly record: Readonly<Record<string, unknown>>; readonly file: TranscriptFile }
  | { readonly atMs: number; readonly kind: "meta"; readonly meta: unknown; readonly sessionId: string; readonly agentId: string };

const folder = fileURLToPath(new URL("../../../test/fixtures/claude-code", import.meta.url));

export function recordingNames(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** Everything that a recording holds, in order of time, with session ids of its own so that a second showing is a second session. */
export function readRecording(name: string): Moment[] {
  const files = readdirSync(join(folder, name));
  const texts = new Map(
    files
      .filter((file) => /^(?:http-)?hooks\.jsonl$|^transcript.*\.jsonl$/.test(file))
      .map((file) => [file, readFileSync(join(folder, name, file), "utf8")]),
  );
  const renames = new Map<string, string>();
  for (const text of texts.values())
    for (const match of text.matchAll(/"session_?[iI]d":"([^"]+)"/g)) if (!renames.has(match[1]!)) renames.set(match[1]!, randomUUID());
  const renamed = (text: string) => [...renames].reduce((result, [from, to]) => result.replaceAll(from, to), text);

  const hooks = renamed(texts.get("http-hooks.jsonl") ?? texts.get("hooks.jsonl") ?? "");
  const started = texts.has("http-hooks.jsonl")
    ? renamed(texts.get("hooks.jsonl") ?? "")
        .split("\n")
        .filter((line) => line.includes('"hook_event_name":"SessionStart"') || line.includes('"hook_event_name":"Setup"'))
    : [];
  const transcripts = [...texts].filter(([file]) => file.startsWith("transcript")).map(([, text]) => renamed(text));
  return [
    ...[...started, ...hooks.split("\n")].flatMap(readHook),
    ...transcripts.flatMap((text) => readLines(text, { replay: findReplay(text.split("\n")) })),
    ...readAgents(join(folder, name, "subagents"), renamed),
  ].toSorted((a, b) => a.atMs - b.atMs);
}

function readHook(line: string): Moment[] {
  if (line === "") return [];
  const { t, body, payload } = JSON.parse(line) as { readonly t: number; readonly body?: unknown; readonly payload?: unknown };
  return [{ atMs: t, kind: "hook", body: body ?? payload }];
}

function readLines(text: string, file: TranscriptFile): Moment[] {
  let atMs = 0;
  return text.split("\n").flatMap((line): Moment[] => {
    if (line === "" || !isWorthParsing(line)) return [];
    const record = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const written = Date.parse(String(record["timestamp"]));
    if (!Number.isNaN(written)) atMs = Math.max(atMs, written);
    return atMs === 0 ? [] : [{ atMs, kind: "line", record, file }];
  });
}

function readAgents(subagents: string, renamed: (text: string) => string): Moment[] {
  if (!existsSync(subagents)) return [];
  return readdirSync(subagents).flatMap((name): Moment[] => {
    const agentId = /^agent-(.+)\.jsonl$/.exec(name)?.[1];
    if (agentId === undefined) return [];
    const lines = readLines(renamed(readFileSync(join(subagents, name), "utf8")), { agentId });
    const first = lines[0];
    const meta = join(subagents, `agent-${agentId}.meta.json`);
    if (first?.kind !== "line" || !existsSync(meta)) return lines;
    return [
      {
        atMs: first.atMs,
        kind: "meta",
        meta: JSON.parse(readFileSync(meta, "utf8")) as unknown,
        sessionId: String(first.record["sessionId"]),
        agentId,
      },
      ...lines,
    ];
  });
}
