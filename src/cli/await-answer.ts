import type { Client } from "../client/index.ts";
import { OrreryError } from "../contract/errors.ts";
import type { AskDetail } from "../contract/operations/asks.ts";
import { backoffMs } from "../lib/backoff.ts";
import { systemClock } from "../lib/clock.ts";

const WAIT_MS = 50_000;
/** How long past its deadline an ask is waited for while no daemon answers: it is the daemon that ends it. */
const GRACE_MS = 30_000;

/**
 * The ask when it is decided. `connect` is called anew after each failure: a daemon that was started again may have another address.
 * Rejects when no daemon answers until well after the deadline.
 */
export async function awaitAnswer({
  connect,
  ask,
  signal,
  onAway,
}: {
  readonly connect: () => Client;
  readonly ask: AskDetail;
  readonly signal: AbortSignal;
  readonly onAway: (error: OrreryError) => void;
}): Promise<AskDetail> {
  const { ask_id, deadline } = ask;
  const endMs = deadline === undefined || ask.on_timeout !== "deny" ? Infinity : Date.parse(deadline) + GRACE_MS;
  for (let failures = 0; ;) {
    try {
      const now = await connect().asks.wait({ ask_id, wait_ms: WAIT_MS }, { signal, timeoutMs: WAIT_MS + 10_000 });
      if (now.state === "closed") return now;
      failures = 0;
    } catch (error) {
      const isAway = error instanceof OrreryError && (error.code === "DAEMON_UNREACHABLE" || error.code === "STOPPING");
      if (!isAway || systemClock.now() > endMs) throw error;
      if (failures === 0) onAway(error);
      await systemClock.sleep(backoffMs(failures++, Math.random(), 250, 5_000), signal);
    }
  }
}
