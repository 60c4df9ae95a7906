import type { MessagePart } from "../contract/events/message.ts";
import { MAIN_AGENT, type AgentId, type MessageId, type RequestId, type TurnId } from "../contract/ids.ts";
import { isBodyRef, previewOf, type Text } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { textHash } from "../lib/text-hash.ts";
import { canonical, earlier, fuse, noRanks, rankOf, wayOf, type Fused, type Way } from "./fuse.ts";
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
 * The same words may be told by two ways under two ids. Of each key, as many messages are real as the way that told most of them has:
 * `counts` holds the number per way, `total` the sum of the greatest of each key.
 */
export interface Messages {
  readonly map: PersistentMap<MessageId, Message>;
  readonly counts: PersistentMap<string, Readonly<Partial<Record<Way, number>>>>;
  readonly total: number;
}

const PREVIEW = 280;

export function messagesProjection(options: { readonly detail: boolean }): Projection<Messages> {
  return {
    name: "messages",
    initial: { map: emptyMap(), counts: emptyMap(), total: 0 },
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
      const uncounted = before === undefined ? messages : count(messages, before, -1);
      return { ...count(uncounted, after, 1), map: messages.map.set(message_id, after) };
    },
  };
}

/** Every message once: of each key, the tellings of the way that told most, oldest first. */
export function visibleMessages(messages: Messages): Message[] {
  const byKey = Map.groupBy(messages.map.values(), messageKey);
  const chosen = [...byKey.values()].flatMap(fullest);
  return chosen.toSorted((a, b) => (a.at === b.at ? (a.message_id < b.message_id ? -1 : 1) : a.at < b.at ? -1 : 1));
}

/** Of messages of one key, those of the way that told most. */
export function fullest(messages: Iterable<Message>): readonly Message[] {
  const ways = Map.groupBy(messages, ({ way }) => way);
  return [...ways.values()].reduce((a, b) =>
    b.length > a.length || (b.length === a.length && rankOf(b[0]!.way) > rankOf(a[0]!.way)) ? b : a,
  );
}

/** How many messages of each key each way told, counted anew. */
export function countsOf(map: Messages["map"]): Messages["counts"] {
  let counts: Messages["counts"] = emptyMap();
  for (const message of map.values()) {
    const before = counts.get(messageKey(message)) ?? {};
    counts = counts.set(messageKey(message), { ...before, [message.way]: (before[message.way] ?? 0) + 1 });
  }
  return counts;
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

function count(messages: Messages, message: Message, by: number): Messages {
  const key = messageKey(message);
  const before = messages.counts.get(key) ?? {};
  const after = { ...before, [message.way]: (before[message.way] ?? 0) + by };
  return {
    ...messages,
    counts: greatest(after) === 0 ? messages.counts.delete(key) : messages.counts.set(key, after),
    total: messages.total - greatest(before) + greatest(after),
  };
}

function greatest(counts: Readonly<Partial<Record<Way, number>>>): number {
  return Math.max(0, ...Object.values(counts));
}
