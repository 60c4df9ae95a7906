import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { decodeState, type WireSession, type WireState } from "../projections/encode.ts";
import { isActivity } from "../projections/activity.ts";
import type { State } from "../projections/state.ts";
import { createClient } from "./client.ts";
import { nextConnection, type ConnectionEffect, type ConnectionEvent, type ConnectionState } from "./connection-state.ts";
import { createFoldQueue, type FetchSession } from "./fold-queue.ts";

/** As much of the WebSocket API as a replica uses; browsers, Node and `ws` have it. */
export interface Socket {
  addEventListener(type: "message" | "close" | "error", listener: (event: { readonly data?: unknown }) => void): void;
  send(text: string): void;
  close(): void;
}
export type SocketConstructor = new (url: string) => Socket;

/** The picture of a daemon, kept the same here: a snapshot, then every event, across every interruption. */
export interface Replica {
  state(): State;
  connection(): ConnectionState;
  /** When the last event arrived, by this side's clock. */
  lastEventAt(): number | undefined;
  /** Frames and events that made no sense and were passed over. */
  ignored(): number;
  /** Told the events that were folded since the last time; none when the picture was replaced by a snapshot. */
  subscribe(listener: (events: readonly StoredEvent[]) => void): () => void;
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Connects; while waiting for the next try, tries now. */
  start(): void;
  stop(): void;
}

interface Options {
  readonly url: string;
  readonly WebSocket?: SocketConstructor;
  readonly fetch?: typeof globalThis.fetch;
  readonly fetchSession?: FetchSession;
  readonly clock?: Clock;
  readonly random: () => number;
  /** Default everything. */
  readonly channels?: readonly string[];
  /** Live events are asked for at most so often, in milliseconds; default as they come. */
  readonly everyMs?: number;
}

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

const OPEN_WITHIN_MS = 10_000;
/** The daemon pings every 30 s: two missed ones mean that it is gone. */
const SILENT_FOR_MS = 75_000;
const LOOK_EVERY_MS = 5_000;
/** So far behind, a snapshot is quicker than the events. */
const BEHIND_BY = 20_000;

/**
 * Follows a daemon.
 * @example
 * const replica = createReplica({ url: "http://127.0.0.1:7717", random: Math.random });
 * replica.subscribe(() => draw(replica.state()));
 * replica.start();
 */
export function createReplica(options: Options): Replica {
  const { url, clock = systemClock, random, channels = ["*"], everyMs } = options;
  const WebSocket = options.WebSocket ?? (globalThis as unknown as { WebSocket: SocketConstructor }).WebSocket;
  const seesAll = channels.includes("*");
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  const connectionListeners = new Set<(state: ConnectionState) => void>();

  let connection: ConnectionState = { state: "stopped" };
  let socket: Socket | undefined;
  let cancelWait: (() => void) | undefined;
  let cancelWatch: (() => void) | undefined;
  let lastFrameAt = 0;
  let lastEventAt: number | undefined;
  let ignored = 0;
  let subscriptions = 0;
  /** Whether the next subscription asks for a snapshot: at first, and when what is here is of no use any more. */
  let wantsSnapshot = true;
  /** How far the current subscription is: its answer, then its snapshot if any, then events. */
  let expects: "answer" | "snapshot" | "events" = "answer";
  let head = 0;

  const queue = createFoldQueue({
    clock,
    random,
    fetchSession: options.fetchSession ?? fetchFrom(url, options.fetch),
    onFolded: (events) => {
      for (const listener of listeners) listener(events);
    },
    onOverflow: startOver,
  });

  function dispatch(event: ConnectionEvent): void {
    const { next, effects } = nextConnection(connection, event);
    const hasChanged = next !== connection;
    connection = next;
    for (const effect of effects) act[effect]();
    if (hasChanged) for (const listener of connectionListeners) listener(next);
  }

  const act: { readonly [E in ConnectionEffect]: () => void } = {
    connect() {
      lastFrameAt = clock.now();
      cancelWatch = clock.after(LOOK_EVERY_MS, watch);
      let opened: Socket;
      try {
        opened = new WebSocket(`${url.replace(/^http/, "ws").replace(/\/+$/, "")}/ws`);
      } catch {
        cancelWatch();
        cancelWatch = clock.after(0, lost);
        return;
      }
      socket = opened;
      // A socket that was given up may still have frames to tell: they are of the past.
      opened.addEventListener("message", ({ data }) => (socket === opened ? receive(data) : undefined));
      opened.addEventListener("close", () => (socket === opened ? lost() : undefined));
      opened.addEventListener("error", () => (socket === opened ? lost() : undefined));
      queue.resume();
    },
    disconnect() {
      const closing = socket;
      socket = undefined;
      cancelWatch?.();
      closing?.close();
      if (connection.state === "stopped") queue.pause();
    },
    subscribe() {
      expects = "answer";
      const pace = everyMs === undefined ? {} : { every_ms: everyMs };
      const from = wantsSnapshot ? { snapshot: true } : { from: queue.seq() };
      socket?.send(JSON.stringify({ command: "subscribe", id: `sub-${++subscriptions}`, params: { channels, ...from, ...pace } }));
    },
    wait() {
      if (connection.state === "waiting") cancelWait = clock.after(connection.retryAtMs - clock.now(), () => dispatch({ type: "due" }));
    },
    stop_waiting() {
      cancelWait?.();
      if (connection.state === "stopped") queue.pause();
    },
  };

  function lost(): void {
    dispatch({ type: "lost", atMs: clock.now(), random: random() });
  }

  function startOver(): void {
    wantsSnapshot = true;
    dispatch({ type: "desynced" });
  }

  /** A connection that does not open, or that says nothing, is lost even if nobody says so. */
  function watch(): void {
    if (clock.now() - lastFrameAt > (connection.state === "connecting" ? OPEN_WITHIN_MS : SILENT_FOR_MS)) return lost();
    cancelWatch = clock.after(LOOK_EVERY_MS, watch);
  }

  function receive(data: unknown): void {
    lastFrameAt = clock.now();
    const read = readJson(data);
    for (const each of Array.isArray(read) && read.length > 0 ? read : [read]) take(each);
  }

  function take(frame: unknown): void {
    if (!isFrame(frame)) {
      ignored++;
    } else if (frame.type.includes(".")) {
      if (isEvent(frame)) takeEvent(frame);
      else if (!frame.type.startsWith("live.")) ignored++;
    } else {
      takeControl(frame);
    }
  }

  function takeControl(frame: Frame): void {
    const isAnswer = frame["id"] === `sub-${subscriptions}` && expects === "answer";
    switch (frame.type) {
      case "hello":
        // A log that is shorter than what was seen of it is another log.
        if (typeof frame["seq"] === "number" && (frame["seq"] < queue.seq() || frame["seq"] - queue.seq() > BEHIND_BY))
          wantsSnapshot = true;
        return dispatch({ type: "opened" });
      case "subscribed":
        if (!isAnswer || typeof frame["head"] !== "number") return;
        head = frame["head"];
        expects = wantsSnapshot ? "snapshot" : "events";
        return tellWhenSynced();
      case "snapshot":
        if (expects === "snapshot") takeSnapshot(frame["state"]);
        return;
      case "error":
        if (isAnswer) lost();
        return;
      default: // ping, lagged, goodbye, result: what they announce shows itself.
    }
  }

  function takeSnapshot(wire: unknown): void {
    let state: State;
    try {
      state = decodeState(wire as WireState);
    } catch {
      ignored++;
      return lost();
    }
    wantsSnapshot = false;
    expects = "events";
    queue.reset(state);
    tellWhenSynced();
  }

  function takeEvent(event: StoredEvent): void {
    if (expects !== "events" || event.seq <= queue.seq()) return;
    if (seesAll && event.seq > queue.seq() + 1) return dispatch({ type: "desynced" });
    if (isActivity(event)) lastEventAt = clock.now();
    queue.take(event);
    tellWhenSynced();
  }

  /** With a filter nobody can tell when the head is reached, as its events may not be for us. */
  function tellWhenSynced(): void {
    if (expects === "events" && connection.state === "syncing" && (!seesAll || queue.seq() >= head)) dispatch({ type: "synced" });
  }

  return {
    state: queue.state,
    connection: () => connection,
    lastEventAt: () => lastEventAt,
    ignored: () => ignored + queue.broken(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onConnection(listener) {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
    start: () => dispatch({ type: "start" }),
    stop: () => dispatch({ type: "stop" }),
  };
}

/** Undefined where it is none. */
function readJson(data: unknown): unknown {
  try {
    return JSON.parse(data as string);
  } catch {
    return undefined;
  }
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function isEvent(frame: Frame): frame is Frame & StoredEvent {
  return (
    Number.isInteger(frame["seq"]) &&
    typeof frame["id"] === "string" &&
    typeof frame["timestamp"] === "string" &&
    typeof frame["data"] === "object" &&
    frame["data"] !== null
  );
}

function fetchFrom(url: string, fetch: typeof globalThis.fetch | undefined): FetchSession {
  const client = createClient({ url, ...(fetch === undefined ? {} : { fetch }) });
  return async ({ sessionId: session_id, seq: at, isWhole }) => {
    try {
      const session = isWhole
        ? ((await client.sessions.state({ session_id, at })).session as WireSession | undefined)
        : ((await client.state.get({ session_id, at })).state as WireState).sessions[0];
      return session === undefined ? undefined : { session };
    } catch (error) {
      if (error instanceof OrreryError && error.code === "NOT_FOUND") return undefined;
      throw error;
    }
  };
}
