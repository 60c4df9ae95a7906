import type { IncomingMessage } from "node:http";
import { OrreryError } from "../contract/errors.ts";
import { allows, type Scope } from "../contract/operation.ts";
import { isForwarded, isLoopbackHost, loopbackOriginPort, originsIn } from "../lib/loopback.ts";
import type { Picture, Visitor } from "./picture.ts";

/** What a dialect says of who may come in at its port. */
export interface Rules {
  /** What a request needs its sender to be allowed; undefined: whoever comes. Sockets need `read`. */
  needs(method: string, path: string): Scope | undefined;
  /** What the dialect's own tokens say of this one, or of none, where a socket opens. Undefined: nothing, and Orrery's tokens hold. */
  knows?(token: string | undefined): "in" | "out" | undefined;
  /** Whose pages may open a socket besides those of allowed origins: those of this machine, where `null` is one, or nobody's. */
  readonly pages: "local" | "none";
}

/** Who came in, and whether a token said so. */
export interface Entry extends Visitor {
  readonly hasToken: boolean;
}

export interface Entrance {
  /** @throws OrreryError FORBIDDEN_HOST, FORBIDDEN_ORIGIN, UNAUTHENTICATED, FORBIDDEN, TOO_MANY_ATTEMPTS */
  request(request: IncomingMessage, method: string, path: string): Entry;
  /** @throws OrreryError as for a request */
  socket(request: IncomingMessage): Entry;
}

const nobody: Entry = { actor: "nobody", scope: "ingest", hasToken: false };

interface Deps extends Pick<Picture, "visitor"> {
  readonly name: string;
  readonly rules: Rules;
  readonly config: Pick<Picture["config"], "allowed_origins">;
}

/**
 * The rules of the main port, as far as clients of other systems can hold to them: a name of this machine in `Host`, no command of any page but of
 * allowed origins, and a token where everybody needs one.
 */
export function createEntrance({ name, rules, config, visitor }: Deps): Entrance {
  const allowed = originsIn(config.allowed_origins);

  function enter(request: IncomingMessage, needed: Scope, ownToken: "in" | "out" | undefined): Entry {
    const token = tokenIn(request);
    const hasToken = token !== undefined;
    if (ownToken === "in") return { actor: name, scope: "read", hasToken };
    if (!hasToken && isForwarded(request.headers))
      throw new OrreryError("UNAUTHENTICATED", { reason: "no token was sent, and a proxy passed the request on" });
    // Counted apart: a client of theirs that tries an old token for ever keeps nobody from the main port.
    const { scope, ...who } = visitor(token, `${request.socket.remoteAddress ?? "unknown"} (${name})`);
    if (scope === undefined || (ownToken === "out" && !hasToken)) throw new OrreryError("UNAUTHENTICATED", { reason: "no token was sent" });
    if (!allows(scope, needed)) throw new OrreryError("FORBIDDEN", { what: `the port of ${name}`, needed, scope, name: who.actor });
    return { ...who, scope, hasToken };
  }

  function checkHost({ headers: { host = "" } }: IncomingMessage): void {
    if (!isLoopbackHost(host)) throw new OrreryError("FORBIDDEN_HOST", { host: host.slice(0, 200) });
  }

  function isPageOfOurs(origin = ""): boolean {
    return rules.pages === "local" && (origin === "null" || loopbackOriginPort(origin) !== undefined);
  }

  return {
    request(request, method, path) {
      checkHost(request);
      const { headers } = request;
      // A browser asks before it sends a token along.
      if (method === "OPTIONS" && isPageOfOurs(headers.origin)) return nobody;
      // A page may not read what is answered, but could send: only reading is harmless then.
      if (headers.origin !== undefined && method !== "GET" && !allowed.has(headers.origin.toLowerCase()))
        throw new OrreryError("FORBIDDEN_ORIGIN", { origin: headers.origin.slice(0, 200) });
      const needed = rules.needs(method, path);
      return needed === undefined ? nobody : enter(request, needed, undefined);
    },
    socket(request) {
      checkHost(request);
      const { origin } = request.headers;
      if (origin !== undefined && !isPageOfOurs(origin) && !allowed.has(origin.toLowerCase()))
        throw new OrreryError("FORBIDDEN_ORIGIN", { origin: origin.slice(0, 200) });
      return enter(request, "read", rules.knows?.(tokenIn(request)));
    },
  };
}

/**
 * The token that a request carries: `Authorization: Bearer`, or the sub-protocols `bearer,<token>` (also `bearer <token>`), as pages can send no
 * header with a WebSocket. Undefined: none was sent.
 */
export function tokenIn({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) return /^Bearer +(.{1,500}?) *$/i.exec(authorization)?.[1] ?? "";
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  const spaced = offered.find((part) => part.startsWith("bearer "));
  if (spaced !== undefined) return spaced.slice("bearer ".length).trim();
  return offered.includes("bearer") ? (offered.find((part) => part !== "bearer") ?? "") : undefined;
}
