import type { EventDraft, StoredEvent } from "../../contract/events/index.ts";
import { foreignId } from "../../contract/ids.ts";
import { fields } from "../fields.ts";
import { aliasTable, type AliasTable } from "./aliases.ts";
import { readSpan, type RawSpan, type SpanKind } from "./genai-spans.ts";
import { placeOf } from "./log-place.ts";
import type { Span } from "./records.ts";

/** The events that carry what a span was read from. */
export const rawSpanTypes = ["agent.spawned", "model.failed", "model.responded", "session.started", "tool.started"] as const;

/** Whether an event was read from a span by a table older than this one. */
export function isOutdated({ data }: StoredEvent, table: AliasTable = aliasTable): boolean {
  const { aliases, attributes } = data as Partial<RawSpan>;
  return typeof aliases === "number" && aliases < table.version && attributes !== undefined;
}

/**
 * What today's table says of a span that an event was read from by an older one. What the span was taken for stays: its session, its agent and
 * the id of its request or call, so that nothing is counted twice. The events say in their source by which table they were read, and so outrank
 * those of the older one. Undefined when too little of the span was kept, or today's table takes it for another kind of thing.
 */
export function remapped(event: StoredEvent, table: AliasTable = aliasTable): readonly EventDraft[] | undefined {
  const { attributes, emitter, span: kept } = event.data as Partial<RawSpan>;
  if (attributes === undefined || emitter === undefined || fields(kept)?.["status"] === undefined || event.session_id === undefined)
    return undefined;
  const span: Span = { ...kept!, kind: "span", resource: {}, scope: {}, attributes, events: [] };
  const app = event.source.slice(0, event.source.indexOf("/"));
  const place = placeOf(span, { app, session: foreignId(event.session_id), receivedAt: event.timestamp });
  const read = readSpan(span, { ...place, agent: undefined }, table, emitter);
  if (read?.kind !== kindOf(event)) return undefined;
  return read.events.map((draft) => again(draft, event, `${span.traceId}:${span.spanId}`, table.version));
}

function kindOf({ type }: StoredEvent): SpanKind {
  return type === "tool.started" ? "call" : type.startsWith("model.") ? "request" : "agent";
}

function again(draft: EventDraft, { data: before, ...event }: StoredEvent, key: string, version: number): EventDraft {
  const { attributes: _, emitter: __, span: ___, ...data } = draft.data as Partial<RawSpan> & Record<string, unknown>;
  const ids = Object.entries(before).filter(([name]) => name === "request_id" || name === "call_id");
  const [family, verb] = draft.type.split(".");
  return {
    ...draft,
    id: `${family}:${key}:${verb}@otel.${version}`,
    source: `${event.source}@${version}`,
    session_id: event.session_id,
    ...(event.agent_id === undefined ? {} : { agent_id: event.agent_id }),
    data: { ...data, ...Object.fromEntries(ids), aliases: version },
  } as EventDraft;
}
