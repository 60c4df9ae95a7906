import { hash } from "node:crypto";
import { foreignId, type CallId, type MessageId, type SessionId } from "../../contract/ids.ts";

/** The namespace of our version 5 UUIDs. */
const NAMESPACE = Buffer.from("8f0c3c1e6b6d4d5b9a53d2b1f0a7e611", "hex");
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Names that stay the same over restarts, and are the same in REST and on the socket. */
export interface Names {
  /** A session has one chat, and both have one id: the agent program's own where that is a UUID. */
  readonly chat: string;
  message(id: MessageId): string;
  /** The call itself: its trace. */
  trace(id: CallId): string;
  /** The assistant's message that makes the call, and the tool's message that answers it. */
  calling(id: CallId): string;
  answering(id: CallId): string;
}

export function namesOf(session_id: SessionId): Names {
  return {
    chat: chatIdOf(session_id),
    message: (id) => uuidOf(`${session_id} ${id}`),
    trace: (id) => uuidOf(`${session_id} trace ${id}`),
    calling: (id) => uuidOf(`${session_id} calling ${id}`),
    answering: (id) => uuidOf(`${session_id} answering ${id}`),
  };
}

export function chatIdOf(session_id: SessionId): string {
  const own = foreignId(session_id).toLowerCase();
  return UUID.test(own) ? own : uuidOf(session_id);
}

function uuidOf(name: string): string {
  const digest = hash("sha1", Buffer.concat([NAMESPACE, Buffer.from(name)]));
  const variant = ((Number.parseInt(digest[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
