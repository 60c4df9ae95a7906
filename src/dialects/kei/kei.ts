import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { openDoor, text, type Door, type DoorLimits, type Exchange } from "../door.ts";
import type { Peer } from "../peer.ts";
import type { Picture } from "../picture.ts";
import { withoutWords } from "./lines.ts";
import { createNews, type News } from "./news.ts";

export const KEI_PORT = 8201;
const PING_MS = 30_000;
const forbidden = text(403, "forbidden\n");
const unauthorized = text(401, "unauthorized\n");

/**
 * The server of kei-graph-stream: `/health` and `/stream`. A client gets a snapshot, then what happens; one that was too slow gets a new
 * snapshot and goes on from there.
 */
export async function openKei(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock, logger } = picture;
  const peers = new Map<Peer, { readonly showsWords: boolean }>();
  let news: News | undefined;

  const door = await openDoor({
    name: "kei",
    host,
    port,
    clock,
    logger,
    limits,
    answer: ({ method, url }: Exchange) =>
      url.pathname === "/health" && method === "GET" ? text(200, "kei-graph-stream alive\n") : text(404, "not found\n"),
    failure: (status, message) => (status === 403 ? forbidden : text(status, `${message}\n`)),
    refuses(request) {
      if (new URL(`http://localhost${request.url}`).pathname !== "/stream") return text(404, "not found\n");
      const given = bearerOf(request);
      return given !== undefined && !isToken(given, picture.env) ? unauthorized : undefined;
    },
    protocol: (offered) => (offered.has("bearer") ? "bearer" : false),
    accept(peer, request) {
      news ??= createNews(picture);
      // Any web page can have the origin `null`: without a token it sees the graph, and no words of anybody's prompt.
      peers.set(peer, { showsWords: request.headers.origin !== "null" || bearerOf(request) !== undefined });
      const snapshot = () => void peer.send({ type: "snapshot", alive: news?.alive() ?? [] });
      peer.onCaughtUp(snapshot);
      snapshot();
      let stopPing = clock.after(PING_MS, ping);
      function ping(): void {
        peer.send({ type: "ping" });
        stopPing = clock.after(PING_MS, ping);
      }
      peer.onClose(() => {
        stopPing();
        peers.delete(peer);
        // Nobody watches: what is alive is read anew when somebody does.
        if (peers.size === 0) news = undefined;
      });
    },
  });

  const stopFollowing = picture.onCommit((events) => {
    if (news === undefined) return;
    for (const line of news.linesOf(events)) {
      const whole = JSON.stringify({ type: "event", data: line });
      const wordless = JSON.stringify({ type: "event", data: withoutWords(line) });
      for (const [peer, { showsWords }] of peers) peer.sendText(showsWords ? whole : wordless);
    }
  });

  return {
    ...door,
    async close() {
      stopFollowing();
      await door.close();
    },
  };
}

/** The token among the offered sub-protocols, `bearer,<token>` or `bearer <token>`; undefined when none is offered. */
function bearerOf(request: IncomingMessage): string | undefined {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  const spaced = offered.find((part) => part.startsWith("bearer "));
  if (spaced !== undefined) return spaced.slice("bearer ".length).trim();
  return offered.includes("bearer") ? (offered.find((part) => part !== "bearer") ?? "") : undefined;
}

/** Read at each connection: the token may have been made anew. */
function isToken(given: string, env: Picture["env"]): boolean {
  let expected: string;
  try {
    expected = readFileSync(join(env["HOME"] ?? homedir(), ".keisei", "cortex.token"), "utf8")
      .trim()
      .toLowerCase();
  } catch {
    return false;
  }
  const [a, b] = [Buffer.from(given.toLowerCase()), Buffer.from(expected)];
  return expected !== "" && a.length === b.length && timingSafeEqual(a, b);
}
