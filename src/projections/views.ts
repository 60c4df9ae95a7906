import { MAIN_AGENT, type AgentId, type SessionId } from "../contract/ids.ts";
import type { Agent } from "./agents.ts";
import { byStart } from "./calls-by-agent.ts";
import { noCalls, type Call, type CallTotals } from "./calls.ts";
import { hasEnded, isOver } from "./ended.ts";
import { provenanceOf } from "./fuse.ts";
import { inferredParents } from "./parents.ts";
import { atLeast, unsplitBeyond } from "./prompt-tokens.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";
import type { Turn } from "./turns.ts";
import type { Spend } from "../contract/operations/money.ts";
import { reportedTotal } from "./cost.ts";
import { isOpen, viewTodos } from "./todos.ts";
import { toolsByAgent, type ToolCount } from "./tool-counts.ts";
import { addSpend, addTokens, noTokens, spendKey, type Buckets } from "./usage.ts";
import { askAbout, isOpenAsk, viewAsks, type AskView } from "./view-asks.ts";
import { byText } from "../lib/by-text.ts";

/** What the screens show of an agent: its fused fields, with everything that follows from the rest of the session. */
export interface AgentView extends Omit<Agent, "parent_agent_id"> {
  readonly session_id: SessionId;
  readonly parent_agent_id?: AgentId;
  readonly edge: "reported" | "inferred";
  readonly depth: number;
  readonly label: string;
  readonly status: AgentStatus;
  readonly spawned_at: string;
  readonly running: readonly CallView[];
  /** What it waits for, oldest first. */
  readonly asks: readonly AskView[];
  readonly calls: CallTotals;
  /** The same by tool, the most called first. */
  readonly tools: readonly ToolCount[];
  readonly requests: number;
  readonly tokens: Buckets;
}

export type AgentStatus = "working" | "waiting" | "idle" | "stalled" | "ended";
export type SessionStatus = "working" | "waiting" | "idle" | "ended";

/** A call with its outcome settled: what was open when its agent or session ended counts as interrupted. `settled` marks such inference. */
export interface CallView extends Call {
  readonly state: "running" | "ended";
  /** Reported latency, else the time between start and end. Milliseconds. */
  readonly duration_ms?: number;
  readonly settled?: "inferred";
  /** When leave for it was asked and given or refused, and the time between. Computed from the two unless the source tells it (`waited_ms`). */
  readonly asked_at?: string;
  readonly decided_at?: string;
  readonly permission_wait_ms?: number;
  readonly permission_wait_from?: "reported" | "computed";
  /** When its own run began: its end less its reported running time. Computed. */
  readonly ran_at?: string;
}

export interface SessionView {
  readonly session_id: SessionId;
  readonly status: SessionStatus;
  readonly title: string;
  readonly facts: Session["facts"];
  readonly agents: number;
  readonly agents_alive: number;
  readonly calls: CallTotals;
  readonly calls_total: number;
  readonly messages: number;
  readonly turns: number;
  readonly requests: number;
  /** Of each bucket the greater of what requests and what prompts tell. */
  readonly tokens: Buckets;
  /** Input tokens of which nobody tells how many were cached: in no bucket. */
  readonly input_unsplit?: number;
  /** What its agents have to do, where they keep lists. */
  readonly todos?: { readonly open: number; readonly total: number };
  /** Decisions that its agents wait for. */
  readonly asks_open: number;
  /** The requests by what decides their price. */
  readonly spend: readonly Spend[];
  /** What the agent program says the whole session cost, where it tells a total of its own. */
  readonly reported_usd_micros?: number;
}

/** Working, but not a sign of life for this long. */
const STALLED_AFTER_MS = 3 * 60_000;
const MAX_DEPTH = 64;

export function viewCall(call: Call, session: Session): CallView {
  const duration_ms = call.latency_ms ?? between(call.started_at, call.ended_at);
  const timed = { ...call, ...(duration_ms === undefined ? {} : { duration_ms }), ...phasesOf(call, session) };
  if (call.outcome !== undefined) {
    const isGuess = provenanceOf(call.from["outcome"] ?? 0).certainty === "inferred";
    return isGuess ? { ...timed, state: "ended", settled: "inferred" } : { ...timed, state: "ended" };
  }
  const agent = session.agents.get(call.agent_id);
  const stop = isOver(session) ? session.facts.ended_at : agent !== undefined && hasEnded(agent, session) ? agent.ended_at : undefined;
  if (stop === undefined) return { ...timed, state: "running" };
  return { ...timed, state: "ended", outcome: "interrupted", settled: "inferred", ended_at: stop };
}

/** Where the time of a call went, as far as sources tell. */
function phasesOf(call: Call, session: Session): Partial<CallView> {
  const ask = askAbout(session, call.call_id);
  const wait = call.waited_ms ?? ask?.wait_ms;
  return {
    ...(ask?.opened_at === undefined ? {} : { asked_at: ask.opened_at }),
    ...(ask?.decided_at === undefined ? {} : { decided_at: ask.decided_at }),
    ...(wait === undefined
      ? {}
      : { permission_wait_ms: wait, permission_wait_from: call.waited_ms === undefined ? ("computed" as const) : ("reported" as const) }),
    ...(call.latency_ms === undefined || call.ended_at === undefined
      ? {}
      : { ran_at: new Date(Date.parse(call.ended_at) - call.latency_ms).toISOString() }),
  };
}

/** Every call of a session, or those of `which`, in order of their start. */
export function viewCalls(session: Session, which: (call: Call) => boolean = () => true): CallView[] {
  return [...session.calls.map.values()]
    .filter(which)
    .map((call) => viewCall(call, session))
    .toSorted(byStart);
}

/** Every turn in order. One whose end nobody told ended when its agent last came to rest, or at the latest when its next turn began. */
export function viewTurns(session: Session): Turn[] {
  const turns = [...session.turns.values()].toSorted(byBeginning);
  return turns.map((turn, index) => {
    if (turn.ended_at !== undefined || turn.started_at === undefined) return turn;
    const next = turns.slice(index + 1).find((other) => other.agent_id === turn.agent_id)?.started_at;
    const agent = session.agents.get(turn.agent_id);
    const rest = [agent?.ended_at, agent?.rested_at].find((at) => at !== undefined && at >= turn.started_at!);
    const ended_at = next ?? rest;
    return ended_at === undefined ? turn : { ...turn, ended_at };
  });
}

function byBeginning(a: Turn, b: Turn): number {
  return byText(a.started_at ?? a.ended_at, b.started_at ?? b.ended_at) || byText(a.turn_id, b.turn_id);
}

/**
 * Every agent of a session, parents before children, siblings in order of their appearance. `nowMs` decides what counts as stalled. Who
 * knows which calls have no outcome names them (`open`): then not every call is looked at.
 */
export function viewAgents(session: Session, nowMs: number, open: Iterable<Call> = session.calls.map.values()): AgentView[] {
  const parents = inferredParents(session);
  const running = new Map<AgentId, CallView[]>();
  for (const call of open) {
    if (call.outcome !== undefined) continue;
    const view = viewCall(call, session);
    if (view.state === "running") running.set(call.agent_id, [...(running.get(call.agent_id) ?? []), view]);
  }
  const usage = usageByAgent(session);
  const tools = toolsByAgent(session);
  const depths = depthsOf(session, parents);
  const asks = Map.groupBy(viewAsks(session).filter(isOpenAsk), (ask) => ask.agent_id);
  const views = [...session.agents.values()].map((agent): AgentView => {
    const parent = parents.get(agent.agent_id);
    const calls = (running.get(agent.agent_id) ?? []).toSorted((a, b) => byText(a.started_at ?? "", b.started_at ?? ""));
    const { requests, tokens } = usage.get(agent.agent_id) ?? { requests: 0, tokens: noTokens };
    return {
      ...agent,
      session_id: session.session_id,
      ...(parent === undefined ? {} : { parent_agent_id: parent.agent_id }),
      edge: parent?.edge ?? "reported",
      depth: depths.get(agent.agent_id) ?? 0,
      label: agent.name ?? agent.agent_type ?? agent.agent_id.slice(4),
      status: statusOf(agent, session, { running: calls, isAsking: asks.has(agent.agent_id) }, nowMs),
      spawned_at: agent.first_at,
      running: calls,
      asks: asks.get(agent.agent_id) ?? [],
      calls: session.calls.totals.get(agent.agent_id) ?? noCalls,
      tools: tools.get(agent.agent_id) ?? [],
      requests,
      tokens: agent.agent_id === MAIN_AGENT ? atLeast(tokens, session.prompt_tokens.sum.own) : tokens,
    };
  });
  return views.toSorted((a, b) => a.depth - b.depth || byText(a.spawned_at, b.spawned_at) || byText(a.agent_id, b.agent_id));
}

/** One line about a session, for lists. */
export function viewSession(session: Session, nowMs: number): SessionView {
  const { facts } = session;
  let calls = noCalls;
  for (const counts of session.calls.totals.values()) calls = sumCalls(calls, counts);
  let requests = 0;
  let told: Buckets = noTokens;
  for (const total of session.usage.totals.values()) {
    requests += total.requests;
    told = addTokens(told, total.tokens);
  }
  const tokens = atLeast(told, session.prompt_tokens.sum.all, session.prompt_tokens.running);
  const unsplit = unsplitBeyond(session.prompt_tokens, tokens);
  const total = reportedTotal(session.reported);
  const todos = viewTodos(session);
  const agents = [...session.agents.values()];
  const over = isOver(session);
  const alive = over ? [] : agents.filter((agent) => !hasEnded(agent, session));
  const asks = viewAsks(session);
  const asking = new Set(asks.filter(isOpenAsk).map(({ agent_id }) => agent_id));
  const statuses = alive.map((agent) => statusOf(agent, session, { running: [], isAsking: asking.has(agent.agent_id) }, nowMs));
  const status: SessionStatus = over
    ? "ended"
    : statuses.includes("waiting")
      ? "waiting"
      : statuses.includes("working")
        ? "working"
        : "idle";
  return {
    session_id: session.session_id,
    status,
    title: facts.title ?? session.trimmed?.title ?? firstPrompt(session)?.prompt ?? facts.project ?? session.session_id.slice(4),
    facts,
    agents: agents.length + (session.trimmed?.agents ?? 0),
    agents_alive: alive.length,
    calls,
    calls_total: Object.values(calls).reduce((sum, count) => sum + count, 0),
    messages: session.messages.total,
    turns: session.turns.size + (session.trimmed?.turns ?? 0),
    requests,
    tokens,
    ...(unsplit === 0 ? {} : { input_unsplit: unsplit }),
    ...(todos.length === 0 ? {} : { todos: { open: todos.filter((todo) => isOpen(todo.status)).length, total: todos.length } }),
    asks_open: asks.filter(isOpenAsk).length,
    spend: mergeSpend(session.usage.totals.values()),
    ...(total === undefined ? {} : { reported_usd_micros: total }),
  };
}

/** Lines of one price become one line; whose they were is left out. */
export function mergeSpend(lines: Iterable<Spend>): Spend[] {
  const merged = new Map<string, Spend>();
  for (const line of lines) {
    const { model, day, modes, prompt_above, requests, measured, tokens, reported_usd_micros, reported_requests } = line;
    const key = spendKey(line);
    const before = merged.get(key);
    const own = { model, day, prompt_above, requests, measured, tokens, reported_usd_micros, reported_requests };
    merged.set(key, before === undefined ? (modes === undefined ? own : { ...own, modes }) : addSpend(before, line));
  }
  return [...merged.values()].toSorted((a, b) => byText(spendKey(a), spendKey(b)));
}

/** What a session without a title is called is the prompt of this turn: the first words that somebody gave it, else its first command. */
export function firstPrompt(session: Session): Turn | undefined {
  let [given, any]: (Turn | undefined)[] = [];
  for (const turn of session.turns.values()) {
    const { prompt, agent_id, origin } = turn;
    if (prompt === undefined || prompt === "" || agent_id !== MAIN_AGENT) continue;
    if (any === undefined || byBeginning(turn, any) < 0) any = turn;
    const isGiven = origin === undefined || origin === "human";
    if (isGiven && (given === undefined || byBeginning(turn, given) < 0)) given = turn;
  }
  return given ?? any;
}

/** How long a session stays in the picture after its last sign of life. */
export const PICTURE_MS = 30 * 60_000;

/** Of the sessions that have ended, so many of the latest stay in the picture. */
const ENDED_SHOWN = 12;

/** The sessions that the Live screen shows at `nowMs`, the most recently begun last. */
export function visibleSessions(state: State, nowMs: number): Session[] {
  return inPicture([...state.sessions.values()], nowMs)
    .filter((session) => !isGhost(session))
    .toSorted((a, b) => byText(a.facts.first_at ?? "", b.facts.first_at ?? "") || byText(a.session_id, b.session_id));
}

/** Of whatever has a session's facts, as known now: those whose session belongs into the picture of `nowMs`. */
export function inPicture<S extends { readonly facts: Session["facts"] }>(sessions: readonly S[], nowMs: number): S[] {
  const recent = sessions.filter(({ facts }) => Date.parse(facts.last_at ?? "") >= nowMs - PICTURE_MS);
  const ended = recent.filter(
    ({ facts }) => facts.ended_at !== undefined && facts.ended_at >= (facts.begun_at ?? "") && Date.parse(facts.ended_at) <= nowMs,
  );
  if (ended.length <= ENDED_SHOWN) return recent;
  const gone = new Set(ended.toSorted((a, b) => byText(b.facts.ended_at ?? "", a.facts.ended_at ?? "")).slice(ENDED_SHOWN));
  return recent.filter((session) => !gone.has(session));
}

/** An id that some record mentioned, with no sign that a conversation ever took place under it. */
function isGhost(session: Session): boolean {
  return (
    session.facts.begun_at === undefined &&
    session.turns.size + session.calls.map.size + session.messages.total + session.usage.totals.size === 0
  );
}

interface Doing {
  readonly running: readonly CallView[];
  readonly isAsking: boolean;
}

function statusOf(agent: Agent, session: Session, { running, isAsking }: Doing, nowMs: number): AgentStatus {
  if (hasEnded(agent, session)) return "ended";
  if (isAsking) return "waiting";
  // A helper is there because it was given work; the main agent waits for its first prompt.
  const woke_at = agent.woke_at ?? (agent.agent_id === MAIN_AGENT ? "" : agent.first_at);
  const isWorking = running.length > 0 || woke_at > (agent.rested_at ?? "");
  if (!isWorking) return "idle";
  // Whoever waits for a helper says nothing meanwhile.
  if (running.some((call) => call.kind === "agent")) return "working";
  return nowMs - Date.parse(agent.active_at || agent.first_at) > STALLED_AFTER_MS ? "stalled" : "working";
}

function usageByAgent(session: Session): Map<AgentId, { requests: number; tokens: Buckets }> {
  const byAgent = new Map<AgentId, { requests: number; tokens: Buckets }>();
  for (const total of session.usage.totals.values()) {
    const before = byAgent.get(total.agent_id) ?? { requests: 0, tokens: noTokens };
    byAgent.set(total.agent_id, { requests: before.requests + total.requests, tokens: addTokens(before.tokens, total.tokens) });
  }
  return byAgent;
}

function depthsOf(session: Session, parents: ReadonlyMap<AgentId, { agent_id: AgentId }>): Map<AgentId, number> {
  const depths = new Map<AgentId, number>();
  for (const id of session.agents.keys()) {
    const path: AgentId[] = [];
    let at: AgentId | undefined = id;
    while (at !== undefined && !depths.has(at) && path.length < MAX_DEPTH && !path.includes(at)) {
      path.push(at);
      at = parents.get(at)?.agent_id;
    }
    let depth = at === undefined ? 0 : (depths.get(at) ?? 0) + 1;
    for (const step of path.toReversed()) depths.set(step, Math.min(depth++, MAX_DEPTH));
  }
  return depths;
}

function sumCalls(a: CallTotals, b: CallTotals): CallTotals {
  const sum = { ...a };
  for (const key of Object.keys(noCalls) as (keyof CallTotals)[]) sum[key] += b[key];
  return sum;
}

function between(start: string | undefined, end: string | undefined): number | undefined {
  return start === undefined || end === undefined ? undefined : Math.max(0, Date.parse(end) - Date.parse(start));
}
