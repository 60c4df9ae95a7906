import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId } from "../../contract/ids.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { describe, fields, list, parsed, str, tell, textOf, type Place } from "../fields.ts";
import { columnOf, emitterOf, inputIncludesCache, type AliasTable, type Column, type Emitter } from "./aliases.ts";
import { tokens } from "./log-place.ts";
import type { Attributes, Span } from "./records.ts";

export type SpanKind = "request" | "call" | "agent";

/** What a span was read from and by which table: all that a later table needs to read it anew. It goes with the first event of each span. */
export interface RawSpan {
  readonly attributes: Attributes;
  readonly emitter: Emitter;
  readonly aliases: number;
  readonly span: Omit<Span, "kind" | "resource" | "scope" | "attributes" | "events">;
}

/** What a span says. `mine` tells whose its request or call is; `agent` is the name of the agent that it invokes. */
interface SpanMeaning {
  readonly kind: SpanKind;
  readonly events: readonly EventDraft[];
  readonly mine?: (agent: AgentId) => EventDraft;
  readonly agent?: string;
}

type Columns = (column: Column) => unknown;

interface Reading {
  readonly span: Span;
  readonly place: Place;
  readonly column: Columns;
  readonly raw: RawSpan;
}

type Thing = Pick<SpanMeaning, "events" | "mine">;

/** Reads a span by a table of aliases. Undefined when it is none of an agent's. */
export function readSpan(span: Span, place: Place, table: AliasTable, emitter = emitterOf(span)): SpanMeaning | undefined {
  const column: Columns = (name) => columnOf(span.attributes, name, table);
  const kind = kindOf(span, column);
  if (kind === undefined) return undefined;
  const { kind: _, resource: __, scope: ___, attributes, events: ____, ...rest } = span;
  const reading = { span, place, column, raw: { attributes, emitter, aliases: table.version, span: rest } };
  if (kind === "agent") return { kind, events: agentEvents(reading), agent: agentName(reading) };
  return { kind, ...(kind === "call" ? call(reading) : request(reading)) };
}

const kinds: readonly (readonly [RegExp, SpanKind])[] = [
  [/^(?:chat|generate_content|text_completion|fetch_response|embeddings|completion|llm|generation|embedding)$/, "request"],
  [/^(?:execute_tool|tool|function|mcp)$/, "call"],
  [/^(?:invoke_agent|create_agent|invoke_workflow|agent|workflow)$/, "agent"],
];

function kindOf({ attributes }: Span, column: Columns): SpanKind | undefined {
  const operation = str(column("operation"))
    ?.toLowerCase()
    .replace(/^gen_ai\./, "");
  if (operation !== undefined) return kinds.find(([words]) => words.test(operation))?.[1];
  if (attributes["mcp.method.name"] === "tools/call") return "call";
  // OpenLLMetry's request spans have counts and no kind.
  return column("model") !== undefined && column("input") !== undefined ? "request" : undefined;
}

function request({ span, place, column, raw }: Reading): Thing {
  const response = str(column("response"));
  const request_id = toId("req", response ?? `${span.traceId}:${span.spanId}`);
  const key = `${span.traceId}:${span.spanId}`;
  if (span.status.code === 2 && column("output") === undefined) {
    const data = { request_id, class: str(column("error")) ?? "error", message: span.status.message, ...raw };
    return { events: [tell(place, "model.failed", key, data)] };
  }
  const input = tokens(column("input"));
  const cache_read = tokens(column("cache_read"));
  const written = tokens(column("cache_write"));
  const cached = inputIncludesCache(raw.emitter, column("provider")) ? (cache_read ?? 0) + (written ?? 0) : 0;
  const cost = Number(column("cost_usd") ?? Number.NaN);
  const micros = cost >= 0 && cost < 1e9 ? Math.round(cost * 1e6) : undefined;
  const firstChunk = Number(column("ttft_s") ?? Number.NaN);
  const finish = column("finish");
  const data = {
    request_id,
    model: str(column("model")),
    usage: {
      input: input === undefined ? undefined : Math.max(0, input - cached),
      cache_read,
      cache_write_5m: written,
      output: tokens(column("output")),
      reasoning: tokens(column("reasoning")),
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

function call({ span, place, column, raw }: Reading): Thing {
  const id = str(column("call")) ?? `${span.traceId}:${span.spanId}`;
  const call_id = toId("call", id);
  const name = str(column("tool")) ?? (span.name.replace(/^execute_tool\s+/, "") || "tool");
  const input = parsed(column("tool_input"));
  const isBad = span.status.code === 2 || span.attributes["error.type"] !== undefined;
  const begun = { ...place, at: span.startMs === undefined ? place.at : toTimestamp(span.startMs) };
  const started = { call_id, name, ...describe(noTools, name, input), input };
  const events = [
    tell(begun, "tool.started", id, { ...started, ...raw }),
    tell(place, "tool.ended", id, {
      call_id,
      name,
      outcome: isBad ? "error" : "ok",
      error: isBad ? (span.status.message ?? str(column("error"))) : undefined,
      output: isBad ? undefined : parsed(column("tool_output")),
      latency_ms: span.startMs === undefined || span.endMs === undefined ? undefined : Math.max(0, span.endMs - span.startMs),
    }),
  ];
  return { events, mine: (agent) => tell(begun, "tool.started", `${id}:of`, { call_id, name }, agent) };
}

const noTools = new Map();

function agentName({ span, column }: Reading): string {
  return str(column("agent_id")) ?? str(column("agent_name")) ?? span.spanId;
}

/** What an agent's span says of the agent, whoever its parent is; the outermost one is the prompt's turn. */
function agentEvents(reading: Reading): EventDraft[] {
  const { span, place, column, raw } = reading;
  const key = `${span.traceId}:${span.spanId}`;
  const begun = { ...place, at: span.startMs === undefined ? place.at : toTimestamp(span.startMs) };
  const duration_ms = span.startMs === undefined || span.endMs === undefined ? undefined : Math.max(0, span.endMs - span.startMs);
  if (span.parentSpanId === undefined) {
    const turn_id = toId("trn", key);
    const prompt = promptOf(column("prompt"));
    return [
      tell(begun, "session.started", key, { app: place.app, model: str(column("model")), ...raw }, MAIN_AGENT),
      tell(begun, "turn.started", key, { turn_id, prompt, origin: "human" }, MAIN_AGENT),
      tell(place, "turn.ended", key, { turn_id, duration_ms, stop_reason: span.status.code === 2 ? "error" : undefined }, MAIN_AGENT),
    ];
  }
  const agent = toId("agt", agentName(reading));
  const name = str(column("agent_name"));
  return [
    tell(
      begun,
      "agent.spawned",
      key,
      { name, agent_type: name, task: str(column("agent_task")), model: str(column("model")), ...raw },
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
