import type { MessagePart } from "../contract/events/message.ts";
import { MAIN_AGENT, type AgentId, type MessageId, type RequestId, type TurnId } from "../contract/ids.ts";
import { isBodyRef, previewOf, type Text } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { textHash } from "../lib/text-hash.ts";
import { canonical, earlier, fuse, noRanks, rankOf, wayOf, type Fused, type Way } from "./fuse.ts";
import { byOccasion, realOf, withTelling, withoutTelling, type Tellings } from "./occasions.ts";
import type { Projection } from "./projection.ts";

/** One message as one source told it. `pieces` holds its parts by piece index: whole, or shortened where the fold was not asked for detail. */
export interface Message extends Fused {
  readonly message_id: MessageId;
  readonly agent_id: AgentId;
  readonly role: "user" | "assistant" | "system";
  readonly at: string;
  readonly way: Way;
  readonly pieces: Readonly<Record<number, readonly MessagePart[]>>;
  /** Hash of the words: the same words have the same hash, whichever source told them. */
  readonly words: string;
  readonly request_id?: RequestId;
  readonly turn_id?: TurnId;
}

/**
 * The same words may be told by two ways under two ids. Of each key, as many messages are real on each occasion as the way that told most of
 * them then has: `tellings` holds when each was told, `total` the sum over all occasions.
 */
export interface Messages {
  readonly map: PersistentMap<MessageId, Message>;
  readonly tellings: PersistentMap<string, Tellings>;
  readonly total: number;
}

const PREVIEW = 280;

export function messagesProjection(options: { readonly detail: boolean }): Projection<Messages> {
  return {
    name: "messages",
    initial: { map: emptyMap(), tellings: emptyMap(), total: 0 },
    apply(messages, event) {
      if (event.type !== "message.added") return messages;
      const { message_id, role, parts, index = 0, request_id, turn_id } = event.data;
      const way = wayOf(event.source);
      const before = messages.map.get(message_id);
      const base: Message = before ?? {
        message_id,
        agent_id: event.agent_id ?? MAIN_AGENT,
        role,
        at: event.timestamp,
        way,
        pieces: {},
        words: "",
        from: noRanks,
      };
      const rank = rankOf(event.source);
      const told = withPiece(
        fuse(base, { agent_id: event.agent_id, role, request_id, turn_id, way }, rank),
        index,
        parts,
        rank,
        options.detail || way === "hook",
      );
      const after = { ...told, at: earlier(told.at, event.timestamp) };
      const map = messages.map.set(message_id, after);
      if (before !== undefined && isCountedAlike(before, after)) return { ...messages, map };
      const uncounted = before === undefined ? messages : count(messages, before, withoutTelling);
      return { ...count(uncounted, after, withTelling), map };
    },
  };
}

/** Every message once: of each key, on each occasion the tellings of the way that told most, oldest first. */
export function visibleMessages(messages: Messages): Message[] {
  const byKey = Map.groupBy(messages.map.values(), messageKey);
  return [...byKey.values()].flatMap(fullest).toSorted(byTime);
}

/** Of messages of one key, on each occasion those of the way that told most. */
export function fullest(messages: Iterable<Message>): readonly Message[] {
  return byOccasion([...messages].toSorted(byTime)).flatMap((own) => {
    const ways = Map.groupBy(own, ({ way }) => way);
    return [...ways.values()].reduce((a, b) =>
      b.length > a.length || (b.length === a.length && rankOf(b[0]!.way) > rankOf(a[0]!.way)) ? b : a,
    );
  });
}

/** When the words of each key were told, worked out anew. */
export function tellingsOf(map: Messages["map"]): Messages["tellings"] {
  let messages: Messages = { map, tellings: emptyMap(), total: 0 };
  for (const message of map.values()) messages = count(messages, message, withTelling);
  return messages.tellings;
}

function byTime(a: Message, b: Message): number {
  return a.at === b.at ? (a.message_id < b.message_id ? -1 : 1) : a.at < b.at ? -1 : 1;
}

/** The parts of a message in order of their pieces. */
export function partsOf(message: Pick<Message, "pieces">): MessagePart[] {
  return Object.keys(message.pieces)
    .map(Number)
    .toSorted((a, b) => a - b)
    .flatMap((index) => message.pieces[index] ?? []);
}

/**
 * Sets one piece, if its report outranks the one that is there. The hash needs whole words: a piece that will be joined with others (hooks
 * show a text as it grows) is kept whole, one that is a message of its own gives its hash before it is shortened.
 */
function withPiece(message: Message, index: number, parts: readonly MessagePart[], rank: number, whole: boolean): Message {
  const register = `piece ${index}`;
  const held = message.from[register] ?? -1;
  if (rank < held || (rank === held && canonical(parts.map(shortened)) <= canonical((message.pieces[index] ?? []).map(shortened))))
    return message;
  const pieces = { ...message.pieces, [index]: whole ? parts : parts.map(shortened) };
  return { ...message, pieces, words: wordsOf({ ...message.pieces, [index]: parts }), from: { ...message.from, [register]: rank } };
}

function wordsOf(pieces: Message["pieces"]): string {
  let words = "";
  let kind = "";
  const parts = partsOf({ pieces });
  // Hooks tell the words of a prompt and not its images: with words, images make no difference.
  const told = parts.filter(({ kind: each }) => each !== "image");
  for (const part of told.length > 0 ? told : parts) {
    const own = part.kind === "image" ? "" : fingerprint(part.text);
    words += part.kind === kind ? own : `\n${part.kind} ${own}`;
    kind = part.kind;
  }
  return textHash(words.trim());
}

/** What makes two tellings the same message: the same words, by the same agent, in the same role. */
export function messageKey(message: Message): string {
  return `${message.agent_id} ${message.role} ${message.words}`;
}

function fingerprint(text: Text | undefined): string {
  if (text === undefined) return "";
  return isBodyRef(text) ? text.body.sha256 : text;
}

function shortened(part: MessagePart): MessagePart {
  if (part.text === undefined) return part;
  const preview = previewOf(part.text);
  return preview === part.text && preview.length <= PREVIEW ? part : { ...part, text: preview.slice(0, PREVIEW) };
}

function isCountedAlike(a: Message, b: Message): boolean {
  return a.at === b.at && a.way === b.way && messageKey(a) === messageKey(b);
}

function count(messages: Messages, message: Message, told: typeof withTelling): Messages {
  const key = messageKey(message);
  const before = messages.tellings.get(key) ?? [];
  const after = told(before, message);
  return {
    ...messages,
    tellings: after.length === 0 ? messages.tellings.delete(key) : messages.tellings.set(key, after),
    total: messages.total - realOf(before) + realOf(after),
  };
}
