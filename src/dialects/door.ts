import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Clock } from "../lib/clock.ts";
import { isLoopbackHost, loopbackOriginPort } from "../lib/loopback.ts";
import { createPeer, type Peer } from "./peer.ts";

export interface DialectLogger {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface DoorLimits {
  readonly connections: number;
  readonly frameBytes: number;
  readonly bufferBytes: number;
  readonly bodyBytes: number;
}

/** One HTTP exchange, its body read. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly url: URL;
  readonly body: Buffer;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Options {
  readonly name: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly logger: DialectLogger;
  readonly limits: DoorLimits;
  answer(exchange: Exchange): Answer | Promise<Answer>;
  /** What a request that is too large, or that failed here, is told. */
  failure(status: number, message: string): Answer;
  /** Whether a WebSocket may open; an answer refuses it. */
  refuses?(request: IncomingMessage): Answer | undefined;
  /** The sub-protocol to choose of those offered. Default: none. */
  protocol?(offered: ReadonlySet<string>): string | false;
  /** Any web page can have the origin `null`, a page from a disk has no other: who may see what then is for the dialect. */
  accept?(peer: Peer, request: IncomingMessage): void;
}

export interface Door {
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}

const HEARTBEAT_MS = 20_000;
const FAREWELL_MS = 300;
const GOING_AWAY = 1001;

/**
 * A port that speaks another system's language: HTTP and WebSocket, open to this machine only. Resolves once it listens; rejects with the
 * system's error (`EADDRINUSE`) when it cannot.
 */
export async function openDoor(options: Options): Promise<Door> {
  const { clock, host, limits, logger, name } = options;
  const peers = new Map<WebSocket, Peer>();
  const alive = new Set<WebSocket>();
  let isClosing = false;

  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 3_000 },
    (request, response) => {
      void serve(request, response).then(
        (answer) => send(response, answer),
        (error: unknown) => {
          // Who hangs up within a body reads no answer.
          if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return logger.debug({ error, dialect: name }, "a caller hung up");
          logger.warn({ error, dialect: name }, "a dialect failed");
          send(response, options.failure(500, "internal error"));
        },
      );
    },
  );
  server.maxConnections = limits.connections * 2;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const status = statusOfBroken[error.code ?? ""] ?? 400;
    if (socket.writable) refuse(socket, options.failure(status, `not a request of HTTP that is understood here: ${error.message}`));
    else socket.destroy();
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    if (!isLoopbackHost(request.headers.host ?? "")) return options.failure(403, "only programs on this machine may call");
    const { origin } = request.headers;
    // A page elsewhere may not read what is answered, but could send: only reading is harmless then.
    if (origin !== undefined && request.method !== "GET" && loopbackOriginPort(origin) === undefined)
      return options.failure(403, "only pages of this machine may call");
    const url = URL.parse(`http://localhost${request.url?.startsWith("/") === true ? request.url : "/"}`);
    if (url === null) return options.failure(400, "not a path");
    const body = await readBody(request, limits.bodyBytes);
    if (body === undefined) return options.failure(413, `the body is larger than ${limits.bodyBytes} bytes`);
    const abort = new AbortController();
    // Of the answer, not of its socket: one socket carries many requests.
    response.once("close", () => abort.abort());
    return options.answer({ request, method: request.method ?? "GET", url, body, signal: abort.signal });
  }

  const acceptor = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    clientTracking: false,
    handleProtocols: (offered) => options.protocol?.(offered) ?? false,
  });

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", (error) => logger.debug({ error, dialect: name }, "a socket failed"));
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refuse(socket, refusal);
    acceptor.handleUpgrade(request, socket, head, (ws) => {
      const peer = createPeer(ws, limits.bufferBytes);
      peers.set(ws, peer);
      alive.add(ws);
      ws.on("pong", () => alive.add(ws));
      ws.on("error", (error) => logger.debug({ error, dialect: name }, "a WebSocket client broke off"));
      ws.on("close", () => {
        peers.delete(ws);
        alive.delete(ws);
      });
      options.accept!(peer, request);
    });
  });

  function refusalOf(request: IncomingMessage): Answer | undefined {
    if (isClosing) return options.failure(503, "stopping");
    if (!isLoopbackHost(request.headers.host ?? "")) return options.failure(403, "only programs on this machine may call");
    if (options.accept === undefined) return options.failure(404, "no WebSocket here");
    if (peers.size >= limits.connections) return options.failure(503, `${limits.connections} clients are connected already`);
    const { origin } = request.headers;
    if (origin !== undefined && origin !== "null" && loopbackOriginPort(origin) === undefined)
      return options.failure(403, "only pages of this machine may connect");
    return options.refuses?.(request);
  }

  // A client that answers no ping is gone, however its socket looks.
  let stopBeat = clock.after(HEARTBEAT_MS, beat);
  function beat(): void {
    for (const ws of peers.keys()) {
      if (!alive.delete(ws)) ws.terminate();
      else ws.ping();
    }
    stopBeat = clock.after(HEARTBEAT_MS, beat);
  }

  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host: host.replace(/^\[|\]$/g, ""), port: options.port }, resolve);
  try {
    await promise;
  } catch (error) {
    stopBeat();
    throw error;
  }
  server.off("error", reject);
  server.on("error", (error) => logger.warn({ error, dialect: name }, "a dialect's port failed"));

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => peers.size,
    async close() {
      isClosing = true;
      stopBeat();
      for (const ws of peers.keys()) ws.close(GOING_AWAY);
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeIdleConnections();
      const cancel = clock.after(FAREWELL_MS, () => {
        for (const ws of peers.keys()) ws.terminate();
        server.closeAllConnections();
      });
      await closed;
      cancel();
    },
  };
}

/** By what Node calls what it could not read. */
const statusOfBroken: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** The whole body; undefined when it is longer than `limit`. */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
    else if (size > 4 * limit) break;
  }
  return size > limit ? undefined : Buffer.concat(pieces);
}

function send(response: ServerResponse, { status, headers = {}, body = "" }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": bytes.length, ...(status === 413 ? { connection: "close" } : {}) });
  response.end(bytes);
}

function refuse(socket: Duplex, { status, headers = {}, body = "" }: Answer): void {
  const bytes = Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    `content-length: ${bytes.length}`,
    "connection: close",
  ];
  socket.end(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes]), () => socket.destroy());
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: JSON.stringify(value) };
}

export function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
