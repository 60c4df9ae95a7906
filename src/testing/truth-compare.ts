import type { StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId, type SessionId } from "../contract/ids.ts";
import type { Session } from "../projections/session.ts";
import { viewAgents, viewCalls, viewTurns, viewSession } from "../projections/views.ts";
import { viewTodos } from "../projections/todos.ts";
import { todoText, trueTodoText, type RecordedSource, type Truth } from "./truth.ts";
import { foundAsks, realAsks } from "./truth-asks.ts";

interface Found {
  readonly sessions: ReadonlyMap<SessionId, Session>;
  readonly events: readonly StoredEvent[];
}

/**
 * Everything in which the folded state differs from what really happened, given the sources that were read. A source may leave things
 * unknown, as `unseen_by` says; it may never tell anything that is not so.
 */
export function differences(found: Found, truth: Truth, sources: readonly RecordedSource[]): string[] {
  const seen: Seen = {
    hooks: sources.includes("hooks") || sources.includes("http-hooks"),
    hooksTwice: sources.includes("hooks") && sources.includes("http-hooks"),
    transcript: sources.includes("transcript"),
    otel: sources.includes("otel"),
    stream: sources.includes("stream") || sources.includes("control"),
  };
  const begun = [...found.sessions.values()].filter((session) => session.facts.begun_at !== undefined);
  const problems = sameSet(
    "sessions",
    begun.map((session) => session.session_id),
    truth.sessions.map((session) => toId("ses", session.session_id)),
  );
  for (const { session_id, forked_from } of truth.sessions) {
    const id = toId("ses", session_id);
    const session = found.sessions.get(id);
    if (session === undefined) continue;
    const own = ofSession(truth, session_id);
    const nowMs = Date.parse(session.facts.last_at!) + 1_000;
    const add = (list: string[]) => problems.push(...list.map((text) => `${session_id.slice(0, 8)} ${text}`));
    add(agents(session, own, nowMs));
    add(turns(session, own, seen));
    add(calls(session, own, seen));
    add(asks(session, own, seen));
    add(usage(session, own, seen, nowMs));
    add(todos(session, truth, seen));
    add(
      rest(
        own,
        seen,
        found.events.filter((event) => event.session_id === id),
      ),
    );
    // Hooks say only that it is a fork, not of what.
    const forkedFrom = seen.transcript && forked_from !== undefined ? toId("ses", forked_from) : undefined;
    add(same("resumed_from", session.facts.resumed_from, forkedFrom));
    add(same("status", viewSession(session, nowMs).status === "ended", seen.hooks));
  }
  return problems;
}

interface Seen {
  readonly hooks: boolean;
  readonly hooksTwice: boolean;
  readonly transcript: boolean;
  readonly otel: boolean;
  /** The stream of a process, with or without what was written to it. */
  readonly stream: boolean;
}

function agents(session: Session, truth: Truth, nowMs: number): string[] {
  const views = new Map(viewAgents(session, nowMs).map((agent) => [agent.agent_id, agent]));
  const problems = sameSet(
    "agents",
    [...views.keys()],
    truth.agents.map((agent) => agentId(agent.agent_id)),
  );
  for (const real of truth.agents) {
    const agent = views.get(agentId(real.agent_id));
    if (agent === undefined || agent.agent_id === MAIN_AGENT) continue;
    const at = `agent ${real.agent_id}`;
    problems.push(
      ...same(`${at} parent`, agent.parent_agent_id, agentId(real.parent_agent_id!)),
      ...same(`${at} edge`, agent.edge, "reported"),
      ...same(`${at} call`, agent.call_id, toId("call", real.spawned_by_call!)),
      ...same(`${at} type`, agent.agent_type, real.agent_type),
      ...same(`${at} name`, agent.name, real.description),
      ...same(`${at} depth`, agent.depth, real.depth),
      ...same(`${at} background`, agent.background, real.background),
      ...same(`${at} outcome`, agent.outcome, real.outcome),
      ...same(`${at} status`, agent.status, "ended"),
    );
  }
  return problems;
}

function turns(session: Session, truth: Truth, seen: Seen): string[] {
  // A stream names no prompt by its id, so that what it shows of one cannot be told from what others tell.
  const named = seen.transcript || seen.otel || seen.hooks ? truth.turns : [];
  const unseen =
    seen.transcript || seen.otel
      ? []
      : (truth.unseen_by["hooks"] ?? []).map((text) => /^the prompt (.*) \(no UserPromptSubmit\)$/s.exec(text)?.[1]);
  const expected = named.filter((turn) => !unseen.includes(turn.prompt_prefix));
  const id = (turn: (typeof expected)[number]) =>
    toId("trn", turn.agent_id === "main" ? turn.prompt_id : `${turn.prompt_id}:${turn.agent_id}`);
  const found = new Map(viewTurns(session).map((turn) => [turn.turn_id, turn]));
  const problems = sameSet("turns", [...found.keys()], expected.map(id));
  for (const real of expected) {
    const turn = found.get(id(real));
    if (turn === undefined) continue;
    // No hook has the task of a subagent under the subagent's own prompt.
    const prompt = !seen.transcript && !seen.otel && real.origin === "agent" ? undefined : real.prompt_prefix;
    problems.push(
      ...same(`turn ${real.prompt_prefix} prompt`, turn.prompt?.slice(0, 40), prompt),
      ...same(`turn ${real.prompt_prefix} origin`, turn.origin, real.origin),
      ...same(`turn ${real.prompt_prefix} agent`, turn.agent_id, agentId(real.agent_id)),
    );
  }
  return problems;
}

function calls(session: Session, truth: Truth, seen: Seen): string[] {
  const found = new Map(viewCalls(session).map((call) => [call.call_id, call]));
  const expected = truth.calls.filter((call) => seesCall(truth, call.call_id, seen));
  const problems = sameSet(
    "calls",
    [...found.keys()],
    expected.map((call) => toId("call", call.call_id)),
  );
  for (const real of expected) {
    const call = found.get(toId("call", real.call_id));
    if (call === undefined) continue;
    const byStream = seen.stream && !isUnseen(truth, "stream", real.call_id);
    const byTelemetryAlone = !seen.hooks && !seen.transcript && !byStream;
    const namesRequest = seen.transcript || byStream;
    // Telemetry has no word for an interrupt, only for a command that failed; no hook tells of its end at all.
    const hidesInterrupt = seen.otel && !seen.transcript && !byStream;
    problems.push(
      ...same(`${real.call_id} name`, call.name, real.name),
      ...same(`${real.call_id} agent`, call.agent_id, agentId(real.agent_id)),
      ...same(`${real.call_id} outcome`, call.outcome, hidesInterrupt && real.outcome === "interrupted" ? "error" : real.outcome),
      ...same(`${real.call_id} exit code`, call.exit_code, byTelemetryAlone ? undefined : real.exit_code),
      ...same(`${real.call_id} request`, call.request_id, namesRequest ? toId("req", real.request!) : undefined),
      ...same(`${real.call_id} kind`, typeof call.kind, "string"),
    );
  }
  return problems;
}

/** Telemetry has no word of todos. A list stands in the agent's order. */
function todos(session: Session, truth: Truth, seen: Seen): string[] {
  const told = seen.hooks || seen.transcript || seen.stream ? (truth.todos ?? truth.tasks ?? []) : [];
  const found = viewTodos(session).map((todo) => todoText(todo, told));
  return same("todos", found.join("; "), told.map(trueTodoText).join("; "));
}

/** Hooks see every ask, a stream those that go through the control protocol; telemetry only what a person decided; the transcript none. */
function asks(session: Session, truth: Truth, seen: Seen): string[] {
  const byPerson = (by: string) => by.startsWith("user (control");
  const real = (truth.asks ?? []).filter(({ decided_by }) => seen.hooks || ((seen.stream || seen.otel) && byPerson(decided_by)));
  return sameBag("asks", foundAsks(session), realAsks(real));
}

function seesCall(truth: Truth, call: string, seen: Seen): boolean {
  if (seen.hooks || seen.transcript) return true;
  return (seen.stream && !isUnseen(truth, "stream", call)) || (seen.otel && !isUnseen(truth, "otel", call));
}

/** Whether the truth says that a source has nothing of a call. */
function isUnseen(truth: Truth, source: string, call: string): boolean {
  return (truth.unseen_by[source] ?? []).some((text) => text.startsWith("calls ") && text.includes(call));
}

const buckets = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"] as const;

function usage(session: Session, truth: Truth, seen: Seen, nowMs: number): string[] {
  const problems: string[] = [];
  const left = new Map(session.usage.requests);
  const sums = new Map<AgentId, Record<string, number>>();
  const expected = truth.requests.filter((real) => namesRequest(truth, real, seen) || seen.otel);
  for (const real of expected) {
    const agent = agentId(real.agent_id);
    const told = tokensOf(truth, real, seen);
    // Telemetry alone has another id for the same request: it is known by whose it is and what it used.
    const request =
      left.get(toId("req", real.id)) ??
      (namesRequest(truth, real, seen)
        ? undefined
        : [...left.values()].find((each) => each.agent_id === agent && buckets.every((bucket) => each.usage?.[bucket] === told[bucket])));
    if (request === undefined) {
      problems.push(`request ${real.id} is missing`);
      continue;
    }
    left.delete(request.request_id);
    const sum = sums.get(agent) ?? { requests: 0 };
    sums.set(agent, sum);
    sum["requests"]! += 1;
    for (const bucket of buckets) {
      sum[bucket] = (sum[bucket] ?? 0) + (told[bucket] ?? 0);
      problems.push(...same(`request ${real.id} ${bucket}`, request.usage?.[bucket], told[bucket]));
    }
    problems.push(
      ...same(`request ${real.id} model`, request.model, real.model),
      ...same(`request ${real.id} agent`, request.agent_id, agent),
      ...(seen.otel ? same(`request ${real.id} purpose`, request.purpose, real.purpose) : []),
      ...(seen.otel ? same(`request ${real.id} cost`, request.cost_usd_micros, costOf(real)) : []),
    );
  }
  problems.push(...[...left.keys()].map((id) => `request ${id} is invented`));
  const whole: Record<string, number> = {};
  for (const agent of viewAgents(session, nowMs)) {
    const sum = sums.get(agent.agent_id) ?? {};
    problems.push(...same(`${agent.agent_id} requests`, agent.requests, sum["requests"] ?? 0));
    for (const bucket of buckets) {
      problems.push(...same(`${agent.agent_id} ${bucket}`, agent.tokens[bucket], sum[bucket] ?? 0));
      whole[bucket] = (whole[bucket] ?? 0) + (sum[bucket] ?? 0);
    }
  }
  const view = viewSession(session, nowMs);
  for (const bucket of buckets) problems.push(...same(`session ${bucket}`, view.tokens[bucket], whole[bucket]));
  return [...problems, ...same("session requests", view.requests, expected.length)];
}

/** Whether a source that was read has the id of the answer's message. */
function namesRequest(truth: Truth, real: Truth["requests"][number], seen: Seen): boolean {
  if (real.not_in_transcript === true) return false;
  return seen.transcript || (seen.stream && truth.in_stream?.has(real.id) === true);
}

type Tokens = Readonly<Partial<Record<(typeof buckets)[number], number>>>;

/** A stream knows what a request began with; how much came out only where it shows the answer growing. */
function tokensOf(truth: Truth, real: Truth["requests"][number], seen: Seen): Tokens {
  const isWhole = (seen.transcript && real.not_in_transcript !== true) || seen.otel || truth.has_partial_messages === true;
  return { ...real, output: isWhole ? real.output : undefined } as Tokens;
}

/** The price of these recordings, in millionths of a dollar: input 4, output 20, cache read 0.2, cache write 5. */
function costOf(real: Truth["requests"][number]): number {
  return Math.round(real.input * 4 + real.output * 20 + real.cache_read * 0.2 + real.cache_write_5m * 5);
}

/** Failed attempts and compactions, from the events: they are moments, not entities. Each way tells all that it sees, once. */
function rest(truth: Truth, seen: Seen, events: readonly StoredEvent[]): string[] {
  const problems: string[] = [];
  const ways = new Set(events.map((event) => event.source));
  for (const way of ways) {
    const attempts = events.flatMap((event) =>
      event.source === way && event.type === "model.failed" && event.data.status !== undefined
        ? [{ id: event.data.request_id, status: event.data.status }]
        : [],
    );
    const source = way.replace("claude-code/", "").replace("control", "stream");
    const failed = (truth.failed_requests ?? []).filter((attempt) => attempt.in.includes(source));
    // A stream says of an attempt that will be made again what was wrong, not whose it was.
    const isNamed = source !== "stream";
    problems.push(
      ...sameBag(
        `failed requests by ${way}`,
        attempts.map(({ id, status }) => (isNamed ? `${id} ${status}` : String(status))),
        failed.map((attempt) => (isNamed ? `${toId("req", attempt.request_id)} ${attempt.status}` : String(attempt.status))),
      ),
    );
    // Two hooks for one moment arrive at two times, and a compaction has no name of its own that would tell them as one.
    if (seen.hooksTwice && way === "claude-code/hook") continue;
    const compacted = events.flatMap((event) =>
      event.source === way && event.type === "context.compacted" && event.data.phase === "ended" ? [event.data.trigger ?? ""] : [],
    );
    const compactions = (truth.compactions ?? []).map((compaction) => compaction.trigger);
    problems.push(...sameSet(`compactions by ${way}`, compacted, compactions));
  }
  return problems;
}

function ofSession(truth: Truth, id: string): Truth {
  const own = <E extends { readonly session_id: string }>(list: readonly E[] = []) => list.filter((each) => each.session_id === id);
  return {
    ...truth,
    agents: own(truth.agents),
    turns: own(truth.turns),
    calls: own(truth.calls),
    requests: own(truth.requests),
    failed_requests: own(truth.failed_requests),
    compactions: own(truth.compactions),
    asks: own(truth.asks),
  };
}

function agentId(id: string): AgentId {
  return id === "main" ? MAIN_AGENT : toId("agt", id);
}

function same(what: string, found: unknown, real: unknown): string[] {
  return found === real ? [] : [`${what}: found ${String(found)}, true is ${String(real)}`];
}

function sameSet(what: string, found: readonly string[], real: readonly string[]): string[] {
  const missing = real.filter((each) => !found.includes(each));
  const invented = found.filter((each, index) => !real.includes(each) || found.indexOf(each) !== index);
  return [...missing.map((each) => `${what}: ${each} is missing`), ...invented.map((each) => `${what}: ${each} is invented or told twice`)];
}

function sameBag(what: string, found: readonly string[], real: readonly string[]): string[] {
  const counted = (list: readonly string[]) => list.toSorted().join(", ");
  return same(what, counted(found), counted(real));
}
