import { toId } from "../../contract/ids.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { agentId, count, duration, list, str, tell } from "../fields.ts";
import type { Span } from "../otlp/records.ts";
import { describeCall } from "./describe-call.ts";
import { numeral } from "./otel-values.ts";
import type { Reader } from "./otel.ts";
import { outcomeOfText } from "./outcome.ts";
import { standIn } from "./request-id.ts";

type SpanReader = Reader<Span>;

/**
 * The same requests and calls as the logs tell, for a receiver that gets spans only, and what spans alone have: which call an agent works
 * for, why an answer stopped, how long a person was waited for. A failed request is told by its log record.
 */
const llmRequest: SpanReader = ({ attributes, place, foreignAgent, record, correlation, key }) => {
  const events = [];
  const request_id = standIn(str(attributes["request_id"]) ?? str(attributes["client_request_id"]), foreignAgent);
  if (request_id !== undefined && String(attributes["success"]) !== "false") {
    const stop_reason = str(attributes["stop_reason"]) ?? str(list(attributes["gen_ai.response.finish_reasons"])[0]);
    const data = {
      request_id,
      model: str(attributes["model"]) ?? str(attributes["gen_ai.request.model"]),
      // How the written tokens are split by lifetime is told by the logs only.
      usage: {
        input: count(numeral(attributes["input_tokens"])),
        cache_read: count(numeral(attributes["cache_read_tokens"])),
        cache_write_5m: count(numeral(attributes["cache_creation_tokens"])),
        output: count(numeral(attributes["output_tokens"])),
      },
      ttft_ms: numeral(attributes["ttft_ms"]),
      stop_reason,
      purpose: attributes["query_source_safe"] === "compact" ? "compaction" : stop_reason === "refusal" ? "refused answer" : undefined,
      modes: attributes["speed"] === "fast" ? ["fast"] : undefined,
    };
    events.push(tell(place, "model.responded", `${request_id}:${key}`, data));
  }
  if (foreignAgent !== undefined) {
    const data = { parent_agent_id: agentId(str(attributes["parent_agent_id"])), edge: "reported" as const };
    events.push(tell(place, "agent.spawned", `${foreignAgent}:${key}`, data));
    if (record.parentSpanId !== undefined) events.push(...correlation.child(place, record.parentSpanId, foreignAgent));
  }
  return events;
};

const tool: SpanReader = ({ attributes, place, foreignAgent, record, correlation }) => {
  const id = str(attributes["tool_use_id"]);
  const name = str(attributes["tool_name"]);
  if (id === undefined || name === undefined) return undefined;
  const startedAt = record.startMs === undefined ? place.at : toTimestamp(record.startMs);
  const { kind } = describeCall(name, undefined);
  const events = [tell({ ...place, at: startedAt }, "tool.started", `${id}:span`, { call_id: toId("call", id), name, kind })];
  if (foreignAgent !== undefined && record.parentSpanId !== undefined)
    events.push(...correlation.child(place, record.parentSpanId, foreignAgent));
  return [...events, ...correlation.tool(record.spanId, { place, call: id })];
};

const execution: SpanReader = ({ attributes, place, record, correlation }) => {
  const id = str(attributes["tool_use_id"]);
  if (id === undefined) return undefined;
  const isOk = String(attributes["success"]) !== "false";
  const error = isOk ? undefined : str(attributes["error"]);
  const ended = {
    call_id: toId("call", id),
    outcome: isOk ? ("ok" as const) : (outcomeOfText({ text: error ?? "", ran: true }) ?? ("error" as const)),
    certainty: isOk ? ("reported" as const) : ("inferred" as const),
    error,
    latency_ms: duration(numeral(attributes["duration_ms"])),
  };
  const startedAt = record.startMs === undefined ? place.at : toTimestamp(record.startMs);
  return [
    ...correlation.execution(place, record.spanId, id, startedAt),
    // Whose call it is stands on the span around it.
    ...(record.parentSpanId === undefined ? [] : correlation.ran(record.parentSpanId, { at: place.at, key: record.spanId, ended })),
  ];
};

/** Only a person is waited for; a rule or a hook decides at once. */
const blocked: SpanReader = ({ attributes, record, correlation }) => {
  const waited_ms = duration(numeral(attributes["duration_ms"]));
  const isPerson = str(attributes["source"])?.startsWith("user") === true;
  if (waited_ms === undefined || record.parentSpanId === undefined || !isPerson) return [];
  return correlation.waited(record.parentSpanId, waited_ms);
};

const interaction: SpanReader = ({ attributes, place, record, correlation }) =>
  correlation.interaction(place, record.spanId, duration(numeral(attributes["interaction.duration_ms"])));

export const spanReaders: ReadonlyMap<string, SpanReader> = new Map([
  ["llm_request", llmRequest],
  ["tool", tool],
  ["tool.execution", execution],
  ["tool.blocked_on_user", blocked],
  ["interaction", interaction],
]);
