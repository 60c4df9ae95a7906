import { timingSafeEqual } from "node:crypto";
import { foreignId } from "../../contract/ids.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { createRateWindow } from "../../lib/rate-window.ts";
import { isOver } from "../../projections/ended.ts";
import type { Session } from "../../projections/session.ts";
import { json, openDoor, type Answer, type Door, type DoorLimits, type Exchange } from "../door.ts";
import type { Peer } from "../peer.ts";
import type { Picture } from "../picture.ts";
import { instanceOf, withoutWords, type MpmEvent } from "./events.ts";
import { MAX_FRAME_BYTES } from "./frame-text.ts";
import { createRing, type Numbered } from "./ring.ts";
import { typeFilter } from "./wildcards.ts";

export const MPM_PORT = 8765;
const RATE_WINDOW_MS = 10_000;
const STATS_EVERY_MS = 10_000;
const DEFAULT_HISTORY = 100;

interface Client {
  wants(type: string): boolean;
  readonly showsWords: boolean;
  /** The number of the last event that it was sent or passed over. */
  last: number;
}

/**
 * The monitoring WebSocket of Claude MPM 3.x, and beside it what its hooks post to: `system.status` first, then every event until the client
 * subscribes to fewer.
 */
export async function openMpm(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock, config, handlers, version } = picture;
  const clients = new Map<Peer, Client>();
  const startedMs = clock.now();
  let ownPort = port;
  const place = () => ({ host: "localhost", port: ownPort });
  const ring = createRing(picture, place);

  const door = await openDoor({
    name: "mpm",
    picture,
    host,
    port,
    limits,
    pages: "local",
    needs: (_method, path) => (path === "/api/events" ? "ingest" : undefined),
    knows: own,
    answer,
    failure: (status, message) => json(status, { success: false, error: message }, { "access-control-allow-origin": "null" }),
    accept(peer, request, { hasToken }) {
      const client: Client = {
        wants: () => true,
        // Any web page can have the origin `null`: without a token it sees what happens, and no words of anybody.
        showsWords: request.headers.origin !== "null" || hasToken,
        last: ring.head(),
      };
      const rate = createRateWindow({ clock, limit: config.commands_per_window, windowMs: RATE_WINDOW_MS });
      clients.set(peer, client);
      peer.onClose(() => clients.delete(peer));
      peer.onCaughtUp(() => catchUp(peer, client));
      peer.onMessage((message) => {
        const allowed = rate.take();
        if (!allowed.ok)
          return void peer.send({ type: "error", data: { message: "Rate limit exceeded", retry_after_ms: allowed.retryAfterMs } });
        command(peer, client, message);
      });
      peer.send(status());
    },
  });
  ownPort = door.port;
  // Its events name the port.
  ring.fill();

  function status() {
    const latest = latestSession();
    const open = latest !== undefined && !isOver(latest) ? latest : undefined;
    return {
      type: "system.status",
      timestamp: toTimestamp(clock.now()),
      data: {
        session_id: open === undefined ? null : foreignId(open.session_id),
        session_start: open?.facts.first_at ?? null,
        claude_status: open === undefined ? "stopped" : "running",
        claude_pid: null,
        connected_clients: clients.size,
        websocket_port: ownPort,
        instance_info: instanceOf(open, place()),
      },
    };
  }

  function latestSession(): Session | undefined {
    return picture.sessions().toSorted((a, b) => ((a.facts.last_at ?? "") < (b.facts.last_at ?? "") ? 1 : -1))[0];
  }

  function command(peer: Peer, client: Client, message: string): void {
    let told: unknown;
    try {
      told = JSON.parse(message);
    } catch {
      return void peer.send({ type: "error", data: { message: "Invalid JSON" } });
    }
    const {
      command: name,
      params,
      channels,
      from,
    } = Object(told) as { command?: unknown; params?: unknown; channels?: unknown; from?: unknown };
    const given = Object(params) as { channels?: unknown; event_types?: unknown; limit?: unknown; after?: unknown; from?: unknown };
    switch (name) {
      case "get_status":
        return void peer.send(status());
      case "get_history": {
        const types = words(given.event_types);
        const limit = typeof given.limit === "number" && Number.isFinite(given.limit) ? Math.floor(given.limit) : DEFAULT_HISTORY;
        const after = numeral(given.after);
        const events = ring.newest(types.length === 0 ? () => true : typeFilter(types), limit, after);
        return history(
          peer,
          events.map((each) => frameFor(client, each)),
          after === undefined ? {} : { complete: ring.holdsAllAfter(after) },
        );
      }
      case "subscribe": {
        const wanted = words(channels ?? given.channels);
        const patterns = wanted.length === 0 ? ["*"] : wanted;
        client.wants = typeFilter(patterns);
        peer.send({ type: "subscribed", data: { channels: patterns } });
        const after = numeral(from ?? given.from);
        if (after === undefined) return;
        if (!ring.holdsAllAfter(after)) peer.send({ type: "error", data: { message: "Events were missed: only the last 1,000 are kept" } });
        client.last = ring.numberAt(after);
        return catchUp(peer, client);
      }
      case "unsubscribe":
        client.wants = () => false;
        return void peer.send({ type: "subscribed", data: { channels: [] } });
      case "ping":
        return void peer.send({ type: "pong", data: { time: toTimestamp(clock.now()) } });
      default:
        return void peer.send({ type: "error", data: { message: `Unknown command: ${String(name).slice(0, 100)}` } });
    }
  }

  /** One frame, the newest events that fit into what every client takes. */
  function history(peer: Peer, events: readonly string[], more: object): void {
    let bytes = 0;
    let from = events.length;
    while (from > 0 && (bytes += Buffer.byteLength(events[from - 1]!) + 1) <= MAX_FRAME_BYTES + 1) from--;
    const rest = JSON.stringify({ ...(from === 0 ? {} : { left_out: from }), ...more }).slice(1);
    peer.sendText(`{"type":"history","data":{"events":[${events.slice(from).join(",")}]${rest === "}" ? "" : ","}${rest}}`);
  }

  /** Everything after the last event that it was sent, as far as the ring holds it, with a word about what it does not. */
  function catchUp(peer: Peer, client: Client): void {
    const events = ring.after(client.last);
    const missed = (events[0]?.number ?? ring.head() + 1) - 1 - client.last;
    if (missed > 0) {
      const message = `${missed} events of all types were missed: only the last 1,000 are kept`;
      if (!peer.send({ type: "error", data: { message, missed } })) return;
      client.last += missed;
    }
    for (const each of events) {
      if (client.wants(each.type) && !peer.sendText(frameFor(client, each))) return;
      client.last = each.number;
    }
  }

  function tell(list: ReturnType<typeof ring.add>): void {
    for (const each of clients.size === 0 ? [] : list) {
      const whole = Buffer.from(each.text);
      for (const [peer, client] of clients) {
        if (client.last !== each.number - 1) continue;
        const frame = client.showsWords ? whole : frameFor(client, each);
        if (!client.wants(each.type) || peer.sendText(frame)) client.last = each.number;
      }
    }
  }

  const stopFollowing = picture.onCommit((events) => {
    if (events.some(({ type }) => type === "retention.applied")) ring.readAnew();
    tell(ring.add(events));
  });

  let stopStats = clock.after(STATS_EVERY_MS, stats);
  function stats(): void {
    stopStats = clock.after(STATS_EVERY_MS, stats);
    if (clients.size === 0) return;
    const frame = JSON.stringify({
      type: "system.stats",
      timestamp: toTimestamp(clock.now()),
      data: {
        connected_clients: clients.size,
        sessions: picture.sessions().filter((session) => !isOver(session)).length,
        uptime_seconds: Math.floor((clock.now() - startedMs) / 1_000),
        memory_bytes: process.memoryUsage.rss(),
      },
    });
    for (const [peer, client] of clients) if (client.wants("system.stats")) peer.sendText(frame);
  }

  async function answer({ method, url, body }: Exchange): Promise<Answer> {
    if (url.pathname === "/health" && method === "GET")
      return json(200, {
        status: "running",
        service: "claude-mpm-monitor",
        version,
        port: ownPort,
        pid: process.pid,
        uptime: Math.floor((clock.now() - startedMs) / 1_000),
      });
    if (url.pathname === "/version.json" && method === "GET") return json(200, { version, full_version: version, service: "orrery" });
    if (url.pathname !== "/api/events") return json(404, { success: false, error: `nothing at ${url.pathname.slice(0, 200)}` });
    if (method !== "POST") return { ...json(405, { success: false, error: "POST events here" }), headers: { allow: "POST" } };
    // Their hooks wait for nothing and try once: what cannot be read is kept as rejected, and the hook is told that it arrived.
    await handlers["ingest.mpm"]({ bodies: [bodyOf(body)] }, { door: "http", actor: "mpm" });
    return { status: 204 };
  }

  /** A token of its own is for those who watch: the hooks that post can send none. */
  function own(given: string | undefined): "in" | "out" | undefined {
    const expected = config.mpm_token;
    if (expected === "") return undefined;
    const [a, b] = [Buffer.from(given ?? ""), Buffer.from(expected)];
    return a.length === b.length && timingSafeEqual(a, b) ? "in" : "out";
  }

  return {
    ...door,
    async close() {
      stopFollowing();
      stopStats();
      await door.close();
    },
  };
}

function frameFor({ showsWords }: Client, { text }: Numbered): string {
  return showsWords ? text : JSON.stringify(withoutWords(JSON.parse(text) as MpmEvent));
}

function bodyOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return body.toString("utf8");
  }
}

function numeral(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string" && each.length <= 200).slice(0, 100) : [];
}
