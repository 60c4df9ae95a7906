import type { StoredEvent } from "../../contract/events/index.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { createRateWindow } from "../../lib/rate-window.ts";
import { json, openDoor, type Door, type DoorLimits } from "../door.ts";
import type { Peer } from "../peer.ts";
import type { Picture } from "../picture.ts";
import { createTold } from "../told.ts";
import { channelNames, channels, namedChannels, type ChannelName } from "./channels.ts";
import { telemetryOf } from "./telemetry.ts";

export const HOOK_API_STREAM_PORT = 9000;
const RATE_WINDOW_MS = 10_000;
const TELEMETRY_MS = 1_000;
/** A client that has not read what it was sent for so long is let go. */
const PATIENCE_MS = 30_000;
const TRY_AGAIN_LATER = 1013;
const REPLAYED = 1_000;

interface Client {
  channels: ReadonlySet<ChannelName>;
  /** The last event that it was sent or passed over. */
  seq: number;
  lostSinceMs: number | undefined;
}

/**
 * The WebSocket half of the Hook API: a client subscribes to channels and is sent `{type, channel, payload}` frames. One that is too slow is
 * told how much it missed and from where to read on; one that stays so is closed with the reason.
 */
export async function openHookApiStream(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock, config, logger, version } = picture;
  const clients = new Map<Peer, Client>();
  let head = picture.readLog({ order: "newest", limit: 1 })[0]?.seq ?? 0;

  const door = await openDoor({
    name: "hook_api_ws",
    picture,
    host,
    port,
    limits,
    // What is sent here holds people's words.
    pages: "none",
    needs: () => undefined,
    answer: () =>
      json(
        426,
        { error: "this port speaks WebSocket; the HTTP endpoints are on the other one" },
        { connection: "Upgrade", upgrade: "websocket" },
      ),
    failure: (status, message, code) => json(status, { error: message, code }),
    accept(peer, request) {
      const client: Client = { channels: new Set(), seq: head, lostSinceMs: undefined };
      const rate = createRateWindow({ clock, limit: config.commands_per_window, windowMs: RATE_WINDOW_MS });
      clients.set(peer, client);
      peer.onClose(() => clients.delete(peer));
      peer.onCaughtUp((missed) => {
        client.lostSinceMs = undefined;
        peer.send({
          type: "lagged",
          missed,
          after: client.seq,
          message: "frames were left out; subscribe to events with after to have them again",
        });
      });
      peer.onMessage((text) => {
        const allowed = rate.take();
        if (allowed.ok) command(peer, client, text);
        else peer.send({ type: "error", error: "too many commands", retry_after_ms: allowed.retryAfterMs });
      });
      peer.send({ type: "hello", service: "orrery", version, channels: channelNames, seq: head });
      const asked = new URL(`http://localhost${request.url ?? "/"}`).searchParams;
      const named = [...asked.getAll("channel"), ...asked.getAll("channels")].flatMap((list) => list.split(","));
      if (named.length > 0) subscribe(peer, client, { channels: named });
    },
  });

  function command(peer: Peer, client: Client, text: string): void {
    const told = objectIn(text);
    if (told === undefined) return void peer.send({ type: "error", error: "not a JSON object" });
    const { payload, ...own } = told;
    const fields = { ...(typeof payload === "object" && payload !== null ? (payload as object) : {}), ...own } as Told;
    const name = [fields["action"], fields["type"], fields["command"]].find((word) => typeof word === "string") as string | undefined;
    if (name === "subscribe" || (name === undefined && fields["subscribe"] !== undefined)) return subscribe(peer, client, fields);
    if (name === "unsubscribe" || (name === undefined && fields["unsubscribe"] !== undefined)) return unsubscribe(peer, client, fields);
    if (name === "ping") return void peer.send({ type: "pong", at: toTimestamp(clock.now()) });
    peer.send({ type: "error", error: `unknown action ${String(name).slice(0, 100)}: there are subscribe, unsubscribe and ping` });
  }

  function subscribe(peer: Peer, client: Client, fields: Told): void {
    const { known, unknown } = namedChannels(wordsOf(fields, "subscribe"));
    if (unknown.length > 0 || known.length === 0) return noChannel(peer, unknown);
    const after = fields["after"];
    client.channels = new Set([...client.channels, ...known]);
    peer.send({ type: "subscribed", channels: [...client.channels], seq: head });
    if (known.includes("telemetry")) void telemetry();
    if (typeof after === "number" && Number.isSafeInteger(after) && after >= 0 && known.includes("events")) replay(peer, client, after);
  }

  function unsubscribe(peer: Peer, client: Client, fields: Told): void {
    const words = wordsOf(fields, "unsubscribe");
    const { known, unknown } = namedChannels(words.length === 0 ? ["*"] : words);
    if (unknown.length > 0) return noChannel(peer, unknown);
    client.channels = client.channels.difference(new Set(known));
    peer.send({ type: "subscribed", channels: [...client.channels], seq: head });
  }

  /** What was stored after an event; more than a frame's worth of patience is read over HTTP. */
  function replay(peer: Peer, client: Client, after: number): void {
    const events = picture.readLog({ after, order: "oldest", limit: REPLAYED });
    for (const event of events) if (!tell(peer, client, "events", event, frameOf("events", event))) return;
    const last = events.at(-1)?.seq ?? head;
    if (last < head)
      peer.send({ type: "lagged", missed: head - last, after: last, message: "there are more: subscribe again with this after" });
  }

  function tell(peer: Peer, client: Client, channel: ChannelName, event: StoredEvent | undefined, frame: string | Buffer): boolean {
    if (peer.sendText(frame)) {
      if (event !== undefined && channel === "events") client.seq = event.seq;
      return true;
    }
    client.lostSinceMs ??= clock.now();
    if (clock.now() - client.lostSinceMs > PATIENCE_MS) {
      clients.delete(peer);
      peer.close(TRY_AGAIN_LATER, "too slow: it did not read what it was sent; connect again and subscribe with after");
    }
    return false;
  }

  function broadcast(channel: ChannelName, payload: object, event?: StoredEvent): void {
    let frame: Buffer | undefined;
    for (const [peer, client] of clients)
      if (client.channels.has(channel) && !(channel === "events" && event!.seq <= client.seq))
        tell(peer, client, channel, event, (frame ??= Buffer.from(frameOf(channel, payload))));
  }

  /** Words that another source told before are said once. */
  const words = createTold();
  const stopFollowing = picture.onCommit((events) => {
    for (const event of events) {
      head = event.seq;
      const isNew = event.type !== "message.added" || words.isNew(event);
      for (const channel of clients.size === 0 ? [] : channelNames) {
        const payload = channel === "comms" && !isNew ? undefined : channels[channel](event);
        if (payload !== undefined) broadcast(channel, payload, event);
      }
      for (const client of clients.values()) if (client.lostSinceMs === undefined) client.seq = head;
    }
  });

  async function telemetry(): Promise<void> {
    try {
      broadcast("telemetry", await telemetryOf(picture));
    } catch (error) {
      logger.warn({ error }, "telemetry of the Hook API failed");
    }
  }

  let stopTelemetry = clock.after(TELEMETRY_MS, tick);
  function tick(): void {
    stopTelemetry = clock.after(TELEMETRY_MS, tick);
    if ([...clients.values()].some((client) => client.channels.has("telemetry"))) void telemetry();
  }

  return {
    ...door,
    async close() {
      stopFollowing();
      stopTelemetry();
      await door.close();
    },
  };
}

type Told = Readonly<Record<string, unknown>>;

function noChannel(peer: Peer, unknown: readonly string[]): void {
  const named = unknown.length === 0 ? "no channel is named" : `no channel ${unknown.join(", ").slice(0, 200)}`;
  peer.send({ type: "error", error: `${named}: there are ${channelNames.join(", ")}, and * for all` });
}

/** The channels that a command names, in any of its usual places. */
function wordsOf(fields: Told, verb: string): string[] {
  return [fields["channels"], fields["channel"], fields["topics"], fields["topic"], fields[verb]]
    .flat()
    .filter((word): word is string => typeof word === "string" && word !== "")
    .slice(0, 100);
}

function objectIn(text: string): Told | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Told) : undefined;
  } catch {
    return undefined;
  }
}

function frameOf(channel: ChannelName, payload: object): string {
  return JSON.stringify({ type: channel === "events" ? "event" : channel, channel, payload });
}
