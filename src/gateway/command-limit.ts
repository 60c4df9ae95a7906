import { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import type { Clock } from "../lib/clock.ts";
import { createRateWindows } from "../lib/rate-window.ts";
import type { Visitor } from "./access.ts";

export const RATE_WINDOW_MS = 10_000;

/**
 * Counts the commands of a client where each request may come by a connection of its own: by its token, or else by its address. Questions are not counted;
 * what agents tell, and what their hooks ask, is held back by the log's queue.
 */
export interface CommandLimit {
  /** @throws OrreryError RATE_LIMITED */
  count(operation: Operation, visitor: Visitor, address: string): void;
}

export function createCommandLimit({ clock, limit }: { readonly clock: Clock; readonly limit: number }): CommandLimit {
  const windows = createRateWindows({ clock, limit, windowMs: RATE_WINDOW_MS });
  return {
    count({ kind, name, scope }, { tokenId }, address) {
      if (kind === "query" || scope === "ingest" || name.startsWith("ingest.")) return;
      const taken = windows.take(tokenId ?? address);
      if (!taken.ok) throw tooMany(limit, taken.retryAfterMs);
    },
  };
}

export function tooMany(limit: number, retryAfterMs: number): OrreryError {
  return new OrreryError("RATE_LIMITED", { limit, window_ms: RATE_WINDOW_MS, retry_after_ms: retryAfterMs });
}
