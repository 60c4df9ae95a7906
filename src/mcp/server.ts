import {
  CLIENT_INFO_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type McpServerFactory,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { toAnswer, toFailure } from "./answer.ts";
import { toInput, tools } from "./tools.ts";

export interface McpCaller {
  /** What the client calls itself. */
  readonly actor: string;
  readonly signal: AbortSignal;
}

export interface McpDeps {
  readonly version: string;
  /** Runs an operation; the input is not checked yet. */
  call(operation: Operation, input: unknown, caller: McpCaller): Promise<unknown> | unknown;
  /** What the caller may see of any failure. */
  toError(error: unknown): OrreryError;
}

const instructions = `Orrery watches the coding agents on this machine and keeps what they did.
Times are RFC 3339 UTC, money is whole millionths of a US dollar, and each figure of money says where it comes from.
Lists come in pages: pass next_cursor as cursor for the next one.
ask_human and request_approval reach the people who watch. If nobody decides in time the answer holds an ask_id: go on with other work, or call wait_for_ask.`;

/** The list changes only with the version. */
const LIST_FRESH_MS = 3_600_000;
const MAX_NAME = 200;

/** One server over the registry, for a request or a connection, in whichever version of the protocol its client speaks. */
export function createMcpServers({ version, call, toError }: McpDeps): McpServerFactory {
  const listed = [...tools.values()].map((tool) => tool.listed);
  return () => {
    const server = new Server(
      { name: "orrery", title: "Orrery", version },
      {
        capabilities: { tools: {} },
        instructions,
        cacheHints: {
          "tools/list": { ttlMs: LIST_FRESH_MS, cacheScope: "public" },
          "server/discover": { ttlMs: LIST_FRESH_MS, cacheScope: "public" },
        },
      },
    );
    server.setRequestHandler("tools/list", () => ({ tools: listed }));
    server.setRequestHandler("tools/call", async ({ params }, context) => {
      const tool = tools.get(params.name);
      if (tool === undefined)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${params.name.slice(0, MAX_NAME)}.`);
      const actor = clientName(server, context);
      try {
        const input = toInput(tool, params.arguments ?? {}, actor);
        return toAnswer(tool, await call(tool.operation, input, { actor, signal: context.mcpReq.signal }));
      } catch (error) {
        return toFailure(toError(error));
      }
    });
    return server;
  };
}

/** A client of the 2025 protocol names itself once per connection, which a request over HTTP does not know of. */
function clientName(server: Server, context: ServerContext): string {
  const envelope = context.mcpReq.envelope as Readonly<Record<string, { readonly name?: string } | undefined>> | undefined;
  const told = envelope?.[CLIENT_INFO_META_KEY]?.name ?? server.getClientVersion()?.name;
  return told === undefined || told === "" ? "mcp" : told.slice(0, MAX_NAME);
}
