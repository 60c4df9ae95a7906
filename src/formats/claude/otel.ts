import type { EventDraft } from "../../contract/events/index.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { agentId, keep, nothing, problem, str, time, type Place } from "../fields.ts";
import type { LogRecord, MetricPoint, OtlpRecord, Span } from "../otlp/records.ts";
import type { Translation } from "../translation.ts";
import { createCorrelation, type Correlation } from "./otel-correlation.ts";
import { logReaders } from "./otel-logs.ts";
import { spanReaders } from "./otel-spans.ts";

/** One record of the client's telemetry, with what nearly every record has. */
export interface Told<R> {
  readonly record: R;
  readonly attributes: OtlpRecord["attributes"];
  readonly place: Place;
  readonly foreignAgent: string | undefined;
  readonly promptId: string | undefined;
  readonly correlation: Correlation;
  /** Names the record among all of its session. */
  readonly key: string;
}

/** What a record says; `undefined` when this one says nothing to us. */
export type Reader<R> = (told: Told<R>) => readonly EventDraft[] | undefined;

/** Whether a record was sent by Claude Code. */
export function isClaudeCode({ name, resource, scope }: OtlpRecord): boolean {
  return (
    name.startsWith("claude_code.") ||
    resource["service.name"] === "claude-code" ||
    scope.name?.startsWith("com.anthropic.claude_code") === true
  );
}

/**
 * Translates the telemetry of Claude Code, record by record. Some facts stand in two records that are joined by a span's id: what was seen of
 * spans is remembered (a bounded number of them), and such a fact is told when its last part has come, whichever that is.
 */
export function createClaudeOtel(): (record: OtlpRecord) => Translation {
  const correlation = createCorrelation();
  return (record) => {
    const { attributes } = record;
    const session = str(attributes["session.id"]);
    if (session === undefined) return problem(`a ${record.kind} of Claude Code has no session.id`);
    const at = time(attributes["event.timestamp"]) ?? timeOf(record);
    if (at === undefined) return problem(`a ${record.kind} of Claude Code has no time`);
    const foreignAgent = str(attributes["agent_id"]);
    const place: Place = { app: "claude-code", way: "otel", session, agent: agentId(foreignAgent), at };
    const name = (str(attributes["event.name"]) ?? record.name).replace(/^claude_code\./, "");
    if (record.kind === "log" && noise.has(name)) return nothing;
    const told = { attributes, place, foreignAgent, promptId: str(attributes["prompt.id"]), correlation };
    const events =
      record.kind === "log"
        ? logReaders.get(name)?.({ ...told, record, key: `${String(attributes["event.sequence"] ?? "")}:${at}` })
        : record.kind === "span"
          ? spanReaders.get(name)?.({ ...told, record, key: record.spanId })
          : undefined;
    if (events !== undefined) return { events };
    const isKnown = record.kind === "point" || known.has(name) || logReaders.has(name) || spanReaders.has(name);
    return keep(place, isKnown ? "unused" : "unknown", `${record.kind}/${name}`, record);
  };
}

function timeOf(record: Span | LogRecord | MetricPoint): string | undefined {
  const ms = record.kind === "span" ? (record.endMs ?? record.startMs) : record.atMs;
  return ms === undefined ? undefined : toTimestamp(ms);
}

/** Told many times per process and call, of nothing but the client's own set-up. Hook runs are told by the hooks. */
const noise: ReadonlySet<string> = new Set([
  "hook_registered",
  "hook_execution_start",
  "hook_execution_complete",
  "plugin_loaded",
  "managed_settings_resolved",
]);

/** Records that have no fact of ours yet. */
const known: ReadonlySet<string> = new Set([
  "api_request_body",
  "api_response_body",
  "api_retries_exhausted",
  "at_mention",
  "auth",
  "feedback_survey",
  "hook",
  "hook_plugin_metrics",
  "internal_error",
  "mcp_server_connection",
  "plugin_installed",
  "retention_sweep",
]);
