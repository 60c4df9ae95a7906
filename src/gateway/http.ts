import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Config } from "../contract/config.ts";
import { errorHeaders } from "../contract/error-headers.ts";
import type { Clock } from "../lib/clock.ts";
import { OrreryError } from "../contract/errors.ts";
import type { Operation, Scope } from "../contract/operation.ts";
import { operations, type Caller, type Handlers } from "../contract/operations/index.ts";
import { jsonOf } from "../lib/ready-json.ts";
import { encodingOf, readItems, readJson, readRaw, refuseCompressed } from "./body.ts";
import { callOperation, type CallDeps } from "./call.ts";
import { toCallerError, type GatewayLogger } from "./failure.ts";
import { itemsField } from "./input.ts";
import { addressOf, type Access, type Visitor } from "./access.ts";
import type { CommandLimit } from "./command-limit.ts";
import type { LocalOnly } from "./local-only.ts";

interface HttpDeps {
  readonly config: Pick<Config, "json_body_bytes" | "host" | "max_connections">;
  readonly handlers: Handlers;
  readonly localOnly: LocalOnly;
  readonly access: Access;
  readonly commandLimit: CommandLimit;
  readonly audit: CallDeps["audit"];
  readonly logger: GatewayLogger;
  readonly clock: Clock;
  ready(): boolean;
  stopping(): boolean;
  metrics(): Promise<string>;
}

interface Route {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
}

const JSON_TYPE = "application/json; charset=utf-8";
const TEXT_TYPE = "text/plain; charset=utf-8";
/** A body may take this long to arrive. */
const REQUEST_TIMEOUT_MS = 120_000;
/** The head of a request, or the first byte of a connection, may take this long; looked at every few seconds. */
const HEAD_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 3_000;
const LONGEST_PARAM = 600;
const DISCARDED_BYTES = 64 * 1024 * 1024;
const SILENT_MS = 500;

/** The HTTP door: one route per declared operation, the probes, and errors in one shape. */
export function createHttp(deps: HttpDeps): FastifyInstance {
  const { localOnly, access, logger, config } = deps;
  const limits = { bodyBytes: config.json_body_bytes };
  const app = Fastify({
    logger: false,
    bodyLimit: config.json_body_bytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEAD_WITHIN_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    clientErrorHandler: answerGarbage,
    frameworkErrors: (error, _request, reply) => void fail(error, reply as unknown as FastifyReply),
  });

  // WebSocket clients, and as many requests again; beyond that a connection is closed before it costs anything.
  app.server.maxConnections = config.max_connections * 2;

  function fail(error: unknown, reply: FastifyReply): FastifyReply {
    const known = toCallerError(error, logger, limits);
    return reply
      .code(known.status)
      .headers(errorHeaders(known))
      .type(JSON_TYPE)
      .send(JSON.stringify({ error: known.toBody() }));
  }

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler(async (error, request, reply) => {
    // Many programs read no answer before they have sent all: they would hear of a broken pipe, and of no reason.
    if ((error as { readonly code?: string }).code === "FST_ERR_CTP_BODY_TOO_LARGE") await discard(request.raw, deps.clock);
    return fail(error, reply);
  });
  const routes: Route[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    if (url !== "/*") routes.push({ methods: [method].flat(), pattern: new RegExp(`^${url.replace(/:[^/]+/g, "[^/]+")}$`) });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0]!;
    const allowed = routes.filter((route) => route.pattern.test(path)).flatMap((route) => route.methods);
    if (allowed.length === 0) throw new OrreryError("ROUTE_NOT_FOUND", { method: request.method, path });
    void reply.header("allow", allowed.join(", "));
    throw new OrreryError("METHOD_NOT_ALLOWED", { method: request.method, path });
  });

  app.addHook("onRequest", (request, reply, done) => {
    try {
      if (deps.stopping()) throw new OrreryError("STOPPING");
      const foreign = localOnly.check(request.headers);
      void reply.header("x-content-type-options", "nosniff");
      if (foreign !== undefined) return answerForeign(foreign, request, reply, done);
      void reply.header("cross-origin-resource-policy", "same-origin");
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  for (const operation of operations) addOperation(app, operation, deps);

  app.get("/healthz", (_request, reply) => reply.type(JSON_TYPE).send('{"alive":true}'));
  app.get("/readyz", (_request, reply) => {
    const ready = deps.ready() && !deps.stopping();
    if (!ready) void reply.code(503).header("retry-after", 1);
    return reply.type(JSON_TYPE).send(JSON.stringify({ ready }));
  });
  const mayRead = async ({ raw }: FastifyRequest): Promise<void> => access.check(access.of(raw), "read", "/metrics");
  app.get("/metrics", { onRequest: mayRead }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await deps.metrics()),
  );
  return app;
}

function addOperation(app: FastifyInstance, operation: Operation, deps: CallDeps & Pick<HttpDeps, "commandLimit">): void {
  const { access, commandLimit } = deps;
  const field = itemsField(operation);
  const read = operation.body === "raw" ? readRaw : readItems;
  const isInQuery = operation.method === "GET" || operation.method === "DELETE";

  function inputOf(request: FastifyRequest): unknown {
    if (isInQuery) return { ...(request.query as object), ...(request.params as object) };
    const body = bodyOf(request);
    if (operation.body === "bytes") return { ...(request.query as object), ...(request.params as object), ...bytesOf(body, request) };
    if (field !== undefined) return { [field]: read(body ?? Buffer.alloc(0), encodingOf(request.headers)) };
    if (body === undefined) return request.params;
    encodingOf(request.headers);
    const value = readJson(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value, ...(request.params as object) } : value;
  }

  app.route({
    method: operation.method,
    url: `/api${operation.path}`,
    // Before the body is read: who may not come in need not be listened to.
    onRequest: async ({ raw }) => {
      const visitor = access.of(raw);
      access.check(visitor, operation.scope, operation.name);
      commandLimit.count(operation, visitor, addressOf(raw));
    },
    handler: async (request, reply) => {
      const visitor = access.of(request.raw);
      const output = await callOperation(deps, operation, inputOf(request), visitor, new HttpCaller(reply, visitor, access));
      // What was waited for is for who may still have it.
      if (operation.kind === "query") access.check(visitor, operation.scope, operation.name);
      if (operation.reply === "empty" || (operation.reply === "maybe" && output === undefined)) return reply.send();
      if (operation.reply === "text") return reply.type(TEXT_TYPE).send(output);
      return reply.type(JSON_TYPE).send(jsonOf(output));
    },
  });
}

/** Text where it is whole, else the bytes: a piece of a stream may end within a character. */
function bytesOf(body: Buffer | undefined, request: FastifyRequest): { readonly text: string } | { readonly base64: string } {
  if (body === undefined) return { text: "" };
  encodingOf(request.headers);
  return isUtf8(body) ? { text: body.toString("utf8") } : { base64: body.toString("base64") };
}

function bodyOf(request: FastifyRequest): Buffer | undefined {
  const body = request.body as Buffer | undefined;
  if (body === undefined || body.length === 0) return undefined;
  refuseCompressed(request.headers["content-encoding"]);
  return body;
}

/** A caller whose signal is made only for the operations that look at it: most end before anyone could hang up. */
class HttpCaller implements Caller {
  readonly door = "http";
  readonly actor: string;
  readonly isNamed: boolean;
  readonly scope?: Scope;
  readonly #reply: FastifyReply;
  readonly #visitor: Visitor;
  readonly #access: Pick<Access, "whenRevoked">;
  #abort: AbortController | undefined;

  constructor(reply: FastifyReply, visitor: Visitor, access: Pick<Access, "whenRevoked">) {
    const { actor, scope, tokenId } = visitor;
    this.#visitor = visitor;
    this.#access = access;
    this.actor = actor;
    if (scope !== undefined) this.scope = scope;
    this.isNamed = tokenId !== undefined;
    this.#reply = reply;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      // Of the answer, not of its socket: one socket carries many requests.
      const stop = this.#access.whenRevoked(this.#visitor, () => abort.abort());
      this.#reply.raw.once("close", () => {
        stop();
        abort.abort();
      });
    }
    return this.#abort.signal;
  }
}

/** Reads what is left of a body and keeps none of it: up to a limit, and while it comes. */
async function discard(body: IncomingMessage, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  let cancel = clock.after(SILENT_MS, resolve);
  body.on("data", (piece: Buffer) => {
    cancel();
    bytes += piece.length;
    if (bytes > DISCARDED_BYTES) resolve();
    else cancel = clock.after(SILENT_MS, resolve);
  });
  for (const end of ["end", "close", "error"]) body.once(end, resolve);
  await promise;
  cancel();
}

/** What came is not HTTP, or its head is too large: there is no request to answer to, only a socket. */
function answerGarbage(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const failure = new OrreryError("BAD_INPUT", {
    problems: [{ field: "request", message: `is not HTTP that can be read (${error.code ?? error.message})` }],
  });
  const body = JSON.stringify({ error: failure.toBody() });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A page of an allowed other origin: browsers need to be told that it may read the answer. */
function answerForeign(origin: string, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  void reply.headers({ "access-control-allow-origin": origin, vary: "Origin" });
  if (request.method !== "OPTIONS") return done();
  void reply
    .code(204)
    .headers({
      "access-control-allow-methods": "GET, POST, PUT, DELETE",
      "access-control-allow-headers": "authorization, content-type, mcp-protocol-version, mcp-method, mcp-name",
      "access-control-max-age": "600",
    })
    .send();
}
