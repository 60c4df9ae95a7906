// Recordings of real clients, each with what really happened in it: the way from a foreign record to the folded state, as one function.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { translateHook } from "../formats/claude/hook.ts";
import { findReplay } from "../formats/claude/replay.ts";
import { translateAgentMeta } from "../formats/claude/subagent.ts";
import { createClaudeOtel } from "../formats/claude/otel.ts";
import { createStream } from "../formats/claude/stream.ts";
import { translateLine } from "../formats/claude/transcript.ts";
import { readExport, type OtlpRecord, type Signal } from "../formats/otlp/records.ts";
import type { Translation } from "../formats/translation.ts";
import { toTimestamp } from "../lib/clock.ts";
import { ofSession } from "../projections/state.ts";
import { foldSession, type Session } from "../projections/session.ts";
import type { Todo } from "../projections/todos.ts";

export type RecordedSource = "hooks" | "http-hooks" | "transcript" | "otel" | "stream" | "control";

/** Translators that remember, fresh for each reading of a recording. */
export interface Readers {
  readonly otel: (record: OtlpRecord) => Translation;
}

export function createReaders(): Readers {
  return { otel: createClaudeOtel() };
}

/** One foreign record of a recording, with the time at which Orrery would have met it. */
export interface RecordedRecord {
  readonly source: RecordedSource;
  readonly atMs: number;
  readonly record: unknown;
  readonly translate: (readers: Readers) => Translation;
}

/** What `truth.json` says; the README beside the recordings explains the words. */
export interface Truth {
  readonly sessions: readonly { readonly session_id: string; readonly forked_from?: string }[];
  readonly agents: readonly TrueAgent[];
  readonly turns: readonly TrueTurn[];
  readonly calls: readonly TrueCall[];
  readonly requests: readonly TrueRequest[];
  readonly failed_requests?: readonly {
    readonly request_id: string;
    readonly session_id: string;
    readonly status: number;
    readonly in: readonly string[];
  }[];
  readonly asks?: readonly {
    readonly kind: string;
    readonly tool: string;
    readonly call_id: string;
    readonly session_id: string;
    readonly agent_id: string;
    readonly decision: string;
    readonly decided_by: string;
  }[];
  readonly compactions?: readonly { readonly session_id: string; readonly trigger: string }[];
  readonly ghost_session_ids?: readonly string[];
  /** The list as it stood at the end: lines that an agent wrote, or tasks with ids. */
  readonly todos?: readonly TrueTodo[];
  readonly tasks?: readonly TrueTodo[];
  /** The stream was recorded with every piece of every answer. */
  readonly has_partial_messages?: boolean;
  /** Answers that the stream shows: of a subagent those that call something, others only on demand, and none of its own subagents. */
  readonly in_stream?: ReadonlySet<string>;
  readonly unseen_by: Readonly<Record<string, readonly string[]>>;
}
interface TrueAgent {
  readonly agent_id: string;
  readonly session_id: string;
  readonly parent_agent_id?: string;
  readonly agent_type?: string;
  readonly description?: string;
  readonly depth?: number;
  readonly spawned_by_call?: string;
  readonly background?: boolean;
  readonly outcome?: string;
}
interface TrueTurn {
  readonly session_id: string;
  readonly agent_id: string;
  readonly origin: string;
  readonly prompt_prefix: string;
  readonly prompt_id: string;
}
interface TrueCall {
  readonly call_id: string;
  readonly session_id: string;
  readonly agent_id: string;
  readonly name: string;
  readonly outcome: string;
  readonly request?: string;
  readonly exit_code?: number;
  readonly in: readonly string[];
}
interface TrueRequest {
  readonly id: string;
  readonly session_id: string;
  readonly agent_id: string;
  readonly model: string;
  readonly input: number;
  readonly cache_read: number;
  readonly cache_write_5m: number;
  readonly cache_write_1h: number;
  readonly output: number;
  readonly not_in_transcript?: boolean;
  readonly purpose?: string;
}

export interface TrueTodo {
  readonly id?: string;
  readonly content?: string;
  readonly subject?: string;
  readonly status: string;
  readonly activeForm?: string;
  readonly priority?: string;
  readonly blockedBy?: readonly string[];
}

export interface Recording {
  readonly name: string;
  readonly truth: Truth;
  /** All records, in the order in which they would have been met. */
  readonly records: readonly RecordedRecord[];
}

/** Every recorded case of Claude Code under `folder`. */
export function loadRecordings(folder: string): Recording[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => loadRecording(join(folder, entry.name), entry.name));
}

interface StreamRecord {
  readonly type?: string;
  readonly message?: { readonly id?: string };
}

/** One recorded case of Claude Code. */
export function loadRecording(folder: string, name: string): Recording {
  const files = readdirSync(folder);
  const transcripts = files.filter((file) => file.startsWith("transcript")).map((file) => join(folder, file));
  const subagents = existsSync(join(folder, "subagents"))
    ? readdirSync(join(folder, "subagents")).map((file) => join(folder, "subagents", file))
    : [];
  const records = [
    ...hooks(folder, "hooks", "payload"),
    ...hooks(folder, "http-hooks", "body"),
    ...transcripts.flatMap((path) => transcript(path, undefined)),
    ...subagents.filter((path) => path.endsWith(".jsonl")).flatMap((path) => subagent(path)),
    ...telemetry(join(folder, "otel.jsonl")),
    ...files.filter((file) => file.startsWith("stream")).flatMap((file) => stream("stream", join(folder, file))),
    ...stream("control", join(folder, "control.jsonl")),
  ];
  const told = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")) as Truth;
  const lines = records.filter(({ source }) => source === "stream").map(({ record }) => record as StreamRecord);
  const truth = {
    ...told,
    has_partial_messages: lines.some(({ type }) => type === "stream_event"),
    in_stream: new Set(lines.map(({ message }) => message?.id ?? "")),
  };
  return { name, truth, records: records.toSorted((a, b) => a.atMs - b.atMs) };
}

/** What the log would take in of these records: an event id is accepted once. */
export function eventsOf(records: readonly RecordedRecord[]): StoredEvent[] {
  const byId = new Map<string, EventDraft>();
  const readers = createReaders();
  for (const { translate } of records) for (const event of translate(readers).events) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()].map((event, index) => ({ ...event, seq: index + 1 }) as StoredEvent);
}

/** A todo as text, found or true: equal ones have equal text. Fields that a truth does not name are not compared. */
export function todoText(todo: Todo, real: readonly TrueTodo[]): string {
  const has = (field: keyof TrueTodo) => real.some((each) => each[field] !== undefined);
  return [
    ...(has("id") ? [todo.todo_id] : []),
    todo.title,
    todo.status,
    ...(has("activeForm") ? [todo.active_form ?? ""] : []),
    ...(has("priority") ? [todo.priority ?? ""] : []),
    ...(has("blockedBy") ? [todo.blocked_by.join("+")] : []),
  ].join(", ");
}

export function trueTodoText({ id, content, subject, status, activeForm, priority, blockedBy }: TrueTodo): string {
  const standing = status === "deleted" ? "cancelled" : status;
  return [id, content ?? subject, standing, activeForm, priority, blockedBy?.join("+")].filter((field) => field !== undefined).join(", ");
}

export function foldAll(events: Iterable<StoredEvent>): Map<SessionId, Session> {
  const sessions = new Map<SessionId, Session>();
  for (const event of events) if (ofSession(event)) sessions.set(event.session_id, foldSession(sessions.get(event.session_id), event));
  return sessions;
}

/** The same records in another order, about every fourth of them twice. The same seed gives the same order. */
export function shuffled<T>(records: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  const all = records.flatMap((record) => (random() < 0.25 ? [record, record] : [record]));
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

function hooks(folder: string, source: "hooks" | "http-hooks", key: "payload" | "body"): RecordedRecord[] {
  const path = join(folder, `${source}.jsonl`);
  if (!existsSync(path)) return [];
  return linesOf(path).map((line) => {
    const { t, [key]: record } = JSON.parse(line) as { t: number; payload?: unknown; body?: unknown };
    return { source, atMs: t, record, translate: () => translateHook(record, toTimestamp(t)) };
  });
}

function transcript(path: string, agentId: string | undefined): RecordedRecord[] {
  const lines = linesOf(path);
  const file = { agentId, replay: findReplay(lines) };
  let atMs = 0;
  return lines.map((line) => {
    const record = JSON.parse(line) as { timestamp?: string };
    // A few line types have no time: they come with the line before them.
    atMs = Math.max(atMs, Date.parse(record.timestamp ?? "") || 0);
    const readAt = toTimestamp(atMs);
    return { source: "transcript", atMs, record, translate: () => translateLine(record, { ...file, readAt }) };
  });
}

/** A subagent's file and the meta file beside it, which is as old as the last line. */
function subagent(path: string): RecordedRecord[] {
  const agentId = /agent-(\w+)\.jsonl$/.exec(path)![1]!;
  const lines = transcript(path, agentId);
  const { sessionId } = lines.map(({ record }) => record as { sessionId?: string }).find((record) => record.sessionId !== undefined)!;
  const meta = JSON.parse(readFileSync(path.replace(/\.jsonl$/, ".meta.json"), "utf8")) as unknown;
  const atMs = lines.at(-1)!.atMs;
  const translate = () => translateAgentMeta(meta, { sessionId: sessionId!, agentId, timestamp: toTimestamp(atMs) });
  return [...lines, { source: "transcript", atMs, record: meta, translate }];
}

function telemetry(path: string): RecordedRecord[] {
  if (!existsSync(path)) return [];
  return linesOf(path).flatMap((line) => {
    const { t, signal, body } = JSON.parse(line) as { t: number; signal: Signal; body: unknown };
    const batch = readExport(signal, { json: body });
    if ("problem" in batch || batch.rejected > 0) throw new Error(`${path}: an export that cannot be read`);
    return batch.records.map((record) => ({ source: "otel" as const, atMs: t, record, translate: ({ otel }: Readers) => otel(record) }));
  });
}

/** The lines of one process, translated in their order; what they gave may then come in any. */
function stream(source: "stream" | "control", path: string): RecordedRecord[] {
  if (!existsSync(path)) return [];
  const read = createStream().translate;
  const lines = linesOf(path).map((line) => JSON.parse(line) as { t?: number; msg?: unknown; timestamp?: string });
  // Half of the lines of a stream have no time: they came with the line before them, the first ones with the one after.
  let atMs = lines.map(({ t, timestamp }) => t ?? Date.parse(timestamp ?? "")).find((ms) => !Number.isNaN(ms)) ?? 0;
  return lines.map((line) => {
    atMs = line.t ?? (Date.parse(line.timestamp ?? "") || atMs);
    const record = line.msg ?? line;
    const translation = read(record, toTimestamp(atMs));
    return { source, atMs, record, translate: () => translation };
  });
}

function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").filter(Boolean);
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
