import type { Catalog, Following, RequestPage } from "../catalog/index.ts";
import { OrreryError } from "../contract/errors.ts";
import type { AgentId, CallId, SessionId } from "../contract/ids.ts";
import type { CallRow } from "../contract/operations/catalog.ts";
import type { Handlers, InputFor, OutputFor } from "../contract/operations/index.ts";
import { operationsLike } from "../contract/operations-like.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { conversations } from "../projections/cache.ts";
import type { Session } from "../projections/session.ts";
import type { Trace } from "../projections/trace.ts";
import { requestOf, splitAnswer } from "../projections/tool-shares.ts";
import { spendOf, type Request } from "../projections/usage.ts";
import { viewAgents, viewCall, viewCalls, type CallView } from "../projections/views.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { History } from "./history.ts";
import { costAndCache } from "./money-usage.ts";
import { createTraces } from "./traces.ts";
import type { WholeSessions } from "./whole-sessions.ts";

type Doors =
  | "calls.list"
  | "calls.get"
  | "calls.aggregate"
  | "requests.list"
  | "traces.get"
  | "traces.find"
  | "search.query"
  | "catalog.get"
  | "catalog.rebuild";
type CallPage = Pick<OutputFor<"calls.list">, "items" | "searched_to" | "indexed_to" | "lag"> & {
  readonly next?: readonly (string | number)[];
};
type Level = Pick<OutputFor<"calls.list">, "indexed_to" | "lag">;
type Found = OutputFor<"search.query">;
type Status = Omit<OutputFor<"catalog.get">, "state">;

interface Deps {
  readonly catalog: Catalog;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<EventLog, "head">;
  readonly history: Pick<History, "wholeInPieces">;
  readonly wholeNow: WholeSessions;
  readonly pricesAt: PricesAt;
}

/** What people page through and search: lists from the catalog, single things whole from the log. */
export function createCatalogHandlers({ catalog, clock, log, history, wholeNow, pricesAt }: Deps): Pick<Handlers, Doors> {
  const traces = createTraces({ clock, wholeNow });

  async function whole(id: string): Promise<Session> {
    const session = await history.wholeInPieces(id as SessionId, { seq: log.head() }, { detail: true });
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return session;
  }

  return {
    "calls.list": async ({ order, limit, cursor, ...filter }) => {
      const { next, ...page } = await catalog.ask<CallPage>({ what: "calls", filter, page: { order, limit, after: decodeCursor(cursor) } });
      return { ...page, ...(next === undefined ? {} : { next_cursor: encodeCursor(next) }) };
    },

    "calls.aggregate": ({ group_by, limit, ...filter }) => catalog.ask({ what: "aggregate", filter, groupBy: group_by, limit }),

    "requests.list": async ({ order, limit, cursor, ...filter }) => {
      const page = { order, limit, after: decodeCursor(cursor) };
      const { items, next, ...rest } = await catalog.ask<RequestPage & Level>({ what: "requests", filter, page });
      return {
        ...rest,
        items: items.map((request) => ({ ...request, ...costAndCache([spendOf(request)], pricesAt) })),
        ...(next === undefined ? {} : { next_cursor: encodeCursor(next) }),
      };
    },

    "traces.find": ({ session_id, text }) => catalog.ask({ what: "matching", sessionId: session_id, text }),

    "calls.get": async ({ session_id, call_id }) => {
      const session = await whole(session_id);
      const found = session.calls.map.get(call_id as CallId);
      if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "call", id: call_id });
      const call = viewCall(found, session);
      const request = requestOf(found, session);
      const together =
        request === undefined ? [call] : viewCalls(session).filter((each) => requestOf(each, session)?.request_id === request.request_id);
      const share = request === undefined ? undefined : shareOf(call, request, together, pricesAt);
      return {
        call: { session_id, ...call },
        ...(request === undefined ? {} : { request: { session_id, ...request, cost: costOf([spendOf(request)], pricesAt) } }),
        siblings: together.filter((each) => each.call_id !== call.call_id).map((each) => toRow(each, session_id)),
        caused: { agents: causedBy(session, call, clock.now()), ...readBy(session, call) },
        ...(share === undefined ? {} : { share }),
      };
    },

    "traces.get": async ({ session_id, turn_id, offset, limit }) => {
      const trace = await traces(session_id as SessionId, offset === 0);
      const spans = turn_id === undefined ? trace.spans : under(trace.spans, turn_id);
      const { start, end, critical } = trace;
      return {
        items: spans.slice(offset, offset + limit),
        total: spans.length,
        ...(start === undefined ? {} : { start }),
        ...(end === undefined ? {} : { end }),
        critical,
      };
    },

    "search.query": async ({ cursor, ...input }) => {
      const [offset = 0] = decodeCursor(cursor) ?? [];
      if (typeof offset !== "number" || offset < 0 || offset > 10_000)
        throw new OrreryError("BAD_INPUT", { problems: [{ field: "cursor", message: "is not one of this search" }] });
      const named = offset === 0 ? operationsFor(input) : [];
      if (input.kinds?.every((kind) => kind === "operation") === true) {
        const { indexed_to, lag } = await catalog.ask<Following>({ what: "level" });
        return { items: named, indexed_to, lag };
      }
      const limit = Math.max(1, input.limit - named.length);
      const found = await catalog.ask<Found>({ what: "search", input: { ...input, limit }, offset });
      return {
        ...found,
        items: [...found.items, ...named].slice(0, input.limit),
        ...(found.totals === undefined ? {} : { totals: { ...found.totals, operation: named.length } }),
        ...(found.items.length < limit ? {} : { next_cursor: encodeCursor([offset + limit]) }),
      };
    },

    "catalog.get": async () => {
      const status = await catalog.ask<Status>({ what: "status" });
      return { ...status, state: status.detail !== undefined ? "failing" : status.lag === 0 ? "level" : "behind" };
    },

    "catalog.rebuild": async () => {
      await catalog.ask({ what: "rebuild" });
      return { started: true };
    },
  };
}

/** What can be asked of Orrery, by the words of a search that is not about certain agents or times. */
function operationsFor({ q, kinds, limit: _limit, ...filters }: Omit<InputFor<"search.query">, "cursor">): Found["items"] {
  if (kinds !== undefined && !kinds.includes("operation")) return [];
  if (Object.values(filters).some((filter) => filter !== undefined)) return [];
  return operationsLike(q).map(({ name, summary }) => ({ kind: "operation", id: name, title: name, snippet: summary }));
}

/** A call's part of the answer that asked for it, as `usage.get` by tool sums it. */
function shareOf(call: CallView, request: Request, together: readonly CallView[], pricesAt: PricesAt): OutputFor<"calls.get">["share"] {
  if (request.usage?.output === undefined) return undefined;
  const line = splitAnswer(request, together).find((share) => share.call.call_id === call.call_id)!.line;
  const micros = costOf([line], pricesAt).usd_micros;
  return {
    method: "request_split",
    estimated: true,
    output_tokens: line.tokens.output,
    ...(micros === undefined ? {} : { usd_micros: micros }),
  };
}

/** The agents that a call started, and those that they started. */
function causedBy(session: Session, call: CallView, nowMs: number): OutputFor<"calls.get">["caused"]["agents"] {
  const agents = viewAgents(session, nowMs);
  const caused = new Set<AgentId>();
  // Parents come before children.
  for (const agent of agents)
    if (agent.call_id === call.call_id || (agent.parent_agent_id !== undefined && caused.has(agent.parent_agent_id)))
      caused.add(agent.agent_id);
  return agents
    .filter(({ agent_id }) => caused.has(agent_id))
    .map(({ agent_id, label, status, outcome, calls, requests, depth }) => ({
      agent_id,
      label,
      status,
      depth,
      ...(outcome === undefined ? {} : { outcome }),
      calls: Object.values(calls).reduce((sum, count) => sum + count, 0),
      requests,
    }));
}

/** Who asks for calls is asked on with their results: the next answer in the conversation comes of them. */
function readBy(session: Session, { agent_id, ended_at }: CallView): Pick<OutputFor<"calls.get">["caused"], "read_by"> {
  const next = conversations(session)
    .get(agent_id)
    ?.find(({ at }) => ended_at !== undefined && at > ended_at);
  if (next === undefined) return {};
  const { request_id, at, model } = next;
  return { read_by: { request_id, at, inferred: true, ...(model === undefined ? {} : { model }) } };
}

function toRow(call: CallView, session_id: string): CallRow {
  return { session_id, ...call, from: undefined, input: undefined, input_run: undefined, output: undefined };
}

/** A turn with everything below it. */
function under(spans: Trace["spans"], turnId: string): Trace["spans"] {
  const first = spans.findIndex((span) => span.kind === "turn" && span.id === turnId);
  if (first < 0) return [];
  const rest = spans.slice(first + 1);
  const length = rest.findIndex(({ depth }) => depth <= spans[first]!.depth);
  return spans.slice(first, length < 0 ? undefined : first + 1 + length);
}
