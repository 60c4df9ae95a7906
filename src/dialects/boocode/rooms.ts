import type { StoredEvent } from "../../contract/events/index.ts";
import type { SessionId } from "../../contract/ids.ts";
import { pause } from "../../lib/clock.ts";
import type { Picture } from "../picture.ts";
import type { Client } from "./client.ts";
import { createTeller, type Teller } from "./teller.ts";

/** A session that somebody listens to. */
export interface Room {
  readonly teller: Teller;
  readonly clients: Set<Client>;
  /** Resolves when its teller has read the log. */
  readonly ready: Promise<void>;
}

interface Held extends Room {
  /** The last event that it has read. */
  seq: number;
  isReady: boolean;
}

const PAGE = 500;
/** Rooms that nobody is in and that are kept: whoever lost a connection comes back. */
const EMPTY_KEPT = 4;

/** The sessions that somebody listens to, each read once from the log and then followed. */
export function createRooms({ readLog, body, clock }: Pick<Picture, "readLog" | "body" | "clock">) {
  const rooms = new Map<SessionId, Held>();

  /** A page at a time, so that a long session holds nobody else up. */
  async function read(id: SessionId, room: Held): Promise<void> {
    for (;;) {
      const events = readLog({ sessionId: id, after: room.seq, order: "oldest", limit: PAGE });
      take(room, events);
      if (events.length < PAGE) break;
      await pause(clock);
    }
    room.isReady = true;
  }

  function take(room: Held, events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (event.seq <= room.seq || event.session_id === undefined) continue;
      room.seq = event.seq;
      room.teller.apply({ ...event, session_id: event.session_id });
    }
  }

  function forgetEmpty(): void {
    const empty = [...rooms].filter(([, { clients }]) => clients.size === 0);
    for (const [id] of empty.slice(0, Math.max(0, empty.length - EMPTY_KEPT))) rooms.delete(id);
  }

  return {
    enter(id: SessionId): Room {
      const known = rooms.get(id);
      if (known !== undefined) {
        rooms.delete(id);
        rooms.set(id, known);
        return known;
      }
      const room: Held = { teller: createTeller(id, body), clients: new Set(), ready: Promise.resolve(), seq: 0, isReady: false };
      rooms.set(id, room);
      return Object.assign(room, {
        ready: read(id, room).catch((error: unknown) => {
          rooms.delete(id);
          throw error;
        }),
      });
    },
    leave(room: Room, client: Client): void {
      room.clients.delete(client);
      forgetEmpty();
    },
    /** What a commit adds. A room that still reads finds it in the log. */
    follow(events: readonly StoredEvent[]): void {
      if (rooms.size === 0) return;
      for (const [id, own] of Map.groupBy(events, ({ session_id }) => session_id)) {
        const room = id === undefined ? undefined : rooms.get(id);
        if (room?.isReady !== true) continue;
        take(room, own);
        for (const client of room.clients) client.pump();
      }
    },
    /** Stored words were changed: what was read of these sessions is read anew by whoever comes back. */
    forget(isMeant: (id: SessionId) => boolean): void {
      for (const id of rooms.keys()) if (isMeant(id)) rooms.delete(id);
    },
  };
}
