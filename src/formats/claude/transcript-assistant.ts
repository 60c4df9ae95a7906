import type { EventDraft } from "../../contract/events/index.ts";
import type { MessagePart } from "../../contract/events/message.ts";
import type { Usage } from "../../contract/events/model.ts";
import { toId, type RequestId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { describeCall } from "./describe-call.ts";
import { draft } from "./draft.ts";
import { count, fields, str, type Fields } from "./fields.ts";
import type { Line } from "./line.ts";
import { standIn } from "./request-id.ts";
import { askedTodos } from "./task-changes.ts";

/** The client's own words in the place of an answer: no request was answered. */
const SYNTHETIC = "<synthetic>";

/**
 * An answer of the model, or one block of it. The client writes one line per block, each with the usage of the whole request (older ones
 * with that of the moment), so every line tells of the same request under its own event id, and the fold keeps one.
 */
export function assistantLine(line: Line): Translation {
  const { record, place, uuid } = line;
  const message = fields(record["message"]);
  if (message === undefined) return { events: [], problem: "the assistant line has no message" };
  const blocks = Array.isArray(message["content"]) ? message["content"] : [];
  if (message["model"] === SYNTHETIC) return { events: record["isApiErrorMessage"] === true ? failed(line, blocks) : [] };
  const events: EventDraft[] = [];
  const id = str(message["id"]);
  const request_id = id === undefined ? undefined : toId("req", id);
  if (request_id !== undefined) {
    const data = {
      request_id,
      model: str(message["model"]),
      usage: usageOf(message["usage"]),
      modes: modesOf(message["usage"]),
      stop_reason: str(message["stop_reason"]),
      also_told_as: standIn(str(record["requestId"]), line.foreignAgent),
    };
    events.push(draft(place, "model.responded", `${id}:${uuid}`, data));
  }
  const parts: MessagePart[] = [];
  for (const each of blocks) {
    const block = fields(each);
    if (block === undefined) continue;
    const part = partOf(block);
    if (part !== undefined) parts.push(part);
    else if (block["type"] === "tool_use") events.push(...callOf(line, block, request_id));
  }
  if (parts.length > 0) events.push(spoken(line, parts, request_id));
  return { events };
}

function callOf({ place }: Line, block: Fields, request_id: RequestId | undefined): EventDraft[] {
  const id = str(block["id"]);
  const name = str(block["name"]);
  if (id === undefined || name === undefined) return [];
  const input = block["input"];
  const { kind, title, paths } = describeCall(name, input);
  const call_id = toId("call", id);
  const started = draft(place, "tool.started", id, { call_id, name, kind, title, input, paths, request_id });
  const todos = askedTodos(id, name, input).map(({ type, key, data }) => draft(place, type, key, data));
  const skill = name === "Skill" ? str(fields(input)?.["skill"]) : undefined;
  return [started, ...todos, ...(skill === undefined ? [] : [draft(place, "skill.used", id, { name: skill, call_id })])];
}

/** The API answered with an error, and the client says so in a line of its own. A refusal was an answer, with tokens that no transcript tells. */
function failed(line: Line, blocks: readonly unknown[]): EventDraft[] {
  const { record, place, uuid } = line;
  const parts = blocks.map((block) => partOf(fields(block) ?? {})).filter((part) => part !== undefined);
  const request = str(record["requestId"]);
  const isRefusal = str(record["refusedMessageId"]) !== undefined;
  const text = parts[0]?.text;
  const failure = draft(place, "model.failed", uuid, {
    request_id: request === undefined ? undefined : toId("req", request),
    class: isRefusal ? "refusal" : (str(record["apiErrorType"])?.replace(/_error$/, "") ?? str(record["error"]) ?? "unknown"),
    status: count(record["apiErrorStatus"]),
    message: typeof text === "string" ? text : undefined,
  });
  // The client has given up on this prompt.
  const over = draft(place, "turn.ended", uuid, { stop_reason: isRefusal ? "refusal" : "error" });
  return parts.length === 0 ? [failure, over] : [failure, over, spoken(line, parts, undefined)];
}

function spoken({ place, uuid }: Line, parts: MessagePart[], request_id: RequestId | undefined): EventDraft {
  return draft(place, "message.added", uuid, {
    message_id: toId("msg", uuid),
    role: "assistant",
    parts: parts.slice(0, 1_000),
    request_id,
  });
}

function partOf(block: Fields): MessagePart | undefined {
  const kind = block["type"];
  const text = kind === "text" ? str(block["text"]) : kind === "thinking" ? str(block["thinking"]) : undefined;
  return text === undefined ? undefined : { kind: kind as "text" | "thinking", text };
}

/** How a request was served, where that is not the usual way: quicker, in bulk, by a tier of its own, or in one country only. */
export function modesOf(value: unknown): string[] | undefined {
  const usage = fields(value) ?? {};
  const modes = [usage["speed"], usage["service_tier"], usage["inference_geo"]]
    .flatMap((word) => str(word)?.toLowerCase().slice(0, 40) ?? [])
    .filter((word) => !usual.has(word));
  return modes.length === 0 ? undefined : [...new Set(modes)];
}

const usual: ReadonlySet<string> = new Set(["standard", "normal", "default", "global", "not_available"]);

/** Each token in one bucket. The write total is split by lifetime where the client tells it; what it does not tell is the five-minute kind. */
export function usageOf(value: unknown): Usage | undefined {
  const usage = fields(value);
  if (usage === undefined) return undefined;
  const written = fields(usage["cache_creation"]);
  const hour = count(written?.["ephemeral_1h_input_tokens"]) ?? 0;
  const total = count(usage["cache_creation_input_tokens"]);
  return {
    input: count(usage["input_tokens"]),
    cache_read: count(usage["cache_read_input_tokens"]),
    cache_write_5m: total === undefined ? count(written?.["ephemeral_5m_input_tokens"]) : Math.max(0, total - hour),
    cache_write_1h: hour,
    output: count(usage["output_tokens"]),
    reasoning: count(fields(usage["output_tokens_details"])?.["thinking_tokens"]),
  };
}
