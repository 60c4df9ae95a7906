import type { StoredEvent } from "../contract/events/index.ts";
import { foreignId, MAIN_AGENT } from "../contract/ids.ts";
import { cut, oneLine } from "./printable.ts";

const MAX_DETAIL = 120;
const SESSION_CHARACTERS = 8;
/** Fields that say best what an event is about, the first that is there. */
const telling = [
  "title",
  "prompt",
  "summary",
  "name",
  "text",
  "reason",
  "message",
  "status",
  "outcome",
  "model",
  "class",
  "cwd",
  "record_type",
  "format",
] as const;

/** One line for one event: time, session, agent, type, what it is about. */
export function describeEvent(event: StoredEvent): string {
  const session = event.session_id === undefined ? "" : foreignId(event.session_id).slice(0, SESSION_CHARACTERS);
  const agent =
    event.agent_id === undefined || event.agent_id === MAIN_AGENT ? "" : ` ${foreignId(event.agent_id).slice(0, SESSION_CHARACTERS)}`;
  return oneLine(
    `${event.timestamp.slice(11, 23)} ${session.padEnd(SESSION_CHARACTERS)}${agent} ${event.type} ${detailOf(event)}`,
  ).trimEnd();
}

function detailOf(event: StoredEvent): string {
  const data = event.data as Readonly<Record<string, unknown>>;
  if (event.type === "message.added")
    return cut(`${event.data.role}: ${event.data.parts.map((part) => wordsOf(part.text)).join(" ")}`, MAX_DETAIL);
  if (event.type === "todo.listed") {
    const { todos } = event.data;
    const current = todos.find(({ status }) => status === "in_progress");
    const done = todos.filter(({ status }) => status === "completed").length;
    return cut(
      `${done} of ${todos.length} done${current === undefined ? "" : `: ${wordsOf(current.active_form ?? current.title)}`}`,
      MAX_DETAIL,
    );
  }
  const name = typeof data["name"] === "string" ? `${data["name"]} ` : "";
  const key = telling.find((field) => field !== "name" && wordsOf(data[field]) !== "");
  return cut(`${name}${key === undefined ? "" : wordsOf(data[key])}`, MAX_DETAIL);
}

function wordsOf(value: unknown): string {
  if (typeof value === "string") return value;
  const preview = (value as { readonly body?: { readonly preview?: unknown } } | undefined)?.body?.preview;
  return typeof preview === "string" ? preview : "";
}
