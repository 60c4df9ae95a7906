import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId, type TurnId } from "../../contract/ids.ts";
import { fingerprint, tell, type Place } from "../fields.ts";
import type { Profile } from "./profile.ts";

/** One session of a connection: a conversation, or a subagent that has a session of its own. Changed in place by its connection alone. */
export interface Talk {
  readonly id: string;
  /** The conversation that a person can resume. */
  readonly root: string;
  readonly agent: AgentId;
  readonly parent?: Talk;
  /** History is being told again: nothing of it is new. */
  replaying: boolean;
  /** The prompt at work was cancelled by the client. */
  cancelled: boolean;
  turn?: string;
  words?: Words;
  lastAnswer?: string;
  model?: string;
  costUsd?: number;
  /** The call that started this subagent. */
  spawnCall?: string;
}

/** A text that is being told in pieces. */
interface Words {
  readonly key: string;
  readonly role: "user" | "assistant";
  readonly kind: "text" | "thinking";
  readonly agent: AgentId | undefined;
  readonly at: string;
  readonly answer?: string;
  text: string;
}

export function newTalk(id: string, parent?: Talk): Talk {
  const own = { id, replaying: false, cancelled: false };
  return parent === undefined ? { ...own, root: id, agent: MAIN_AGENT } : { ...own, root: parent.root, agent: toId("agt", id), parent };
}

export function placeOf(profile: Profile, talk: Talk, at: string): Place {
  return { app: profile.app, way: "acp", session: talk.root, agent: talk.agent, at };
}

export function turnOf(talk: Talk): TurnId | undefined {
  return talk.turn === undefined ? undefined : toId("trn", `${talk.root}:${talk.turn}`);
}

/** A further piece of a message: it is told when it is whole, since pairing it with other sources takes all its words. */
export function addWords(profile: Profile, talk: Talk, piece: Omit<Words, "key"> & { readonly key: string | undefined }): EventDraft[] {
  const before = talk.words;
  const goesOn =
    before !== undefined &&
    before.role === piece.role &&
    before.kind === piece.kind &&
    (piece.key === undefined || before.key === piece.key);
  if (goesOn) {
    before.text += piece.text;
    return [];
  }
  const said = flush(profile, talk);
  talk.words = { ...piece, key: piece.key ?? piece.at };
  return said;
}

/** Tells the message that is complete now, and the model request that it came from. */
export function flush(profile: Profile, talk: Talk): EventDraft[] {
  const { words } = talk;
  delete talk.words;
  if (words === undefined || words.text.trim() === "") return [];
  const place: Place = { ...placeOf(profile, talk, words.at), agent: words.agent };
  const key = `${words.key}:${words.kind}:${fingerprint(words.at, words.text)}`;
  const isRequest = profile.hasRequestIds && words.answer !== undefined;
  const request_id = isRequest ? toId("req", words.answer!) : undefined;
  const parts = [{ kind: words.kind, text: words.text.trim() }];
  const data = { message_id: toId("msg", `acp:${key}`), role: words.role, parts, request_id, turn_id: turnOf(talk) };
  const said = tell(place, "message.added", key, data);
  if (request_id === undefined) return [said];
  talk.lastAnswer = words.answer!;
  const model = words.agent === talk.agent ? talk.model : undefined;
  return [said, tell(place, "model.responded", `${words.answer}:${fingerprint(words.at, model ?? "")}`, { request_id, model })];
}
