/** The channels of `channel_delta`, each numbered 0, 1, 2 … in its session. */
export const channels = ["text", "tool_call", "tool_result", "status", "error"] as const;
export type Channel = (typeof channels)[number];
/** Of each channel the number that is expected next. */
export type Position = Readonly<Record<Channel, number>>;

export const start: Position = { text: 0, tool_call: 0, tool_result: 0, status: 0, error: 0 };

type Metadata = Readonly<Record<string, unknown>>;

export interface TextDelta {
  readonly channel: "text";
  readonly message_id: string;
  readonly chat_id: string;
  readonly content: string;
}
interface ToolCallDelta {
  readonly channel: "tool_call";
  readonly message_id: string;
  readonly tool_call: ToolCall;
}
/** Strict on the other side: it takes these three fields and no other. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}
interface ToolResultDelta {
  readonly channel: "tool_result";
  readonly tool_message_id: string;
  readonly tool_call_id: string;
  readonly output: string;
  readonly truncated: boolean;
  readonly error?: string;
}
/** What a status says of its message; each field that is there replaces the earlier one. */
export interface Standing {
  readonly status?: "running" | "complete" | "cancelled" | "failed";
  readonly tokens_used?: number;
  readonly ctx_used?: number;
  readonly ctx_max?: number;
  readonly cache_tokens?: number;
  readonly reasoning_tokens?: number;
  readonly started_at?: string;
  readonly finished_at?: string;
  readonly model?: string;
  readonly metadata?: Metadata;
}
interface StatusDelta extends Standing {
  readonly channel: "status";
  readonly message_id: string;
}
interface ErrorDelta {
  readonly channel: "error";
  readonly message_id?: string;
  readonly error: string;
  readonly reason?: string;
}
/** A `channel_delta` before it has its number. */
export type Delta = TextDelta | ToolCallDelta | ToolResultDelta | StatusDelta | ErrorDelta;

export type Role = "user" | "assistant" | "system" | "tool";

/** A frame without a number. Told again it changes nothing: each names what it is about. */
export type Rider = { readonly type: string } & Readonly<Record<string, unknown>>;

/** One delta with the frames of the older protocol that go before it: whoever has the delta has them too, wherever the connection broke. */
export interface Told {
  readonly riders: readonly Rider[];
  readonly delta: Delta;
}

/** The same content for a client that knows no channels. A status has no frame of its own there: it goes as `message_complete` and `usage`. */
export function olderFrame(delta: Delta, chat_id: string): object | undefined {
  const { channel, ...fields } = delta;
  switch (channel) {
    case "text":
      return { type: "delta", ...fields };
    case "tool_call":
    case "tool_result":
      return { type: channel, chat_id, ...fields };
    case "status":
    case "error":
      return undefined;
  }
}

const wordFields: ReadonlySet<string> = new Set(["content", "output", "error", "metadata", "tool_output", "summary"]);
const inputFields: ReadonlySet<string> = new Set(["args", "tool_input"]);

/** The same frame without anything that somebody wrote. */
export function withoutWords(frame: object): object {
  return Object.fromEntries(
    Object.entries(frame).flatMap(([key, value]: [string, unknown]) => {
      if (wordFields.has(key)) return typeof value === "string" ? [[key, ""]] : value === null ? [[key, null]] : [];
      if (inputFields.has(key)) return [[key, {}]];
      if (Array.isArray(value)) return [[key, value.map((each: unknown) => bare(each))]];
      return [[key, bare(value)]];
    }),
  );
}

function bare(value: unknown): unknown {
  return typeof value === "object" && value !== null ? withoutWords(value) : value;
}
