import { toTimestamp } from "../../lib/clock.ts";
import type { Picture } from "../picture.ts";

const caller = { door: "internal", actor: "hook-api" } as const;

/** How the daemon does. Frames per second are the page's to know. */
export async function telemetryOf({ clock, handlers }: Picture): Promise<object> {
  const { cpu_percent, memory_bytes, loop_lag_ms, queue, connections } = await handlers["status.get"]({}, caller);
  return {
    at: toTimestamp(clock.now()),
    fps: null,
    frame_time_ms: null,
    cpu_percent: cpu_percent ?? null,
    memory_bytes,
    loop_lag_ms,
    threads: null,
    queues: { log: queue },
    connections,
  };
}
