import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { Config } from "../contract/config.ts";
import { errorHeaders } from "../contract/error-headers.ts";
import { OrreryError } from "../contract/errors.ts";
import { CLOSE_TOO_BIG, Connection, type ConnectionDeps } from "./connection.ts";
import { addressOf, type Tokens, type Visitor } from "./access.ts";
import { toCallerError } from "./failure.ts";
import type { LiveChannel } from "../contract/frames.ts";
import { createLiveFrames } from "./live-frames.ts";
import type { LocalOnly } from "./local-only.ts";
import { createSnapshotFrames, type PictureText } from "./snapshot-frames.ts";

interface Deps extends Omit<ConnectionDeps, "snapshot" | "takesDeflated" | "config" | "visitor" | "address"> {
  readonly config: ConnectionDeps["config"] & Pick<Config, "max_connections">;
  readonly localOnly: LocalOnly;
  readonly tokens: Tokens;
  readonly server: Server;
  snapshot(): PictureText;
}

export interface WsDoor {
  connections(): number;
  /** Bytes that wait for clients to take them. */
  unsentBytes(): number;
  /** Sends what is never stored to whoever subscribed to `live:<channel>`. */
  publish(channel: LiveChannel, data: unknown): void;
  /** Says goodbye, then closes; who does not answer is dropped after `withinMs`. */
  close(withinMs: number): Promise<void>;
}

const HEARTBEAT_MS = 30_000;
const UNKNOWN_AT_ONCE = 100;

const goneCodes: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT"]);

/** The WebSocket door at `/ws`, on the HTTP server's upgrade event. */
export function openWs(deps: Deps): WsDoor {
  const { access, clock, config, localOnly, logger, server } = deps;
  const connections = new Set<Connection>();
  const sockets = new Set<WebSocket>();
  let state: "open" | "closing" = "open";
  let onEmpty: (() => void) | undefined;
  const snapshot = createSnapshotFrames(deps.snapshot);

  const acceptor = new WebSocketServer({
    noServer: true,
    // Only the snapshot is sent compressed: it is large and made of much the same. No state of it stays with a connection.
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
    maxPayload: config.ws_frame_bytes,
    clientTracking: false,
    WebSocket: ClientSocket,
  });

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Clients go away without a word; that is no trouble of ours.
    socket.on("error", (error) => logger.debug({ error }, "a socket failed"));
    let visitor: Visitor;
    try {
      localOnly.check(request.headers);
      visitor = access.of(request);
      const path = request.url?.split("?", 1)[0] ?? "";
      if (path !== "/ws") throw new OrreryError("ROUTE_NOT_FOUND", { method: "WebSocket", path });
      if (state !== "open") throw new OrreryError("STOPPING");
      if (visitor.scope === undefined) checkUnknown();
      if (connections.size >= config.max_connections) throw new OrreryError("TOO_MANY_CONNECTIONS", { limit: config.max_connections });
    } catch (error) {
      return refuse(socket, toCallerError(error, logger, { bodyBytes: config.json_body_bytes }));
    }
    acceptor.handleUpgrade(request, socket, head, (ws) => accept(ws as ClientSocket, socket, request, visitor));
  }

  /** Who has not said yet who they are must leave room for those who have. */
  function checkUnknown(): void {
    const unknown = [...connections].filter(({ isKnown }) => !isKnown).length;
    if (unknown >= UNKNOWN_AT_ONCE) throw new OrreryError("TOO_MANY_CONNECTIONS", { limit: UNKNOWN_AT_ONCE });
  }

  function accept(ws: ClientSocket, socket: Duplex, request: IncomingMessage, visitor: Visitor): void {
    const connection = new Connection(ws, socket, {
      ...deps,
      snapshot,
      takesDeflated: takesDeflated(ws, request),
      visitor,
      address: addressOf(request),
    });
    connections.add(connection);
    sockets.add(ws);
    ws.onTooLarge = () => connection.refuseLargeFrame();
    ws.on("error", (error) => {
      const isGone = goneCodes.has((error as NodeJS.ErrnoException).code ?? "");
      if (isGone) logger.debug({ error }, "a WebSocket client went away");
      else logger.warn({ error }, "a WebSocket client broke the protocol");
    });
    ws.on("close", () => {
      connections.delete(connection);
      sockets.delete(ws);
      if (sockets.size === 0) onEmpty?.();
    });
  }

  const stopListening = deps.tokens.onRevoked((tokenId) => {
    for (const connection of connections) connection.revoked(tokenId);
  });
  server.on("upgrade", upgrade);
  let stopHeartbeat = clock.after(HEARTBEAT_MS, beat);
  function beat(): void {
    for (const connection of connections) connection.heartbeat();
    stopHeartbeat = clock.after(HEARTBEAT_MS, beat);
  }

  return {
    connections: () => connections.size,
    unsentBytes: () => [...connections].reduce((sum, connection) => sum + connection.unsentBytes(), 0),
    publish: createLiveFrames(() => connections),
    async close(withinMs) {
      state = "closing";
      stopHeartbeat();
      stopListening();
      for (const connection of connections) connection.goodbye("stopping");
      if (sockets.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        onEmpty = resolve;
        const cancel = clock.after(withinMs, resolve);
        await promise;
        cancel();
      }
      for (const ws of sockets) ws.terminate();
      server.off("upgrade", upgrade);
    },
  };
}

/** A client with less than the full window (RFC 7692) cannot read what was compressed with it. */
function takesDeflated(ws: WebSocket, { headers }: IncomingMessage): boolean {
  return ws.extensions.includes("permessage-deflate") && !/server_max_window_bits/i.test(headers["sec-websocket-extensions"] ?? "");
}

/** `ws` answers an oversized frame by closing with 1009; this client hears why first. */
class ClientSocket extends WebSocket {
  onTooLarge: () => void = () => undefined;

  override close(code?: number, data?: string | Buffer): void {
    if (code === CLOSE_TOO_BIG) this.onTooLarge();
    super.close(code, data);
  }
}

function refuse(socket: Duplex, error: OrreryError): void {
  const body = JSON.stringify({ error: error.toBody() });
  const lines = [
    `HTTP/1.1 ${error.status} ${error.code}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(errorHeaders(error)).map(([name, value]) => `${name}: ${value}`),
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
