import type { EventOf, StoredEvent } from "../../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type RequestId, type SessionId } from "../../contract/ids.ts";
import { wayOf, type Way } from "../../projections/fuse.ts";
import { foldSession, type Session } from "../../projections/session.ts";
import { promptOf } from "../../projections/usage.ts";
import type { Standing } from "./frames.ts";
import { namesOf } from "./ids.ts";
import { createStates } from "./states.ts";
import { createTape } from "./tape.ts";
import { createCallTeller } from "./tell-calls.ts";
import { createMessageTeller } from "./tell-messages.ts";
import type { BodyText } from "./words.ts";

/** What says that a chat has a saved state, and which. */
export interface AgentSnapshot {
  readonly type: "agent_snapshot";
  readonly chat_id: string;
  readonly agent: string | null;
  readonly model: string;
  readonly mode: string | null;
  readonly turn_number: number;
}

/**
 * A session in the words of its clients: fed with its events in the order of the log from the first one on, it writes the same tape every
 * time.
 */
export function createTeller(session_id: SessionId, body: BodyText, ring?: number) {
  const names = namesOf(session_id);
  const tape = createTape(names.chat, ring);
  const messages = createMessageTeller(tape, names, body);
  const calls = createCallTeller(tape, names, body);
  const states = createStates(names, body);
  const told = new Map<RequestId, string>();
  const failures = new Map<AgentId, { shown: number; readonly byWay: Map<Way, number> }>();
  let session: Session | undefined;
  let held: { readonly session: Session; readonly agent: AgentSnapshot } | undefined;

  function usage(id: RequestId, now: Session): void {
    const request = now.usage.requests.get(id);
    const message_id = messages.answering(id) ?? calls.asking(id);
    if (request?.usage === undefined || message_id === undefined) return;
    const { usage: tokens, model, agent_id } = request;
    const max = agent_id === MAIN_AGENT ? now.facts.context?.size_tokens : undefined;
    const standing: Standing = {
      ...(tokens.output === undefined ? {} : { tokens_used: tokens.output }),
      ctx_used: promptOf(tokens) + (tokens.output ?? 0),
      ...(max === undefined ? {} : { ctx_max: max }),
      ...(tokens.cache_read === undefined ? {} : { cache_tokens: tokens.cache_read }),
      ...(tokens.reasoning === undefined ? {} : { reasoning_tokens: tokens.reasoning }),
      ...(model === undefined ? {} : { model }),
    };
    const text = JSON.stringify(standing);
    if (told.get(id) === text) return;
    told.set(id, text);
    tape.add({
      riders: [{ type: "usage", message_id, chat_id: names.chat, ...standing }],
      delta: { channel: "status", message_id, ...standing },
    });
  }

  /** Failed requests have no id that all sources share: of each agent, as many are real as the source that told most of them has. */
  function failed({ data, source, agent_id = MAIN_AGENT }: EventOf<"model.failed">): void {
    const known = failures.get(agent_id) ?? { shown: 0, byWay: new Map<Way, number>() };
    const way = wayOf(source);
    const count = (known.byWay.get(way) ?? 0) + 1;
    known.byWay.set(way, count);
    failures.set(agent_id, known);
    if (count <= known.shown) return;
    known.shown = count;
    const error = { error: data.message ?? data.class, reason: data.class };
    tape.add({ riders: [{ type: "error", chat_id: names.chat, ...error }], delta: { channel: "error", ...error } });
  }

  return {
    tape,
    chat_id: names.chat,
    apply(event: StoredEvent & { readonly session_id: SessionId }): void {
      const before = session;
      const now = (session = foldSession(before, event));
      if (now === before) return;
      const { type, agent_id = MAIN_AGENT, timestamp } = event;
      if (type === "message.added") {
        messages.settled(agent_id, timestamp, event.data.message_id);
        messages.added(event, before, now);
        if (event.data.request_id !== undefined) usage(event.data.request_id, now);
      } else if (type === "tool.started" || type === "tool.ended") {
        messages.settled(agent_id, timestamp);
        calls.told(event, now);
        const { request_id } = now.calls.map.get(event.data.call_id)!;
        if (request_id !== undefined) usage(request_id, now);
      } else if (type === "model.responded") {
        usage(event.data.request_id, now);
        if (event.data.also_told_as !== undefined) usage(event.data.also_told_as, now);
        for (const id of now.usage.pairs.get(event.data.request_id)?.of ?? []) usage(id, now);
      } else if (type === "model.failed") failed(event);
      else if (type === "context.compacted") states.compacted(event);
      else if (type === "turn.ended" || type === "agent.ended") messages.settled(agent_id, timestamp);
      else if (type === "session.ended") messages.settled(undefined, timestamp);
      calls.settle(now);
    },
    states: (seen: number) => states.since(session, seen),
    /** As of the last event, the same object while it says the same; undefined before the first. */
    agent(): AgentSnapshot | undefined {
      if (session === undefined) return undefined;
      if (held?.session === session) return held.agent;
      const { app, model, permission_mode } = session.facts;
      const agent: AgentSnapshot = {
        type: "agent_snapshot",
        chat_id: names.chat,
        agent: app ?? null,
        model: model ?? session.agents.get(MAIN_AGENT)?.model ?? "unknown",
        mode: permission_mode ?? null,
        turn_number: [...session.turns.values()].filter((turn) => turn.agent_id === MAIN_AGENT).length,
      };
      held = { session, agent: held !== undefined && isSame(held.agent, agent) ? held.agent : agent };
      return held.agent;
    },
  };
}

export type Teller = ReturnType<typeof createTeller>;

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
