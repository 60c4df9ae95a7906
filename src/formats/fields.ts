import type { CallKind } from "../contract/events/tool.ts";
import type { EventDraft } from "../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId } from "../contract/ids.ts";
import { textHash } from "../lib/text-hash.ts";
import { fields, str, time, type Fields } from "./claude/fields.ts";
import type { Translation } from "./translation.ts";

// What every format needs: readers of foreign fields, and the one way to tell what was read.
export { count, duration, fields, str, textOf, time, type Fields } from "./claude/fields.ts";

/** A whole number of either sign. */
export function integer(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** Milliseconds since 1970 in our one form, or undefined when they are none. */
export function timeOfMs(value: unknown): string | undefined {
  return typeof value === "number" && value >= 0 && value < 253_402_300_800_000 ? time(new Date(value).toISOString()) : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An object that is written as JSON text, or is one already; text that is neither stays as it is. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Where, when and by whom a record was told. `way` ranks it in the fold; `word` stands in event ids where one way has several sources. */
export interface Place {
  readonly app: string;
  readonly way: "hook" | "transcript" | "stream" | "acp" | "otel" | "other";
  readonly word?: string;
  readonly session: string;
  /** Absent where the record does not tell whose work it is. */
  readonly agent: AgentId | undefined;
  readonly at: string;
}

type DataOf<T extends EventDraft["type"]> = Extract<EventDraft, { type: T }>["data"];
const MAX_ID = 300;

/** One event. Its id `<family>:<session>:<key>:<verb>@<word>` names the fact and the way it was told. */
export function tell<T extends EventDraft["type"]>(place: Place, type: T, key: string, data: DataOf<T>, agent = place.agent): EventDraft {
  const dot = type.indexOf(".");
  const word = place.word ?? place.way;
  const id = `${type.slice(0, dot)}:${place.session}:${key}:${type.slice(dot + 1)}@${word}`;
  return {
    id: id.length <= MAX_ID ? id : `${id.slice(0, MAX_ID - 40)}:${textHash(id)}@${word}`,
    type,
    timestamp: place.at,
    source: `${place.app}/${place.way}`,
    session_id: toId("ses", place.session),
    ...(agent === undefined ? {} : { agent_id: agent }),
    data,
  } as EventDraft;
}

/** A record that gives no fact of ours, kept as it came. It belongs to no agent: the one that it names may be none of the session's. */
export function keep(place: Place, reason: "unused" | "unknown", recordType: string, record: unknown): Translation {
  const data = { format: `${place.app}/${place.word ?? place.way}`, record_type: recordType.slice(0, 100), reason, record };
  return { events: [tell({ ...place, agent: undefined }, "source.kept", fingerprint(place.at, record), data)] };
}

export const nothing: Translation = { events: [] };

export function problem(text: string): Translation {
  return { events: [], problem: text };
}

/** The key of a record that has none of its own. */
export function fingerprint(at: string, record: unknown): string {
  return textHash(`${at} ${JSON.stringify(record)}`);
}

export function agentId(foreign: string | undefined): AgentId {
  return foreign === undefined ? MAIN_AGENT : toId("agt", foreign);
}

/** Kind and the field that says it in one line, per tool of a client. */
export type Tools = ReadonlyMap<string, readonly [kind: CallKind, ...titleFields: string[]]>;

interface Described {
  readonly kind: CallKind;
  readonly title?: string;
  paths?: string[];
}

const usual = ["description", "command", "cmd", "file_path", "filePath", "path", "pattern", "query", "url", "name", "message", "prompt"];
const pathFields = ["file_path", "filePath", "absolute_path", "notebook_path", "path", "dir_path"];
const MAX_TITLE = 200;

/** What a call does, in a word, a line, and the files that it names. */
export function describe(tools: Tools, name: string, input: unknown): Described {
  const given: Fields = fields(input) ?? {};
  const [kind, ...titleFields] = tools.get(name) ?? [isMcp(name) ? ("mcp" as const) : ("other" as const), ...usual];
  const title = titleFields.map((field) => str(given[field])).find((text) => text !== undefined);
  const paths = pathFields.map((field) => str(given[field])).filter((path) => path !== undefined);
  return { kind, ...(title === undefined ? {} : { title: oneLine(title) }), ...(paths.length === 0 ? {} : { paths }) };
}

function isMcp(name: string): boolean {
  return name.startsWith("mcp__") || name.startsWith("mcp_");
}

export function oneLine(text: string): string {
  const line = text
    .slice(0, MAX_TITLE * 2)
    .replace(/\s+/g, " ")
    .trim();
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1)}…`;
}
