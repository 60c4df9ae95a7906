import type { EventOf } from "../../contract/events/index.ts";
import type { MessagePart } from "../../contract/events/message.ts";
import { MAIN_AGENT, type AgentId, type MessageId, type RequestId } from "../../contract/ids.ts";
import { messageKey, partsOf, type Message } from "../../projections/messages.ts";
import { realOf } from "../../projections/occasions.ts";
import type { Session } from "../../projections/session.ts";
import type { Rider, Standing } from "./frames.ts";
import type { Names } from "./ids.ts";
import type { Tape } from "./tape.ts";
import { wordsOf, type BodyText, type Words } from "./words.ts";

interface Shown extends Words {
  readonly id: string;
  readonly message_id: MessageId;
  readonly key: string;
}

/**
 * Tells each message once, whatever number of sources told it: of equal words as many as are real by the
 * rule of the fold (`projections/occasions.ts`). A text that grows is told as it grows.
 */
export function createMessageTeller(tape: Tape, names: Names, body: BodyText) {
  const shown = new Map<MessageId, Shown>();
  const byKey = new Map<string, Shown[]>();
  /** By agent, the message whose text may still grow. */
  const growing = new Map<AgentId, Shown>();
  /** The parts of messages that come in pieces, whole: the fold shortens them. */
  const pieces = new Map<MessageId, Map<number, readonly MessagePart[]>>();
  const byRequest = new Map<RequestId, string>();
  const ofRequest = new Set<string>();

  function status(id: string, standing: Standing, riders: readonly Rider[] = []): void {
    const isOver = standing.status !== undefined && standing.status !== "running";
    const complete = { type: "message_complete", message_id: id, chat_id: names.chat, ...standing };
    tape.add({ riders: isOver ? [...riders, complete] : riders, delta: { channel: "status", message_id: id, ...standing } });
  }

  /** The text in its first piece or whole. */
  function open(message: Message, words: Words, doesGrow: boolean): void {
    const told: Shown = { id: names.message(message.message_id), message_id: message.message_id, key: messageKey(message), ...words };
    shown.set(message.message_id, told);
    byKey.set(told.key, [...(byKey.get(told.key) ?? []), told]);
    const opening: Rider[] = [{ type: "message_started", message_id: told.id, chat_id: names.chat, role: message.role }];
    if (words.content !== "") text(told.id, words.content, opening);
    const metadata = metadataOf(message.agent_id, words.reasoning);
    const finished = doesGrow ? { status: "running" as const } : { status: "complete" as const, finished_at: message.at };
    status(told.id, { ...finished, started_at: message.at, ...metadata }, words.content === "" ? opening : []);
    if (doesGrow) growing.set(message.agent_id, told);
  }

  function text(id: string, content: string, riders: readonly Rider[] = []): void {
    tape.add({ riders, delta: { channel: "text", message_id: id, chat_id: names.chat, content } });
  }

  function grow(told: Shown, after: Message, words: Words): void {
    const next: Shown = { ...told, ...words, key: messageKey(after) };
    shown.set(told.message_id, next);
    byKey.set(
      told.key,
      (byKey.get(told.key) ?? []).filter((each) => each.id !== told.id),
    );
    byKey.set(next.key, [...(byKey.get(next.key) ?? []), next]);
    if (growing.get(after.agent_id)?.id === told.id) growing.set(after.agent_id, next);
    if (words.content !== told.content) {
      if (words.content.startsWith(told.content)) text(told.id, words.content.slice(told.content.length));
      else tape.correct(told.id, { content: words.content });
    }
    if (words.reasoning !== told.reasoning) status(told.id, metadataOf(after.agent_id, words.reasoning));
  }

  /** As many messages of a key are shown as are real. */
  function balance(key: string, session: Session, words: (message: Message) => Words): void {
    const real = realOf(session.messages.tellings.get(key));
    const here = () => byKey.get(key) ?? [];
    while (here().length > real) {
      const last = here().at(-1)!;
      byKey.set(key, here().slice(0, -1));
      shown.delete(last.message_id);
      tape.withdraw(last.id, here()[0]?.id ?? last.id);
    }
    if (here().length === real) return;
    for (const message of session.messages.map.values()) {
      if (here().length >= real) return;
      if (messageKey(message) === key && !shown.has(message.message_id)) open(message, words(message), false);
    }
  }

  function partsFrom(data: EventOf<"message.added">["data"], was: Message | undefined, now: Message): readonly MessagePart[] {
    const { message_id, index = 0, parts } = data;
    if (data.index === undefined && was === undefined) return parts;
    const known = pieces.get(message_id) ?? new Map(was === undefined ? [] : [[0, partsOf(was)] as const]);
    pieces.set(message_id, known);
    if (was?.pieces[index] !== now.pieces[index]) known.set(index, parts);
    return [...known].toSorted(([a], [b]) => a - b).flatMap(([, each]) => each);
  }

  /** The first of equal words that stands for no other request: whoever told the words first may not know the request. */
  function ofRequestNow(message: Message): void {
    const { request_id } = message;
    if (request_id === undefined || byRequest.has(request_id)) return;
    const told = (byKey.get(messageKey(message)) ?? []).find(({ id }) => !ofRequest.has(id));
    if (told === undefined) return;
    byRequest.set(request_id, told.id);
    ofRequest.add(told.id);
  }

  return {
    added({ data }: EventOf<"message.added">, before: Session | undefined, session: Session): void {
      const id = data.message_id;
      const was = before?.messages.map.get(id);
      const now = session.messages.map.get(id)!;
      if (was !== undefined && was.pieces === now.pieces && messageKey(was) === messageKey(now)) return ofRequestNow(now);
      const parts = partsFrom(data, was, now);
      const words = (message: Message) => wordsOf(message === now ? parts : partsOf(message), body);
      const told = shown.get(id);
      const key = messageKey(now);
      if (told !== undefined) grow(told, now, words(now));
      else if ((byKey.get(key)?.length ?? 0) < realOf(session.messages.tellings.get(key))) open(now, words(now), data.index !== undefined);
      const known = told ?? byKey.get(key)?.[0];
      for (const each of new Set([...(was === undefined ? [] : [messageKey(was)]), key]))
        balance(each, session, (message) => (message === now ? words(now) : (known ?? words(message))));
      ofRequestNow(now);
    },
    /** The agent does something else: its last text is whole. */
    settled(agent_id: AgentId | undefined, at: string, but?: MessageId): void {
      for (const [agent, told] of growing) {
        if ((agent_id !== undefined && agent !== agent_id) || told.message_id === but) continue;
        growing.delete(agent);
        if (shown.has(told.message_id)) status(told.id, { status: "complete", finished_at: at });
      }
    },
    /** The message that stands for an answered request. */
    answering: (request_id: RequestId): string | undefined => byRequest.get(request_id),
  };
}

/** Whose words they are, where it is not the agent that the person talks to, and what it thought. */
export function metadataOf(agent_id: AgentId, reasoning = ""): Pick<Standing, "metadata"> {
  const metadata = { ...(agent_id === MAIN_AGENT ? {} : { agent_id }), ...(reasoning === "" ? {} : { reasoning }) };
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}
