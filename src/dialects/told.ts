import { hash } from "node:crypto";
import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT } from "../contract/ids.ts";
import type { Text } from "../contract/text.ts";
import { wayOf, type Way } from "../projections/fuse.ts";

const LIMIT = 20_000;

/**
 * Which facts were told already, by another source or before. Of equal words as many messages are real as the source that told most of them
 * has, which is the rule of the fold (`projections/messages.ts`).
 */
export function createTold() {
  const facts = new Set<string>();
  const messages = new Map<string, { readonly byWay: Map<Way, number>; shown: number }>();

  function isNewMessage(event: EventOf<"message.added">): boolean {
    const key = keyOf(event);
    const known = messages.get(key) ?? { byWay: new Map<Way, number>(), shown: 0 };
    const way = wayOf(event.source);
    known.byWay.set(way, (known.byWay.get(way) ?? 0) + 1);
    messages.delete(key);
    messages.set(key, known);
    forgetOldest(messages);
    if (known.byWay.get(way)! <= known.shown) return false;
    known.shown++;
    return true;
  }

  return {
    isNew(event: StoredEvent): boolean {
      if (event.type === "message.added") return isNewMessage(event);
      const fact = factOf(event);
      if (fact === undefined) return true;
      if (facts.has(fact)) return false;
      facts.add(fact);
      forgetOldest(facts);
      return true;
    },
  };
}

function forgetOldest(of: Map<string, unknown> | Set<string>): void {
  if (of.size > LIMIT) of.delete(of.keys().next().value!);
}

const keys = new WeakMap<EventOf<"message.added">, string>();

/** By their hash: so many words would be much memory. Whoever asks again and again holds the events, so each is hashed once. */
function keyOf(event: EventOf<"message.added">): string {
  const key = keys.get(event) ?? hashOf(event);
  keys.set(event, key);
  return key;
}

function hashOf({ session_id, agent_id, data }: EventOf<"message.added">): string {
  const texts = data.parts.filter(({ kind }) => kind === "text");
  const words = (texts.length === 0 ? data.parts : texts).flatMap((part) => ("text" in part ? [nameOf(part.text as Text)] : []));
  return hash("sha256", [session_id, agent_id ?? MAIN_AGENT, data.role, ...words].join("\n"), "base64");
}

function nameOf(text: Text): string {
  // Sources differ in the blanks around the same words.
  return typeof text === "string" ? text.trim() : text.body.sha256;
}

/** The same fact, told by another source or again, has the same name. */
function factOf(event: StoredEvent): string | undefined {
  switch (event.type) {
    case "session.started":
      return `${event.session_id} started ${event.timestamp.slice(0, 16)}`;
    case "session.ended":
    case "turn.started":
      return `${event.session_id} ${event.type} ${event.type === "turn.started" ? event.data.turn_id : event.timestamp.slice(0, 16)}`;
    case "agent.spawned":
      return `${event.session_id} ${event.agent_id} spawned`;
    case "agent.ended":
      return `${event.session_id} ${event.agent_id} ended ${event.data.outcome}`;
    case "tool.started":
    case "tool.ended":
      return `${event.session_id} ${event.data.call_id} ${event.type}`;
    default:
      return undefined;
  }
}
