import { OrreryError } from "../contract/errors.ts";
import { isLoopbackHost } from "../lib/loopback.ts";

/**
 * Where messages may go: `host`, `*.host`, or an origin such as `http://127.0.0.1:9000` for a service on this machine. Anybody else's address is refused, so
 * that nobody makes the daemon call what they choose.
 */
export function readServices(setting: string): readonly string[] {
  return setting
    .split(",")
    .map((service) => service.trim())
    .filter((service) => service !== "");
}

/**
 * The service that an endpoint belongs to.
 * @throws OrreryError BAD_INPUT for any other address
 */
export function serviceOf(endpoint: string, services: readonly string[]): string {
  const url = new URL(endpoint);
  const found = services.find((service) => {
    if (service.includes("://")) return isLoopbackHost(url.hostname) && url.origin === service;
    if (url.protocol !== "https:" || url.port !== "") return false;
    return service.startsWith("*.") ? url.hostname.endsWith(service.slice(1)) : url.hostname === service;
  });
  if (found !== undefined) return url.host;
  throw new OrreryError("BAD_INPUT", {
    problems: [
      { field: "endpoint", message: `is of no push service that may be called (--push-services): ${services.join(", ") || "none"}` },
    ],
  });
}
