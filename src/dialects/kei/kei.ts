import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { openDoor, text, type Answer, type Door, type DoorLimits, type Exchange } from "../door.ts";
import type { Peer } from "../peer.ts";
import type { Picture } from "../picture.ts";
import { withoutWords } from "./lines.ts";
import { createNews, type News } from "./news.ts";

export const KEI_PORT = 8201;
const PING_MS = 30_000;
const refused: ReadonlyMap<number, Answer> = new Map([
  [401, text(401, "unauthorized\n")],
  [403, text(403, "forbidden\n")],
]);

/**
 * The server of kei-graph-stream: `/health` and `/stream`. A client gets a snapshot, then what happens; one that was too slow gets a new
 * snapshot and goes on from there.
 */
export async function openKei(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock } = picture;
  const peers = new Map<Peer, { readonly showsWords: boolean }>();
  let news: News | undefined;

  const door = await openDoor({
    name: "kei",
    picture,
    host,
    port,
    limits,
    pages: "local",
    needs: () => undefined,
    knows: (token) => (token !== undefined && isToken(token, picture.env) ? "in" : undefined),
    answer: ({ method, url }: Exchange) =>
      url.pathname === "/health" && method === "GET" ? text(200, "kei-graph-stream alive\n") : text(404, "not found\n"),
    failure: (status, message) => refused.get(status) ?? text(status, `${message}\n`),
    refuses: (request) => (URL.parse(`http://localhost${request.url}`)?.pathname === "/stream" ? undefined : text(404, "not found\n")),
    accept(peer, request, { hasToken }) {
      news ??= createNews(picture);
      // Any web page can have the origin `null`: without a token it sees the graph, and no words of anybody's prompt.
      peers.set(peer, { showsWords: request.headers.origin !== "null" || hasToken });
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
      const whole = frameOf(line);
      const wordless = frameOf(withoutWords(line));
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

function frameOf(data: unknown): Buffer {
  return Buffer.from(JSON.stringify({ type: "event", data }));
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
