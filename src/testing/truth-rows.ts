// How much of what really happened the folded state has: sessions, agents, calls, tokens, money, each as found against true.
import type { Usage } from "../contract/events/model.ts";
import { MAIN_AGENT, foreignId, toId, type SessionId } from "../contract/ids.ts";
import { builtInSource, tablesOf } from "../money/built-in.ts";
import { costOf } from "../money/cost.ts";
import { createPrices } from "../money/prices.ts";
import type { Session } from "../projections/session.ts";
import { viewTodos } from "../projections/todos.ts";
import { spendOf, type Request } from "../projections/usage.ts";
import { viewAgents, viewCalls, viewSession, viewTurns, type CallView } from "../projections/views.ts";
import { foundAsks, realAsks, type TrueAsk } from "./truth-asks.ts";
import type { Expected } from "./truth-clients.ts";
import { todoText, trueTodoText, type TrueTodo } from "./truth.ts";

type Real = Readonly<Record<string, unknown>>;

/** What is counted of any client's `truth.json`. */
export interface CountedTruth {
  readonly sessions: readonly Real[];
  readonly agents: readonly Real[];
  readonly turns: readonly Real[];
  readonly calls: readonly Real[];
  readonly requests: readonly Real[];
  readonly usage_records?: unknown;
  readonly totals?: { readonly reported_cost_usd?: number; readonly tokens?: Readonly<Record<string, number | null>> | null };
  readonly todos?: readonly TrueTodo[];
  readonly tasks?: readonly TrueTodo[];
  readonly asks?: readonly TrueAsk[];
}

const prices = createPrices(tablesOf(builtInSource));
const buckets = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"] as const;

export interface Row {
  readonly what: string;
  readonly found: number;
  readonly real: number;
  /** How much of it the sources can see. */
  readonly due: number;
  /** Told, but not so. A source may leave things unknown; it may not be wrong. */
  readonly wrong: number;
}

export function isShort({ found, due, wrong }: Row): boolean {
  return found < due || wrong > 0;
}

/** What the folded state has of all that is true. `seen` says what of it the sources can see; without it, all. */
export function countsOf(sessions: ReadonlyMap<SessionId, Session>, truth: CountedTruth, seen: Expected = {}): Row[] {
  const own = truth.sessions.map(({ session_id }) => sessions.get(toId("ses", String(session_id))));
  const agents = own.flatMap((session) => (session === undefined ? [] : viewAgents(session, 0)));
  const calls = own.flatMap((session) => (session === undefined ? [] : viewCalls(session)));
  const turns = own.flatMap((session) => (session === undefined ? [] : viewTurns(session)));
  const requests = own.flatMap((session) => (session === undefined ? [] : [...session.usage.requests.values()]));
  // Where a recording was thought to hold no id of an agent, its truth names the call that began it.
  const begunBy = new Map(agents.map((agent) => [`agent of ${foreignId(agent.call_id ?? "_")}`, agent.agent_id]));
  const agentId = (id: unknown): string => (id === "main" ? MAIN_AGENT : (begunBy.get(String(id)) ?? toId("agt", String(id))));
  const edge = (agent: string, parent: string | undefined) => `${agent} < ${parent ?? ""}`;
  const row = (what: string, found: readonly string[], real: readonly string[], due = real.length): Row => {
    const left = [...found];
    const hits = real.filter((each) => left.includes(each) && left.splice(left.indexOf(each), 1));
    return { what, found: hits.length, real: real.length, due, wrong: left.length };
  };
  const dueOf = (real: readonly Real[], sees: ((each: Real) => boolean) | undefined) => real.filter(sees ?? (() => true)).length;
  const todos = truth.todos ?? truth.tasks ?? [];
  const found = own.flatMap((session) => (session === undefined ? [] : viewTodos(session))).map((todo) => todoText(todo, todos));
  const views = own.flatMap((session) => (session === undefined ? [] : viewSession(session, 0)));
  const figure = (what: string, found: number, real: number): Row => ({
    what,
    found: Math.min(found, real),
    real,
    due: real,
    wrong: Math.max(0, found - real),
  });
  // Some sources tell the tokens of a prompt, and not of each request.
  const tokens = (bucket: (typeof buckets)[number]): Row => {
    const found = views.reduce((sum, view) => sum + view.tokens[bucket], 0);
    const real = truth.totals?.tokens?.[bucket] ?? truth.requests.reduce((sum, request) => sum + Number(request[bucket] ?? 0), 0);
    return figure(bucket, found, real);
  };
  const unsplit = truth.totals?.tokens?.["prompt"];
  return [
    row(
      "sessions",
      [...sessions.values()].filter((session) => session.facts.begun_at !== undefined).map((session) => session.session_id),
      truth.sessions.map(({ session_id }) => toId("ses", String(session_id))),
    ),
    row(
      "agents",
      agents.map((agent) => agent.agent_id),
      truth.agents.map(({ agent_id }) => agentId(agent_id)),
    ),
    row(
      "parents",
      agents.filter((agent) => agent.depth > 0).map((agent) => edge(agent.agent_id, agent.parent_agent_id)),
      truth.agents
        .filter(({ parent_agent_id }) => parent_agent_id !== undefined)
        .map((agent) => edge(agentId(agent["agent_id"]), agentId(agent["parent_agent_id"]))),
    ),
    row(
      "calls",
      calls.map((call) => `${call.agent_id} ${call.name}`),
      truth.calls.map((call) => `${agentId(call["agent_id"])} ${String(call["name"])}`),
      dueOf(truth.calls, seen.calls),
    ),
    outcomes(calls, truth.calls, seen, agentId),
    row(
      "turns",
      turns.map((turn) => `${turn.agent_id} ${turn.origin}`),
      truth.turns.map((turn) => `${agentId(turn["agent_id"])} ${String(turn["origin"])}`),
      dueOf(truth.turns, seen.turns),
    ),
    row(
      "requests",
      requests.map((request) => request.agent_id),
      truth.requests.map((request) => agentId(request["agent_id"])),
      dueOf(truth.requests, seen.requests),
    ),
    ...buckets.map(tokens),
    ...(unsplit == null
      ? []
      : [
          figure(
            "input with cached",
            views.reduce((sum, view) => sum + (view.input_unsplit ?? 0), 0),
            unsplit,
          ),
        ]),
    row(
      "asks",
      own.flatMap((session) => (session === undefined ? [] : foundAsks(session))),
      realAsks(truth.asks ?? []),
    ),
    // Where requests tell no tokens, the program's own running total is the cost.
    truth.usage_records !== undefined && truth.totals?.reported_cost_usd !== undefined
      ? figure(
          "cost",
          Math.round(views.reduce((sum, view) => sum + (view.reported_usd_micros ?? 0), 0)),
          Math.round(truth.totals.reported_cost_usd * 1e6),
        )
      : costRow(requests, truth),
    ...(todos.length + found.length === 0 ? [] : [row("todos", found, todos.map(trueTodoText))]),
  ];
}

/** An outcome that is inferred may be another than the true one where no source tells it: then it is unknown, not wrong. */
function outcomes(found: readonly CallView[], truth: readonly Real[], { calls, outcome }: Expected, agentId: (id: unknown) => string): Row {
  const left = [...found];
  const real = truth.filter(calls ?? (() => true));
  const take = (agent: string, name: unknown, as: unknown): CallView[] => {
    const at = left.findIndex((call) => call.agent_id === agent && call.name === name && call.outcome === as);
    return at === -1 ? [] : left.splice(at, 1);
  };
  const missed = real.filter((call) => take(agentId(call["agent_id"]), call["name"], call["outcome"]).length === 0);
  const guessed = missed.filter((call) =>
    take(agentId(call["agent_id"]), call["name"], outcome?.(call)).some(({ settled }) => settled === "inferred"),
  );
  return {
    what: "outcomes",
    found: real.length - missed.length,
    real: truth.length,
    due: real.length - guessed.length,
    wrong: left.length,
  };
}

/** Millionths of a dollar by the built-in prices; requests of models without a price cost nothing on either side. */
function costRow(requests: readonly Request[], truth: CountedTruth): Row {
  const at = requests[0]?.at ?? "2026-11-20T00:00:00.000Z";
  const sumOf = (some: readonly Pick<Request, "at" | "model" | "usage">[]): number =>
    some.reduce((sum, request) => sum + (costOf([spendOf(request as Request)], () => prices).computed_usd_micros ?? 0), 0);
  const found = sumOf(requests.map(({ model, usage }) => ({ at, model, usage }) as Request));
  // Where single requests have no tokens, those of the whole have a cost that nobody can work out request by request: it is unknown.
  const isWhole = truth.requests.some((request) => request["input"] === undefined) && truth.totals?.tokens != null;
  const counted = isWhole ? [{ ...truth.totals.tokens, model: truth.requests[0]!["model"] }] : truth.requests;
  const real = sumOf(counted.map((request: Real) => ({ at, model: String(request["model"]), usage: usageOf(request) })));
  return { what: "cost", found: Math.min(found, real), real, due: isWhole ? 0 : real, wrong: Math.max(0, found - real) };
}

function usageOf(request: Real): Usage {
  return Object.fromEntries(buckets.map((bucket) => [bucket, Number(request[bucket] ?? 0)]));
}
