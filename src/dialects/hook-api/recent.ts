import type { StoredEvent } from "../../contract/events/index.ts";
import type { SessionId } from "../../contract/ids.ts";
import type { Picture } from "../picture.ts";

/** Events of each kind at most, where not one session alone is asked for. */
export const RECENT = 200;
/** Sessions of which they are held. */
const HELD = 500;

/** What a session told last, newest first, up to the event `seq`. */
export interface Recent {
  readonly seq: number;
  /** What came into a context beside prompts, and what was compacted. */
  readonly marks: readonly StoredEvent[];
  readonly messages: readonly StoredEvent[];
  /** The messages that bring images or files. */
  readonly attached: readonly StoredEvent[];
  readonly started: readonly StoredEvent[];
}

const kinds = { marks: ["context.injected", "context.compacted"], messages: ["message.added"], started: ["tool.started"] } as const;
const types = Object.values(kinds).flat();
interface Held {
  recent: Recent;
  /** Whether something came since. */
  isBehind: boolean;
}

const known = new WeakMap<Picture, Map<SessionId, Held>>();

/** Whoever asks twice a second has only what came meanwhile read from the log. */
export function recentOf(picture: Picture, sessionId: SessionId): Recent {
  const held = known.get(picture) ?? holdFor(picture);
  const before = held.get(sessionId);
  const now = before?.isBehind === false ? before : { recent: newer(picture, sessionId, before?.recent), isBehind: false };
  held.delete(sessionId);
  held.set(sessionId, now);
  if (held.size > HELD) held.delete(held.keys().next().value!);
  return now.recent;
}

function holdFor(picture: Picture): Map<SessionId, Held> {
  const held = new Map<SessionId, Held>();
  known.set(picture, held);
  picture.onCommit((events) => {
    for (const { type, session_id } of events) {
      const told = session_id === undefined ? undefined : held.get(session_id);
      if (told !== undefined) told.isBehind = true;
      // Words were taken out of stored events: what is held says them still.
      if (type === "retention.applied") held.clear();
    }
  });
  return held;
}

function newer(picture: Picture, sessionId: SessionId, old: Recent | undefined): Recent {
  if (old === undefined) return readRecent(picture, sessionId, RECENT);
  const fresh = picture.readLog({ sessionId, types, after: old.seq, order: "oldest", limit: RECENT }).toReversed();
  if (fresh.length === RECENT) return readRecent(picture, sessionId, RECENT);
  return fresh.length === 0 ? old : merged(old, fresh);
}

export function readRecent({ readLog }: Pick<Picture, "readLog">, sessionId: SessionId, limit: number): Recent {
  const newest = (wanted: readonly StoredEvent["type"][]) => readLog({ sessionId, types: wanted, order: "newest", limit });
  const [marks, messages, started] = [newest(kinds.marks), newest(kinds.messages), newest(kinds.started)];
  const seq = Math.max(0, ...[marks, messages, started].map((events) => events[0]?.seq ?? 0));
  return { seq, marks, messages, attached: messages.filter(hasAttached), started };
}

function merged({ marks, messages, attached, started }: Recent, fresh: readonly StoredEvent[]): Recent {
  const of = (wanted: readonly string[]) => fresh.filter(({ type }) => wanted.includes(type));
  const freshMessages = of(kinds.messages);
  return {
    seq: fresh[0]!.seq,
    marks: [...of(kinds.marks), ...marks].slice(0, RECENT),
    messages: [...freshMessages, ...messages].slice(0, RECENT),
    attached: [...freshMessages.filter(hasAttached), ...attached].slice(0, RECENT),
    started: [...of(kinds.started), ...started].slice(0, RECENT),
  };
}

function hasAttached(event: StoredEvent): boolean {
  return event.type === "message.added" && event.data.parts.some(({ kind }) => kind === "image" || kind === "file");
}
