import { z } from "zod";
import type { ErrorBody } from "./errors.ts";
import type { StoredEvent } from "./events/index.ts";

/** Raised by one with every change of an event, operation or frame; `protocol.test.ts` holds the hash that says when. */
export const PROTOCOL_VERSION = 1;

const channel = z.string().min(1).max(200);

/** What a client may send: `{"command", "id"?, "params"?}`. */
export const CommandFrame = z.looseObject({
  command: z.string().min(1).max(100),
  id: z.string().max(200).optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});
export type CommandFrame = z.infer<typeof CommandFrame>;

/**
 * `channels` are patterns over event types (`tool.ended`, `tool.*`, `*`), `session:<id>`, `run:<id>` or `live:<pattern>`.
 * `from` is a seq already seen, `"now"` (default) or `"start"`. With `snapshot`, the events follow the snapshot's seq instead.
 */
export const SubscribeParams = z.object({
  channels: z.array(channel).min(1).max(100),
  from: z.union([z.number().int().nonnegative(), z.literal("now"), z.literal("start")]).optional(),
  snapshot: z.boolean().optional(),
  /**
   * Milliseconds: live events come at most so often, the first after a quiet time at once, those that waited together as one frame: a JSON
   * array of them. Kept until it is set anew.
   */
  every_ms: z.number().int().min(0).max(1_000).optional(),
});
export type SubscribeParams = z.infer<typeof SubscribeParams>;

/** Without `channels` all of them are left. */
export const UnsubscribeParams = z.object({ channels: z.array(channel).max(100).optional() });

/** A page of the log: the newest events, or those next before or after a `seq`. */
export const HistoryParams = z.object({
  event_types: z.array(channel).max(100).optional(),
  before: z.number().int().nonnegative().optional(),
  after: z.number().int().nonnegative().optional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

/** Names the caller of a connection that was opened without a token, or another one. Answers `{name, scope}`; subscriptions begin anew. */
export const AuthParams = z.object({ token: z.string().min(1).max(500) });
export type AuthParams = z.infer<typeof AuthParams>;

/** What a connection takes beside the names of operations: its parameters, and what it answers in words for the docs. */
export const connectionCommands = {
  subscribe: { params: SubscribeParams, answer: "`subscribed {channels, head}`, then a `snapshot` if asked for, then events" },
  unsubscribe: { params: UnsubscribeParams, answer: "the channels that remain; without `channels` none do" },
  auth: { params: AuthParams, answer: "`{name, scope}` of the token: who the connection is from now on; subscriptions begin anew" },
  get_history: { params: HistoryParams, answer: "a page of events, oldest first inside; the newest page unless `after` is given" },
  get_status: { params: z.object({}), answer: "what `status.get` answers" },
  ping: { params: z.object({}), answer: "the daemon's time" },
} as const;
export type ConnectionCommand = keyof typeof connectionCommands;

/** What is told as it is now and never stored, as the channel `live:<name>`, in words for the docs. */
export const liveChannels = {
  telemetry: "once a second while somebody listens: memory, processor, event loop and queues of the daemon, and how each open page draws",
} as const;
export type LiveChannel = keyof typeof liveChannels;

/** What is said about a connection, between the events that it carries. */
export type ControlFrame =
  | { readonly type: "hello"; readonly protocol: number; readonly server: string; readonly seq: number; readonly auth: "open" | "token" }
  | { readonly type: "subscribed"; readonly channels: readonly string[]; readonly head: number; readonly id?: string }
  | { readonly type: "snapshot"; readonly seq: number; readonly state: unknown }
  | { readonly type: "result"; readonly id?: string; readonly data: unknown }
  | ({ readonly type: "error"; readonly id?: string } & ErrorBody)
  | { readonly type: "lagged"; readonly from_seq: number; readonly to_seq: number; readonly live_dropped?: number }
  | { readonly type: "ping"; readonly at: string }
  | { readonly type: "goodbye"; readonly reason: string };

/** A frame that is never stored: its own counter `n` per channel, from 0. */
export interface LiveFrame {
  readonly type: `live.${string}`;
  readonly channel: string;
  readonly n: number;
  readonly data: unknown;
}

/** Everything a server sends. Stored events have a dot in `type` and a `seq`; control frames have neither. */
export type ServerFrame = ControlFrame | LiveFrame | StoredEvent;

export function isStoredEvent(frame: ServerFrame): frame is StoredEvent {
  return "seq" in frame && frame.type.includes(".");
}
