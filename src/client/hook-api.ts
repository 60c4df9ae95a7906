import { systemClock, type Clock } from "../lib/clock.ts";

type Json = Readonly<Record<string, unknown>>;

/** What the Hook API answered in place of a result. `status` is 0 where nothing answered. */
export class HookApiError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  /** When it is taken that came too soon; nothing of it was done. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, code?: string, { retryAfterMs, ...options }: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.name = "HookApiError";
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Options {
  /** Default: port 8999 of this machine; `daemon.json` names another as `dialects.hook_api`. */
  readonly url?: string;
  /** Where Orrery listens beyond its machine. */
  readonly token?: string;
  /** Of each call, unless it says otherwise. Default 10 seconds. */
  readonly timeoutMs?: number;
  /** How often a call is tried again that did not get through. Default 3. */
  readonly retries?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Pick<Clock, "sleep" | "after" | "now">;
}

/** What every method takes last. */
interface PerCall {
  /** Default: the client's. */
  readonly timeoutMs?: number;
}

interface CallOptions extends PerCall {
  /** Doing it twice is as doing it once: it is tried again also when nobody knows whether it got through. */
  readonly isRepeatable?: boolean;
  readonly retries?: number;
}

const FIRST_PAUSE_MS = 100;
const POLL_MS = 500;
const PROBE_MS = 1_000;
const SLACK_MS = 5_000;
/** What the server waits at most for an event; longer ones are waits in a row. */
const WAIT_SECONDS = 600;

/**
 * A client of the Hook API, with every method of Manual Slop's and those for what it plans. Seconds are seconds, as there.
 * @throws each call: HookApiError with the status and the words of the answer
 */
export class HookApiClient {
  readonly #url: string;
  readonly #options: Required<Pick<Options, "timeoutMs" | "retries" | "fetch" | "clock">> & Pick<Options, "token">;
  /** From where on events are waited for, by type: each event is given once. */
  readonly #seen = new Map<string, number>();
  #begun: Promise<number> | undefined;

  constructor({
    url = "http://127.0.0.1:8999",
    token,
    timeoutMs = 10_000,
    retries = 3,
    fetch = globalThis.fetch,
    clock = systemClock,
  }: Options = {}) {
    this.#url = url.replace(/\/+$/, "");
    this.#options = { timeoutMs, retries, fetch, clock, ...(token === undefined ? {} : { token }) };
  }

  /** Whether the server answers within `timeout` seconds. Never throws. */
  async waitForServer(timeout = 10): Promise<boolean> {
    const { clock } = this.#options;
    const endMs = clock.now() + timeout * 1_000;
    for (;;) {
      if (await this.#isAlive()) return true;
      if (clock.now() + POLL_MS >= endMs) return false;
      await clock.sleep(POLL_MS);
    }
  }

  /** Tells, every `everyMs`, when the server comes or goes. Returns the way to stop. */
  watchHealth(onChange: (isAlive: boolean) => void, everyMs = 5_000): () => void {
    let known: boolean | undefined;
    let isStopped = false;
    let cancel = (): void => undefined;
    const look = async (): Promise<void> => {
      const isAlive = await this.#isAlive();
      if (isStopped) return;
      if (isAlive !== known) onChange((known = isAlive));
      cancel = this.#options.clock.after(everyMs, () => void look());
    };
    void look();
    return () => {
      isStopped = true;
      cancel();
    };
  }

  getStatus(options: PerCall = {}): Promise<Json> {
    return this.#get("/status", options);
  }

  click(item: string, userData?: unknown, options: PerCall = {}): Promise<Json> {
    return this.pushEvent("click", { item, ...(userData === undefined ? {} : { user_data: userData }) }, options);
  }

  setValue(item: string, value: unknown, options: PerCall = {}): Promise<Json> {
    return this.pushEvent("set_value", { item, value }, options);
  }

  selectTab(item: string, value: unknown, options: PerCall = {}): Promise<Json> {
    return this.pushEvent("select_tab", { item, value }, options);
  }

  selectListItem(item: string, value: unknown, options: PerCall = {}): Promise<Json> {
    return this.pushEvent("select_list_item", { item, value }, options);
  }

  /** Calls an operation by its name. `args`: its input, or its fields in order. */
  async customCallback(callback: string, args: readonly unknown[] = [], options: PerCall = {}): Promise<unknown> {
    return (await this.pushEvent("custom_callback", { callback, args }, options))["result"];
  }

  async pushEvent(action: string, payload: Json = {}, options: PerCall = {}): Promise<Json> {
    await this.#begin(options);
    return this.#post("/api/gui", { ...payload, action }, { ...options, isRepeatable: repeatable.has(action) });
  }

  /** The bare value of a field of the page, or of a figure by its path, with its JSON type. */
  async getValue(item: string, options: PerCall = {}): Promise<unknown> {
    return (await this.#get(`/api/gui/value/${encodeURIComponent(item)}`, options))["value"];
  }

  getGui(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/gui", options);
  }

  getGuiState(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/gui/state", options);
  }

  async resetSession(options: PerCall = {}): Promise<Json> {
    await this.#begin(options);
    return this.#post("/api/reset", {}, { ...options, isRepeatable: true });
  }

  /**
   * The next event of a type or pattern, of those since the first call of this client: each is given once. Null when none comes in `timeout`
   * seconds, however often the server goes and comes back meanwhile; never throws.
   */
  async waitForEvent(eventType: string, timeout = 10): Promise<Json | null> {
    const { clock } = this.#options;
    for (let left = timeout; ;) {
      const seconds = Math.min(left, WAIT_SECONDS);
      const startMs = clock.now();
      try {
        const event = await this.#eventIn(eventType, seconds);
        if (event !== undefined) return event;
        left -= seconds;
      } catch (error) {
        if (isRefusal(error)) return null;
        await clock.sleep(Math.min(POLL_MS, left * 1_000));
        left -= (clock.now() - startMs) / 1_000;
      }
      if (!(left > 0)) return null;
    }
  }

  getEvents(
    { after, type, limit }: { readonly after?: number; readonly type?: string; readonly limit?: number } = {},
    options: PerCall = {},
  ): Promise<Json> {
    const given = Object.entries({ after, type, limit }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
    return this.#get(`/api/events?${new URLSearchParams(given)}`, options);
  }

  /**
   * What a person says within `timeout` seconds; nobody is no. Asked again with the same `id`, also by another process, it is the same ask, and
   * has its answer: a connection that is lost meanwhile is taken up again.
   */
  async ask(
    prompt: string,
    timeout = 60,
    id: string = crypto.randomUUID(),
  ): Promise<{ readonly approved: boolean; readonly response: string }> {
    const options = { timeoutMs: timeout * 1_000 + SLACK_MS, isRepeatable: true };
    const { approved, response } = await this.#post("/api/ask", { prompt, timeout, id }, options);
    return { approved: approved === true, response: typeof response === "string" ? response : "" };
  }

  getMmaStatus(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/gui/mma_status", options);
  }

  async getMmaWorkers(options: PerCall = {}): Promise<readonly Json[]> {
    return (await this.#get("/api/mma/workers", options))["workers"] as readonly Json[];
  }

  spawnMmaWorker(payload: Json, options: PerCall = {}): Promise<Json> {
    return this.#post("/api/mma/workers/spawn", payload, options);
  }

  killMmaWorker(workerId: string, options: PerCall = {}): Promise<Json> {
    return this.#post("/api/mma/workers/kill", { worker_id: workerId }, { ...options, isRepeatable: true });
  }

  pauseMmaPipeline(options: PerCall = {}): Promise<Json> {
    return this.#post("/api/mma/pipeline/pause", {}, { ...options, isRepeatable: true });
  }

  resumeMmaPipeline(options: PerCall = {}): Promise<Json> {
    return this.#post("/api/mma/pipeline/resume", {}, { ...options, isRepeatable: true });
  }

  mutateMmaDag(payload: Json, options: PerCall = {}): Promise<Json> {
    return this.#post("/api/mma/dag/mutate", payload, options);
  }

  getContextState(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/context/state", options);
  }

  /** `{text, files, skeletons, session_id, worker_id}`: words and files for an agent, with its next hook. */
  injectContext(payload: Json, options: PerCall = {}): Promise<Json> {
    return this.#post("/api/context/inject", payload, options);
  }

  getFinancialMetrics(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/metrics/financial", options);
  }

  getSystemTelemetry(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/system/telemetry", options);
  }

  getPerformance(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/performance", options);
  }

  async getComms(options: PerCall = {}): Promise<readonly Json[]> {
    return (await this.#get("/api/comms", options))["comms"] as readonly Json[];
  }

  getDiagnostics(options: PerCall = {}): Promise<Json> {
    return this.#get("/api/diagnostics", options);
  }

  async #eventIn(eventType: string, seconds: number): Promise<Json | undefined> {
    const options = { timeoutMs: seconds * 1_000 + SLACK_MS, retries: 0 };
    const after = this.#seen.get(eventType) ?? (await this.#begin(options));
    const query = new URLSearchParams({ event_type: eventType, timeout: String(seconds), after: String(after) });
    const { event } = await this.#get(`/api/events/wait?${query}`, options);
    if (typeof event !== "object" || event === null) return undefined;
    this.#seen.set(eventType, (event as { readonly seq: number }).seq);
    return event as Json;
  }

  async #isAlive(): Promise<boolean> {
    try {
      await this.#get("/status", { timeoutMs: PROBE_MS, retries: 0 });
      return true;
    } catch {
      return false;
    }
  }

  /** The last event before this client did anything. */
  async #begin(options: CallOptions = {}): Promise<number> {
    this.#begun ??= this.#get("/status", options).then(({ seq }) => (typeof seq === "number" ? seq : 0));
    try {
      return await this.#begun;
    } catch (error) {
      this.#begun = undefined;
      throw error;
    }
  }

  #get(path: string, options: CallOptions = {}): Promise<Json> {
    return this.#call("GET", path, undefined, { isRepeatable: true, ...options });
  }

  #post(path: string, body: Json, options: CallOptions = {}): Promise<Json> {
    return this.#call("POST", path, JSON.stringify(body), options);
  }

  async #call(method: string, path: string, body: string | undefined, options: CallOptions): Promise<Json> {
    const { clock, retries, timeoutMs } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#try(method, path, body, options.timeoutMs ?? timeoutMs);
      } catch (error) {
        const pauseMs = pauseAfter(error as HookApiError, options.isRepeatable === true, attempt);
        if (pauseMs === undefined || attempt >= (options.retries ?? retries)) throw error;
        await clock.sleep(pauseMs);
      }
    }
  }

  async #try(method: string, path: string, body: string | undefined, timeoutMs: number): Promise<Json> {
    const { fetch, token } = this.#options;
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      response = await fetch(`${this.#url}${path}`, { method, headers, signal, ...(body === undefined ? {} : { body }) });
      text = await response.text();
    } catch (cause) {
      const why = (cause as Error).name === "TimeoutError" ? `no answer in ${timeoutMs} ms` : "nobody answers";
      throw new HookApiError(0, `${why} at ${this.#url}${path}`, undefined, { cause });
    }
    const told = objectIn(text);
    if (!response.ok || told === undefined) {
      const { error = `${method} ${path} was answered with ${response.status}`, code } = told ?? {};
      const after = Number(response.headers.get("retry-after"));
      const known = response.status === TOO_MANY && after > 0 ? { retryAfterMs: after * 1_000 } : {};
      throw new HookApiError(response.status, String(error), typeof code === "string" ? code : undefined, known);
    }
    return told;
  }
}

const repeatable: ReadonlySet<string> = new Set(["set_value", "select_tab", "select_list_item", "reset_session"]);

const TOO_MANY = 429;

/** When to try again what failed; undefined: not at all. */
function pauseAfter(failure: HookApiError, isRepeatable: boolean, attempt: number): number | undefined {
  if (failure.retryAfterMs !== undefined) return failure.retryAfterMs;
  const isSafe = isRepeatable || wasRefused(failure);
  return failure.status !== 0 || !isSafe || wasTimeout(failure) ? undefined : FIRST_PAUSE_MS * 2 ** attempt;
}

/** It was understood, and will not be answered otherwise. */
function isRefusal(error: unknown): boolean {
  return error instanceof HookApiError && error.status >= 400 && error.status < 500 && error.status !== TOO_MANY;
}

/** Nothing was sent: also what may be done only once can be tried again. */
function wasRefused({ cause }: HookApiError): boolean {
  const inner = (cause as { readonly cause?: { readonly code?: unknown } } | undefined)?.cause;
  return inner?.code === "ECONNREFUSED";
}

function wasTimeout({ cause }: HookApiError): boolean {
  return (cause as Error | undefined)?.name === "TimeoutError";
}

function objectIn(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
