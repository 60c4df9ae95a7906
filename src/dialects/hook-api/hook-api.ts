import { errorHeaders } from "../../contract/error-headers.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { Caller } from "../../contract/operations/index.ts";
import { jsonInPieces } from "../../lib/json-in-pieces.ts";
import { createRateWindows } from "../../lib/rate-window.ts";
import { json, jsonText, openDoor, type Answer, type Door, type DoorLimits, type Exchange } from "../door.ts";
import type { Picture } from "../picture.ts";
import { askPeople } from "./ask.ts";
import { parseJsonBody } from "./body.ts";
import { nextEvent, queuedEvents } from "./events.ts";
import { contextState } from "./context.ts";
import { createGui, itemIn } from "./gui.ts";
import { injectContext } from "./inject.ts";
import { communications, diagnostics, financialMetrics, mmaStatus } from "./reads.ts";
import { telemetryOf } from "./telemetry.ts";
import { workersOf } from "./workers.ts";

export const HOOK_API_PORT = 8999;

/** What a request says, in its query or its body, and who says it. */
interface Request {
  readonly told: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}
type Route = (request: Request) => object | Promise<object>;

/** Which of what the original plans only an engine can do. */
const ENGINE = [
  "/api/mma/workers/spawn",
  "/api/mma/workers/kill",
  "/api/mma/pipeline/pause",
  "/api/mma/pipeline/resume",
  "/api/mma/dag/mutate",
];
const VALUE = "/api/gui/value";
const RATE_WINDOW_MS = 10_000;
/** A test suite presses faster than people do. */
const PACE = 10;

/** The HTTP half of Manual Slop's Hook API, over what Orrery observes and over its page. Every failure is a JSON error. */
export async function openHookApi(picture: Picture, host: string, port: number, limits: DoorLimits): Promise<Door> {
  const { clock, config, logger, version } = picture;
  const startedMs = clock.now();
  const gui = createGui(picture);
  const limit = config.commands_per_window * PACE;
  const commands = createRateWindows({ clock, limit, windowMs: RATE_WINDOW_MS });

  const status = (): object => ({
    status: "running",
    pid: process.pid,
    version,
    service: "orrery",
    websocket: picture.urls().hook_api_ws ?? null,
    /** The last event so far: what waits for the next one begins here. */
    seq: picture.readLog({ order: "newest", limit: 1 })[0]?.seq ?? 0,
    uptime_seconds: (clock.now() - startedMs) / 1_000,
  });
  const value: Route = ({ told, caller }) => gui.value(itemIn(told), caller);
  const reset: Route = ({ caller }) => gui.act({ action: "reset_session" }, caller);
  const wait: Route = ({ told, caller }) => nextEvent(picture, told, caller);
  const events: Route = ({ told, caller }) => queuedEvents(picture, told, caller);

  const routes: Readonly<Record<string, Route>> = {
    "GET /status": status,
    "GET /api/status": status,
    "GET /api/gui": ({ caller }) => gui.overview(caller),
    "POST /api/gui": ({ told, caller }) => gui.act(told, caller),
    "GET /api/gui/state": ({ caller }) => gui.state(caller),
    [`GET ${VALUE}`]: value,
    [`POST ${VALUE}`]: value,
    "GET /api/gui/get_value": value,
    "GET /api/get_value": value,
    "POST /api/reset": reset,
    "POST /api/gui/reset": reset,
    "POST /api/session/reset": reset,
    "POST /api/reset_session": reset,
    "GET /api/gui/mma_status": ({ caller }) => mmaStatus(picture, caller),
    "GET /api/mma/status": ({ caller }) => mmaStatus(picture, caller),
    "GET /api/mma/workers": async () => ({ workers: await workersOf(picture) }),
    "GET /api/context/state": ({ told, caller }) => contextState(picture, told, caller),
    "POST /api/context/inject": ({ told, caller }) => injectContext(picture, told, caller),
    "GET /api/metrics/financial": ({ caller }) => financialMetrics(picture, caller),
    "GET /api/comms": () => communications(picture),
    "GET /api/diagnostics": ({ caller }) => diagnostics(picture, caller),
    "GET /api/performance": () => telemetryOf(picture),
    "GET /api/system/telemetry": () => telemetryOf(picture),
    "GET /api/events": events,
    "GET /api/gui/events": events,
    "GET /api/events/wait": wait,
    "POST /api/events/wait": wait,
    "GET /api/wait_for_event": wait,
    "POST /api/wait_for_event": wait,
    "POST /api/ask": ({ told, caller }) => askPeople(picture, told, caller),
  };
  const paths = new Set([...ENGINE, ...Object.keys(routes).map((route) => route.split(" ")[1])]);

  async function answer(exchange: Exchange): Promise<Answer> {
    const { method, url } = exchange;
    const { path, item } = placeOf(url.pathname);
    if (method === "POST" && ENGINE.includes(path))
      return failure(501, `POST ${path} is not served yet: Orrery observes workers, and has no engine that drives them`);
    const route = routes[`${method} ${path}`];
    if (route === undefined)
      return paths.has(path) ? failure(405, `${path} does not take ${method}`) : failure(404, `nothing at ${path.slice(0, 200)}`);
    try {
      const caller = callerOf(exchange);
      if (method === "POST" && route !== value && route !== wait) count(exchange, caller);
      const told = method === "GET" ? Object.fromEntries(url.searchParams) : parseJsonBody(exchange.body);
      const found = await route({ told: item === undefined ? told : { ...told, item }, caller });
      return jsonText(200, await jsonInPieces(found, clock));
    } catch (error) {
      if (error instanceof OrreryError) return json(error.status, { error: error.message, code: error.code }, errorHeaders(error));
      if (exchange.signal.aborted) return failure(499, "the caller went away");
      logger.warn({ error, path }, "the Hook API failed");
      return failure(500, "internal error");
    }
  }

  /** By token, or else by address, as at the other doors. */
  function count({ request }: Exchange, { actor, isNamed }: Caller): void {
    const taken = commands.take(isNamed === true ? actor : (request.socket.remoteAddress ?? "unknown"));
    if (taken.ok) return;
    throw new OrreryError("RATE_LIMITED", { limit, window_ms: RATE_WINDOW_MS, retry_after_ms: taken.retryAfterMs });
  }

  return openDoor({
    name: "hook_api",
    picture,
    host,
    port,
    limits,
    pages: "none",
    // Whoever may not come in may still see that somebody is there.
    needs: (method, path) => (method !== "GET" ? "control" : routes[`GET ${placeOf(path).path}`] === status ? undefined : "read"),
    answer,
    failure,
  });
}

function callerOf({ entry: { actor, scope, tokenId }, signal }: Exchange): Caller {
  const isNamed = tokenId !== undefined;
  return { door: "http", actor: isNamed ? actor : "hook-api", isNamed, ...(scope === undefined ? {} : { scope }), signal };
}

/** A path without its last slash; what follows `/api/gui/value/` is an item. */
function placeOf(pathname: string): { readonly path: string; readonly item?: string } {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, "") : pathname;
  if (!path.startsWith(`${VALUE}/`)) return { path };
  const item = path.slice(VALUE.length + 1);
  try {
    return { path: VALUE, item: decodeURIComponent(item) };
  } catch {
    return { path: VALUE, item };
  }
}

function failure(status: number, message: string, code?: string): Answer {
  return json(status, { error: message, code });
}
