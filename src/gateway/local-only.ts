import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { OrreryError } from "../contract/errors.ts";
import { isLoopback, isLoopbackHost, loopbackOriginPort, originsIn } from "../lib/loopback.ts";

/**
 * Which names we may be called by, and by whose pages. A web page elsewhere could reach a loopback port in three ways, each closed here:
 * by DNS rebinding (its own name in `Host`), by a cross-site request or by a cross-site WebSocket (its own name in `Origin`).
 */
export interface LocalOnly {
  /** Throws `FORBIDDEN_HOST` or `FORBIDDEN_ORIGIN`. Returns the origin when it is another one that is allowed by name. */
  check(headers: IncomingHttpHeaders): string | undefined;
}

interface Options {
  readonly allowedOrigins: string;
  /** The address that we listen on. Beyond loopback we are called by addresses, by this name, and by the names of the allowed origins. */
  readonly host: string;
  port(): number;
}

export function createLocalOnly(options: Options): LocalOnly {
  const allowed = originsIn(options.allowedOrigins);

  const isLocal = isLoopback(options.host);
  const names = new Set([options.host.toLowerCase(), ...[...allowed].flatMap((origin) => URL.parse(origin)?.hostname ?? [])]);

  return {
    check({ host = "", origin }) {
      if (!isLoopbackHost(host) && (isLocal || !isOurName(host))) throw new OrreryError("FORBIDDEN_HOST", { host: host.slice(0, 200) });
      if (origin === undefined || isOurs(origin, host) || (!isLocal && isSameAs(origin, host))) return undefined;
      if (allowed.has(origin.toLowerCase())) return origin;
      throw new OrreryError("FORBIDDEN_ORIGIN", { origin: origin.slice(0, 200) });
    },
  };

  /** The page was loaded from the address that it now calls, or from another loopback name of the same port. */
  function isOurs(origin: string, host: string): boolean {
    const port = loopbackOriginPort(origin);
    return port !== undefined && (port === options.port() || origin.toLowerCase() === `http://${host.toLowerCase()}`);
  }

  /** An address cannot be rebound; a name can, so only names that we were given count. */
  function isOurName(host: string): boolean {
    const { hostname } = URL.parse(`http://${host}`) ?? {};
    return hostname !== undefined && (isAddress(hostname) || names.has(hostname));
  }
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}

function isSameAs(origin: string, host: string): boolean {
  return /^https?:\/\//i.test(origin) && URL.parse(origin)?.host === URL.parse(`${origin.split(":", 1)[0]}://${host}`)?.host;
}
