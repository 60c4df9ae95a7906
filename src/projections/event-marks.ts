import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type CallId, type SessionId } from "../contract/ids.ts";
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

/** A call while something may still be told of it. */
interface ToldCall {
  readonly sessionId: SessionId;
  readonly id: CallId;
  title: string | undefined;
  /** The last event that told of it. */
  seq: number;
}

/** What the time strip needs of an event, its contents left behind. */
export interface StripEvent {
  readonly atMs: number;
  readonly seq: number;
  readonly session_id: SessionId | undefined;
  readonly agent_id: AgentId | undefined;
  /** One object for everything that is told of one call. */
  readonly call: ToldCall | undefined;
  /** What it is a mark of, unless the same `fact` was told before. */
  readonly marked: { readonly mark: EventMark; readonly fact: string } | undefined;
}

/** Reads events one by one, oldest first. */
export interface StripReader {
  read(event: StoredEvent): StripEvent;
  /** Lets go of what only this event told. */
  forget(event: StripEvent): void;
}

export function createStripReader(): StripReader {
  const calls = new Map<SessionId, Map<CallId, ToldCall>>();
  const asking = new Set<string>();

  function callOf(event: StoredEvent & { readonly session_id: SessionId }): ToldCall | undefined {
    if (event.type !== "tool.started" && event.type !== "tool.ended") return undefined;
    const { session_id: sessionId, seq } = event;
    const { call_id: id, name } = event.data;
    const known = calls.get(sessionId) ?? new Map<CallId, ToldCall>();
    calls.set(sessionId, known);
    const call = known.get(id) ?? { sessionId, id, title: undefined, seq };
    known.set(id, call);
    call.seq = seq;
    if (event.type === "tool.started") call.title = `${name} ${event.data.title ?? ""}`.trim();
    return call;
  }

  /** A notice says that somebody is waited for, not for what: it speaks of the ask that is open. */
  function isOfOpenAsk(event: StoredEvent & { readonly session_id: SessionId }): boolean {
    if (event.type !== "ask.opened" && asking.size === 0) return false;
    const whose = `${event.session_id} ${event.agent_id}`;
    if (restTypes.has(event.type)) asking.delete(whose);
    if (event.type !== "ask.opened") return false;
    const isNotice = event.data.call_id === undefined && event.data.tool === undefined;
    if (isNotice && asking.has(whose)) return true;
    asking.add(whose);
    return false;
  }

  return {
    read(event) {
      const { seq, session_id, agent_id } = event;
      const isOfSession = ofSession(event);
      const call = isOfSession ? callOf(event) : undefined;
      const marked = isOfSession && !isOfOpenAsk(event) ? markedBy(event, call?.title) : undefined;
      return { atMs: Date.parse(event.timestamp), seq, session_id, agent_id, call, marked };
    },
    forget({ call, seq }) {
      if (call?.seq !== seq) return;
      const known = calls.get(call.sessionId);
      known?.delete(call.id);
      if (known?.size === 0) calls.delete(call.sessionId);
    },
  };
}

/** The marks that lie in these events, oldest event first. What several sources tell is one mark, where it was first told. */
export function eventMarks(events: readonly StoredEvent[]): EventMark[] {
  const reader = createStripReader();
  const told = new Set<string>();
  return events.flatMap((event) => {
    const { marked } = reader.read(event);
    if (marked === undefined || told.has(marked.fact)) return [];
    told.add(marked.fact);
    return [marked.mark];
  });
}

function markedBy(event: StoredEvent & { readonly session_id: SessionId }, title: string | undefined): StripEvent["marked"] {
  const found = markOf(event, title);
  if (found === undefined) return undefined;
  const { kind, key } = found;
  const { seq, session_id, agent_id = MAIN_AGENT } = event;
  const words = found.words.length > LONGEST ? `${found.words.slice(0, LONGEST)}…` : found.words;
  return { mark: { atMs: Date.parse(event.timestamp), seq, kind, session_id, agent_id, words }, fact: `${session_id} ${kind} ${key}` };
}

interface Found {
  readonly kind: EventMarkKind;
  /** The same for every telling of one fact of a session. */
  readonly key: string;
  readonly words: string;
}

/** `title`: of the call that it tells of. */
function markOf(event: StoredEvent, title: string | undefined): Found | undefined {
  switch (event.type) {
    case "tool.ended": {
      const { call_id, outcome, certainty, name } = event.data;
      if (outcome === "ok" || certainty === "inferred") return undefined;
      return { kind: "error", key: call_id, words: `${outcome}: ${title ?? name ?? "a call"}` };
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
