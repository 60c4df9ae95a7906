import { createHash } from "node:crypto";
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
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
