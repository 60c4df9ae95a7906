import { OrreryError } from "../../contract/errors.ts";
import { badInput, parseJsonBody } from "./body.ts";
import { injectContext } from "./inject.ts";
import { json, openDoor, type Answer, type Door, type DoorLimits, type Exchange } from "../door.ts";
import type { Picture } from "../picture.ts";
import { communications, contextState, financialMetrics, mmaStatus, workersOf } from "./reads.ts";
import { telemetryOf } from "./telemetry.ts";

export const HOOK_API_PORT = 8999;
/** What a person has to answer, where the caller names no time: seconds. */
const ASK_SECONDS = 60;
const ASK_MAX_SECONDS = 600;

type Route = (exchange: Exchange) => unknown;

/** The HTTP half of Manual Slop's Hook API, over what Orrery observes. Every failure is a JSON error. */
export async function openHookApi(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock, handlers, logger, version } = picture;
  const caller = { door: "http" as const, actor: "hook-api" };
  const startedMs = clock.now();
  const status = () => handlers["status.get"]({}, caller);

  async function diagnostics(): Promise<object> {
    const { memory_bytes, cpu_percent, loop_lag_ms, queue, hooks, sources, connections } = await status();
    return { memory_bytes, cpu_percent: cpu_percent ?? null, loop_lag_ms, queue, hooks, sources, connections };
  }

  async function ask({ body, signal }: Exchange): Promise<object> {
    const { prompt, timeout = ASK_SECONDS } = parseJsonBody(body);
    if (typeof prompt !== "string" || prompt.trim() === "") throw badInput("prompt", "must be words");
    if (typeof timeout !== "number" || !(timeout > 0)) throw badInput("timeout", "must be seconds, more than 0");
    const waitMs = Math.ceil(Math.min(timeout, ASK_MAX_SECONDS) * 1_000);
    const { answer, outcome } = await handlers["asks.create"](
      { kind: "gate", prompt, deadline_ms: waitMs, on_timeout: "deny", wait_ms: waitMs },
      { ...caller, signal },
    );
    // Whoever hears nothing has no leave.
    const approved = answer?.approved ?? (outcome === "allowed" || outcome === "always");
    return { approved, response: answer?.message ?? "" };
  }

  const routes: Readonly<Record<string, Route>> = {
    "GET /status": () => ({
      status: "running",
      pid: process.pid,
      version,
      service: "orrery",
      websocket: picture.urls().hook_api_ws ?? null,
      uptime_seconds: (clock.now() - startedMs) / 1_000,
    }),
    "GET /api/gui/mma_status": () => mmaStatus(picture, caller),
    "GET /api/mma/workers": () => ({ workers: workersOf(picture) }),
    "GET /api/context/state": () => contextState(picture, caller),
    "GET /api/metrics/financial": () => financialMetrics(picture, caller),
    "GET /api/comms": () => communications(picture),
    "GET /api/diagnostics": diagnostics,
    "GET /api/performance": () => telemetryOf(picture),
    "GET /api/system/telemetry": () => telemetryOf(picture),
    "POST /api/ask": ask,
    "POST /api/context/inject": ({ body }) => injectContext(picture, parseJsonBody(body), caller),
  };
  const paths = new Set(Object.keys(routes).map((route) => route.split(" ")[1]));

  async function answer(exchange: Exchange): Promise<Answer> {
    const { method, url } = exchange;
    const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, "") : url.pathname;
    const route = routes[`${method} ${path}`];
    if (route === undefined) return paths.has(path) ? failure(405, `${path} does not take ${method}`) : notThere(method, path);
    try {
      return json(200, await route(exchange));
    } catch (error) {
      if (error instanceof OrreryError) return json(error.status, { error: error.message, code: error.code });
      logger.warn({ error, path }, "the Hook API failed");
      return failure(500, "internal error");
    }
  }

  return openDoor({ name: "hook_api", host, port, clock, logger, limits, answer, failure });
}

function failure(status: number, message: string): Answer {
  return json(status, { error: message });
}

/** Routes of the original that drive a user interface or an engine. */
const later: ReadonlySet<string> = new Set([
  "/api/gui",
  "/api/gui/state",
  "/api/mma/workers/spawn",
  "/api/mma/workers/kill",
  "/api/mma/pipeline/pause",
  "/api/mma/pipeline/resume",
  "/api/mma/dag/mutate",
]);

function notThere(method: string, path: string): Answer {
  return later.has(path)
    ? failure(501, `${method} ${path} is not served yet: Orrery observes, and drives nothing so far`)
    : failure(404, `nothing at ${path.slice(0, 200)}`);
}
