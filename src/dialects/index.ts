import type { Config } from "../contract/config.ts";
import { isLoopback } from "../lib/loopback.ts";
import { BOOCODE_PORT, openBooCode } from "./boocode/boocode.ts";
import type { Door, DoorLimits } from "./door.ts";
import { HOOK_API_PORT, openHookApi } from "./hook-api/hook-api.ts";
import { KEI_PORT, openKei } from "./kei/kei.ts";
import { MPM_PORT, openMpm } from "./mpm/mpm.ts";
import { HOOK_API_STREAM_PORT, openHookApiStream } from "./hook-api/stream.ts";
import type { DialectUrls, Picture } from "./picture.ts";

export interface Dialects {
  readonly urls: DialectUrls;
  close(): Promise<void>;
}

interface Dialect {
  readonly name: keyof DialectUrls;
  readonly usualPort: number;
  readonly scheme: "http" | "ws";
  readonly path: string;
  open(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door>;
}

const dialects: readonly Dialect[] = [
  { name: "hook_api", usualPort: HOOK_API_PORT, scheme: "http", path: "", open: openHookApi },
  { name: "hook_api_ws", usualPort: HOOK_API_STREAM_PORT, scheme: "ws", path: "", open: openHookApiStream },
  { name: "kei", usualPort: KEI_PORT, scheme: "ws", path: "/stream", open: openKei },
  { name: "boocode", usualPort: BOOCODE_PORT, scheme: "http", path: "", open: openBooCode },
  { name: "mpm", usualPort: MPM_PORT, scheme: "ws", path: "", open: openMpm },
];

/** Opens the ports that other systems' clients look for. One that is taken is skipped, with a line in the daemon's log. */
export async function openDialects(given: Omit<Picture, "urls">): Promise<Dialects> {
  const { config, logger } = given;
  // They know no tokens of ours, so they stay on this machine wherever the main port listens.
  const host = isLoopback(config.host) ? config.host : "127.0.0.1";
  const doors: Door[] = [];
  const picture: Picture = { ...given, urls: () => urls };
  const shown = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  let urls: DialectUrls = {};
  const moved = new Map(config.compat_ports.split(",").map((each) => each.split("=") as [string, string]));
  for (const dialect of config.compat === "off" ? [] : dialects) {
    const port = config.compat === "usual" ? Number(moved.get(dialect.name) ?? dialect.usualPort) : 0;
    try {
      const door = await dialect.open(picture, host, port, limitsOf(config));
      doors.push(door);
      urls = { ...urls, [dialect.name]: `${dialect.scheme}://${shown}:${door.port}${dialect.path}` };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      logger.warn({}, `${dialect.name} is not served: ${code === "EADDRINUSE" ? `port ${port} is taken` : message}`);
    }
  }
  return {
    urls,
    async close() {
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}

function limitsOf(config: Config): DoorLimits {
  return {
    connections: config.max_connections,
    frameBytes: config.ws_frame_bytes,
    bufferBytes: config.ws_buffer_bytes,
    bodyBytes: config.json_body_bytes,
  };
}
