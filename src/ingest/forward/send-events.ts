import type { OutputFor } from "../../contract/operations/index.ts";
import { OrreryError, type ErrorCode, errorTable } from "../../contract/errors.ts";

export type Sent = OutputFor<"events.append">;

interface Target {
  readonly url: string;
  readonly token?: string | undefined;
}

const WITHIN_MS = 30_000;

/**
 * Posts events, one JSON text each, to a daemon's `POST /api/events`, once.
 * @throws OrreryError with the daemon's own code, or DAEMON_UNREACHABLE
 */
export async function sendEvents({ url, token }: Target, lines: readonly string[], signal: AbortSignal): Promise<Sent> {
  let reply: Response;
  try {
    reply = await fetch(new URL("/api/events", url), {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: lines.join("\n"),
      signal: AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]),
    });
    if (reply.ok) return (await reply.json()) as Sent;
  } catch (cause) {
    throw new OrreryError("DAEMON_UNREACHABLE", { url }, { cause });
  }
  const { error } = (await reply.json().catch(() => ({}))) as { readonly error?: { readonly code?: string; readonly details?: object } };
  const code = error?.code !== undefined && Object.hasOwn(errorTable, error.code) ? (error.code as ErrorCode) : undefined;
  if (code === undefined) throw new OrreryError("DAEMON_UNREACHABLE", { url, status: reply.status });
  throw new OrreryError(code, { ...error?.details });
}
