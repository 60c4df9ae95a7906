import { AsyncLocalStorage } from "node:async_hooks";
import type { McpHttpHandler } from "@modelcontextprotocol/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../lib/clock.ts";
import { addressOf, type Visitor } from "./access.ts";
import { refuseCompressed } from "./body.ts";
import { callOperation, type CallDeps } from "./call.ts";
import type { CommandLimit } from "./command-limit.ts";
import { toCallerError, type GatewayLogger } from "./failure.ts";

interface McpDoorDeps extends CallDeps {
  readonly commandLimit: CommandLimit;
  readonly logger: GatewayLogger;
  readonly version: string;
  readonly clock: Clock;
  readonly bodyBytes: number;
}

interface Asker {
  readonly visitor: Visitor;
  readonly address: string;
}

/** Whose request a tool is called by: the library hands on the call and not the request. */
const askers = new AsyncLocalStorage<Asker>();

/**
 * The door of the Model Context Protocol at `/mcp`, over streamable HTTP. A request of the 2026-07-28 protocol says everything itself; one of the
 * 2025 protocols gets a server of its own without a session, so GET (a stream of the server's own) and DELETE (the end of a session) are refused.
 */
export function serveMcp(app: FastifyInstance, deps: McpDoorDeps): void {
  let opening: Promise<McpHttpHandler> | undefined;

  app.route({
    method: ["POST", "GET", "DELETE"],
    url: "/mcp",
    exposeHeadRoute: false,
    onRequest: async ({ raw }) => deps.access.check(deps.access.of(raw), "ingest", "/mcp"),
    handler: async (request, reply) => {
      refuseCompressed(request.headers["content-encoding"]);
      const handler = await (opening ??= open(deps));
      if (request.method !== "POST") void reply.header("allow", "POST");
      const asker = { visitor: deps.access.of(request.raw), address: addressOf(request.raw) };
      return reply.send(await askers.run(asker, () => handler.fetch(toWebRequest(request, reply))));
    },
  });
  app.addHook("preClose", async () => (await opening)?.close());
}

/** Loaded at the first request: the library takes a quarter of a second, and most daemons never hear MCP. */
async function open({ handlers, access, audit, commandLimit, logger, version, clock, bodyBytes }: McpDoorDeps): Promise<McpHttpHandler> {
  const [{ createMcpHandler }, { createMcpServers }] = await Promise.all([
    import("@modelcontextprotocol/server"),
    import("../mcp/index.ts"),
  ]);
  const servers = createMcpServers({
    version,
    clock,
    async call(operation, input, { actor, signal }) {
      const { visitor, address } = askers.getStore() ?? { visitor: { actor: "nobody" }, address: "unknown" };
      const { scope, tokenId } = visitor;
      const isNamed = tokenId !== undefined;
      const who = { actor: isNamed ? visitor.actor : actor, isNamed, ...(scope === undefined ? {} : { scope }) };
      commandLimit.count(operation, visitor, address);
      const revoked = new AbortController();
      const stop = access.whenRevoked(visitor, () => revoked.abort());
      try {
        const caller = { door: "mcp", ...who, signal: AbortSignal.any([signal, revoked.signal]) } as const;
        const output = await callOperation({ handlers, access, audit }, operation, input, visitor, caller);
        // What was waited for is for who may still have it.
        if (operation.kind === "query") access.check(visitor, operation.scope, operation.name);
        return output;
      } finally {
        stop();
      }
    },
    toError: (error) => toCallerError(error, logger, { bodyBytes }),
  });
  return createMcpHandler(servers, {
    maxRequestBodySize: bodyBytes,
    onerror: (error) => logger.debug({ error }, "an MCP request was refused"),
  });
}

function toWebRequest(request: FastifyRequest, reply: FastifyReply): Request {
  const abort = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  const headers = new Headers(
    Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      [value ?? []].flat().map((each): [string, string] => [name, each]),
    ),
  );
  const body = request.method === "POST" ? ((request.body as Buffer | undefined) ?? Buffer.alloc(0)) : undefined;
  return new Request(`http://localhost${request.url}`, {
    method: request.method,
    headers,
    signal: abort.signal,
    ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
  });
}
