import type { Position, Role, Standing, Told, ToolCall } from "./frames.ts";

/** A message as the `snapshot` has it. */
export interface Message extends Required<{ [F in keyof Standing]: NonNullable<Standing[F]> | null }> {
  readonly id: string;
  readonly session_id: string;
  readonly chat_id: string;
  readonly role: Role;
  readonly content: string;
  readonly tool_calls: readonly ToolCall[] | null;
  readonly tool_results: {
    readonly tool_call_id: string;
    readonly output: string;
    readonly truncated: boolean;
    readonly error?: string;
  } | null;
  readonly created_at: string | null;
}

interface Held {
  readonly message: Message;
  /** The numbers of its words, in their order, and of its call or result. */
  readonly words: readonly { readonly seq: number; readonly content: string }[];
  readonly brought?: { readonly channel: "tool_call" | "tool_result"; readonly seq: number };
}

/** What a snapshot holds at most: of more, the newest. */
const MAX_MESSAGES = 2_000;
const MAX_CHARS = 3_000_000;

/** The messages of one chat, made of the very deltas that its clients are sent, so that snapshot and deltas cannot differ. */
export function createConversation(chat_id: string) {
  const held = new Map<string, Held>();
  let chars = 0;
  let leftOut = 0;

  function put(id: string, patch: Partial<Message>, more: Partial<Held> = {}): void {
    const known = held.get(id);
    const before = known?.message ?? blank(id, chat_id);
    const message = { ...before, ...patch };
    held.set(id, { words: [], ...known, ...more, message });
    chars += sizeOf(message) - (known === undefined ? 0 : sizeOf(before));
    if (known !== undefined) return;
    for (const oldest of held.keys()) {
      if (held.size <= MAX_MESSAGES && (chars <= MAX_CHARS || held.size === 1)) return;
      forget(oldest);
    }
  }

  function forget(id: string): void {
    remove(id);
    leftOut++;
  }

  function remove(id: string): void {
    const known = held.get(id);
    if (known === undefined) return;
    chars -= sizeOf(known.message);
    held.delete(id);
  }

  return {
    /** Takes in one delta with its number. Of a message that the snapshot no longer holds nothing is kept. */
    apply({ riders, delta }: Told, seq: number): void {
      const opening = riders.find(({ type }) => type === "message_started");
      if (opening !== undefined) put(String(opening["message_id"]), { role: opening["role"] as Role });
      const id = delta.channel === "tool_result" ? delta.tool_message_id : (delta.message_id ?? "");
      const known = held.get(id);
      switch (delta.channel) {
        case "text": {
          const { content } = delta;
          return known && put(id, { content: known.message.content + content }, { words: [...known.words, { seq, content }] });
        }
        case "tool_call":
          return known && put(id, { tool_calls: [delta.tool_call] }, { brought: { channel: "tool_call", seq } });
        case "tool_result": {
          const { channel: _, tool_message_id: __, ...tool_results } = delta;
          return put(id, { role: "tool", tool_results, status: "complete" }, { brought: { channel: "tool_result", seq } });
        }
        case "status": {
          const { channel: _, message_id: __, ...standing } = delta;
          return known && put(id, { ...standing, created_at: known.message.created_at ?? standing.started_at ?? null });
        }
        case "error":
      }
    },
    /** Puts right what turned out to be otherwise: only a new snapshot tells it. */
    correct(id: string, patch: Partial<Message>): void {
      const known = held.get(id);
      if (known === undefined) return;
      const { content } = patch;
      const words =
        content === undefined ? known.words : known.words.map(({ seq }, index) => ({ seq, content: index === 0 ? content : "" }));
      put(id, patch, { words });
    },
    remove,
    /** Every message as it was when `next` was reached: words, calls and results that the numbers from there on bring are not in it. */
    snapshot(next: Position): { readonly messages: readonly Message[]; readonly leftOut: number } {
      const messages = [...held.values()].flatMap(({ message, words, brought }) => {
        if (brought !== undefined && brought.seq >= next[brought.channel])
          return brought.channel === "tool_call" ? [{ ...message, tool_calls: null }] : [];
        if (words.every(({ seq }) => seq < next.text)) return [message];
        return [{ ...message, content: words.flatMap(({ seq, content }) => (seq < next.text ? [content] : [])).join("") }];
      });
      return { messages, leftOut };
    },
  };
}

function blank(id: string, chat_id: string): Message {
  return {
    id,
    session_id: chat_id,
    chat_id,
    role: "assistant",
    content: "",
    tool_calls: null,
    tool_results: null,
    status: null,
    tokens_used: null,
    ctx_used: null,
    ctx_max: null,
    cache_tokens: null,
    reasoning_tokens: null,
    started_at: null,
    finished_at: null,
    model: null,
    metadata: null,
    created_at: null,
  };
}

function sizeOf({ content, tool_calls, tool_results, metadata }: Message): number {
  return 400 + content.length + (tool_results?.output.length ?? 0) + JSON.stringify([tool_calls, metadata]).length;
}
