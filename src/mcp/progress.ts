import type { ServerContext } from "@modelcontextprotocol/server";
import type { Clock } from "../lib/clock.ts";

const EVERY_MS = 10_000;

/** Tells a client that asked to be told, from time to time, that its call goes on: many give up on a call that is silent for a minute. */
export async function withProgress<T>(clock: Clock, { mcpReq }: ServerContext, work: () => Promise<T> | T): Promise<T> {
  const progressToken = mcpReq["_meta"]?.progressToken;
  if (progressToken === undefined) return work();
  const began = clock.now();
  let cancel = clock.after(EVERY_MS, tell);
  function tell(): void {
    const progress = Math.round((clock.now() - began) / 1_000);
    const params = { progressToken, progress, message: `Still waiting after ${progress} s.` };
    // Whoever asked may be gone; the call itself learns of it by its signal.
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
    cancel = clock.after(EVERY_MS, tell);
  }
  try {
    return await work();
  } finally {
    cancel();
  }
}
