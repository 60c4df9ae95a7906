import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { parseEvent } from "../contract/events/index.ts";
import { createRollouts } from "./codex/rollouts.ts";
import { createExportedEvents } from "./exported-events.ts";
import { createChats } from "./gemini/chats.ts";
import { openLines } from "./jsonl/read-lines.ts";
import type { Intake, Source } from "./source.ts";
import { createTranscripts } from "./transcripts/transcripts.ts";
import type { OnceTold } from "./once.ts";

/** What a path turned out to hold. */
export interface Importable {
  readonly format: "claude-code/transcript" | "codex/rollout" | "gemini-cli/chat" | "orrery/events";
  /** Reads all of it once. */
  readonly open: (intake: Intake, told: OnceTold) => Source;
}

/**
 * Tells what old files a path holds: Claude Code's config folder, its `projects`, one project or one session; a Codex home or its `sessions`;
 * a Gemini home or its `tmp`; a file of events that were exported. Undefined: none of these.
 */
export async function detectImport(path: string): Promise<Importable | undefined> {
  const info = await stat(path);
  if (info.isFile()) return path.endsWith(".jsonl") ? await fileOf(path) : undefined;
  if (await holds(join(path, "projects"), isProject)) return claude(join(path, "projects"));
  if (basename(path) === "sessions" && (await hasBelow(path, isRollout, 4))) return codex(dirname(path));
  if (await hasBelow(join(path, "sessions"), isRollout, 4)) return codex(path);
  if (basename(path) === "tmp" && (await hasBelow(path, isChat, 3))) return gemini(dirname(path));
  if (await hasBelow(join(path, "tmp"), isChat, 3)) return gemini(path);
  if (await isProject(path)) return claude(dirname(path), `${path}${sep}`);
  if (await holds(path, isProject)) return claude(path);
  return undefined;
}

function claude(root: string, within = `${root}${sep}`): Importable {
  return {
    format: "claude-code/transcript",
    open: (intake, told) => createTranscripts({ ...intake, folders: [], once: { root, within, told } }),
  };
}

/** One session with the files of its agents, which are in a folder of its name. */
function claudeSession(path: string): Importable {
  return claude(dirname(dirname(path)), path.slice(0, -".jsonl".length));
}

function codex(home: string): Importable {
  return { format: "codex/rollout", open: (intake, once) => createRollouts({ ...intake, folders: [home], once }) };
}

function gemini(home: string): Importable {
  return { format: "gemini-cli/chat", open: (intake, once) => createChats({ ...intake, folders: [home], once }) };
}

async function fileOf(path: string): Promise<Importable | undefined> {
  const first = await firstRecord(path);
  if (looksLikeTranscript(first)) return claudeSession(path);
  if (!parseEvent(first).ok) return undefined;
  return { format: "orrery/events", open: (intake, told) => createExportedEvents({ ...intake, path, told }) };
}

async function isTranscript(path: string): Promise<boolean> {
  return looksLikeTranscript(await firstRecord(path));
}

/** A record as Claude Code writes them, and not one of Codex or an event that an Orrery exported: both have their data apart. */
function looksLikeTranscript(record: unknown): boolean {
  return typeof record === "object" && record !== null && "type" in record && !("data" in record || "payload" in record);
}

/** What the first line of a file says; undefined when it is no JSON. */
async function firstRecord(path: string): Promise<unknown> {
  const lines = await openLines(path, undefined, PEEK_BYTES);
  try {
    const first = (await lines.next())?.[0]?.bytes;
    return first === undefined ? undefined : (JSON.parse(first.toString("utf8")) as unknown);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await lines.close();
  }
}

const PEEK_BYTES = 64 * 1024;
const isRollout = (path: string) => /[/\\]rollout-[^/\\]*\.jsonl$/.test(path);
const isChat = (path: string) => path.endsWith(".jsonl") && basename(dirname(path)) === "chats";

async function isProject(folder: string): Promise<boolean> {
  for (const entry of await entriesOf(folder))
    if (entry.isFile() && entry.name.endsWith(".jsonl") && (await isTranscript(join(folder, entry.name)))) return true;
  return false;
}

async function holds(folder: string, isWanted: (path: string) => Promise<boolean>): Promise<boolean> {
  for (const entry of await entriesOf(folder)) if (entry.isDirectory() && (await isWanted(join(folder, entry.name)))) return true;
  return false;
}

async function hasBelow(folder: string, isWanted: (path: string) => boolean, depth: number): Promise<boolean> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile() ? isWanted(path) : depth > 1 && (await hasBelow(path, isWanted, depth - 1))) return true;
  }
  return false;
}

/** What cannot be listed holds nothing. */
async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
