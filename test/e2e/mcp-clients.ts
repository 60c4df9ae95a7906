import { Client } from "@modelcontextprotocol/client";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { fileURLToPath } from "node:url";
import type { RunningDaemon } from "./daemon.ts";

export interface ToolAnswer {
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

export interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: { readonly properties?: Readonly<Record<string, unknown>>; readonly required?: readonly string[] };
  readonly outputSchema?: object;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** What the tests ask of a client, whichever library and protocol it has. */
export interface AnyClient {
  readonly protocol: string | undefined;
  readonly server: string | undefined;
  list(): Promise<ListedTool[]>;
  call(name: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  close(): Promise<void>;
}

const bin = fileURLToPath(new URL("../../bin/orrery", import.meta.url));
/** Where the daemon is, and with which token it is called, if one is needed: as a header, or as a file for `orrery mcp`. */
type Called = Pick<RunningDaemon, "url" | "home"> & { readonly token?: string; readonly tokenFile?: string };

const stdio = ({ home, tokenFile }: Called) => ({
  command: bin,
  args: ["mcp", "--home", home, ...(tokenFile === undefined ? [] : ["--token-file", tokenFile])],
  stderr: "pipe" as const,
});
const headers = ({ token }: Called) => (token === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${token}` } } });
const info = { name: "test-client", version: "1.0.0" };

/** The official library of the 2026-07-28 protocol. */
export async function newClient(transport: "http" | "stdio", daemon: Called): Promise<AnyClient> {
  const client = new Client(info, { versionNegotiation: { mode: "auto" } });
  await client.connect(
    transport === "http"
      ? new StreamableHTTPClientTransport(new URL(`${daemon.url}/mcp`), headers(daemon))
      : new StdioClientTransport(stdio(daemon)),
  );
  return {
    protocol: client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion()?.name,
    list: async () => (await client.listTools()).tools as unknown as ListedTool[],
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as unknown as ToolAnswer,
    close: () => client.close(),
  };
}

/** The official library of the 2025 protocol and before. */
export async function oldClient(transport: "http" | "stdio", daemon: Called): Promise<AnyClient> {
  const client = new OldClient(info);
  const http = transport === "http" ? new OldHttp(new URL(`${daemon.url}/mcp`), headers(daemon)) : undefined;
  await client.connect((http ?? new OldStdio(stdio(daemon))) as Parameters<OldClient["connect"]>[0]);
  return {
    protocol: http === undefined ? undefined : http.protocolVersion,
    server: client.getServerVersion()?.name,
    list: async () => (await client.listTools()).tools as unknown as ListedTool[],
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as unknown as ToolAnswer,
    close: () => client.close(),
  };
}
