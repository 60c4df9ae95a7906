import type { AgentId } from "../../../src/contract/ids.ts";
import type { Session } from "../../../src/projections/session.ts";
import type { State } from "../../../src/projections/state.ts";
import { viewTodos, type Todo } from "../../../src/projections/todos.ts";
import type { Buckets } from "../../../src/projections/usage.ts";
import {
  viewAgents,
  viewCalls,
  viewSession,
  visibleSessions,
  type AgentView,
  type CallView,
  type SessionView,
} from "../../../src/projections/views.ts";
import type { SceneSession } from "../graph/scene.ts";

/** Time only decides what has stalled, so views of an unchanged session are made again this often at most. */
const FRESH_MS = 5_000;

const calls = new WeakMap<Session, readonly CallView[]>();

export const sessionViewOf: (session: Session, nowMs: number) => SessionView = whileFresh(viewSession);
export const agentViewsOf: (session: Session, nowMs: number) => readonly AgentView[] = whileFresh(viewAgents);

function whileFresh<V>(make: (session: Session, nowMs: number) => V): (session: Session, nowMs: number) => V {
  const made = new WeakMap<Session, { readonly atMs: number; readonly view: V }>();
  return (session, nowMs) => {
    const known = made.get(session);
    if (known !== undefined && Math.abs(nowMs - known.atMs) < FRESH_MS) return known.view;
    const view = make(session, nowMs);
    made.set(session, { atMs: nowMs, view });
    return view;
  };
}

/** The calls of one agent, newest first. */
export function callsOf(session: Session, agent: AgentId): readonly CallView[] {
  const known = calls.get(session) ?? viewCalls(session);
  calls.set(session, known);
  return known.filter((call) => call.agent_id === agent).toReversed();
}

const todos = new WeakMap<Session, readonly Todo[]>();

/** The todos on the list of one agent, in its own order. */
export function todosOf(session: Session, agent: AgentId): readonly Todo[] {
  const known = todos.get(session) ?? viewTodos(session);
  todos.set(session, known);
  return known.filter((todo) => todo.agent_id === agent);
}

/** What the graph shows: every session of the moment, those of one project, or the one session that was picked. */
export function sceneSessions(state: State, nowMs: number, only?: string, project?: string): SceneSession[] {
  return shownSessions(state, nowMs, only, project).map((session) => ({
    view: sessionViewOf(session, nowMs),
    agents: agentViewsOf(session, nowMs),
    ...(session.trimmed?.gone === undefined ? {} : { gone: session.trimmed.gone }),
  }));
}

function shownSessions(state: State, nowMs: number, only: string | undefined, project: string | undefined): Session[] {
  if (only === undefined) return visibleSessions(state, nowMs).filter(({ facts }) => project === undefined || facts.project === project);
  const picked = state.sessions.get(only as Session["session_id"]);
  return picked === undefined ? [] : [picked];
}

export interface Counters {
  readonly alive: number;
  readonly running: number;
  readonly calls: number;
  /** Unknown until a source has told of a request. */
  readonly tokens: number | undefined;
  /** Input tokens read from the cache, and all input tokens. */
  readonly cacheRead: number;
  readonly input: number;
}

export function countersOf(sessions: readonly SceneSession[]): Counters {
  const sum = { alive: 0, running: 0, calls: 0, cacheRead: 0, input: 0 };
  let tokens: number | undefined;
  for (const { view, agents } of sessions) {
    sum.alive += view.agents_alive;
    sum.calls += view.calls_total;
    for (const agent of agents) sum.running += agent.running.length;
    if (view.requests > 0) tokens = (tokens ?? 0) + tokenSum(view.tokens);
    sum.cacheRead += view.tokens.cache_read;
    sum.input += tokenSum(view.tokens) - view.tokens.output;
  }
  return { ...sum, tokens };
}

/** Every token, each in one bucket; reasoning is part of the output. */
export function tokenSum({ input, cache_read, cache_write_5m, cache_write_1h, output }: Buckets): number {
  return input + cache_read + cache_write_5m + cache_write_1h + output;
}

/** Every call that an agent has made. */
export function callCount(agent: AgentView): number {
  return Object.values(agent.calls).reduce((sum, count) => sum + count, 0);
}
