import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { AgentId, RunId, SessionId } from "../contract/ids.ts";
import { operations, type Handlers } from "../contract/operations/index.ts";
import type { Alerts } from "../alerts/index.ts";
import type { AgentSources } from "../ingest/index.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { withJson } from "../lib/ready-json.ts";
import type { EventLog } from "../log/log.ts";
import type { PricesAt } from "../money/cost.ts";
import { encodeSession, encodeState } from "../projections/encode.ts";
import { requestsByTurn } from "../projections/cache.ts";
import { partsOf, visibleMessages } from "../projections/messages.ts";
import type { Session } from "../projections/session.ts";
import { spendOf } from "../projections/usage.ts";
import { sumTools } from "../projections/tool-counts.ts";
import { foldKeep, trimSession } from "../projections/trim.ts";
import { callsByTurn } from "../projections/turn-calls.ts";
import { viewAgents, viewSession, viewTurns, type SessionView } from "../projections/views.ts";
import type { ActivityStore } from "./activity-store.ts";
import { encodeCursor, decodeCursor, pageOf } from "./cursor.ts";
import type { AskHandlers } from "./asks.ts";
import type { createCatalogHandlers } from "./catalog.ts";
import { createEventWait } from "./event-wait.ts";
import { createExport } from "./export.ts";
import { createFollowed } from "./followed.ts";
import type { History } from "./history.ts";
import type { Injections } from "./injections.ts";
import { toPoint } from "./moment.ts";
import { createMoments, type Step, type StepPoint } from "./moments.ts";
import type { MoneyHandlers } from "./money.ts";
import { costAndCache } from "./money-usage.ts";
import type { Projector } from "./projector.ts";
import { createDiagnostics } from "./diagnostics.ts";
import type { Telemetry } from "./telemetry.ts";
import type { Push } from "../push/index.ts";
import type { Tokens } from "./tokens.ts";
import type { UiHandlers } from "../ui-state/index.ts";
import type { WorkHandlers } from "./work.ts";

interface Deps {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly history: History;
  readonly projector: Projector;
  readonly activity: ActivityStore;
  readonly appendEvents: Handlers["events.append"];
  readonly ingest: AgentSources["handlers"] &
    Pick<Handlers, "ingest.claude_code" | "ingest.claude_code_answer" | "ingest.codex_answer" | "ingest.replay">;
  readonly status: Handlers["status.get"];
  readonly storage: Handlers["storage.get"];
  readonly alerts: Alerts["handlers"];
  readonly asks: AskHandlers & Pick<Handlers, "policy.get" | "policy.test" | "policy.preview">;
  readonly catalog: ReturnType<typeof createCatalogHandlers>;
  readonly keeping: Pick<Handlers, "backup.make" | "retention.apply">;
  readonly money: MoneyHandlers;
  readonly work: WorkHandlers;
  readonly tokens: Tokens["handlers"];
  readonly ui: UiHandlers;
  readonly telemetry: Telemetry["handlers"];
  readonly injections: Injections["handlers"];
  readonly push: Push["handlers"];
  readonly imports: Pick<Handlers, "imports.start" | "imports.get" | "imports.list">;
  readonly pricesAt: PricesAt;
  readonly replayPage: () => string | undefined;
}

const FIRST_WINDOW_MS = 60 * 60_000;

/** What the daemon answers to each operation. */
export function createHandlers(deps: Deps): Handlers {
  const { log, clock, history, projector, activity } = deps;
  const followed = createFollowed(deps);
  const moments = createMoments(deps);

  function sessionNow(id: string): Session {
    const session = projector.session(id as SessionId);
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return session;
  }

  /** The whole session with texts, inputs and outputs; older than what the picture holds. */
  async function sessionInFull(id: string): Promise<Session> {
    const session = await history.wholeInPieces(id as SessionId, { seq: log.head() }, { detail: true });
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return session;
  }

  return {
    ...deps.money,
    ...deps.work,
    "events.append": deps.appendEvents,
    ...deps.ingest,
    "status.get": deps.status,
    "storage.get": deps.storage,
    "diagnostics.get": createDiagnostics({ ...deps.alerts, ...deps.asks, ...deps.money, ...deps.telemetry, "status.get": deps.status }),
    ...deps.keeping,
    ...deps.imports,
    ...deps.tokens,
    ...deps.ui,
    ...deps.telemetry,
    "events.wait": createEventWait(deps),
    ...deps.injections,
    ...deps.push,
    ...deps.alerts,
    ...deps.catalog,
    ...deps.asks,
    "operations.list": () => ({
      items: operations.map(({ name, kind, scope, method, path, summary }) => ({
        name,
        kind,
        scope,
        method,
        path: `/api${path}`,
        summary,
      })),
    }),

    "events.list": (input) => {
      const position = decodeCursor(input.cursor)?.[0];
      if (position !== undefined && typeof position !== "number")
        throw new OrreryError("BAD_INPUT", { problems: [{ field: "cursor", message: "is not one of this list" }] });
      const isNewest = input.order === "newest";
      const after = isNewest ? input.after : Math.max(input.after ?? 0, position ?? 0);
      const before = isNewest ? Math.min(input.before ?? Infinity, position ?? Infinity) : (input.before ?? Infinity);
      const items = log.read({
        limit: input.limit,
        order: input.order,
        ...(after === undefined ? {} : { after }),
        ...(before === Infinity ? {} : { before }),
        ...(input.types === undefined ? {} : { types: input.types }),
        ...(input.session_id === undefined ? {} : { sessionId: input.session_id as SessionId }),
        ...(input.agent_id === undefined ? {} : { agentId: input.agent_id as AgentId }),
        ...(input.run_id === undefined ? {} : { runId: input.run_id as RunId }),
        ...(input.since === undefined ? {} : { sinceMs: Date.parse(input.since) }),
        ...(input.until === undefined ? {} : { untilMs: Date.parse(input.until) }),
      });
      return { items: items as StoredEvent[], ...(items.length < input.limit ? {} : { next_cursor: encodeCursor([items.at(-1)!.seq]) }) };
    },

    "state.get": async (input) => {
      if (input.at === undefined && input.session_id === undefined) {
        const { seq, pieces } = await projector.snapshotInPieces();
        const text = (): string => pieces.map(({ json }) => json).join("");
        return withJson(
          {
            seq,
            get state() {
              return JSON.parse(text()) as unknown;
            },
          },
          () => `{"seq":${seq},"state":${text()}}`,
        );
      }
      const head = log.head();
      const point = toPoint(input.at, head, input.up_to);
      const at = "ms" in point ? { at: toTimestamp(point.ms) } : {};
      if (input.session_id === undefined) {
        const picture = await projector.pictureAt(point);
        return { seq: picture.seq, ...at, state: encodeState(picture) };
      }
      const session = await history.atInPieces(input.session_id as SessionId, point);
      const seq = "seq" in point ? point.seq : head;
      return { seq, ...at, state: { seq, sessions: session === undefined ? [] : [encodeSession(trimSession(session, foldKeep))] } };
    },

    "activity.get": async (input) => {
      const range = activity.range();
      const untilMs = input.until === undefined ? Math.max(range?.untilMs ?? 0, clock.now()) : Date.parse(input.until);
      const sinceMs = input.since === undefined ? Math.max(range?.sinceMs ?? 0, untilMs - FIRST_WINDOW_MS) : Date.parse(input.since);
      if (sinceMs >= untilMs) throw new OrreryError("BAD_INPUT", { problems: [{ field: "since", message: "must be before until" }] });
      const { buckets, marks } = await activity.within({ sinceMs, untilMs, buckets: input.buckets }, followed(input));
      return {
        since: toTimestamp(sinceMs),
        until: toTimestamp(untilMs),
        bucket_ms: (untilMs - sinceMs) / input.buckets,
        buckets: buckets.map(({ atMs, ...counts }) => ({ at: toTimestamp(atMs), ...counts })),
        ...(marks === undefined ? {} : { marks: marks.map(({ atMs, ...mark }) => ({ at: toTimestamp(atMs), ...mark })) }),
      };
    },

    "moments.step": (input) => {
      const step = moments.step(pointOf(input), input.direction, input.kind, followed(input));
      return step === undefined ? {} : { moment: toMoment(step) };
    },

    "moments.between": (input) => {
      const { steps, untilMs } = moments.between(pointOf(input), Date.parse(input.until), input.limit);
      return { until: toTimestamp(untilMs), items: steps.map(({ atMs, event }) => ({ at: toTimestamp(atMs), event })) };
    },

    "bodies.get": (input) => {
      const text = log.body(input.sha256);
      if (text === undefined) throw new OrreryError("NOT_FOUND", { what: "body", id: input.sha256 });
      return text;
    },

    "sessions.export": createExport({
      ...deps,
      answers: async (id) => ({
        "sessions.cost": await deps.money["sessions.cost"]({ session_id: id }, { door: "internal", actor: "export" }),
        "sessions.list": { items: [toRow(viewSession(sessionNow(id), clock.now()), deps.pricesAt)] },
      }),
    }),

    "sessions.list": (input) => {
      const rows = projector
        .summaries()
        .filter(
          (view) =>
            (input.status === undefined || view.status === input.status) &&
            (input.project === undefined || view.facts.project === input.project) &&
            (input.until === undefined || Date.parse(view.facts.last_at ?? "") <= Date.parse(input.until)),
        );
      return pageOf(
        rows.map((view) => toRow(view, deps.pricesAt)),
        { limit: input.limit, cursor: input.cursor, key: (row) => [row.session_id] },
      );
    },

    "sessions.get": (input) => {
      const session = sessionNow(input.session_id);
      const spent = Map.groupBy(session.usage.totals.values(), ({ agent_id }) => agent_id);
      const agents = viewAgents(session, clock.now()).map((agent) => ({
        ...agent,
        ...costAndCache(spent.get(agent.agent_id) ?? [], deps.pricesAt),
      }));
      return { ...toRow(viewSession(session, clock.now()), deps.pricesAt), tools: sumTools(agents.map(({ tools }) => tools)), agents };
    },

    "sessions.state": async (input) => {
      const point = toPoint(input.at, log.head(), input.up_to);
      const id = input.session_id as SessionId;
      const session = await history.wholeInPieces(id, point);
      if (session === undefined && log.checkpoints.firstSeq(id) === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
      return { seq: "seq" in point ? point.seq : log.head(), ...(session === undefined ? {} : { session: encodeSession(session) }) };
    },

    "sessions.messages": async (input) => {
      const session = await sessionInFull(input.session_id);
      const rows = visibleMessages(session.messages)
        .filter((message) => input.agent_id === undefined || message.agent_id === input.agent_id)
        .map((message) => ({
          message_id: message.message_id,
          agent_id: message.agent_id,
          role: message.role,
          at: message.at,
          way: message.way,
          parts: partsOf(message),
        }));
      return pageOf(rows, { limit: input.limit, cursor: input.cursor, key: (row) => [row.message_id] });
    },

    "sessions.turns": async (input) => {
      const session = await sessionInFull(input.session_id);
      const requests = requestsByTurn(session);
      const rows = viewTurns(session).map((turn) => ({
        ...turn,
        ...costAndCache((requests.get(turn.turn_id) ?? []).map(spendOf), deps.pricesAt),
      }));
      return pageOf(rows, { limit: input.limit, cursor: input.cursor, key: (turn) => [turn.turn_id] });
    },

    "sessions.calls": async (input) => {
      const rows = callsByTurn(await sessionInFull(input.session_id), input.order === "turn").filter(
        (call) =>
          (input.agent_id === undefined || call.agent_id === input.agent_id) &&
          (input.turn_id === undefined || call.turn_id === input.turn_id) &&
          (input.outcome === undefined || (call.outcome ?? "running") === input.outcome),
      );
      return pageOf(
        rows.map((call) => ({ ...call })),
        { limit: input.limit, cursor: input.cursor, key: (call) => [call.call_id] },
      );
    },
  };
}

/** Without a time, the end of all that is known. */
function pointOf({ at, up_to }: { readonly at?: string | undefined; readonly up_to?: number | undefined }): StepPoint {
  if (at === undefined) return { ms: Number.MAX_SAFE_INTEGER };
  return { ms: Date.parse(at), ...(up_to === undefined ? {} : { upTo: up_to }) };
}

function toMoment({ atMs, event: { seq, type, session_id, agent_id } }: Step) {
  return { at: toTimestamp(atMs), seq, type, session_id, ...(agent_id === undefined ? {} : { agent_id }) };
}

/** A session as a row: its facts and totals, and what it cost in place of what the cost is worked out from. */
function toRow({ facts, spend = [], reported_usd_micros, ...view }: SessionView, pricesAt: PricesAt) {
  const { as_of: _, ...known } = facts;
  return { ...known, ...view, ...costAndCache(spend, pricesAt, reported_usd_micros) };
}
