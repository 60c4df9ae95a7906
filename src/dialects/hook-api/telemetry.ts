import { readFileSync } from "node:fs";
import type { Picture } from "../picture.ts";

const caller = { door: "internal", actor: "hook-api" } as const;

/**
 * How the daemon and the open pages do, as of the last second. `fps` and `frame_time_ms` are those of the slowest page that is in sight, and null
 * where none is open.
 */
export async function telemetryOf({ handlers }: Pick<Picture, "handlers">): Promise<object> {
  const { daemon, browsers } = await handlers["telemetry.read"]({}, caller);
  const inSight = (browsers ?? []).filter(({ is_hidden }) => is_hidden !== true).toSorted((a, b) => a.fps - b.fps);
  const { cpu_percent, ...figures } = daemon;
  return {
    fps: inSight[0]?.fps ?? null,
    frame_time_ms: inSight[0]?.frame_ms ?? null,
    cpu_percent: cpu_percent ?? null,
    ...figures,
    threads: threadsNow(),
    pages: browsers ?? [],
  };
}

/** Threads of the daemon's process, its workers among them; null where the system does not say (only Linux does). */
function threadsNow(): number | null {
  try {
    const told = /^Threads:\s*(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return told === undefined ? null : Number(told);
  } catch {
    return null;
  }
}
