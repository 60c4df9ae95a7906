export { createClient, type CallInput, type Client } from "./client.ts";
export type { ConnectionState } from "./connection-state.ts";
export type { FetchSession } from "./fold-queue.ts";
export { HookApiClient, HookApiError } from "./hook-api.ts";
export { createReplica, type Replica, type Socket, type SocketConstructor } from "./replica.ts";
