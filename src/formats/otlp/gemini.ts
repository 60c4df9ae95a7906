import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { fingerprint, keep, parsed, problem, str, tell, type Place } from "../fields.ts";
import { describeCall } from "../gemini/describe-call.ts";
import { callContent, next, requestContent, type Counts } from "../gemini/occurrences.ts";
import type { Translation } from "../translation.ts";
import { placeOf, tokens } from "./log-place.ts";
import type { Attributes, OtlpRecord } from "./records.ts";

/** Whether a record was sent by Gemini CLI. */
export function isGemini({ name, resource, attributes }: OtlpRecord): boolean {
  return (
    name.startsWith("gemini_cli.") ||
    str(attributes["event.name"])?.startsWith("gemini_cli.") === true ||
    resource["service.name"] === "gemini-cli"
  );
}

/** So many sessions are counted at once; one that was forgotten begins to count anew. */
const SESSIONS = 500;
const RECORDS = 20_000;

interface Session {
  counts: Counts;
  /** The key that a record was given: sent again, it is the same thing. */
  readonly keys: Map<string, string>;
}

/** The log records of Gemini CLI. As in its other sources, calls and requests have no ids and are known by content and occurrence. */
export function createGeminiOtel(): (record: OtlpRecord, receivedAt: string) => Translation {
  const sessions = new Map<string, Session>();
  return (record, receivedAt) => {
    const { attributes } = record;
    const session = str(attributes["session.id"]);
    if (session === undefined) return problem(`a ${record.kind} of Gemini CLI has no session.id`);
    const place = placeOf(record, { app: "gemini-cli", session, receivedAt });
    const name = (str(attributes["event.name"]) ?? record.name).replace(/^gemini_cli\./, "");
    const events =
      record.kind === "log" ? readers.get(name)?.(attributes, place, (content) => occurrence(session, content, record)) : undefined;
    return events === undefined
      ? keep(place, known.has(name) || record.kind !== "log" ? "unused" : "unknown", `${record.kind}/${name}`, record)
      : { events };
  };

  function occurrence(id: string, content: string, record: OtlpRecord): string {
    const session = sessions.get(id) ?? { counts: {}, keys: new Map<string, string>() };
    sessions.set(id, session);
    if (sessions.size > SESSIONS) sessions.delete(sessions.keys().next().value!);
    const name = fingerprint("", [record.kind === "log" ? record.atMs : 0, record.attributes]);
    const held = session.keys.get(name);
    if (held !== undefined) return held;
    const { key, counts } = next(session.counts, content);
    session.counts = counts;
    session.keys.set(name, key);
    if (session.keys.size > RECORDS) session.keys.delete(session.keys.keys().next().value!);
    return key;
  }
}

type Reader = (attributes: Attributes, place: Place, occurrence: (content: string) => string) => readonly EventDraft[] | undefined;

const configured: Reader = (attributes, place) => [
  tell(place, "session.started", place.session, {
    app: "gemini-cli",
    model: str(attributes["model"]),
    permission_mode: str(attributes["approval_mode"]),
  }),
];

const answered: Reader = (attributes, place, occurrence) => {
  const prompt = tokens(attributes["input_token_count"]);
  const output = tokens(attributes["output_token_count"]);
  if (prompt === undefined || output === undefined) return undefined;
  const cached = tokens(attributes["cached_content_token_count"]) ?? 0;
  const reasoning = tokens(attributes["thoughts_token_count"]) ?? 0;
  const key = occurrence(requestContent(prompt, output));
  const usage = {
    input: Math.max(0, prompt - cached),
    cache_read: cached,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: output + reasoning,
    reasoning,
  };
  const request_id = toId("req", `${place.session}:${key}`);
  return [
    tell(place, "model.responded", key, {
      request_id,
      model: str(attributes["model"]),
      usage,
      duration_ms: tokens(attributes["duration_ms"]),
    }),
  ];
};

const failed: Reader = (attributes, place) => {
  const data = {
    class: str(attributes["error_type"]) ?? "unknown",
    status: tokens(attributes["status_code"]),
    message: str(attributes["error"]) ?? str(attributes["error.message"]),
  };
  return [tell(place, "model.failed", fingerprint(place.at, data), data)];
};

const called: Reader = (attributes, place, occurrence) => {
  const name = str(attributes["function_name"]);
  if (name === undefined) return undefined;
  const input = parsed(attributes["function_args"]);
  const key = occurrence(callContent(name, input));
  const call_id = toId("call", `${place.session}:${key}`);
  const isOk = String(attributes["success"]) === "true";
  const isDenied = attributes["decision"] === "reject";
  return [
    tell(place, "tool.started", key, { call_id, name, ...describeCall(name, input), input }),
    tell(place, "tool.ended", key, {
      call_id,
      name,
      outcome: isDenied ? "denied" : isOk ? "ok" : "error",
      // A command that failed is a success to the client.
      certainty: "inferred",
      error: str(attributes["error"]),
      latency_ms: tokens(attributes["duration_ms"]),
    }),
  ];
};

const readers: ReadonlyMap<string, Reader> = new Map([
  ["config", configured],
  ["api_response", answered],
  ["api_error", failed],
  ["tool_call", called],
]);

/** Told by hooks and the chat file, or of the client's own workings. */
const known: ReadonlySet<string> = new Set([
  "user_prompt",
  "api_request",
  "agent.start",
  "agent.finish",
  "hook_call",
  "next_speaker_check",
  "slash_command",
  "model_routing",
  "chat_compression",
  "conversation_finished",
  "gen_ai.client.inference.operation.details",
]);
