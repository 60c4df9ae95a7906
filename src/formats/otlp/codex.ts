import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { describeCall } from "../codex/describe-call.ts";
import { endingOfText } from "../codex/outcome.ts";
import { codexStandIn } from "../codex/request-id.ts";
import { fingerprint, keep, parsed, problem, str, tell, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { placeOf, tokens } from "./log-place.ts";
import type { Attributes, OtlpRecord } from "./records.ts";

/** Whether a record was sent by Codex. */
export function isCodex({ name, resource, attributes }: OtlpRecord): boolean {
  return (
    name.startsWith("codex.") || (String(resource["service.name"] ?? "").startsWith("codex") && attributes["conversation.id"] !== undefined)
  );
}

/**
 * The log records of Codex. They name neither turns nor answers: a request is known by its thread and its counts, which its rollout tells too.
 * A conversation is a thread, so that a subagent's is a session of its own here.
 */
export function createCodexOtel(): (record: OtlpRecord, receivedAt: string) => Translation {
  return (record, receivedAt) => {
    const { attributes } = record;
    const session = str(attributes["conversation.id"]);
    if (session === undefined) return problem(`a ${record.kind} of Codex has no conversation.id`);
    const place = placeOf(record, { app: "codex", session, receivedAt });
    const name = (str(attributes["event.name"]) ?? record.name).replace(/^codex\./, "");
    const events = record.kind === "log" ? readers.get(name)?.(attributes, place) : undefined;
    return events === undefined ? keep(place, known.has(name) ? "unused" : "unknown", `${record.kind}/${name}`, record) : { events };
  };
}

type Reader = (attributes: Attributes, place: Place) => readonly EventDraft[] | undefined;

const started: Reader = (attributes, place) => [
  tell(place, "session.started", fingerprint(place.at, ""), {
    app: "codex",
    app_version: str(attributes["app.version"]),
    model: str(attributes["model"]) ?? str(attributes["slug"]),
    permission_mode: str(attributes["approval_policy"]),
  }),
];

const prompted: Reader = (attributes, place) => {
  const text = str(attributes["prompt"]);
  if (text === undefined || text === "[REDACTED]") return [];
  const key = fingerprint(place.at, text);
  return [
    tell(place, "message.added", key, {
      message_id: toId("msg", `${place.session}:${key}`),
      role: "user",
      parts: [{ kind: "text", text }],
    }),
  ];
};

/** The end of an answer's stream has its counts; the other pieces have none. */
const answered: Reader = (attributes, place) => {
  const input = tokens(attributes["input_token_count"]);
  const output = tokens(attributes["output_token_count"]);
  if (input === undefined || output === undefined) return [];
  const cached = tokens(attributes["cached_token_count"]) ?? 0;
  const reasoning = tokens(attributes["reasoning_token_count"]) ?? 0;
  const request_id = codexStandIn(place.session, { input, cached, output, reasoning });
  const usage = { input: Math.max(0, input - cached), cache_read: cached, output, reasoning };
  return [tell(place, "model.responded", `${request_id}:${place.at}`, { request_id, model: str(attributes["model"]), usage })];
};

const requested: Reader = (attributes, place) => {
  const status = tokens(attributes["http.response.status_code"]);
  if (status === undefined || status < 400) return [];
  const data = {
    class: status === 429 ? "rate_limit" : status >= 500 ? "api" : "invalid_request",
    status,
    message: str(attributes["error.message"]),
    attempt: tokens(attributes["attempt"]),
  };
  return [tell(place, "model.failed", fingerprint(place.at, data), data)];
};

const decided: Reader = (attributes, place) => {
  const id = str(attributes["call_id"]);
  const name = str(attributes["tool_name"]);
  if (id === undefined || name === undefined) return undefined;
  const call_id = toId("call", id);
  const begun = tell(place, "tool.started", `${id}:decided`, { call_id, name, kind: describeCall(name, undefined).kind });
  const decision = String(attributes["decision"] ?? "").toLowerCase();
  const isDenied = /^(?:denied|abort)/.test(decision);
  const events = isDenied ? [begun, tell(place, "tool.ended", `${id}:denied`, { call_id, outcome: "denied", name })] : [begun];
  // What a rule of the configuration decided was asked of nobody.
  if (str(attributes["source"])?.toLowerCase() !== "user") return events;
  const outcome = decision.startsWith("abort") ? "cancelled" : isDenied ? "denied" : decision === "approved" ? "allowed" : "always";
  const answer = { ask_id: toId("ask", id), kind: "permission" as const, call_id, tool: name, outcome, by: "user" } as const;
  return [...events, tell(place, "ask.answered", `${id}:decided`, answer)];
};

const ran: Reader = (attributes, place) => {
  const id = str(attributes["call_id"]);
  const name = str(attributes["tool_name"]);
  if (id === undefined || name === undefined) return undefined;
  const call_id = toId("call", id);
  const input = parsed(attributes["arguments"]);
  const output = str(attributes["output"]);
  const ending = endingOfText(output ?? "");
  const isFailed = String(attributes["success"]) === "false" && ending.outcome === "ok";
  return [
    tell(place, "tool.started", id, { call_id, name, ...describeCall(name, input), input }),
    tell(place, "tool.ended", id, {
      call_id,
      name,
      output,
      latency_ms: tokens(attributes["duration_ms"]),
      ...ending,
      ...(isFailed ? { outcome: "error" as const } : {}),
      certainty: "inferred",
    }),
  ];
};

const readers: ReadonlyMap<string, Reader> = new Map([
  ["conversation_starts", started],
  ["user_prompt", prompted],
  ["sse_event", answered],
  ["websocket_event", answered],
  ["api_request", requested],
  ["websocket_request", requested],
  ["tool_decision", decided],
  ["tool_result", ran],
]);

const known: ReadonlySet<string> = new Set(["turn_ttft", "websocket_connect", "startup_phase"]);
