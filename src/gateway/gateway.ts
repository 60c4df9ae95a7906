import type { AddressInfo } from "node:net";
import type { Config } from "../contract/config.ts";
import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { LiveChannel } from "../contract/frames.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { ReadQuery } from "../log/log.ts";
import type { CallDeps } from "./call.ts";
import { createCommandLimit } from "./command-limit.ts";
import { serveReference } from "./reference.ts";
import type { GatewayLogger } from "./failure.ts";
import { createFanOut } from "./fan-out.ts";
import { createHttp } from "./http.ts";
import { isLoopback } from "../lib/loopback.ts";
import { createAccess, type Tokens, type Visitor } from "./access.ts";
import { createLocalOnly } from "./local-only.ts";
import { serveLogin } from "./login.ts";
import { serveOtlp, type TakeOtlp } from "./otlp.ts";
import { serveMcp } from "./mcp.ts";
import type { PictureText } from "./snapshot-frames.ts";
import { serveWebUi } from "./web-ui.ts";
import { openWs } from "./ws.ts";

export interface GatewayDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly handlers: Handlers;
  readonly audit: CallDeps["audit"];
  readonly logger: GatewayLogger;
  readonly version: string;
  /** The built web page; undefined when there is none. */
  readonly webRoot: string | undefined;
  head(): number;
  readLog(query: ReadQuery): readonly StoredEvent[];
  onCommit(listener: (events: readonly StoredEvent[]) => void): () => void;
  /** The picture now; the same object while nothing has happened. */
  snapshot(): PictureText;
  ready(): boolean;
  metrics(): Promise<string>;
  /** The receiver of telemetry; without it nothing is served at `/v1`. */
  readonly takeOtlp?: TakeOtlp;
}

export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** WebSocket clients now. */
  connections(): number;
  /** Bytes that wait for WebSocket clients to take them. */
  unsentBytes(): number;
  /** Who comes with a token at a port that is not ours. @throws OrreryError UNAUTHENTICATED, TOO_MANY_ATTEMPTS (of this address) */
  visitor(token: string | undefined, address: string): Visitor;
  /** Sends what is never stored to whoever subscribed to `live:<channel>`. */
  publish(channel: LiveChannel, data: unknown): void;
  close(): Promise<void>;
}

/** Time for clients to answer the goodbye and for requests to end. */
const FAREWELL_MS = 400;

/**
 * Opens the doors: HTTP, WebSocket, the API's reference and the web page, all on one port.
 * @throws OrreryError BIND_NEEDS_TOKEN, PORT_TAKEN
 */
export async function openGateway(deps: GatewayDeps): Promise<Gateway> {
  const { config, clock } = deps;
  const isNeeded = !isLoopback(config.host);
  if (isNeeded && !deps.tokens.hasAdmin()) throw new OrreryError("BIND_NEEDS_TOKEN", { host: config.host });
  let isStopping = false;
  let port = config.port;
  const localOnly = createLocalOnly({ allowedOrigins: config.allowed_origins, host: config.host, port: () => port });
  const access = createAccess({ tokens: deps.tokens, isNeeded, clock, logger: deps.logger, port: () => port });

  const commandLimit = createCommandLimit({ clock, limit: config.commands_per_window });

  const app = createHttp({ ...deps, commandLimit, localOnly, access, stopping: () => isStopping });
  if (deps.takeOtlp !== undefined) serveOtlp(app, { access, take: deps.takeOtlp, bodyBytes: config.otlp_body_bytes, logger: deps.logger });
  serveMcp(app, {
    access,
    commandLimit,
    handlers: deps.handlers,
    audit: deps.audit,
    logger: deps.logger,
    version: deps.version,
    clock,
    bodyBytes: config.json_body_bytes,
  });
  serveLogin(app, access);
  await serveWebUi(app, deps.webRoot);
  serveReference(app, deps.version);
  const fanOut = createFanOut(deps);
  const ws = openWs({ ...deps, localOnly, access, fanOut, server: app.server });
  try {
    await app.listen({ host: config.host.replace(/^\[|\]$/g, ""), port: config.port });
  } catch (cause) {
    fanOut.close();
    await Promise.all([ws.close(0), app.close()]);
    if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") throw new OrreryError("PORT_TAKEN", { port: config.port }, { cause });
    throw cause;
  }
  port = (app.server.address() as AddressInfo).port;

  return {
    url: `http://${config.host.includes(":") && !config.host.startsWith("[") ? `[${config.host}]` : config.host}:${port}`,
    port,
    connections: ws.connections,
    unsentBytes: ws.unsentBytes,
    publish: ws.publish,
    visitor: (token, address) => (token === undefined ? access.unnamed : access.know(token, address)),
    async close() {
      if (isStopping) return;
      isStopping = true;
      fanOut.close();
      const cancel = clock.after(FAREWELL_MS, () => app.server.closeAllConnections());
      await Promise.all([ws.close(FAREWELL_MS), app.close()]);
      cancel();
    },
  };
}
