import { OrreryError } from "../contract/errors.ts";
import { randomId } from "../lib/ids.ts";

/** What the doors write for operators; `pino` fits. */
export interface GatewayLogger {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

interface ForeignError {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message?: string;
}

/** What a caller may see of any failure. What we did not foresee is logged under a reference; only the reference leaves the daemon. */
export function toCallerError(error: unknown, logger: GatewayLogger, limits: { readonly bodyBytes: number }): OrreryError {
  if (error instanceof OrreryError) return error;
  const { code, statusCode = 500, message } = (error ?? {}) as ForeignError;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new OrreryError("BODY_TOO_LARGE", { limit_bytes: limits.bodyBytes });
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return new OrreryError("UNSUPPORTED_MEDIA_TYPE", { content_type: "(not a media type)" });
  if (code?.startsWith("FST_") && statusCode < 500)
    return new OrreryError("BAD_INPUT", { problems: [{ field: "request", message: message ?? "is not valid" }] });
  // Whoever sent it hung up within the body: nobody reads the answer, and it is no mistake of ours that would belong into the log.
  if (code === "ECONNRESET" && statusCode === 400)
    return new OrreryError("BAD_INPUT", { problems: [{ field: "body", message: "ended before it was whole" }] });
  const reference = randomId("err");
  logger.error({ error, reference }, "a request failed");
  return new OrreryError("INTERNAL", { reference });
}
