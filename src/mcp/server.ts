import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type McpServerFactory,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { getAsk, withdrawAsk, type AskDetail } from "../contract/operations/asks.ts";
import type { Clock } from "../lib/clock.ts";
import { toAnswer, toFailure } from "./answer.ts";
import { withProgress } from "./progress.ts";
import { TASKS, toCreated, toLookedUp } from "./tasks.ts";
import { toInput, tools, type OperationTool } from "./tools.ts";

export interface McpCaller {
  /** What the client calls itself. */
  readonly actor: string;
  readonly signal: AbortSignal;
}

export interface McpDeps {
  readonly version: string;
  readonly clock: Clock;
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

const TaskParams = z.looseObject({ taskId: z.string() });

/** One server over the registry, for a request or a connection, in whichever version of the protocol its client speaks. */
export function createMcpServers(deps: McpDeps): McpServerFactory {
  const listed = [...tools.values()].map((tool) => tool.listed);
  return ({ era }) => {
    const server = new Server(
      { name: "orrery", title: "Orrery", version: deps.version },
      {
        capabilities: { tools: {}, ...(era === "modern" ? { extensions: { [TASKS]: {} } } : {}) },
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
      const caller = callerOf(server, context);
      const input = toInput(tool, params.arguments ?? {}, caller.actor);
      try {
        if (isAsk(tool) && takesTasks(context)) return await asTask(tool, { ...input, wait_ms: 0 }, caller);
        return toAnswer(tool, await withProgress(deps.clock, context, () => deps.call(tool.operation, input, caller)));
      } catch (error) {
        return toFailure(deps.toError(error));
      }
    });
    if (era === "modern") serveTasks(server);
    return server;
  };

  async function asTask(tool: OperationTool, input: unknown, caller: McpCaller) {
    const ask = (await deps.call(tool.operation, input, caller)) as AskDetail;
    // The library checks answers of tools by the core protocol alone, which has no tasks.
    return (ask.state === "open" ? toCreated(ask) : toAnswer(tool, ask)) as ReturnType<typeof toAnswer>;
  }

  function serveTasks(server: Server): void {
    const schema = { params: TaskParams };
    server.setRequestHandler("tasks/get", schema, async ({ taskId }, context) => {
      const ask = await lookUp(taskId, callerOf(server, context));
      return toLookedUp(ask, toAnswer(tools.get("ask_human")!, ask));
    });
    // No task of ours requires input of its client.
    server.setRequestHandler("tasks/update", schema, async ({ taskId }, context) => {
      await lookUp(taskId, callerOf(server, context));
      return {};
    });
    server.setRequestHandler("tasks/cancel", schema, async ({ taskId }, context) => {
      const caller = callerOf(server, context);
      const ask = await lookUp(taskId, caller);
      if (ask.state === "open") await cancel(ask, caller);
      return {};
    });
  }

  async function lookUp(taskId: string, caller: McpCaller): Promise<AskDetail> {
    try {
      return (await deps.call(getAsk, { ask_id: taskId }, caller)) as AskDetail;
    } catch (error) {
      throw toProtocolError(deps.toError(error));
    }
  }

  async function cancel({ ask_id }: AskDetail, caller: McpCaller): Promise<void> {
    try {
      await deps.call(withdrawAsk, { ask_id, reason: "its task was cancelled", actor: caller.actor, door: "mcp" }, caller);
    } catch (error) {
      const known = deps.toError(error);
      // Somebody was quicker: what is over needs no cancelling.
      if (known.code !== "ASK_ALREADY_ANSWERED") throw toProtocolError(known);
    }
  }
}

function isAsk({ operation }: OperationTool): boolean {
  return operation.name === "asks.create";
}

function takesTasks({ mcpReq }: ServerContext): boolean {
  const envelope = mcpReq.envelope as Readonly<Record<string, { readonly extensions?: object } | undefined>> | undefined;
  return TASKS in (envelope?.[CLIENT_CAPABILITIES_META_KEY]?.extensions ?? {});
}

function toProtocolError(error: OrreryError): ProtocolError {
  const isTheirs = error.status < 500;
  return new ProtocolError(isTheirs ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError, error.message, error.toBody());
}

function callerOf(server: Server, context: ServerContext): McpCaller {
  return { actor: clientName(server, context), signal: context.mcpReq.signal };
}

/** A client of the 2025 protocol names itself once per connection, which a request over HTTP does not know of. */
function clientName(server: Server, context: ServerContext): string {
  const envelope = context.mcpReq.envelope as Readonly<Record<string, { readonly name?: string } | undefined>> | undefined;
  const told = envelope?.[CLIENT_INFO_META_KEY]?.name ?? server.getClientVersion()?.name;
  return told === undefined || told === "" ? "mcp" : told.slice(0, MAX_NAME);
}
