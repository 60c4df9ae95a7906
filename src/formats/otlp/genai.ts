import type { EventDraft } from "../../contract/events/index.ts";
import { keep, str, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { aliasTable, columnOf } from "./aliases.ts";
import { createOwners } from "./genai-owners.ts";
import { readSpan } from "./genai-spans.ts";
import { placeOf } from "./log-place.ts";
import type { OtlpRecord } from "./records.ts";

/**
 * Spans by the GenAI conventions and their relatives. A conversation is a session, else a trace is; agents are the spans that invoke one, the
 * outermost being the main agent. A span is exported when it ends, so children come before their parents: whose a request or call is, is told
 * when the agent's span has come. What every event was read from goes with it, so that a newer table can read it again.
 */
export function createGenAi(table = aliasTable): (record: OtlpRecord, receivedAt: string) => Translation {
  const owners = createOwners();
  return (record, receivedAt) => {
    const { attributes } = record;
    const session = str(columnOf(attributes, "session", table)) ?? (record.kind === "point" ? undefined : record.traceId);
    const app =
      str(record.resource["service.name"])
        ?.toLowerCase()
        .replace(/[^a-z0-9._-]+/g, "-")
        .slice(0, 60) ?? "otel";
    const place: Place = { ...placeOf(record, { app, session: session ?? "none", receivedAt }), agent: undefined };
    const read = record.kind === "span" && session !== undefined ? readSpan(record, place, table) : undefined;
    if (record.kind === "span" && read !== undefined)
      return { events: [...read.events, ...owners.span(record, place, read.agent, read.mine)] };
    const { events } = keep({ ...place, app: "genai" }, isOurs(record) ? "unknown" : "unused", `${record.kind}/${record.name}`, record);
    if (record.kind === "span") return { events: [...events, ...owners.span(record, place, undefined)] };
    return { events: session === undefined ? events.map(withoutSession) : events };
  };
}

/** Whether a record looks like one of an agent: other services' telemetry is kept, but nobody waits for it to be understood. */
function isOurs({ attributes, name }: OtlpRecord): boolean {
  return (
    /^(?:gen_ai|llm|mcp|traceloop|openinference)\b/.test(name) ||
    Object.keys(attributes).some((key) => /^(?:gen_ai|llm|openinference|traceloop|mcp)\./.test(key))
  );
}

function withoutSession(event: EventDraft): EventDraft {
  const { session_id: _, ...rest } = event;
  return rest as EventDraft;
}
