import type { EventDraft } from "../../contract/events/index.ts";
import type { MessagePart } from "../../contract/events/message.ts";
import type { CallOutcome } from "../../contract/events/tool.ts";
import { toId, type RequestId } from "../../contract/ids.ts";
import { count, duration, fields, list, str, tell, textOf, type Fields } from "../fields.ts";
import { describeCall } from "./describe-call.ts";
import { exitCodeOf, outcomeOfText } from "./outcome.ts";
import { isInterruptMarker } from "./prompt.ts";
import { standIn } from "./request-id.ts";
import type { StreamLine } from "./stream.ts";
import { answeredTodos, askedTodos } from "./task-changes.ts";
import { modesOf, usageOf } from "./transcript-assistant.ts";

const SYNTHETIC = "<synthetic>";

/** One block of an answer, written when the block ends: the request goes on, and only what it began with is known of its tokens. */
export function assistantLine(about: StreamLine): EventDraft[] | undefined {
  const { line, place, foreignAgent, key } = about;
  const message = fields(line["message"]);
  if (message === undefined) return undefined;
  const blocks = list(message["content"]);
  if (message["model"] === SYNTHETIC) return failed(about, blocks);
  const events: EventDraft[] = [];
  const id = str(message["id"]);
  const request_id = id === undefined ? undefined : toId("req", id);
  if (request_id !== undefined) {
    const data = {
      request_id,
      model: str(message["model"]),
      usage: opening(message["usage"]),
      modes: modesOf(message["usage"]),
      also_told_as: standIn(str(line["request_id"]), foreignAgent),
      ...stopped(message["stop_reason"]),
    };
    events.push(tell(place, "model.responded", `${id}:${key}`, data));
  }
  const parts = blocks.map(partOf).filter((part) => part !== undefined);
  if (parts.length > 0) events.push(spoken(about, "assistant", parts, request_id));
  for (const each of blocks) {
    const block = fields(each);
    const call = str(block?.["id"]);
    const name = str(block?.["name"]);
    if (block?.["type"] !== "tool_use" || call === undefined || name === undefined) continue;
    const input = block["input"];
    const call_id = toId("call", call);
    events.push(tell(place, "tool.started", call, { call_id, name, ...describeCall(name, input), input, request_id }));
    for (const change of askedTodos(call, name, input)) events.push(tell(place, change.type, change.key, change.data));
    const skill = name === "Skill" ? str(fields(input)?.["skill"]) : undefined;
    if (skill !== undefined) events.push(tell(place, "skill.used", call, { name: skill, call_id }));
  }
  return events;
}

/** The client's own words in the place of an answer. A refusal was an answer; whatever else stands here came of an error. */
function failed(about: StreamLine, blocks: readonly unknown[]): EventDraft[] {
  const { line, place, key, foreignAgent } = about;
  if (line["is_api_error_message"] !== true && str(line["error"]) === undefined) return [];
  const parts = blocks.map(partOf).filter((part) => part !== undefined);
  const isRefusal = str(line["refused_message_id"]) !== undefined;
  const text = parts[0]?.text;
  const message = typeof text === "string" ? text : undefined;
  const status = isRefusal ? undefined : Number(/\b([45]\d\d)\b/.exec(message?.slice(0, 100) ?? "")?.[1] ?? Number.NaN);
  const failure = {
    request_id: standIn(str(line["request_id"]), foreignAgent),
    class: isRefusal ? "refusal" : (str(line["error"]) ?? "unknown"),
    status: status === undefined || Number.isNaN(status) ? undefined : status,
    message,
  };
  const events = [
    tell(place, "model.failed", key, failure),
    tell(place, "turn.ended", `${key}:failed`, { stop_reason: isRefusal ? "refusal" : "error" }),
  ];
  return parts.length === 0 ? events : [...events, spoken(about, "assistant", parts, undefined)];
}

/** A piece of an answer as it is written. Its start has the tokens of the prompt, its last delta those of the whole answer. */
export function partialLine({ line, place, key, foreignAgent }: StreamLine): EventDraft[] | undefined {
  const event = fields(line["event"]);
  const type = str(event?.["type"]);
  if (event === undefined || type === undefined) return undefined;
  const message = fields(event["message"]);
  const id = str(line["api_message_id"]) ?? str(message?.["id"]);
  if (id === undefined) return [];
  const request_id = toId("req", id);
  const also_told_as = standIn(str(line["request_id"]), foreignAgent);
  if (type === "message_start") {
    const data = {
      request_id,
      model: str(message?.["model"]),
      usage: opening(message?.["usage"]),
      modes: modesOf(message?.["usage"]),
      ttft_ms: duration(line["ttft_ms"]),
      also_told_as,
    };
    return [tell(place, "model.responded", `${id}:${key}`, data)];
  }
  if (type !== "message_delta") return [];
  const data = { request_id, usage: usageOf(event["usage"]), also_told_as, ...stopped(fields(event["delta"])?.["stop_reason"]) };
  return [tell(place, "model.responded", `${id}:${key}`, data)];
}

/** Results of calls, the words given to an agent, or the mark of an interrupt. */
export function userLine(about: StreamLine): EventDraft[] | undefined {
  const { line, place, key } = about;
  const message = fields(line["message"]);
  if (message === undefined) return undefined;
  const content = message["content"];
  const results = list(content)
    .map(fields)
    .filter((block) => block?.["type"] === "tool_result");
  if (results.length > 0) return results.flatMap((result) => ended(about, result!, results.length === 1));
  const text = textOf(content);
  if (isInterruptMarker(text)) return [tell(place, "turn.ended", key, { interrupted: true, stop_reason: "interrupted" })];
  // Lines that the client puts there itself are nobody's words, and what is sent to it comes back as a replay.
  const isGiven = line["isReplay"] === true || about.foreignAgent !== undefined;
  if (text === "" || line["isSynthetic"] === true || !isGiven) return [];
  return [spoken(about, "user", [{ kind: "text", text }], undefined)];
}

function ended({ line, place }: StreamLine, result: Fields, isOnly: boolean): EventDraft[] {
  const id = str(result["tool_use_id"]);
  if (id === undefined) return [];
  const meta = list(line["tool_result_meta"])
    .map(fields)
    .find((each) => each?.["id"] === id);
  const answer = isOnly ? line["tool_use_result"] : undefined;
  const structured = fields(answer);
  const text = textOf(result["content"]);
  const outcome = outcomeOf(text, result["is_error"] === true, meta, structured);
  const isBad = outcome !== "ok";
  const data = {
    call_id: toId("call", id),
    outcome,
    client_status: str(structured?.["status"]),
    output: isBad ? undefined : (structured ?? text),
    error: isBad ? text : undefined,
    exit_code: isBad ? exitCodeOf(text) : undefined,
    latency_ms: duration(structured?.["totalDurationMs"]) ?? duration(structured?.["durationMs"]),
  };
  const todos = isBad ? [] : answeredTodos(id, answer, text);
  return [tell(place, "tool.ended", id, data), ...todos.map((change) => tell(place, change.type, change.key, change.data))];
}

function outcomeOf(text: string, isError: boolean, meta: Fields | undefined, structured: Fields | undefined): CallOutcome {
  const decision = str(fields(meta?.["permission_decision"])?.["decision"]);
  if (decision === "reject") return "denied";
  if (!isError) return structured?.["interrupted"] === true ? "interrupted" : "ok";
  // An interrupt has the words of a refusal, but nobody decided on it.
  const kind = str(meta?.["non_execution_kind"]);
  if (kind === "user-rejected" || isStopped(text)) return "interrupted";
  return outcomeOfText({ text, ran: decision === "accept" }) ?? (kind === undefined ? "error" : "denied");
}

function isStopped(text: string): boolean {
  return text.startsWith("The user doesn't want to proceed") && text.includes("stopped while running");
}

function spoken(
  { place, key }: StreamLine,
  role: "user" | "assistant",
  parts: MessagePart[],
  request_id: RequestId | undefined,
): EventDraft {
  return tell(place, "message.added", key, { message_id: toId("msg", key), role, parts: parts.slice(0, 1_000), request_id });
}

function partOf(value: unknown): MessagePart | undefined {
  const block = fields(value);
  const kind = block?.["type"];
  const text = kind === "text" ? str(block?.["text"]) : kind === "thinking" ? str(block?.["thinking"]) : undefined;
  return text === undefined ? undefined : { kind: kind as "text" | "thinking", text };
}

/** The tokens of a prompt are known when its answer begins; the output's first token is no count. */
function opening(value: unknown) {
  const usage = usageOf(value);
  return usage === undefined || count(usage.input) === undefined ? undefined : { ...usage, output: undefined, reasoning: undefined };
}

function stopped(value: unknown): { readonly stop_reason?: string } {
  const stop_reason = str(value);
  return stop_reason === undefined ? {} : { stop_reason };
}
