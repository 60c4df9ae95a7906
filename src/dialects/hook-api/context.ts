import type { Caller } from "../../contract/operations/index.ts";
import type { EventOf, StoredEvent } from "../../contract/events/index.ts";
import { foreignId } from "../../contract/ids.ts";
import { createPacer } from "../../lib/clock.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { Session } from "../../projections/session.ts";
import type { Picture } from "../picture.ts";
import { sessionIdIn } from "./inject.ts";
import { RECENT, readRecent, recentOf } from "./recent.ts";

/** Of a session that is asked for by name. */
const READ_ALONE = 5_000;

/**
 * What is in the contexts of agents, by session: what they loaded and were given beside their prompts and by whom, what was attached to
 * prompts, which files their calls named, what was compacted, and how full each is. With `session_id` of that one session, further back.
 */
export async function contextState(picture: Picture, told: Readonly<Record<string, unknown>>, caller: Caller): Promise<object> {
  const id = sessionIdIn(told);
  const sessions = picture.sessions().filter((session) => id === undefined || session.session_id === id);
  if (id !== undefined && sessions.length === 0) throw new OrreryError("NOT_FOUND", { what: "session in the picture", id });
  const breathe = createPacer(picture.clock);
  const rows: object[] = [];
  for (const session of sessions) {
    rows.push(await rowOf(picture, session, id === undefined ? RECENT : READ_ALONE, caller));
    await breathe();
  }
  return { sessions: rows };
}

async function rowOf(picture: Picture, session: Session, limit: number, caller: Caller): Promise<object> {
  const { session_id } = session;
  const { marks, attached, started } = limit === RECENT ? recentOf(picture, session_id) : readRecent(picture, session_id, limit);
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
