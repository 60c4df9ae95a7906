import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Config } from "../contract/config.ts";
import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import {
  AuthParams,
  CommandFrame,
  HistoryParams,
  PROTOCOL_VERSION,
  SubscribeParams,
  UnsubscribeParams,
  connectionCommands,
  type ConnectionCommand,
  type ControlFrame,
} from "../contract/frames.ts";
import type { Caller, Handlers } from "../contract/operations/index.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import type { ReadQuery } from "../log/log.ts";
import type { Access, Visitor } from "./access.ts";
import { callOperation, operationNamed, type CallDeps } from "./call.ts";
import { channelSet } from "./channels.ts";
import { RATE_WINDOW_MS, tooMany } from "./command-limit.ts";
import { EventStream, type Outlet } from "./event-stream.ts";
import { toCallerError, type GatewayLogger } from "./failure.ts";
import type { FanOut } from "./fan-out.ts";
import { textFrame } from "./frame.ts";
import { parseInput } from "./input.ts";
import { createRateWindow, type RateWindow } from "../lib/rate-window.ts";
import type { SnapshotFrames } from "./snapshot-frames.ts";

export interface ConnectionDeps {
  readonly config: Pick<Config, "ws_buffer_bytes" | "ws_frame_bytes" | "max_subscriptions" | "commands_per_window" | "json_body_bytes">;
  readonly clock: Clock;
  readonly handlers: Handlers;
  readonly access: Access;
  readonly audit: CallDeps["audit"];
  readonly logger: GatewayLogger;
  readonly version: string;
  readonly fanOut: FanOut;
  head(): number;
  readLog(query: ReadQuery): readonly StoredEvent[];
  snapshot(): SnapshotFrames;
  /** Whether this client reads compressed frames. */
  readonly takesDeflated: boolean;
  /** Who opened it, by header or cookie; `auth` may name another. */
  readonly visitor: Visitor;
  readonly address: string;
}

type Answer = { readonly data: unknown } | "answered";

/** Commands of one client that run at once. The others wait unread. */
const RUNNING_AT_ONCE = 32;
const MISSED_PONGS = 2;
export const CLOSE_TOO_BIG = 1009;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_REFUSED = 1008;
const CLOSE_FAILED = 1011;
/** Where a token is needed: so long a connection may be without one. */
const NAME_WITHIN_MS = 10_000;

/** One WebSocket client: its commands, and its stream of events. */
export class Connection implements Outlet {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #deps: ConnectionDeps;
  readonly #stream: EventStream;
  readonly #rate: RateWindow;
  readonly #abort = new AbortController();
  #visitor: Visitor;
  readonly #inbox: { readonly text: string; readonly isBinary: boolean }[] = [];
  #running = 0;
  #unanswered = 0;
  #liveDropped = 0;
  #isWaiting = false;
  #cancelWait: (() => void) | undefined;

  /** `socket` is the one under `ws`: events are written to it as ready frames. */
  constructor(ws: WebSocket, socket: Duplex, deps: ConnectionDeps) {
    this.#ws = ws;
    this.#socket = socket;
    this.#deps = deps;
    const { config, clock, fanOut, head, readLog } = deps;
    this.#stream = new EventStream({ clock, fanOut, head, readLog, outlet: this, bufferBytes: config.ws_buffer_bytes });
    this.#rate = createRateWindow({ clock, limit: config.commands_per_window, windowMs: RATE_WINDOW_MS });
    this.#visitor = deps.visitor;
    ws.on("message", (data: Buffer, isBinary: boolean) => this.#receive({ text: data.toString("utf8"), isBinary }));
    ws.on("pong", () => (this.#unanswered = 0));
    ws.on("close", () => {
      this.#cancelWait?.();
      this.#stream.stop();
      this.#abort.abort();
    });
    this.#send({
      type: "hello",
      protocol: PROTOCOL_VERSION,
      server: `orrery/${deps.version}`,
      seq: head(),
      auth: deps.access.isNeeded || this.#visitor.scope === undefined ? "token" : "open",
    });
    if (this.#visitor.scope === undefined) this.#awaitName();
  }

  write(bytes: Buffer): void {
    if (this.isOpen()) this.#socket.write(bytes);
  }

  unsentBytes(): number {
    return this.#socket.writableLength;
  }

  isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN && !this.#socket.destroyed;
  }

  drained(): Promise<void> {
    if (!this.isOpen() || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
    });
  }

  /** Whether a token said who this is, or none is needed. */
  get isKnown(): boolean {
    return this.#visitor.scope !== undefined;
  }

  get channels(): readonly string[] {
    return this.#stream.channels;
  }

  /** What is live is worth nothing late: a client that is behind goes without, and is told how much with the next `lagged`. */
  live(frame: Buffer): void {
    if (this.unsentBytes() > this.#deps.config.ws_buffer_bytes) this.#liveDropped++;
    else this.write(frame);
  }

  takeLiveDropped(): number {
    const dropped = this.#liveDropped;
    this.#liveDropped = 0;
    return dropped;
  }

  /** Asks whether the client is still there; drops it when it has been silent too long. */
  heartbeat(): void {
    if (this.#unanswered >= MISSED_PONGS) return this.#ws.terminate();
    this.#unanswered++;
    if (!this.isOpen()) return;
    this.#ws.ping();
    if (this.unsentBytes() < this.#deps.config.ws_buffer_bytes) this.#send({ type: "ping", at: toTimestamp(this.#deps.clock.now()) });
  }

  refuseLargeFrame(): void {
    this.#fail(new OrreryError("FRAME_TOO_LARGE", { limit_bytes: this.#deps.config.ws_frame_bytes }), undefined);
  }

  goodbye(reason: string): void {
    this.#stream.stop();
    this.#send({ type: "goodbye", reason });
    this.#ws.close(CLOSE_GOING_AWAY, reason);
  }

  #send(frame: ControlFrame): void {
    this.write(textFrame(JSON.stringify(frame)));
  }

  fail(error: unknown): void {
    this.#fail(error, undefined);
    this.#ws.close(CLOSE_FAILED);
  }

  #fail(error: unknown, id: string | undefined): void {
    const known = toCallerError(error, this.#deps.logger, { bodyBytes: this.#deps.config.json_body_bytes });
    this.#send({ type: "error", ...(id === undefined ? {} : { id }), ...known.toBody() });
  }

  #receive(message: { readonly text: string; readonly isBinary: boolean }): void {
    this.#unanswered = 0;
    this.#inbox.push(message);
    this.#work();
  }

  /** Takes commands while the client takes answers. Otherwise the socket stays unread, and TCP holds the client back. */
  #work(): void {
    while (this.#inbox.length > 0 && this.#running < RUNNING_AT_ONCE && !this.#isFull()) {
      this.#running++;
      void this.#handle(this.#inbox.shift()!).finally(() => {
        this.#running--;
        this.#work();
      });
    }
    if (this.#inbox.length === 0) {
      if (this.#ws.isPaused) this.#ws.resume();
      return;
    }
    this.#ws.pause();
    if (this.#isFull() && !this.#isWaiting) void this.#workWhenDrained();
  }

  async #workWhenDrained(): Promise<void> {
    this.#isWaiting = true;
    await this.drained();
    this.#isWaiting = false;
    this.#work();
  }

  #isFull(): boolean {
    return this.unsentBytes() > this.#deps.config.ws_buffer_bytes;
  }

  async #handle(message: { readonly text: string; readonly isBinary: boolean }): Promise<void> {
    let id: string | undefined;
    try {
      const frame = readFrame(message);
      id = idOf(frame);
      const { command, params = {} } = parseInput(CommandFrame, frame);
      const answer = await this.#run(command, params, id);
      if (answer !== "answered") this.#send({ type: "result", ...(id === undefined ? {} : { id }), data: answer.data });
    } catch (error) {
      this.#fail(error, id);
    }
  }

  async #run(command: string, params: Readonly<Record<string, unknown>>, id: string | undefined): Promise<Answer> {
    const operation = operationNamed(command);
    // Ingest is held back by the log's queue, not counted.
    if (operation?.scope !== "ingest") this.#count();
    const visitor = this.#visitor;
    const { actor, scope, tokenId } = visitor;
    const isNamed = tokenId !== undefined;
    const caller: Caller = { door: "websocket", actor, isNamed, ...(scope === undefined ? {} : { scope }), signal: this.#abort.signal };
    if (operation !== undefined) return { data: await callOperation(this.#deps, operation, params, visitor, caller) };
    if (!isConnectionCommand(command)) throw new OrreryError("UNKNOWN_COMMAND", { command });
    if (command !== "auth" && command !== "ping") this.#deps.access.check(visitor, "read", command);
    switch (command) {
      case "subscribe":
        this.#subscribe(parseInput(SubscribeParams, params), id);
        return "answered";
      case "unsubscribe":
        return { data: this.#unsubscribe(parseInput(UnsubscribeParams, params)) };
      case "auth":
        return { data: this.#auth(parseInput(AuthParams, params)) };
      case "ping":
        return { data: { at: toTimestamp(this.#deps.clock.now()) } };
      case "get_status":
        return { data: await this.#deps.handlers["status.get"]({}, caller) };
      case "get_history":
        return { data: this.#history(parseInput(HistoryParams, params)) };
    }
  }

  #auth({ token }: AuthParams): { readonly name: string; readonly scope: string } {
    this.#visitor = this.#deps.access.know(token, this.#deps.address);
    this.#cancelWait?.();
    // What was subscribed to before is no longer sure to be allowed.
    this.#stream.stop();
    return { name: this.#visitor.actor, scope: this.#visitor.scope! };
  }

  /** Who does not say who they are keeps no connection. */
  #awaitName(): void {
    this.#cancelWait = this.#deps.clock.after(NAME_WITHIN_MS, () => {
      this.#fail(new OrreryError("UNAUTHENTICATED", { reason: "no token was sent in time" }), undefined);
      this.#ws.close(CLOSE_REFUSED, "a token is needed");
    });
  }

  /** A token was revoked: whoever came with it is shown out. */
  revoked(tokenId: string): void {
    if (this.#visitor.tokenId !== tokenId) return;
    this.#visitor = { actor: this.#visitor.actor };
    this.#stream.stop();
    this.#send({ type: "goodbye", reason: "the token was revoked" });
    this.#ws.close(CLOSE_REFUSED, "the token was revoked");
  }

  #count(): void {
    const taken = this.#rate.take();
    if (!taken.ok) throw tooMany(this.#deps.config.commands_per_window, taken.retryAfterMs);
  }

  /**
   * A connection has one stream, so that its events come in order. A later `subscribe` adds channels from now on; with `from` or
   * `snapshot` the stream begins again there with all its channels.
   */
  #subscribe({ channels, from, snapshot, every_ms }: SubscribeParams, id: string | undefined): void {
    const { head, config } = this.#deps;
    const union = channelSet([...this.#stream.channels, ...channels]);
    if (union.channels.size > config.max_subscriptions)
      throw new OrreryError("TOO_MANY_SUBSCRIPTIONS", { limit: config.max_subscriptions });
    if (every_ms !== undefined) this.#stream.pace(every_ms);
    const taken = snapshot === true ? this.#deps.snapshot() : undefined;
    this.#send({ type: "subscribed", channels: [...union.channels], head: head(), ...(id === undefined ? {} : { id }) });
    if (taken !== undefined) {
      this.write(this.#deps.takesDeflated ? taken.deflated() : taken.plain());
      this.#stream.start(union, taken.seq);
    } else if (from === undefined) {
      this.#stream.add(channels);
    } else {
      this.#stream.start(union, from === "now" ? head() : from === "start" ? 0 : from);
    }
  }

  #unsubscribe({ channels }: { readonly channels?: readonly string[] | undefined }): { channels: readonly string[] } {
    if (channels === undefined) this.#stream.stop();
    else this.#stream.remove(channels);
    return { channels: this.#stream.channels };
  }

  /** The newest page, or with `after` alone the next newer one; oldest first inside. */
  #history({ event_types, before, after, limit }: ReturnType<typeof HistoryParams.parse>): {
    items: readonly StoredEvent[];
    has_more: boolean;
  } {
    const isForward = after !== undefined && before === undefined;
    const found = this.#deps.readLog({
      order: isForward ? "oldest" : "newest",
      limit: limit + 1,
      ...(event_types === undefined ? {} : { types: event_types }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
    const items = found.slice(0, limit);
    return { items: isForward ? items : items.toReversed(), has_more: found.length > limit };
  }
}

/** The id to answer to, even when the rest of the frame is wrong. */
function idOf(frame: unknown): string | undefined {
  const id = typeof frame === "object" && frame !== null ? (frame as { readonly id?: unknown }).id : undefined;
  return typeof id === "string" ? id.slice(0, 200) : undefined;
}

function readFrame({ text, isBinary }: { readonly text: string; readonly isBinary: boolean }): unknown {
  if (isBinary) throw new OrreryError("BAD_JSON", { reason: "binary frames are not read" });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OrreryError("BAD_JSON", { reason: (cause as Error).message }, { cause });
  }
}

function isConnectionCommand(command: string): command is ConnectionCommand {
  return Object.hasOwn(connectionCommands, command);
}
