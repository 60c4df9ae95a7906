import type { IncomingMessage } from "node:http";
import type { EventOf } from "../../contract/events/index.ts";
import type { SessionId } from "../../contract/ids.ts";
import { loopbackOriginPort } from "../../lib/loopback.ts";
import { createRateWindow } from "../../lib/rate-window.ts";
import { json, openDoor, type Answer, type Door, type DoorLimits, type Exchange } from "../door.ts";
import type { Peer } from "../peer.ts";
import type { Picture } from "../picture.ts";
import { createClient } from "./client.ts";
import { channels, withoutWords, type Channel, type Position } from "./frames.ts";
import { createChats } from "./chats.ts";
import { createCollisions } from "./collisions.ts";
import { createRooms } from "./rooms.ts";
import { createTraces } from "./traces.ts";

/** BooCode names no port: this one is beside ours, so that clients find it again after a restart. */
export const BOOCODE_PORT = 7718;
const RATE_WINDOW_MS = 10_000;
/** A client that knows of channels says so at once. */
const SAYS_WITHIN_MS = 300;
const SERVICE_RESTART = 1012;

const socketPaths = [
  /^(?:\/api)?\/ws\/(?:sessions?|chats?)\/([^/]+)\/?$/,
  /^(?:\/api)?\/(?:sessions?|chats?)\/([^/]+)\/(?:ws|stream|socket)\/?$/,
];
const HEALTH = "/api/health";
const preflight = {
  "access-control-allow-methods": "GET",
  "access-control-allow-headers": "authorization",
  "access-control-max-age": "600",
};
const tracesPath = /^\/api\/chats\/([^/]+)\/traces\/?$/;

/**
 * The server side of BooCode: its session socket with numbered channels, and the traces of a chat. A session of ours is a session with one
 * chat there.
 */
export async function openBooCode(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock, config, logger, version } = picture;
  const rooms = createRooms(picture);
  const chats = createChats(picture);
  const traces = createTraces(picture);
  const collisions = createCollisions(picture);
  const lines = new Map<Peer, { readonly id: SessionId; readonly showsWords: boolean }>();

  const door = await openDoor({
    name: "boocode",
    picture,
    host,
    port,
    limits,
    pages: "local",
    needs: (_method, path) => (path === HEALTH ? undefined : "read"),
    answer,
    failure: (status, message) => json(status, { error: message }),
    refuses: (request) => (sessionOf(request) === undefined ? json(404, { error: "session not found" }) : undefined),
    accept(peer, request, { hasToken }) {
      const id = sessionOf(request)!;
      const room = rooms.enter(id);
      // Any web page can have the origin `null`: it sees what happens, and no words of anybody.
      const showsWords = request.headers.origin !== "null" || hasToken;
      lines.set(peer, { id, showsWords });
      const client = createClient(room.teller, (frame) => peer.send(showsWords ? frame : withoutWords(frame)));
      room.clients.add(client);
      const rate = createRateWindow({ clock, limit: config.commands_per_window, windowMs: RATE_WINDOW_MS });
      let isClosed = false;
      let stopWaiting = () => {};
      const whenReady = (act: () => void) =>
        void room.ready.then(
          () => isClosed || act(),
          (error: unknown) => {
            logger.warn({ error, dialect: "boocode" }, "a session could not be read");
            peer.close(SERVICE_RESTART, "the session could not be read");
          },
        );
      whenReady(() => (stopWaiting = clock.after(SAYS_WITHIN_MS, client.begin)));
      peer.onCaughtUp(client.pump);
      peer.onMessage((message) => {
        const seen = seenOf(message);
        if (seen === undefined) return;
        const allowed = rate.take();
        if (!allowed.ok) {
          const error = `too many reconnects: again in ${Math.ceil(allowed.retryAfterMs / 1_000)} s`;
          return void peer.send({ type: "error", chat_id: room.teller.chat_id, error, reason: "rate_limited" });
        }
        whenReady(() => {
          stopWaiting();
          client.reconnect(seen);
        });
      });
      peer.onClose(() => {
        isClosed = true;
        stopWaiting();
        lines.delete(peer);
        rooms.leave(room, client);
      });
    },
  });

  function sessionOf(request: IncomingMessage): SessionId | undefined {
    const url = URL.parse(`http://localhost${request.url}`);
    const id = socketPaths.map((path) => path.exec(url?.pathname ?? "")?.[1]).find((found) => found !== undefined);
    return id === undefined ? undefined : chats.find(decoded(id));
  }

  function answer({ method, url, request }: Exchange): Answer {
    const { origin } = request.headers;
    // A page elsewhere could not read the answer, and gets none; one on this machine may read it.
    if (origin !== undefined && loopbackOriginPort(origin) === undefined)
      return json(403, { error: "only pages of this machine may call" });
    const headers: Readonly<Record<string, string>> = origin === undefined ? {} : { "access-control-allow-origin": origin, vary: "origin" };
    if (method === "OPTIONS" && origin !== undefined) return { status: 204, headers: { ...headers, ...preflight } };
    if (url.pathname === HEALTH && method === "GET") return json(200, { status: "ok", service: "orrery", version }, headers);
    if (url.pathname === "/api/chats" && method === "GET") return json(200, { data: chats.list() }, headers);
    const id = tracesPath.exec(url.pathname)?.[1];
    if (id === undefined) return json(404, { error: "not found" }, headers);
    if (method !== "GET") return json(405, { error: "method not allowed" }, { ...headers, allow: "GET" });
    const found = chats.find(decoded(id));
    const page = found === undefined ? undefined : traces.page(found, url.searchParams);
    return page === undefined ? json(404, { error: "chat not found" }, headers) : json(200, page, headers);
  }

  const stopFollowing = picture.onCommit((events) => {
    rooms.follow(events);
    for (const { sessions, warning } of collisions.noted(events))
      for (const [peer, { id, showsWords }] of lines) if (showsWords && sessions.includes(id)) peer.send(warning);
    for (const event of events) if (event.type === "retention.applied") forget(event.data);
  });

  /** Stored words were changed: whoever listens comes back and is told what is left. Long texts do not say whose they were. */
  function forget({ kind, session_ids }: EventOf<"retention.applied">["data"]): void {
    const isMeant = (id: SessionId): boolean => kind === "bodies" || session_ids?.includes(id) === true;
    rooms.forget(isMeant);
    traces.forget();
    for (const [peer, { id }] of lines) if (isMeant(id)) peer.close(SERVICE_RESTART, "stored words were changed");
  }

  return {
    ...door,
    async close() {
      stopFollowing();
      await door.close();
    },
  };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** What a `reconnect` says to have seen, by channel; undefined for any other message. */
function seenOf(message: string): Partial<Position> | undefined {
  let told: unknown;
  try {
    told = JSON.parse(message);
  } catch {
    return undefined;
  }
  const { type, lastSeqPerChannel } = Object(told) as { type?: unknown; lastSeqPerChannel?: unknown };
  if (type !== "reconnect") return undefined;
  const given = Object(lastSeqPerChannel) as Readonly<Record<string, unknown>>;
  const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  return Object.fromEntries(
    channels.flatMap((channel): [Channel, number][] => {
      const value = given[channel];
      return isNumber(value) ? [[channel, value]] : [];
    }),
  );
}
