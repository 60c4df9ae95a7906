import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { createOpencode, type Opencode, type OpencodeState } from "../../formats/opencode/opencode.ts";
import type { Translation } from "../../formats/translation.ts";
import { isLoopback } from "../../lib/loopback.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { appendApart } from "../append-apart.ts";
import { refusals, rejection, translated } from "../rejection.ts";
import { createTally, type Intake, type Source } from "../source.ts";
import { createSseReader } from "./sse.ts";
import { readWaitingEvents, tellAsks, type AskServer, type ServerAskListener } from "./waiting.ts";

interface Options extends Intake {
  /** Address of the server; a name and password in it go into its `Authorization` header. */
  readonly url: string;
  readonly pollMs?: number;
}

/** What outlives a connection: what the translator learnt, and how far each session was told. */
interface Memory {
  readonly state?: OpencodeState;
  /** `time.updated` of each session when it was last read as a whole or told by the stream. */
  readonly updated: Readonly<Record<string, number>>;
}

const FORMAT = "opencode/sse";
const POLL_MS = 15_000;
const REQUEST_WITHIN_MS = 10_000;
const BUSY_MS = 50;
/** Earlier sessions that are read when a server is met for the first time. */
const MAX_EARLIER = 100;
const MAX_SESSIONS = 2_000;

/** `asks` is there where answers may be given: on this machine only. */
export interface OpencodeServer extends Source {
  readonly asks?: AskServer;
}

/**
 * Follows one opencode server. On every connection the list of sessions is read first, then those that changed since; the stream's own
 * events wait meanwhile. The stream of some versions falls silent: the list is looked at now and then, and what the stream did not tell is read.
 */
export function createOpencodeServer({ append, notes, clock, logger, url, pollMs = POLL_MS }: Options): OpencodeServer {
  const { base, headers } = addressOf(url);
  const tally = createTally(`opencode server ${base}`, FORMAT, clock);
  const noteKey = `opencode:${base}`;
  const abort = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let memory = readMemory(notes.get(noteKey));
  let opencode: Opencode = openTranslator(memory);
  let listener: ServerAskListener | undefined;
  let problem: string | undefined;
  let isConnected = false;
  let isRunning = false;
  let toldSincePoll = 0;
  let line: Promise<void> = Promise.resolve();

  /** What is read at once is stored before anything else is read: one translator serves the stream and the list. */
  function inLine(work: () => Promise<void>): Promise<void> {
    const done = line.then(work);
    line = done.catch(() => undefined);
    return done;
  }

  async function store(drafts: readonly EventDraft[], updated: Memory["updated"] = memory.updated): Promise<void> {
    try {
      while (drafts.length > 0) {
        try {
          const outcomes = await appendApart(append, drafts);
          tally.stored(drafts, outcomes, Date.parse(drafts.at(-1)!.timestamp));
          const refused = refusals(drafts, outcomes);
          if (refused.length > 0) await append(refused);
          break;
        } catch (error) {
          if (!(error instanceof OrreryError && error.code === "LOG_BUSY")) throw error;
          await clock.sleep(BUSY_MS, abort.signal);
        }
      }
    } catch (error) {
      opencode = openTranslator(memory);
      throw error;
    }
    if (opencode.state === memory.state && updated === memory.updated) return;
    memory = { state: opencode.state, updated };
    notes.set(noteKey, JSON.stringify(memory));
  }

  function say({ events, problem: what }: Translation, sample: string): readonly EventDraft[] {
    if (what === undefined) return events;
    tally.rejected();
    const at = toTimestamp(clock.now());
    return [...events, rejection({ format: FORMAT, reason: what, sample, key: textHash(`${base} ${sample}`), at })];
  }

  async function get(path: string): Promise<unknown> {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(REQUEST_WITHIN_MS)]);
    const reply = await fetch(new URL(path, base), { headers, signal });
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}`);
    return reply.json();
  }

  /** Reads the sessions that changed since they were last told. */
  async function catchUp(isWanted: () => boolean = () => true): Promise<void> {
    const list = await get("/session");
    const sessions = (Array.isArray(list) ? list : []).filter(isSession);
    await inLine(async () => store(say(opencode.sessions(sessions, toTimestamp(clock.now())), "the list of sessions")));
    const isFirst = Object.keys(memory.updated).length === 0;
    const changed = sessions
      .filter(({ id, time }) => time.updated > (memory.updated[id] ?? 0))
      .toSorted((a, b) => b.time.updated - a.time.updated)
      .slice(0, isFirst ? MAX_EARLIER : MAX_SESSIONS)
      .toReversed();
    if (!isWanted()) return;
    for (const { id, time } of changed) {
      const messages = await get(`/session/${encodeURIComponent(id)}/message`);
      await inLine(async () => {
        tally.record(Array.isArray(messages) ? messages.length : 1);
        const told = translated(() => opencode.messages(messages, toTimestamp(clock.now())));
        await store(say(told, `messages of ${id}`), remembering(memory.updated, id, time.updated));
      });
    }
  }

  /** What began to wait while nobody listened is told as if it began now; its events are known by their ids. */
  async function catchUpAsks(): Promise<void> {
    if (listener === undefined) return;
    const records = await readWaitingEvents(get);
    if (records === undefined) return;
    await inLine(async () => {
      const ids: string[] = [];
      for (const record of records) {
        const told = translated(() => opencode.event(record, toTimestamp(clock.now())));
        await store(say(told, JSON.stringify(record)));
        tellAsks({ ...listener!, asked: (ask) => void (ids.push(ask.id), listener!.asked(ask)) }, record, told.events);
      }
      listener?.waiting(ids);
    });
  }

  async function takeEvent(text: string): Promise<void> {
    tally.record();
    const at = toTimestamp(clock.now());
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (error) {
      return store(say({ events: [], problem: `not JSON: ${(error as Error).message}` }, text));
    }
    const type = (record as { readonly type?: unknown } | null)?.type;
    if (type !== "server.heartbeat" && type !== "server.connected") toldSincePoll++;
    const told = translated(() => opencode.event(record, at));
    const info = (record as { readonly properties?: { readonly info?: unknown } } | null)?.properties?.info;
    const updated =
      isSession(info) && type === "session.updated" ? remembering(memory.updated, info.id, info.time.updated) : memory.updated;
    await store(say(told, text), updated);
    if (listener !== undefined) tellAsks(listener, record, told.events);
  }

  async function post(path: string, body: object): Promise<"taken" | "gone"> {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(REQUEST_WITHIN_MS)]);
    // An answer goes to the server that asked, and nowhere else.
    const request = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
    const reply = await fetch(new URL(path, base), { ...request, redirect: "error", signal });
    await reply.body?.cancel();
    if (reply.status === 404) return "gone";
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}`);
    return "taken";
  }

  async function connect(): Promise<void> {
    const reply = await fetch(new URL("/event", base), { headers: { ...headers, accept: "text/event-stream" }, signal: abort.signal });
    if (!reply.ok || reply.body === null) throw new Error(`/event answered ${reply.status}`);
    const connection = new AbortController();
    try {
      await catchUp();
      await catchUpAsks();
      isConnected = true;
      problem = undefined;
      const polling = poll(connection.signal).catch((error: unknown) => {
        if (!connection.signal.aborted) throw error;
      });
      await Promise.race([stream(reply.body), polling]);
    } finally {
      isConnected = false;
      connection.abort();
      await reply.body.cancel().catch(() => undefined);
    }
  }

  async function stream(body: ReadableStream<Uint8Array>): Promise<never> {
    const sse = createSseReader();
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new Error("the server closed the stream");
        for (const text of sse.push(value)) await inLine(() => takeEvent(text));
      }
    } finally {
      reader.releaseLock();
    }
  }

  async function poll(signal: AbortSignal): Promise<void> {
    const until = AbortSignal.any([signal, abort.signal]);
    for (;;) {
      toldSincePoll = 0;
      await clock.sleep(pollMs, until);
      // A stream that tells is only a little behind the list.
      if (toldSincePoll === 0) await catchUp(() => toldSincePoll === 0);
    }
  }

  const asks: AskServer = { server: base, post, listen: (each) => (listener = each) };
  return {
    ...(isLoopback(new URL(base).hostname) ? { asks } : {}),
    async run(signal) {
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      isRunning = true;
      let attempt = 0;
      while (!abort.signal.aborted) {
        try {
          await connect();
        } catch (error) {
          if (abort.signal.aborted) break;
          attempt = problem === undefined ? 0 : attempt + 1;
          const { message, cause } = error as Error;
          problem = `${message}${cause instanceof Error ? `: ${cause.message}` : ""}`;
          logger.debug({ error, url: base }, "opencode server");
        }
        await clock.sleep(backoffMs(attempt, 0), abort.signal).catch(() => undefined);
      }
      await line;
      end();
    },
    async stop() {
      abort.abort();
      if (isRunning) await ended;
    },
    status: () =>
      // A server that does not run is no fault: it is waited for.
      tally.status(abort.signal.aborted ? "stopped" : isConnected ? "connected" : "waiting", isConnected ? undefined : problem),
  };
}

function openTranslator({ state }: Memory): Opencode {
  return createOpencode(state === undefined ? {} : { saved: state });
}

function readMemory(note: string | undefined): Memory {
  try {
    return note === undefined ? { updated: {} } : (JSON.parse(note) as Memory);
  } catch {
    return { updated: {} };
  }
}

function remembering(updated: Memory["updated"], id: string, ms: number): Memory["updated"] {
  const { [id]: before = 0, ...others } = updated;
  const entries = Object.entries(others).slice(-MAX_SESSIONS);
  return { ...Object.fromEntries(entries), [id]: Math.max(before, ms) };
}

interface SessionInfo {
  readonly id: string;
  readonly time: { readonly updated: number };
}

function isSession(value: unknown): value is SessionInfo {
  const { id, time } = (value ?? {}) as { readonly id?: unknown; readonly time?: { readonly updated?: unknown } };
  return typeof id === "string" && typeof time?.updated === "number";
}

function addressOf(url: string): { readonly base: string; readonly headers: Readonly<Record<string, string>> } {
  const address = new URL(url);
  const { username, password } = address;
  address.username = "";
  address.password = "";
  if (password === "") return { base: address.origin, headers: {} };
  const pair = `${decodeURIComponent(username || "opencode")}:${decodeURIComponent(password)}`;
  return { base: address.origin, headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } };
}
