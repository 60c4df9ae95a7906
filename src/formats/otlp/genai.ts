import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId } from "../../contract/ids.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { describe, fields, keep, list, parsed, str, tell, textOf, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { ALIAS_VERSION, columnOf, emitterOf, inputIncludesCache } from "./aliases.ts";
import { createOwners } from "./genai-owners.ts";
import { placeOf, tokens } from "./log-place.ts";
import type { Attributes, OtlpRecord, Span } from "./records.ts";

type Kind = "request" | "call" | "agent";

/**
 * Spans by the GenAI conventions and their relatives. A conversation is a session, else a trace is; agents are the spans that invoke one, the
 * outermost being the main agent. A span is exported when it ends, so children come before their parents: whose a request or call is, is told
 * when the agent's span has come. What every event was read from goes with it, so that a newer table can read it again.
 */
export function createGenAi(): (record: OtlpRecord, receivedAt: string) => Translation {
  const owners = createOwners();
  return (record, receivedAt) => {
    const { attributes } = record;
    const session = str(columnOf(attributes, "session")) ?? (record.kind === "point" ? undefined : record.traceId);
    const app =
      str(record.resource["service.name"])
        ?.toLowerCase()
        .replace(/[^a-z0-9._-]+/g, "-")
        .slice(0, 60) ?? "otel";
    const place: Place = { ...placeOf(record, { app, session: session ?? "none", receivedAt }), agent: undefined };
    const kind = record.kind === "span" ? kindOf(record) : undefined;
    if (record.kind !== "span" || kind === undefined || session === undefined) {
      const { events } = keep({ ...place, app: "genai" }, isOurs(record) ? "unknown" : "unused", `${record.kind}/${record.name}`, record);
      if (record.kind === "span") return { events: [...events, ...owners.span(record, place, undefined)] };
      return { events: session === undefined ? events.map(withoutSession) : events };
    }
    const raw = { attributes, emitter: emitterOf(record), aliases: ALIAS_VERSION };
    if (kind === "agent") return { events: [...agentEvents(record, place, raw), ...owners.span(record, place, agentName(record))] };
    const thing = kind === "call" ? call(record, place, raw) : request(record, place, raw);
    return { events: [...thing.events, ...owners.span(record, place, undefined, thing.mine)] };
  };
}

interface Raw {
  readonly attributes: Attributes;
  readonly emitter: ReturnType<typeof emitterOf>;
  readonly aliases: number;
}

/** A span's request or call, and the event that says whose it is. */
interface Thing {
  readonly events: readonly EventDraft[];
  readonly mine?: (agent: AgentId) => EventDraft;
}

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^(?:chat|generate_content|text_completion|fetch_response|embeddings|completion|llm|generation|embedding)$/, "request"],
  [/^(?:execute_tool|tool|function|mcp)$/, "call"],
  [/^(?:invoke_agent|create_agent|invoke_workflow|agent|workflow)$/, "agent"],
];

function kindOf(span: Span): Kind | undefined {
  const operation = str(columnOf(span.attributes, "operation"))
    ?.toLowerCase()
    .replace(/^gen_ai\./, "");
  if (operation !== undefined) return kinds.find(([words]) => words.test(operation))?.[1];
  if (span.attributes["mcp.method.name"] === "tools/call") return "call";
  // OpenLLMetry's request spans have counts and no kind.
  return columnOf(span.attributes, "model") !== undefined && columnOf(span.attributes, "input") !== undefined ? "request" : undefined;
}

/** Whether a record looks like one of an agent: other services' telemetry is kept, but nobody waits for it to be understood. */
function isOurs({ attributes, name }: OtlpRecord): boolean {
  return (
    /^(?:gen_ai|llm|mcp|traceloop|openinference)\b/.test(name) ||
    Object.keys(attributes).some((key) => /^(?:gen_ai|llm|openinference|traceloop|mcp)\./.test(key))
  );
}

function request(span: Span, place: Place, raw: Raw): Thing {
  const { attributes } = span;
  const response = str(columnOf(attributes, "response"));
  const request_id = toId("req", response ?? `${span.traceId}:${span.spanId}`);
  const key = `${span.traceId}:${span.spanId}`;
  if (span.status.code === 2 && columnOf(attributes, "output") === undefined) {
    const data = { request_id, class: str(columnOf(attributes, "error")) ?? "error", message: span.status.message, ...raw };
    return { events: [tell(place, "model.failed", key, data)] };
  }
  const input = tokens(columnOf(attributes, "input"));
  const cache_read = tokens(columnOf(attributes, "cache_read"));
  const written = tokens(columnOf(attributes, "cache_write"));
  const cached = inputIncludesCache(raw.emitter, columnOf(attributes, "provider")) ? (cache_read ?? 0) + (written ?? 0) : 0;
  const cost = Number(columnOf(attributes, "cost_usd") ?? Number.NaN);
  const micros = cost >= 0 && cost < 1e9 ? Math.round(cost * 1e6) : undefined;
  const firstChunk = Number(columnOf(attributes, "ttft_s") ?? Number.NaN);
  const finish = columnOf(attributes, "finish");
  const data = {
    request_id,
    model: str(columnOf(attributes, "model")),
    usage: {
      input: input === undefined ? undefined : Math.max(0, input - cached),
      cache_read,
      cache_write_5m: written,
      output: tokens(columnOf(attributes, "output")),
      reasoning: tokens(columnOf(attributes, "reasoning")),
    },
    cost_usd_micros: micros,
    cost_source: micros === undefined ? undefined : ("reported" as const),
    ttft_ms: firstChunk >= 0 && firstChunk < 1e6 ? firstChunk * 1_000 : undefined,
    duration_ms: span.startMs === undefined || span.endMs === undefined ? undefined : Math.max(0, span.endMs - span.startMs),
    stop_reason: str(finish) ?? str(list(finish)[0]),
    ...raw,
  };
  return {
    events: [tell(place, "model.responded", key, data)],
    mine: (agent) => tell(place, "model.responded", `${key}:of`, { request_id }, agent),
  };
}

function call(span: Span, place: Place, raw: Raw): Thing {
  const { attributes } = span;
  const id = str(columnOf(attributes, "call")) ?? `${span.traceId}:${span.spanId}`;
  const call_id = toId("call", id);
  const name = str(columnOf(attributes, "tool")) ?? (span.name.replace(/^execute_tool\s+/, "") || "tool");
  const input = parsed(columnOf(attributes, "tool_input"));
  const isBad = span.status.code === 2 || attributes["error.type"] !== undefined;
  const begun = { ...place, at: span.startMs === undefined ? place.at : toTimestamp(span.startMs) };
  const started = { call_id, name, ...describe(noTools, name, input), input };
  const events = [
    tell(begun, "tool.started", id, { ...started, ...raw }),
    tell(place, "tool.ended", id, {
      call_id,
      name,
      outcome: isBad ? "error" : "ok",
      error: isBad ? (span.status.message ?? str(columnOf(attributes, "error"))) : undefined,
      output: isBad ? undefined : parsed(columnOf(attributes, "tool_output")),
      latency_ms: span.startMs === undefined || span.endMs === undefined ? undefined : Math.max(0, span.endMs - span.startMs),
    }),
  ];
  return { events, mine: (agent) => tell(begun, "tool.started", `${id}:of`, { call_id, name }, agent) };
}

const noTools = new Map();

function agentName(span: Span): string {
  return str(columnOf(span.attributes, "agent_id")) ?? str(columnOf(span.attributes, "agent_name")) ?? span.spanId;
}

/** What an agent's span says of the agent, whoever its parent is; the outermost one is the prompt's turn. */
function agentEvents(span: Span, place: Place, raw: Raw): EventDraft[] {
  const { attributes } = span;
  const key = `${span.traceId}:${span.spanId}`;
  const begun = { ...place, at: span.startMs === undefined ? place.at : toTimestamp(span.startMs) };
  const duration_ms = span.startMs === undefined || span.endMs === undefined ? undefined : Math.max(0, span.endMs - span.startMs);
  if (span.parentSpanId === undefined) {
    const turn_id = toId("trn", key);
    const prompt = promptOf(columnOf(attributes, "prompt"));
    return [
      tell(begun, "session.started", key, { app: place.app, model: str(columnOf(attributes, "model")), ...raw }, MAIN_AGENT),
      tell(begun, "turn.started", key, { turn_id, prompt, origin: "human" }, MAIN_AGENT),
      tell(place, "turn.ended", key, { turn_id, duration_ms, stop_reason: span.status.code === 2 ? "error" : undefined }, MAIN_AGENT),
    ];
  }
  const agent = toId("agt", agentName(span));
  const name = str(columnOf(attributes, "agent_name"));
  return [
    tell(
      begun,
      "agent.spawned",
      key,
      { name, agent_type: name, task: str(columnOf(attributes, "agent_task")), model: str(columnOf(attributes, "model")), ...raw },
      agent,
    ),
    tell(place, "agent.ended", key, { outcome: span.status.code === 2 ? "failed" : "completed", duration_ms }, agent),
  ];
}

/** The last words of a person in a list of messages, or a plain text. */
function promptOf(value: unknown): string | undefined {
  const told = parsed(value);
  const last = list(told)
    .map(fields)
    .findLast((message) => message?.["role"] === "user");
  if (last === undefined) return typeof told === "string" ? told : undefined;
  const parts = list(last["parts"]).map(fields);
  return str(textOf(last["content"])) ?? str(parts.map((part) => str(part?.["content"]) ?? "").join("\n"));
}

function withoutSession(event: EventDraft): EventDraft {
  const { session_id: _, ...rest } = event;
  return rest as EventDraft;
}
