import type { z } from "zod";
import { OrreryError, errorTable, type ErrorCode, type ErrorParams } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { operations, type OperationName, type OperationOf, type OutputFor } from "../contract/operations/index.ts";
import { systemClock, type Clock } from "../lib/clock.ts";

/** What a caller gives: before defaults are filled in. */
export type CallInput<N extends OperationName> = z.input<OperationOf<N>["input"]>;

interface CallOptions {
  readonly signal?: AbortSignal;
  /** Default 30 seconds, and what the daemon was asked to wait before it answers. */
  readonly timeoutMs?: number;
}

type Method<N extends OperationName> =
  Record<string, never> extends CallInput<N>
    ? (input?: CallInput<N>, options?: CallOptions) => Promise<OutputFor<N>>
    : (input: CallInput<N>, options?: CallOptions) => Promise<OutputFor<N>>;

type Intersection<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;
type Methods = Intersection<
  {
    [N in OperationName]: N extends `${infer Group}.${infer Verb}` ? { readonly [G in Group]: { readonly [V in Verb]: Method<N> } } : never;
  }[OperationName]
>;

/** Every operation by name, and as a method: `client.sessions.list({ limit: 10 })`. */
export type Client = Methods & {
  call<N extends OperationName>(name: N, input: CallInput<N>, options?: CallOptions): Promise<OutputFor<N>>;
};

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A client of one daemon. A command that comes too soon after many others is sent again when the daemon takes it, if that is within its time.
 * @example
 * const client = createClient({ url: "http://127.0.0.1:7717" });
 * const { items } = await client.sessions.list({ status: "working" });
 * @throws each call: OrreryError with the daemon's code, or DAEMON_UNREACHABLE when none answers
 */
export function createClient({
  url,
  token,
  fetch = globalThis.fetch,
  clock = systemClock,
}: {
  readonly url: string;
  /** Sent as `Authorization: Bearer`; a daemon beyond this machine wants one. */
  readonly token?: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Pick<Clock, "now" | "sleep">;
}): Client {
  const base = url.replace(/\/+$/, "");
  const byName: ReadonlyMap<string, Operation> = new Map<string, Operation>(operations.map((operation) => [operation.name, operation]));

  async function call(name: string, input: unknown, options: CallOptions = {}): Promise<unknown> {
    const operation = byName.get(name);
    if (operation === undefined) throw new OrreryError("UNKNOWN_OPERATION", { operation: name });
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS + waitMsOf(operation, input) } = options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const endMs = clock.now() + timeoutMs;
    try {
      const [address, init] = toRequest(base, operation, (input ?? {}) as Readonly<Record<string, unknown>>, limit);
      const headers =
        token === undefined ? init.headers : { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` };
      for (;;) {
        const response = await fetch(address, headers === undefined ? init : { ...init, headers });
        const text = await response.text();
        if (response.ok) return toOutput(operation, text);
        const error = toError(text, base);
        const waitMs = error.code === "RATE_LIMITED" ? Number(error.params["retry_after_ms"]) : NaN;
        if (!(clock.now() + waitMs < endMs)) throw error;
        await clock.sleep(waitMs, limit);
      }
    } catch (error) {
      if (error instanceof OrreryError || signal?.aborted) throw error;
      throw new OrreryError(
        "DAEMON_UNREACHABLE",
        { url: base, reason: timeout.aborted ? `no answer in ${timeoutMs} ms` : String(error) },
        { cause: error },
      );
    }
  }

  const client: Record<string, unknown> = { call };
  for (const { name } of operations) {
    const [group, verb] = name.split(".") as [string, string];
    const methods = (client[group] ??= {}) as Record<string, unknown>;
    methods[verb] = (input?: unknown, options?: CallOptions) => call(name, input, options);
  }
  return client as unknown as Client;
}

/** How long the daemon may wait for something before it answers. */
function waitMsOf(operation: Operation, input: unknown): number {
  const given = (input as { readonly wait_ms?: unknown } | undefined)?.wait_ms;
  const waitMs = operation.input.shape["wait_ms"]?.safeParse(given).data;
  return typeof waitMs === "number" ? waitMs : 0;
}

function toRequest(
  base: string,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): [string, RequestInit] {
  const rest: Record<string, unknown> = { ...input };
  const path = operation.path.replace(/:([a-z0-9_]+)/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  const address = `${base}/api${path}`;
  if (operation.method === "GET" || operation.method === "DELETE") return [withQuery(address, rest), { method: operation.method, signal }];
  if (operation.body === "bytes") {
    const { text, base64, ...query } = rest;
    const bytes = base64 === undefined ? String(text ?? "") : Uint8Array.from(atob(String(base64)), (byte) => byte.charCodeAt(0));
    const headers = { "content-type": "application/x-ndjson" };
    return [withQuery(address, query), { method: operation.method, signal, headers, body: bytes }];
  }
  const body = operation.body === "events" ? rest["events"] : operation.body === "raw" ? rest["bodies"] : rest;
  return [address, { method: operation.method, signal, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }];
}

function withQuery(address: string, fields: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]])),
  );
  return query.size === 0 ? address : `${address}?${query}`;
}

function toOutput(operation: Operation, text: string): unknown {
  if (operation.reply === "text") return text;
  return operation.reply === "empty" || (operation.reply === "maybe" && text === "") ? undefined : JSON.parse(text);
}

/** The daemon's error as it was thrown there. An answer that is not the daemon's means that another program listens. */
function toError(text: string, url: string): OrreryError {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; details?: ErrorParams } };
    if (error.code in errorTable) return new OrreryError(error.code as ErrorCode, error.details);
    return new OrreryError("INTERNAL", { reference: error.code, message: error.message });
  } catch (cause) {
    return new OrreryError("DAEMON_UNREACHABLE", { url, reason: "the answer is not Orrery's" }, { cause });
  }
}
