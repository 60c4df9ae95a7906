import type { Caller } from "../../contract/operations/index.ts";
import type { EventOf, StoredEvent } from "../../contract/events/index.ts";
import { foreignId, type SessionId } from "../../contract/ids.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { Session } from "../../projections/session.ts";
import type { Picture } from "../picture.ts";
import { sessionIdIn } from "./inject.ts";

const READ = 200;
/** Of a session that is asked for by name. */
const READ_ALONE = 5_000;
/** Sessions whose rows are kept. */
const HELD = 500;

/**
 * What is in the contexts of agents, by session: what they loaded and were given beside their prompts and by whom, what was attached to
 * prompts, which files their calls named, what was compacted, and how full each is. With `session_id` of that one session, further back.
 */
export async function contextState(picture: Picture, told: Readonly<Record<string, unknown>>, caller: Caller): Promise<object> {
  const id = sessionIdIn(told);
  const sessions = picture.sessions().filter((session) => id === undefined || session.session_id === id);
  if (id !== undefined && sessions.length === 0) throw new OrreryError("NOT_FOUND", { what: "session in the picture", id });
  const rows: object[] = [];
  for (const session of sessions) {
    rows.push(await rowOf(picture, session, id === undefined ? READ : READ_ALONE, caller));
    // Many sessions hold nobody else up.
    await new Promise<void>((resolve) => picture.clock.soon(resolve));
  }
  return { sessions: rows };
}

/** Of each session, newest first, what its row is made of, up to the event `seq`. */
interface Told {
  readonly seq: number;
  readonly marks: readonly StoredEvent[];
  readonly attached: readonly StoredEvent[];
  readonly started: readonly StoredEvent[];
}
const kinds = { marks: ["context.injected", "context.compacted"], attached: ["message.added"], started: ["tool.started"] } as const;
/** Whoever asks twice a second has only what came meanwhile read for it. */
const known = new WeakMap<Picture, Map<SessionId, Told>>();

function toldOf(picture: Picture, session_id: SessionId): Told {
  const held = known.get(picture) ?? new Map<SessionId, Told>();
  known.set(picture, held);
  const old = held.get(session_id);
  const types = Object.values(kinds).flat();
  const fresh =
    old === undefined ? undefined : picture.readLog({ sessionId: session_id, types, after: old.seq, order: "oldest", limit: READ });
  const now =
    old === undefined || fresh!.length === READ
      ? readNewest(picture, session_id, READ)
      : fresh!.length === 0
        ? old
        : merged(old, fresh!.toReversed());
  held.delete(session_id);
  held.set(session_id, now);
  if (held.size > HELD) held.delete(held.keys().next().value!);
  return now;
}

function readNewest({ readLog }: Picture, sessionId: SessionId, limit: number): Told {
  const newest = (types: readonly StoredEvent["type"][]) => readLog({ sessionId, types, order: "newest", limit });
  const [marks, messages, started] = [newest(kinds.marks), newest(kinds.attached), newest(kinds.started)];
  const seq = Math.max(0, ...[marks, messages, started].map((events) => events[0]?.seq ?? 0));
  return { seq, marks, attached: messages.filter(hasAttached), started };
}

function merged({ marks, attached, started }: Told, fresh: readonly StoredEvent[]): Told {
  const of = (types: readonly string[]) => fresh.filter(({ type }) => types.includes(type));
  return {
    seq: fresh[0]!.seq,
    marks: [...of(kinds.marks), ...marks].slice(0, READ),
    attached: [...of(kinds.attached).filter(hasAttached), ...attached].slice(0, READ),
    started: [...of(kinds.started), ...started].slice(0, READ),
  };
}

function hasAttached(event: StoredEvent): boolean {
  return event.type === "message.added" && event.data.parts.some(({ kind }) => kind === "image" || kind === "file");
}

async function rowOf(picture: Picture, session: Session, limit: number, caller: Caller): Promise<object> {
  const { session_id } = session;
  const { marks, attached, started } = limit === READ ? toldOf(picture, session_id) : readNewest(picture, session_id, limit);
  const injected = marks.flatMap(({ type, timestamp, data }) => (type === "context.injected" ? [{ at: timestamp, ...data }] : []));
  return {
    session_id: foreignId(session_id),
    fill: session.facts.context ?? null,
    loaded: [...new Set(injected.flatMap(({ path }) => path ?? []))],
    injected,
    given: (await picture.handlers["context.list"]({ session_id, limit: 50 }, caller)).items,
    attached: attachedIn(attached),
    files: filesIn(started),
    compacted: marks.flatMap(({ type, timestamp, data }) => (type === "context.compacted" ? [{ at: timestamp, ...data }] : [])),
  };
}

/** Images and files that stand in prompts; several sources tell the same message, so each name and kind once per message's time. */
function attachedIn(events: readonly StoredEvent[]): object[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    if (event.type !== "message.added" || event.data.role !== "user") return [];
    return event.data.parts.flatMap((part) => {
      if (part.kind !== "image" && part.kind !== "file") return [];
      const found = { kind: part.kind, name: part.kind === "file" ? (part.name ?? null) : null, media_type: part.media_type ?? null };
      const key = JSON.stringify([event.timestamp, found]);
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ at: event.timestamp, ...found }];
    });
  });
}

/** The files that calls named, the last used first: how often they were read and edited. */
function filesIn(events: readonly StoredEvent[]): object[] {
  const calls = new Map<string, EventOf<"tool.started">>();
  for (const event of events) if (event.type === "tool.started" && event.data.paths !== undefined) calls.set(event.data.call_id, event);
  const byPath = new Map<string, { path: string; reads: number; edits: number; last_at: string }>();
  for (const { data, timestamp } of calls.values())
    for (const path of data.paths ?? []) {
      const file = byPath.get(path) ?? { path, reads: 0, edits: 0, last_at: timestamp };
      byPath.set(path, file);
      if (data.kind === "edit") file.edits++;
      else file.reads++;
      if (timestamp > file.last_at) file.last_at = timestamp;
    }
  return [...byPath.values()].toSorted((a, b) => (a.last_at < b.last_at ? 1 : -1));
}
