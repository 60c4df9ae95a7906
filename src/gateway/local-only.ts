import type { IncomingHttpHeaders } from "node:http";
import { OrreryError } from "../contract/errors.ts";
import { isLoopbackHost, loopbackOriginPort } from "../lib/loopback.ts";

/**
 * Without tokens only programs on this machine may call. A web page elsewhere could reach a loopback port in three ways, each closed here:
 * by DNS rebinding (its own name in `Host`), by a cross-site request or by a cross-site WebSocket (its own name in `Origin`).
 */
export interface LocalOnly {
  /** Throws `FORBIDDEN_HOST` or `FORBIDDEN_ORIGIN`. Returns the origin when it is another one that is allowed by name. */
  check(headers: IncomingHttpHeaders): string | undefined;
}

export function createLocalOnly(options: { readonly allowedOrigins: string; port(): number }): LocalOnly {
  const allowed = new Set(
    options.allowedOrigins
      .split(",")
      .map((origin) => origin.trim().toLowerCase())
      .filter((origin) => origin !== ""),
  );

  return {
    check({ host = "", origin }) {
      if (!isLoopbackHost(host)) throw new OrreryError("FORBIDDEN_HOST", { host: host.slice(0, 200) });
      if (origin === undefined || isOurs(origin, host)) return undefined;
      if (allowed.has(origin.toLowerCase())) return origin;
      throw new OrreryError("FORBIDDEN_ORIGIN", { origin: origin.slice(0, 200) });
    },
  };

  /** The page was loaded from the address that it now calls, or from another loopback name of the same port. */
  function isOurs(origin: string, host: string): boolean {
    const port = loopbackOriginPort(origin);
    return port !== undefined && (port === options.port() || origin.toLowerCase() === `http://${host.toLowerCase()}`);
  }
}

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|::1|\[::1\])$/i.test(host);
}
