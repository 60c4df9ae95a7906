import type { EventDraft } from "../../contract/events/index.ts";
import type { CallOutcome } from "../../contract/events/tool.ts";
import { toId } from "../../contract/ids.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { agentId, count, duration, fields, parsed, str, tell, type Fields } from "../fields.ts";
import type { LogRecord } from "../otlp/records.ts";
import { askKind, describeCall } from "./describe-call.ts";
import { turnId } from "./draft.ts";
import { numeral } from "./otel-values.ts";
import type { Reader, Told } from "./otel.ts";
import { exitCodeOf, outcomeOfText } from "./outcome.ts";
import { finishedAgent, readPrompt, roleOf } from "./prompt.ts";
import { standIn } from "./request-id.ts";
import { endOf } from "./otel-agents.ts";

type LogReader = Reader<LogRecord>;

/** Content that the client was not asked to show. */
const REDACTED = "<REDACTED>";

function shown(value: unknown): string | undefined {
  return value === REDACTED ? undefined : str(value);
}

const userPrompt: LogReader = ({ attributes, place, promptId, record, correlation }) => {
  if (promptId === undefined) return undefined;
  const turn_id = turnId(promptId, undefined);
  const text = shown(attributes["prompt"]);
  const command = str(attributes["command_name"]);
  const read = text === undefined ? undefined : readPrompt(text, attributes, false);
  const origin = command !== undefined ? ("command" as const) : read?.origin;
  const events: EventDraft[] = [
    tell(place, "session.updated", promptId, { app: "claude-code", app_version: str(record.resource["service.version"]) }),
    tell(place, "turn.started", promptId, { turn_id, prompt: read?.text, origin }),
  ];
  if (read !== undefined && origin !== "command") {
    const message = {
      message_id: toId("msg", `prompt:${promptId}`),
      role: roleOf(origin),
      parts: [{ kind: "text" as const, text: read.text }],
      turn_id,
    };
    events.push(tell(place, "message.added", `prompt:${promptId}`, message));
  }
  const finished = text === undefined ? undefined : finishedAgent(text);
  if (finished !== undefined) events.push(endOf(place, finished, promptId));
  return record.spanId === undefined ? events : [...events, ...correlation.prompt(place, record.spanId, turn_id)];
};

/** One answered request. Compaction and refused answers are told here alone. */
const apiRequest: LogReader = (told) => {
  const { attributes, place, foreignAgent, key } = told;
  const request_id = requestId(told);
  if (request_id === undefined) return undefined;
  const hour = count(numeral(attributes["cache_creation_1h_tokens"]));
  const written = count(numeral(attributes["cache_creation_tokens"]));
  const micros = count(numeral(attributes["cost_usd_micros"])) ?? microsOf(attributes["cost_usd"]);
  const data = {
    request_id,
    model: str(attributes["model"]),
    usage: {
      input: count(numeral(attributes["input_tokens"])),
      cache_read: count(numeral(attributes["cache_read_tokens"])),
      cache_write_5m: written === undefined ? undefined : Math.max(0, written - (hour ?? 0)),
      cache_write_1h: hour,
      output: count(numeral(attributes["output_tokens"])),
    },
    cost_usd_micros: micros,
    cost_source: micros === undefined ? undefined : ("reported" as const),
    ttft_ms: numeral(attributes["ttft_ms"]),
    duration_ms: numeral(attributes["duration_ms"]),
    purpose: purposes.get(str(attributes["query_source"]) ?? ""),
    modes: attributes["speed"] === "fast" ? ["fast"] : undefined,
    query_source: str(attributes["query_source"]),
  };
  return [tell(place, "model.responded", `${request_id}:${key}`, data), ...agentOf(told, foreignAgent)];
};

const apiRefusal: LogReader = (told) => {
  const request_id = requestId(told);
  if (request_id === undefined) return undefined;
  const data = { request_id, stop_reason: "refusal", purpose: "refused answer" };
  return [tell(told.place, "model.responded", `${request_id}:refused:${told.key}`, data)];
};

/** The last attempt failed; attempts that were made again are told by no record. */
const apiError: LogReader = (told) => {
  const { attributes, place, key } = told;
  const status = count(numeral(attributes["status_code"]));
  const message = str(attributes["error"]);
  const data = {
    request_id: requestId(told),
    class: classes.get(status ?? 0) ?? (status !== undefined && status >= 500 ? "api" : "unknown"),
    status: status === undefined ? undefined : Math.trunc(status),
    message,
    attempt: count(numeral(attributes["attempt"])),
  };
  return [tell(place, "model.failed", key, data)];
};

const assistantResponse: LogReader = (told) => {
  const { attributes, place, key } = told;
  const text = shown(attributes["response"]);
  const uuid = str(attributes["message.uuid"]);
  // Cut words would not be known as the same ones that another source tells whole; a summary is no word of the conversation.
  const isWhole = text !== undefined && numeral(attributes["response_length"]) === text.length;
  if (!isWhole || purposes.has(str(attributes["query_source"]) ?? "")) return [];
  const data = {
    message_id: toId("msg", uuid ?? `${place.session}:${key}`),
    role: "assistant" as const,
    parts: [{ kind: "text" as const, text }],
    request_id: requestId(told),
  };
  return [tell(place, "message.added", uuid ?? key, data)];
};

/** A call is seen first when it is decided on. What is refused here never starts. */
const toolDecision: LogReader = ({ attributes, place, promptId, foreignAgent, correlation }) => {
  const call = callOf(attributes);
  if (call === undefined) return undefined;
  const call_id = toId("call", call.id);
  const turn_id = foreignAgent === undefined && promptId !== undefined ? turnId(promptId, undefined) : undefined;
  const parameters = fields(parsed(attributes["tool_parameters"])) ?? {};
  const command = str(parameters["full_command"]);
  const events: EventDraft[] = [];
  if (call.name !== undefined) {
    const { kind, title } = describeCall(call.name, { command });
    const data = { call_id, name: call.name, kind, title: command === undefined ? undefined : title, turn_id };
    events.push(tell(place, "tool.started", call.id, data));
  }
  const by = str(attributes["source"]);
  const isReject = attributes["decision"] === "reject";
  const kind = askKind(call.name);
  // A rule decides about every call; what a hook or a person decided may have been asked.
  if (by !== undefined && by !== "config")
    events.push(
      tell(place, "ask.answered", call.id, {
        ask_id: toId("ask", call.id),
        kind,
        call_id,
        tool: call.name,
        outcome: isReject ? "denied" : kind === "question" ? "answered" : by === "user_permanent" ? "always" : "allowed",
        by: by.startsWith("user") ? "user" : by,
      }),
    );
  if (isReject)
    events.push(
      tell(place, "tool.ended", `${call.id}:rejected`, {
        call_id,
        outcome: "denied",
        name: call.name,
        turn_id,
        decided_by: by,
      }),
    );
  if (isSpawn(call.name)) events.push(...correlation.call(place, call.id, { promptId }));
  return events;
};

/** Success is sure; of a failure only the words tell its kind, and of an interrupt nothing does. */
const toolResult: LogReader = ({ attributes, place, promptId, foreignAgent, correlation }) => {
  const call = callOf(attributes);
  if (call === undefined) return undefined;
  const call_id = toId("call", call.id);
  const turn_id = foreignAgent === undefined && promptId !== undefined ? turnId(promptId, undefined) : undefined;
  const input = shown(attributes["tool_input"]) === undefined ? undefined : parsed(attributes["tool_input"]);
  const isOk = String(attributes["success"]) === "true";
  const error = isOk ? undefined : str(attributes["error"]);
  const latency_ms = numeral(attributes["duration_ms"]);
  const events: EventDraft[] = [];
  if (call.name !== undefined) {
    const startedAt = toTimestamp(Math.max(0, Date.parse(place.at) - Math.min(latency_ms ?? 0, MAX_MS)));
    const data = { call_id, name: call.name, ...describeCall(call.name, input), turn_id };
    events.push(tell({ ...place, at: startedAt }, "tool.started", `${call.id}:result`, data));
  }
  events.push(
    tell(place, "tool.ended", call.id, {
      call_id,
      outcome: isOk ? "ok" : failure({ name: call.name, error, input, latency_ms }),
      // The telemetry's word for a failure does not tell a time limit or an interrupt from any other: who knows better stands.
      certainty: isOk ? "reported" : "inferred",
      name: call.name,
      input,
      error,
      exit_code: error === undefined ? undefined : exitCodeOf(error),
      latency_ms,
      turn_id,
    }),
  );
  if (isSpawn(call.name)) events.push(...correlation.call(place, call.id, { promptId, input }));
  return events;
};

const MAX_MS = 30 * 86_400_000;
/** How long a command may run that was given no limit. */
const COMMAND_LIMIT_MS = 120_000;

function failure(call: {
  name: string | undefined;
  error: string | undefined;
  input: unknown;
  latency_ms: number | undefined;
}): CallOutcome {
  const told = outcomeOfText({ text: call.error ?? "", ran: true });
  if (told !== undefined || call.name !== "Bash") return told ?? "error";
  const limitMs = numeral(fields(call.input)?.["timeout"]) ?? COMMAND_LIMIT_MS;
  return call.latency_ms !== undefined && call.latency_ms >= limitMs ? "timeout" : "error";
}

const subagentCompleted: LogReader = (told) => {
  const { attributes, place, foreignAgent, key } = told;
  if (foreignAgent === undefined) return undefined;
  const isAsync = attributes["is_async"];
  const data = {
    parent_agent_id: agentId(str(attributes["parent_agent_id"])),
    agent_type: str(attributes["agent_type"]),
    model: str(attributes["final_model"]) ?? str(attributes["model"]),
    background: typeof isAsync === "boolean" ? isAsync : undefined,
    edge: "reported" as const,
  };
  return [
    tell(place, "agent.spawned", `${foreignAgent}:${key}`, data),
    tell(place, "agent.ended", `${foreignAgent}:${key}`, { outcome: "completed", duration_ms: numeral(attributes["duration_ms"]) }),
  ];
};

const compaction: LogReader = ({ attributes, place, key }) => {
  if (String(attributes["success"]) !== "true") return undefined;
  const data = {
    phase: "ended" as const,
    trigger: str(attributes["trigger"]),
    tokens_before: count(numeral(attributes["pre_tokens"])),
    tokens_after: count(numeral(attributes["post_tokens"])),
  };
  return [tell(place, "context.compacted", key, data)];
};

const modeChanged: LogReader = ({ attributes, place, key }) => {
  const mode = str(attributes["to_mode"]);
  return mode === undefined ? undefined : [tell(place, "session.updated", key, { permission_mode: mode })];
};

/** A skill that the model called is told by its call; one that a person typed only here. */
const skillActivated: LogReader = ({ attributes, place, key }) => {
  const name = str(attributes["skill.name"]);
  return name === undefined ? undefined : [tell(place, "skill.used", key, { name })];
};

export const logReaders: ReadonlyMap<string, LogReader> = new Map([
  ["user_prompt", userPrompt],
  ["api_request", apiRequest],
  ["api_refusal", apiRefusal],
  ["api_error", apiError],
  ["assistant_response", assistantResponse],
  ["tool_decision", toolDecision],
  ["tool_result", toolResult],
  ["subagent_completed", subagentCompleted],
  ["compaction", compaction],
  ["permission_mode_changed", modeChanged],
  ["skill_activated", skillActivated],
]);

const purposes: ReadonlyMap<string, string> = new Map([["compact", "compaction"]]);

const classes: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request"],
  [401, "authentication"],
  [403, "permission"],
  [404, "not_found"],
  [413, "request_too_large"],
  [429, "rate_limit"],
  [500, "api"],
  [529, "overloaded"],
]);

function requestId({ attributes, foreignAgent }: Told<unknown>) {
  return standIn(str(attributes["request_id"]) ?? str(attributes["client_request_id"]), foreignAgent);
}

/** A subagent at work: who it is, and below whom. No parent means the main agent. */
function agentOf({ attributes, place, record, correlation, key }: Told<LogRecord>, foreignAgent: string | undefined): EventDraft[] {
  if (foreignAgent === undefined) return [];
  const data = {
    parent_agent_id: agentId(str(attributes["parent_agent_id"])),
    agent_type: str(attributes["agent.name"]),
    edge: "reported" as const,
  };
  const spawned = tell(place, "agent.spawned", `${foreignAgent}:${key}`, data);
  return record.spanId === undefined ? [spawned] : [spawned, ...correlation.child(place, record.spanId, foreignAgent)];
}

interface NamedCall {
  readonly id: string;
  readonly name: string | undefined;
}

/** MCP tools are named only where details may be shown; without, another source's name must stand. */
function callOf(attributes: Fields): NamedCall | undefined {
  const id = str(attributes["tool_use_id"]);
  const name = str(attributes["tool_name"]);
  if (id === undefined || name === undefined) return undefined;
  const parameters = fields(parsed(attributes["tool_parameters"]));
  const server = str(parameters?.["mcp_server_name"]);
  const tool = str(parameters?.["mcp_tool_name"]);
  return { id, name: name !== "mcp_tool" ? name : server === undefined || tool === undefined ? undefined : `mcp__${server}__${tool}` };
}

function isSpawn(name: string | undefined): boolean {
  return name === "Agent" || name === "Task";
}

function microsOf(usd: unknown): number | undefined {
  const amount = duration(numeral(usd));
  return amount === undefined || amount > 1e9 ? undefined : Math.round(amount * 1e6);
}
