import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type SessionId } from "../contract/ids.ts";
import { previewOf } from "../contract/text.ts";
import { contentOf } from "./asks.ts";
import { ofSession } from "./state.ts";

export type EventMarkKind = "error" | "ask" | "spawn";

/** A moment worth finding on the time strip, with the event that told it first. Times are milliseconds. */
export interface EventMark {
  readonly atMs: number;
  readonly seq: number;
  readonly kind: EventMarkKind;
  readonly session_id: SessionId;
  readonly agent_id: AgentId;
  readonly words: string;
}

/** What may be a mark; of events of other types none is. */
export const markTypes: Readonly<Record<EventMarkKind, readonly string[]>> = {
  error: ["tool.ended", "model.failed"],
  ask: ["ask.opened"],
  spawn: ["agent.spawned"],
};

const LONGEST = 120;
const restTypes = new Set(["ask.answered", "ask.withdrawn", "ask.expired", "tool.ended", "turn.ended"]);

/** The marks that lie in these events, oldest event first. What several sources tell is one mark, where it was first told. */
export function eventMarks(events: readonly StoredEvent[]): EventMark[] {
  const seen = new Set<string>();
  const tools = new Map<string, StartedCalls>();
  const asking = new Set<string>();
  const marks: EventMark[] = [];
  for (const event of events) {
    if (!ofSession(event)) continue;
    const whose = event.type === "ask.opened" || asking.size > 0 ? `${event.session_id} ${event.agent_id}` : "";
    if (asking.size > 0 && restTypes.has(event.type)) asking.delete(whose);
    // A notice says that somebody is waited for, not for what: it speaks of the ask that is open.
    if (event.type === "ask.opened") {
      const isNotice = event.data.call_id === undefined && event.data.tool === undefined;
      if (isNotice && asking.has(whose)) continue;
      asking.add(whose);
    }
    if (event.type === "tool.started") {
      const started = tools.get(event.session_id) ?? new Map();
      tools.set(event.session_id, started);
      started.set(event.data.call_id, event);
    }
    const found = markOf(event, tools.get(event.session_id));
    if (found === undefined || seen.has(`${event.session_id} ${found.kind} ${found.key}`)) continue;
    seen.add(`${event.session_id} ${found.kind} ${found.key}`);
    marks.push({
      atMs: Date.parse(event.timestamp),
      seq: event.seq,
      kind: found.kind,
      session_id: event.session_id,
      agent_id: event.agent_id ?? MAIN_AGENT,
      words: found.words.length > LONGEST ? `${found.words.slice(0, LONGEST)}…` : found.words,
    });
  }
  return marks;
}

/** An event with what marks and counts are made of, and no more. */
export function markedPart(event: StoredEvent): StoredEvent {
  const { seq, id, type, timestamp, source, session_id, agent_id } = event;
  const head = { seq, id, type, timestamp, source, session_id, agent_id };
  return { ...head, data: markedData(event) } as StoredEvent;
}

function markedData(event: StoredEvent): object {
  switch (event.type) {
    case "tool.started":
      return { call_id: event.data.call_id, name: event.data.name, title: event.data.title };
    case "tool.ended":
      return { call_id: event.data.call_id, name: event.data.name, outcome: event.data.outcome, certainty: event.data.certainty };
    case "model.failed":
      return { request_id: event.data.request_id, class: event.data.class };
    case "agent.spawned":
      return { name: event.data.name, agent_type: event.data.agent_type };
    case "ask.opened":
      return event.data;
    default:
      return {};
  }
}

/** Of a session, the last start that was told of each call. */
type StartedCalls = Map<string, EventOf<"tool.started">>;

function titleOf(started: EventOf<"tool.started"> | undefined): string | undefined {
  return started === undefined ? undefined : `${started.data.name} ${started.data.title ?? ""}`.trim();
}

interface Found {
  readonly kind: EventMarkKind;
  /** The same for every telling of one fact of a session. */
  readonly key: string;
  readonly words: string;
}

function markOf(event: StoredEvent, started: StartedCalls | undefined): Found | undefined {
  switch (event.type) {
    case "tool.ended": {
      const { call_id, outcome, certainty, name } = event.data;
      if (outcome === "ok" || certainty === "inferred") return undefined;
      return { kind: "error", key: call_id, words: `${outcome}: ${titleOf(started?.get(call_id)) ?? name ?? "a call"}` };
    }
    case "model.failed":
      return { kind: "error", key: event.data.request_id ?? event.id, words: `model request failed: ${event.data.class}` };
    case "ask.opened":
      return { kind: "ask", key: askKey(event), words: `waits for you: ${asked(event)}` };
    case "agent.spawned":
      return { kind: "spawn", key: String(event.agent_id), words: `${event.data.name ?? event.data.agent_type ?? "an agent"} appeared` };
    default:
      return undefined;
  }
}

/** An ask that two sources tell is known by its call or by what is asked. */
function askKey({ data, agent_id }: EventOf<"ask.opened">): string {
  return data.call_id ?? (data.tool === undefined ? data.ask_id : `${agent_id} ${contentOf(data.tool, data.input)}`);
}

function asked({ data }: EventOf<"ask.opened">): string {
  return [data.tool ?? data.kind, data.prompt === undefined ? undefined : previewOf(data.prompt)].filter(Boolean).join(" ");
}
