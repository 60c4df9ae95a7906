import assert from "node:assert/strict";
import { z } from "zod";
import { event, type DialectDaemon, type Frame } from "./dialect-client.ts";

/** What a client says first that has nothing yet. */
export const HELLO = { type: "reconnect", lastSeqPerChannel: {} };

const uuid = z.uuid();

const nullable = <S extends z.ZodType>(schema: S) => schema.nullable();

/** A row of the traces, with no other field. */
const ToolTrace = z.strictObject({
  id: uuid,
  session_id: uuid,
  chat_id: uuid,
  message_id: nullable(uuid),
  turn_number: z.number().int().nonnegative(),
  tool_name: z.string().min(1),
  tool_input: z.record(z.string(), z.unknown()),
  tool_output: nullable(z.string()),
  started_at: z.iso.datetime(),
  finished_at: nullable(z.iso.datetime()),
  latency_ms: nullable(z.number().int()),
  tokens_used: nullable(z.number().int()),
  cache_tokens: nullable(z.number().int()),
  reasoning_tokens: nullable(z.number().int()),
  error: nullable(z.string()),
  outcome: nullable(z.string()),
  created_at: z.iso.datetime(),
});

const TracePage = z.strictObject({ data: z.array(ToolTrace), total: z.number(), limit: z.number(), offset: z.number() });

/** Where the clients of a session connect. */
export const socketOf = (daemon: DialectDaemon, id: string) =>
  `${daemon.dialects["boocode"]!.replace("http:", "ws:")}/api/ws/sessions/${id}`;

/** Whether a frame is news of this channel. */
export const isDelta =
  (channel: string, also: (frame: Frame) => boolean = () => true) =>
  (frame: Frame) =>
    frame.type === "channel_delta" && frame["channel"] === channel && also(frame);

/** Whether a frame is of this type. */
export const is = (type: string) => (frame: Frame) => frame.type === type;

/** An agent says something. */
export function said(words: string, id: string, more: object = {}, agent?: string): object {
  return event("message.added", { message_id: `msg_${id}`, role: "assistant", parts: [{ kind: "text", text: words }], ...more }, agent);
}

/** A page of the traces of a chat, checked field by field. */
export async function traces(daemon: DialectDaemon, chat: string, query = ""): Promise<z.infer<typeof TracePage>> {
  const reply = await fetch(`${daemon.dialects["boocode"]}/api/chats/${chat}/traces${query}`);
  assert.equal(reply.status, 200);
  return TracePage.parse(await reply.json());
}
