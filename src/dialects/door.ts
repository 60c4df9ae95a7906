import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { errorHeaders } from "../contract/error-headers.ts";
import { OrreryError } from "../contract/errors.ts";
import { createEntrance, type Entry, type Rules } from "./entrance.ts";
import { createPeer, type Peer } from "./peer.ts";
import type { Picture } from "./picture.ts";

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
  readonly entry: Entry;
  /** Aborted when the caller goes away, or its token is revoked: what it waited for is no longer for it. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Options extends Rules {
  readonly name: string;
  readonly picture: Pick<Picture, "clock" | "logger" | "config" | "visitor" | "onTokenRevoked">;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits: DoorLimits;
  answer(exchange: Exchange): Answer | Promise<Answer>;
  /** What a request that is refused, or that failed here, is told. */
  failure(status: number, message: string, code?: string): Answer;
  /** Whether there is a WebSocket at this address; an answer refuses it. */
  refuses?(request: IncomingMessage): Answer | undefined;
  /** Any web page can have the origin `null`, a page from a disk has no other: who may see what then is for the dialect. */
  accept?(peer: Peer, request: IncomingMessage, entry: Entry): void;
}

export interface Door {
  readonly port: number;
  connections(): number;
  /** Bytes that wait for clients to take them. */
  unsentBytes(): number;
  close(): Promise<void>;
}

const HEARTBEAT_MS = 20_000;
/** So many clients may let their whole buffers fill; of more each has its part, but never less than this part of a whole. */
const FULL_BUFFERS = 32;
const LEAST_PART = 64;
const FAREWELL_MS = 300;
const GOING_AWAY = 1001;
const REFUSED = 1008;
const revoked = new OrreryError("UNAUTHENTICATED", { reason: "the token was revoked" });

/**
 * A port that speaks another system's language: HTTP and WebSocket, open to this machine only. Resolves once it listens; rejects with the
 * system's error (`EADDRINUSE`) when it cannot.
 */
export async function openDoor(options: Options): Promise<Door> {
  const { host, limits, name, picture } = options;
  const { clock, logger } = picture;
  const entrance = createEntrance({ name, rules: options, config: picture.config, visitor: picture.visitor });
  const peers = new Map<WebSocket, Entry>();
  const alive = new Set<WebSocket>();
  const underWay = new Map<AbortController, Entry>();
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
    const url = URL.parse(`http://localhost${request.url?.startsWith("/") === true ? request.url : "/"}`);
    if (url === null) return options.failure(400, "not a path");
    // Who only asks for the head is answered as for the whole: its body is left out on the way.
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
    // Before the body is read: who may not come in need not be listened to.
    const entry = admitted(() => entrance.request(request, method, url.pathname));
    if ("status" in entry) return entry;
    const body = await readBody(request, limits.bodyBytes);
    if (body === undefined) return options.failure(413, `the body is larger than ${limits.bodyBytes} bytes`);
    const abort = new AbortController();
    // Of the answer, not of its socket: one socket carries many requests.
    response.once("close", () => abort.abort());
    underWay.set(abort, entry);
    try {
      const answer = await options.answer({ request, method, url, body, entry, signal: abort.signal });
      // What was done is told as done; what was asked or waited for is for who may still have it.
      const isDone = method === "POST" && answer.status < 400;
      return abort.signal.reason === revoked && !isDone ? refusal(revoked) : answer;
    } finally {
      underWay.delete(abort);
    }
  }

  /** Who came in, or what a sender is told who may not. */
  function admitted(enter: () => Entry): Entry | Answer {
    try {
      return enter();
    } catch (error) {
      if (!(error instanceof OrreryError)) throw error;
      return refusal(error);
    }
  }

  function refusal(error: OrreryError): Answer {
    const { status, headers, body } = options.failure(error.status, error.message, error.code);
    return { status, headers: { ...headers, ...errorHeaders(error) }, ...(body === undefined ? {} : { body }) };
  }

  const bufferBytes = (): number => limits.bufferBytes * Math.max(1 / LEAST_PART, Math.min(1, FULL_BUFFERS / peers.size));

  const acceptor = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    clientTracking: false,
    // A browser breaks off where one is chosen that it did not offer, and where its token is not chosen.
    handleProtocols: (offered) => (offered.has("bearer") ? "bearer" : false),
  });

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", (error) => logger.debug({ error, dialect: name }, "a socket failed"));
    const entry = entryOf(request);
    if ("status" in entry) return refuse(socket, entry);
    // One sub-protocol of two words is none by the standard: it is read as two.
    const offered = request.headers["sec-websocket-protocol"];
    if (offered !== undefined) request.headers["sec-websocket-protocol"] = offered.replace(/(^|,\s*)bearer +(?=[^\s,])/, "$1bearer, ");
    acceptor.handleUpgrade(request, socket, head, (ws) => {
      const peer = createPeer(ws, bufferBytes);
      peers.set(ws, entry);
      alive.add(ws);
      ws.on("pong", () => alive.add(ws));
      ws.on("error", (error) => logger.debug({ error, dialect: name }, "a WebSocket client broke off"));
      ws.on("close", () => {
        peers.delete(ws);
        alive.delete(ws);
      });
      options.accept!(peer, request, entry);
    });
  });

  function entryOf(request: IncomingMessage): Entry | Answer {
    if (isClosing) return options.failure(503, "stopping");
    const entry = admitted(() => entrance.socket(request));
    if ("status" in entry) return entry;
    if (options.accept === undefined) return options.failure(404, "no WebSocket here");
    if (peers.size >= limits.connections) return options.failure(503, `${limits.connections} clients are connected already`);
    return options.refuses?.(request) ?? entry;
  }

  const stopRevoking = picture.onTokenRevoked((tokenId) => {
    for (const [ws, entry] of peers) if (entry.tokenId === tokenId) ws.close(REFUSED, "the token was revoked");
    for (const [abort, entry] of underWay) if (entry.tokenId === tokenId) abort.abort(revoked);
  });

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
    stopRevoking();
    throw error;
  }
  server.off("error", reject);
  server.on("error", (error) => logger.warn({ error, dialect: name }, "a dialect's port failed"));

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => peers.size,
    unsentBytes: () => [...peers.keys()].reduce((sum, ws) => sum + ws.bufferedAmount, 0),
    async close() {
      isClosing = true;
      stopBeat();
      stopRevoking();
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

/** No page elsewhere takes an answer in as a script or an image. */
const guards = { "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin" };

function send(response: ServerResponse, { status, headers = {}, body = "" }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...guards, ...headers, "content-length": bytes.length, ...(status === 413 ? { connection: "close" } : {}) });
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
  return jsonText(status, JSON.stringify(value), headers);
}

/** The answer whose JSON is written already. */
export function jsonText(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
}

export function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
