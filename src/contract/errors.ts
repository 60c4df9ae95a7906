/** `retry`: whether sending the same thing again can help: `never`, `later` (after a wait) or `now`. `exit` is the CLI's exit code. */
interface ErrorRow {
  readonly status: number;
  readonly retry: "never" | "later" | "now";
  readonly exit: number;
  readonly message: (params: ErrorParams) => string;
}
/** What the sentence of an error names. */
export type ErrorParams = Readonly<Record<string, unknown>>;

const row = (status: number, retry: ErrorRow["retry"], exit: number, message: ErrorRow["message"]): ErrorRow => ({
  status,
  retry,
  exit,
  message,
});

const meant = ({ nearest }: ErrorParams): string =>
  Array.isArray(nearest) && nearest.length > 0 ? `; the nearest is ${nearest.join(", ")}` : "";

/** Every error that Orrery can show. Codes are for ever; `docs/errors.md` has a paragraph for each. */
export const errorTable = {
  BAD_JSON: row(400, "never", 65, (p) => `The body is not valid JSON${p.reason ? `: ${String(p.reason)}` : ""}.`),
  BAD_INPUT: row(
    400,
    "never",
    64,
    (p) =>
      `Not valid: ${(p.problems as { field: string; message: string }[] | undefined)?.map((x) => `${x.field} ${x.message}`).join("; ") ?? "the input"}.`,
  ),
  UNKNOWN_OPERATION: row(404, "never", 64, (p) => `There is no operation ${String(p.operation)}. GET /api/openapi.json lists them.`),
  UNKNOWN_COMMAND: row(400, "never", 64, (p) => `There is no command ${String(p.command)}.`),
  UNKNOWN_CONTROL: row(404, "never", 64, (p) => `There is no control ${String(p.control)}${meant(p)}. GET /api/ui/controls lists them.`),
  UNKNOWN_FIELD: row(404, "never", 64, (p) => `There is no field ${String(p.field)}${meant(p)}. GET /api/ui/fields lists them.`),
  NOT_FOUND: row(404, "never", 66, (p) => `There is no ${String(p.what)} ${String(p.id)}.`),
  ASK_ALREADY_ANSWERED: row(
    409,
    "never",
    73,
    (p) =>
      `Ask ${String(p.ask_id)} is over: ${String(p.outcome)}${p.by ? ` by ${String(p.by)}` : ""}${p.door ? ` at ${String(p.door)}` : ""}, ${String(p.at)}.`,
  ),
  ASK_NOT_HELD: row(
    409,
    "never",
    73,
    (p) => `Ask ${String(p.ask_id)} can only be answered where it was asked: Orrery has seen it, and nobody waits for its answer here.`,
  ),
  ASK_NOT_DELIVERED: row(
    502,
    "later",
    69,
    (p) =>
      `The answer did not reach ${String(p.server)}, where ask ${String(p.ask_id)} waits (${String(p.reason)}). It is still open: answer again, or where it was asked.`,
  ),
  ROUTE_NOT_FOUND: row(404, "never", 66, (p) => `Nothing is served at ${String(p.method)} ${String(p.path)}. See /docs.`),
  CANNOT_INJECT: row(409, "never", 65, (p) => `Session ${String(p.session_id)} cannot be given context: ${String(p.reason)}.`),
  INJECTION_OVER: row(409, "never", 65, (p) => `Injection ${String(p.injection_id)} is over: it was ${String(p.state)}.`),
  METHOD_NOT_ALLOWED: row(405, "never", 64, (p) => `${String(p.path)} does not take ${String(p.method)}.`),
  BODY_TOO_LARGE: row(413, "never", 65, (p) => `The body is larger than ${String(p.limit_bytes)} bytes. Send it in smaller pieces.`),
  FRAME_TOO_LARGE: row(413, "never", 65, (p) => `The frame is larger than ${String(p.limit_bytes)} bytes.`),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    "never",
    65,
    (p) => `Content type ${String(p.content_type)} is not read here. Send application/json or application/x-ndjson.`,
  ),
  FORBIDDEN_HOST: row(403, "never", 77, (p) => `Host ${String(p.host)} is not this machine. Use 127.0.0.1 or localhost.`),
  FORBIDDEN_ORIGIN: row(403, "never", 77, (p) => `Origin ${String(p.origin)} may not call this daemon.`),
  EVENT_RESERVED: row(
    403,
    "never",
    77,
    (p) =>
      `Only Orrery itself writes this event: ${String(p.field)} ${String(p.message)}. Events of a log that was exported are read by imports.start.`,
  ),
  UNAUTHENTICATED: row(
    401,
    "never",
    77,
    (p) =>
      `A token is needed: ${String(p.reason)}. Send it as Authorization: Bearer, or log in on the page; orrery token create makes one.`,
  ),
  FORBIDDEN: row(
    403,
    "never",
    77,
    (p) => `${String(p.what)} needs a token of scope ${String(p.needed)}; ${String(p.name)} has ${String(p.scope)}.`,
  ),
  TOO_MANY_ATTEMPTS: row(429, "later", 75, (p) => `More than ${String(p.limit)} wrong tokens came from this address. Wait and try again.`),
  BIND_NEEDS_TOKEN: row(
    500,
    "never",
    78,
    (p) =>
      `Refusing to listen on ${String(p.host)}: only loopback addresses are open without a token. Make one first, with orrery token create <name> --scope admin.`,
  ),
  TOO_MANY_CONNECTIONS: row(503, "later", 75, (p) => `There are ${String(p.limit)} connections already. Close one or try later.`),
  TOO_MANY_SUBSCRIPTIONS: row(400, "never", 64, (p) => `A connection may have ${String(p.limit)} subscriptions.`),
  RATE_LIMITED: row(429, "later", 75, (p) => `More than ${String(p.limit)} commands in ${String(p.window_ms)} ms. Wait and try again.`),
  LOG_BUSY: row(503, "later", 75, () => "The log is taking as much as it can. Try again in a moment; nothing was stored."),
  LOG_UNWRITABLE: row(
    507,
    "later",
    74,
    (p) =>
      `The log at ${String(p.path)} cannot be written: ${String(p.reason)}. Nothing of this request was stored; everything acknowledged before is safe.`,
  ),
  LOG_LOCKED: row(
    409,
    "never",
    73,
    (p) => `Another Orrery (process ${String(p.pid)}) already uses ${String(p.path)}. Stop it, or choose another home with --home.`,
  ),
  LOG_DAMAGED: row(
    500,
    "never",
    74,
    (p) => `The log at ${String(p.path)} is damaged: ${String(p.reason)}. Nothing was changed; restore a backup or move the file away.`,
  ),
  LOG_TOO_NEW: row(
    500,
    "never",
    78,
    (p) => `The log at ${String(p.path)} was written by a newer Orrery (format ${String(p.found)}, this one knows ${String(p.known)}).`,
  ),
  BACKUP_FAILED: row(500, "never", 74, (p) => `The backup ${String(p.path)} cannot be used: ${String(p.reason)}. Nothing was changed.`),
  STOPPING: row(503, "later", 75, () => "Orrery is stopping. Try again when it is back."),
  DAEMON_UNREACHABLE: row(503, "later", 69, (p) => `No Orrery answers at ${String(p.url)}. Start one with: orrery serve`),
  HOME_UNUSABLE: row(500, "never", 73, (p) => `The home folder ${String(p.path)} cannot be used: ${String(p.reason)}.`),
  PORT_TAKEN: row(
    500,
    "never",
    69,
    (p) => `Port ${String(p.port)} is taken by another program. Choose one with --port, or --port 0 for any free one.`,
  ),
  SETTINGS_UNREADABLE: row(400, "never", 65, (p) => `${String(p.path)} cannot be used (${String(p.reason)}). It was left as it is.`),
  CANARY_FAILED: row(502, "later", 69, (p) => `The test record did not arrive: ${String(p.reason)}.`),
  INTERNAL: row(
    500,
    "later",
    70,
    (p) => `Orrery made a mistake${p.reference ? ` (reference ${String(p.reference)})` : ""}. The daemon log has the details.`,
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** An error as every door answers it. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: ErrorRow["retry"];
  readonly details?: ErrorParams;
}

/** The one error that Orrery throws. `params` fill the table's sentence and travel to the caller as `details`. */
export class OrreryError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(errorTable[code].message(params), options);
    this.name = "OrreryError";
    this.code = code;
    this.params = params;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get exitCode(): number {
    return errorTable[this.code].exit;
  }

  /** The wire form: `{code, message, retry, details?}`. */
  toBody(): ErrorBody {
    const body = { code: this.code, message: this.message, retry: errorTable[this.code].retry };
    return Object.keys(this.params).length === 0 ? body : { ...body, details: this.params };
  }
}
