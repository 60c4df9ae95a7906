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
const types: ReadonlySet<string> = new Set(Object.values(kinds).flat());
interface Held {
  readonly recent: Recent;
  /** What came since, oldest first; undefined when it is too much to keep here. */
  fresh: StoredEvent[] | undefined;
}

const known = new WeakMap<Picture, Map<SessionId, Held>>();

/** Whoever asks twice a second has it at hand, with what came meanwhile. */
export function recentOf(picture: Picture, sessionId: SessionId): Recent {
  const held = known.get(picture) ?? holdFor(picture);
  const recent = newer(picture, sessionId, held.get(sessionId));
  held.delete(sessionId);
  held.set(sessionId, { recent, fresh: [] });
  if (held.size > HELD) held.delete(held.keys().next().value!);
  return recent;
}

function holdFor(picture: Picture): Map<SessionId, Held> {
  const held = new Map<SessionId, Held>();
  known.set(picture, held);
  picture.onCommit((events) => {
    for (const event of events) {
      const told = event.session_id === undefined ? undefined : held.get(event.session_id);
      if (told?.fresh !== undefined && types.has(event.type)) told.fresh.push(event);
      if (told?.fresh?.length === RECENT) told.fresh = undefined;
      // Words were taken out of stored events: what is held says them still.
      if (event.type === "retention.applied") held.clear();
    }
  });
  return held;
}

function newer(picture: Picture, sessionId: SessionId, held: Held | undefined): Recent {
  if (held?.fresh === undefined) return readRecent(picture, sessionId, RECENT);
  const fresh = held.fresh.filter(({ seq }) => seq > held.recent.seq).toReversed();
  return fresh.length === 0 ? held.recent : merged(held.recent, fresh);
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
