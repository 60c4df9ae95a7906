import type { OrreryError } from "./errors.ts";

/** What the head of an HTTP answer says of an error: when to try again, and how to say who one is. */
export function errorHeaders(error: OrreryError): Readonly<Record<string, string>> {
  const seconds = retryAfterSeconds(error);
  return {
    ...(seconds === undefined ? {} : { "retry-after": String(seconds) }),
    ...(error.status === 401 ? { "www-authenticate": 'Bearer realm="orrery"' } : {}),
  };
}

/** Seconds after which a caller may try again; undefined when trying again is no use. */
function retryAfterSeconds(error: OrreryError): number | undefined {
  if (error.toBody().retry !== "later") return undefined;
  const ms = error.params["retry_after_ms"];
  return typeof ms === "number" ? Math.max(1, Math.ceil(ms / 1_000)) : 1;
}
