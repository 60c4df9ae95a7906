import { once } from "node:events";
import { WebSocket, type ClientOptions } from "ws";
import { readConfig, type Config } from "../contract/config.ts";
import { OrreryError } from "../contract/errors.ts";
import { parseEvent, type StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { operations, type Handlers, type OutputFor } from "../contract/operations/index.ts";
import { openGateway, type Gateway, type GatewayDeps } from "../gateway/index.ts";
import { systemClock } from "../lib/clock.ts";
import { encodeSession, encodeState, type WireSession } from "../projections/encode.ts";
import { emptyState, foldState } from "../projections/state.ts";
import { trimSession, type Keep } from "../projections/trim.ts";
import { createArrayLog, type ArrayLog } from "./gateway-array-log.ts";

export interface TestGateway extends Gateway {
  readonly log: ArrayLog;
  readonly logged: object[];
}

/** A gateway on a free port over an array, with handlers that answer the least that each operation declares. */
export async function startTestGateway(
  options: Partial<Omit<GatewayDeps, "config" | "handlers">> & {
    config?: Partial<Config>;
    handlers?: Partial<Handlers>;
    log?: ArrayLog;
  } = {},
): Promise<TestGateway> {
  const log = options.log ?? createArrayLog();
  const logged: object[] = [];
  const logger = { debug: () => undefined, warn: () => undefined, error: (details: object) => logged.push(details) };
  const { config: changes, handlers, log: _, ...rest } = options;
  const gateway = await openGateway({
    config: { ...readConfig({}).config, port: 0, ...changes },
    clock: systemClock,
    tokens: { find: () => undefined, hasAdmin: () => false, onRevoked: () => () => undefined },
    handlers: { ...plainHandlers(log), ...handlers },
    audit: async () => undefined,
    logger,
    version: "0.0.0-test",
    webRoot: undefined,
    head: log.head,
    readLog: log.readLog,
    onCommit: log.onCommit,
    snapshot: () => ({ seq: log.state().seq, pieces: [{ json: JSON.stringify(encodeState(log.state())) }] }),
    ready: () => true,
    metrics: async () => "# no metrics\n",
    ...rest,
  });
  return { ...gateway, log, logged };
}

const noCost = { source: "unknown" as const, requests: 0, reported_requests: 0, unknown_requests: 0 };

function noTicket(id: string): never {
  throw new OrreryError("NOT_FOUND", { what: "ticket", id });
}

function noBrowser(id: string): never {
  throw new OrreryError("NOT_FOUND", { what: "browser", id });
}

function noAsk({ ask_id = "ask_1" }: { readonly ask_id?: string | undefined }): never {
  throw new OrreryError("NOT_FOUND", { what: "ask", id: ask_id });
}

const plainFigures: OutputFor<"telemetry.read"> = {
  daemon: {
    at: "2026-11-20T10:00:00.000Z",
    uptime_ms: 1,
    memory_bytes: 1,
    heap_bytes: 1,
    loop_lag_ms: 0,
    connections: 0,
    queues: { append: 0, append_limit: 1, asks: 0, unsent_bytes: 0 },
  },
  browsers: null,
};

function plainStatus(log: ArrayLog): OutputFor<"status.get"> {
  return {
    version: "0",
    protocol: 1,
    pid: 1,
    started_at: "",
    home: "",
    head: log.head(),
    log_bytes: 0,
    sessions: 0,
    connections: 0,
    dialects: {},
    memory_bytes: 0,
    loop_lag_ms: 0,
    queue: { events: 0, limit: 1, refused: 0 },
    hooks: { answered: 0 },
    sources: [],
    unknown_records: {},
    programs: [],
    settings: [],
  };
}

/** What is told of a session that is not asked for whole: little, so that it is often not enough. */
const recentKeep: Keep = { calls: 1, agents: 1, turns: 1, messages: 1, recentMs: 10_000 };

/** A session as it goes over the wire, as it was at `seq`; undefined when it had no event yet. */
export function sessionAt(
  log: ArrayLog,
  { sessionId, seq, isWhole }: { readonly sessionId: string; readonly seq: number; readonly isWhole: boolean },
): WireSession | undefined {
  let state = emptyState;
  for (const event of log.readLog({ before: seq + 1, limit: Infinity })) state = foldState(state, event);
  const session = state.sessions.get(sessionId as SessionId);
  return session === undefined ? undefined : encodeSession(isWhole ? session : trimSession(session, recentKeep));
}

function plainHandlers(log: ArrayLog): Handlers {
  const nothing = { items: [] };
  const seqOf = (at: unknown): number => (typeof at === "number" ? at : log.head());
  return {
    "events.append": ({ events }) => {
      const parsed = events.map(parseEvent);
      const stored = log.append(parsed.flatMap((event) => (event.ok ? [event.draft] : [])));
      let next = 0;
      const items = parsed.map((event, index) =>
        event.ok
          ? { index, outcome: "stored" as const, seq: stored[next++]!.seq }
          : {
              index,
              outcome: "rejected" as const,
              error: { code: "BAD_INPUT", message: event.problems.map((problem) => `${problem.field} ${problem.message}`).join("; ") },
            },
      );
      return { stored: stored.length, duplicates: 0, rejected: items.length - stored.length, items };
    },
    "events.list": () => nothing,
    "state.get": ({ session_id, at }) => {
      if (session_id === undefined) return { seq: log.head(), state: encodeState(log.state()) };
      const seq = seqOf(at);
      const session = sessionAt(log, { sessionId: session_id, seq, isWhole: false });
      return { seq, state: { seq, sessions: session === undefined ? [] : [session] } };
    },
    "activity.get": () => ({ since: "", until: "", bucket_ms: 1, buckets: [] }),
    "moments.step": () => ({}),
    "moments.between": () => ({ until: "", items: [] }),
    "bodies.get": ({ sha256 }) => `body of ${sha256}`,
    "ingest.claude_code": () => undefined,
    "ingest.claude_code_answer": () => ({}),
    "ingest.codex_answer": () => ({}),
    "ingest.claude_status_line": () => undefined,
    "ingest.stream": () => ({ offset: 0, lines: 0, stored: 0, duplicates: 0, rejected: 0 }),
    "ingest.codex": () => undefined,
    "ingest.gemini": () => undefined,
    "ingest.opencode": () => undefined,
    "ingest.kei": () => undefined,
    "ingest.mpm": () => undefined,
    "ingest.replay": () => nothing,
    "sessions.list": () => nothing,
    "sessions.get": ({ session_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "session", id: session_id });
    },
    "sessions.state": ({ session_id, at }) => {
      const seq = seqOf(at);
      const session = sessionAt(log, { sessionId: session_id, seq, isWhole: true });
      if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id: session_id });
      return { seq, session };
    },
    "sessions.messages": () => nothing,
    "sessions.turns": () => nothing,
    "sessions.calls": () => nothing,
    "sessions.export": () => "",
    "usage.get": () => nothing,
    "usage.csv": () => "",
    "cache.get": () => ({ days: [], reasons: [], items: [], looked_into: 0, left_out: 0 }),
    "limits.list": () => nothing,
    "sessions.cost": ({ session_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "session", id: session_id });
    },
    "sessions.requests": () => nothing,
    "prices.list": () => ({ price_version: "none", in_force: [], problems: [], items: [] }),
    "prices.refresh": () => ({ price_version: "none", rows: 0, problems: [] }),
    "costs.reprice": ({ dry_run }) => ({ dry_run, before: noCost, after: noCost, items: [] }),
    "push.list": () => ({ public_key: "", services: [], ...nothing }),
    "push.add": () => noBrowser("brw_1"),
    "push.test": ({ browser_id }) => noBrowser(browser_id),
    "push.remove": ({ browser_id }) => noBrowser(browser_id),
    "tokens.list": () => nothing,
    "tokens.create": ({ name, scope }) => ({ token_id: "tok_1", name, scope, created_at: "", token: "orrt_1" }),
    "tokens.revoke": ({ token_id }) => ({ token_id, name: "", scope: "read", created_at: "" }),
    "budgets.list": () => ({ items: [], problems: [] }),
    "budgets.set": (budget) => budget,
    "budgets.remove": () => ({ removed: false }),
    "status.get": () => plainStatus(log),
    "diagnostics.get": () => ({ problems: [], alerts: [], status: plainStatus(log), telemetry: plainFigures }),
    "storage.get": () => ({ total_bytes: 0, items: [] }),
    "asks.list": () => ({ ...nothing, open: 0 }),
    "policy.get": () => ({ files: [] }),
    "policy.test": () => ({ calls: 0, allow: 0, deny: 0, ask: 0, none: 0, rules: [], items: [] }),
    "policy.preview": () => ({ holds: false, counts: true, asks: [], calls: 0, matching: 0, items: [] }),
    "asks.get": noAsk,
    "asks.create": noAsk,
    "asks.wait": noAsk,
    "asks.answer": noAsk,
    "asks.withdraw": noAsk,
    "context.inject": ({ session_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "session", id: session_id });
    },
    "context.list": () => nothing,
    "context.withdraw": ({ injection_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "injection", id: injection_id });
    },
    "calls.list": () => ({ ...nothing, indexed_to: 0, lag: 0 }),
    "requests.list": () => ({ ...nothing, indexed_to: 0, lag: 0 }),
    "traces.find": () => ({ call_ids: [], indexed_to: 0, lag: 0 }),
    "calls.aggregate": () => ({ ...nothing, total: 0, indexed_to: 0, lag: 0 }),
    "calls.get": ({ call_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "call", id: call_id });
    },
    "traces.get": () => ({ ...nothing, total: 0, critical: { work_ms: 0, human_ms: 0, idle_ms: 0 } }),
    "search.query": () => ({ ...nothing, indexed_to: 0, lag: 0 }),
    "catalog.get": () => ({ indexed_to: 0, lag: 0, state: "level" as const, calls: 0, documents: 0, sessions: 0, bytes: 0 }),
    "catalog.rebuild": () => ({ started: true }),
    "imports.start": ({ path }) => {
      throw new OrreryError("NOT_FOUND", { what: "path", id: path });
    },
    "imports.get": ({ import_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "import", id: import_id });
    },
    "imports.list": () => nothing,
    "alerts.list": () => nothing,
    "alerts.snooze": ({ alert_id }) => {
      throw new OrreryError("NOT_FOUND", { what: "alert", id: alert_id });
    },
    "alerts.test": () => nothing,
    "alerts.rules": () => ({ ...nothing, problems: [] }),
    "alerts.set_rule": (rule) => rule,
    "alerts.remove_rule": () => ({ removed: false }),
    "backup.make": () => ({ path: "", head: log.head(), bytes: 0, files: [] }),
    "retention.apply": ({ dry_run }) => ({ dry_run, items: [] }),
    "todos.list": () => nothing,
    "tickets.list": () => nothing,
    "tickets.get": ({ ticket_id }) => noTicket(ticket_id),
    "tickets.create": () => noTicket("tkt_1"),
    "tickets.update": ({ ticket_id }) => noTicket(ticket_id),
    "tickets.close": ({ ticket_id }) => noTicket(ticket_id),
    "tickets.link": ({ ticket_id }) => noTicket(ticket_id),
    "tickets.unlink": ({ ticket_id }) => noTicket(ticket_id),
    "events.wait": () => ({ event: null, seq: 0 }),
    "ui.controls": () => ({ controls: [] }),
    "ui.fields": () => ({ fields: {}, seq: 0 }),
    "ui.click": () => ({ seq: 0, changed: {} }),
    "ui.set": () => ({ seq: 0, changed: {} }),
    "ui.select": () => ({ seq: 0, changed: {} }),
    "ui.reset": () => ({ seq: 0, changed: {} }),
    "ui.note": () => ({ seq: 0 }),
    "telemetry.read": () => plainFigures,
    "telemetry.report": () => ({ pages: 1 }),
    "operations.list": () => ({ items: operations.map(({ name, method, path, summary }) => ({ name, method, path, summary })) }),
  };
}

/** A WebSocket client that keeps every frame. */
export interface FrameReader {
  readonly ws: WebSocket;
  readonly frames: Record<string, unknown>[];
  /** Sends a command and resolves with its `result`, `error` or `subscribed` frame. */
  ask(command: string, params?: object): Promise<Record<string, unknown>>;
  /** Resolves when a frame satisfies the condition, looking first at those already here. */
  until(isWanted: (frame: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  /** The stored events received so far. */
  events(): StoredEvent[];
  close(): void;
}

export async function openFrameReader(url: string, options: ClientOptions = {}): Promise<FrameReader> {
  const ws = new WebSocket(`${url.replace("http", "ws")}/ws`, options);
  ws.setMaxListeners(0);
  const frames: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let asked = 0;
  ws.on("message", (data: Buffer) => {
    frames.push(JSON.parse(data.toString("utf8")) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  ws.on("error", () => undefined);
  await once(ws, "open");

  function until(isWanted: (frame: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      let next = 0;
      const gone = (): void => {
        waiting.delete(look);
        reject(new Error("the socket closed first"));
      };
      const look = (): void => {
        while (next < frames.length) {
          const frame = frames[next++]!;
          if (!isWanted(frame)) continue;
          waiting.delete(look);
          ws.off("close", gone);
          return resolve(frame);
        }
      };
      waiting.add(look);
      ws.once("close", gone);
      look();
    });
  }

  await until((frame) => frame["type"] === "hello");
  return {
    ws,
    frames,
    until,
    ask(command, params) {
      const id = `ask-${++asked}`;
      ws.send(JSON.stringify({ command, id, ...(params === undefined ? {} : { params }) }));
      return until((frame) => frame["id"] === id && ["result", "error", "subscribed"].includes(frame["type"] as string));
    },
    events: () =>
      frames.filter((frame) => typeof frame["seq"] === "number" && String(frame["type"]).includes(".")) as unknown as StoredEvent[],
    close: () => ws.terminate(),
  };
}
