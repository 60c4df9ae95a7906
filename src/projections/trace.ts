import { MAIN_AGENT, type AgentId } from "../contract/ids.ts";
import type { TraceSpan } from "../contract/operations/catalog.ts";
import { requestsByTurn } from "./cache.ts";
import { earlier } from "./fuse.ts";
import type { Session } from "./session.ts";
import { viewAgents, viewCalls, viewTurns, type CallView } from "./views.ts";

export interface Trace {
  /** In the order of a tree: each thing, then what it caused, by start. */
  readonly spans: readonly TraceSpan[];
  readonly start?: string;
  readonly end?: string;
  /** Milliseconds along the path that decided how long it all took. */
  readonly critical: { readonly work_ms: number; readonly human_ms: number; readonly idle_ms: number };
}

interface Node {
  /** Its depth and its place on the path are known once the tree stands. */
  readonly span: { -readonly [Field in keyof TraceSpan]: TraceSpan[Field] };
  readonly startMs: number;
  readonly endMs: number;
  /** Of its time, the first part that a person was waited for. */
  readonly humanMs: number;
  readonly children: Node[];
}

type Sums = { -readonly [Part in keyof Trace["critical"]]: number };

type Told = Pick<
  TraceSpan,
  "kind" | "id" | "agent_id" | "name" | "start" | "end" | "parent" | "outcome" | "queue_ms" | "human_ms" | "run_ms"
>;

const key = (kind: TraceSpan["kind"], id: string) => `${kind}:${id}`;

/** A session as a waterfall. What still runs ends at `nowMs`. */
export function traceOf(session: Session, nowMs: number): Trace {
  const session_id = session.session_id;
  const turns = viewTurns(session).filter(({ started_at }) => started_at !== undefined);
  const agents = viewAgents(session, nowMs);
  const calls = viewCalls(session).filter((call) => call.started_at !== undefined || call.ended_at !== undefined);
  const requests = [...session.usage.requests.values()];
  const answered = new Map(requests.map((request) => [request.request_id, request.at]));
  const turnOfRequest = new Map(
    [...requestsByTurn(session)].flatMap(([turn, own]) => own.map(({ request_id }) => [request_id, turn] as const)),
  );
  const spawnCalls = new Set(calls.map(({ call_id }) => call_id));
  const turnIds = new Set(turns.map(({ turn_id }) => turn_id));

  /** The turn of an agent's work, by what is told of it, else by its time. */
  function turnAt(agent: AgentId, told: string | undefined, at: string): string | undefined {
    if (told !== undefined && turnIds.has(told as never)) return key("turn", told);
    const turn = turns.findLast((each) => each.agent_id === agent && each.started_at! <= at);
    return turn === undefined ? undefined : key("turn", turn.turn_id);
  }

  const parentOf = (agent: AgentId, told: string | undefined, at: string) =>
    agent === MAIN_AGENT ? turnAt(agent, told, at) : (key("agent", agent) as string | undefined);

  const nodes = new Map<string, Node>();
  const put = (span: Told, humanMs = 0): void => {
    const startMs = Date.parse(span.start);
    const endMs = Math.max(startMs, span.end === undefined ? nowMs : Date.parse(span.end));
    nodes.set(key(span.kind, span.id), { span: { ...span, session_id, depth: 0 }, startMs, endMs, humanMs, children: [] });
  };

  for (const turn of turns)
    if (turn.agent_id === MAIN_AGENT)
      put({
        kind: "turn",
        id: turn.turn_id,
        agent_id: turn.agent_id,
        name: turn.prompt === undefined || turn.prompt === "" ? "turn" : turn.prompt.slice(0, 120),
        start: turn.started_at!,
        ...(turn.ended_at === undefined ? {} : { end: turn.ended_at }),
      });
  for (const agent of agents) {
    if (agent.agent_id === MAIN_AGENT) continue;
    const parent =
      agent.call_id !== undefined && spawnCalls.has(agent.call_id)
        ? key("call", agent.call_id)
        : parentOf(agent.parent_agent_id ?? MAIN_AGENT, undefined, agent.spawned_at);
    // Nobody waited for longer than the call did, whenever a source came to tell of the end.
    const call = agent.background === true || agent.call_id === undefined ? undefined : session.calls.map.get(agent.call_id);
    const end = agent.ended_at === undefined ? undefined : earlier(call?.ended_at, agent.ended_at);
    put({
      kind: "agent",
      id: agent.agent_id,
      agent_id: agent.agent_id,
      name: agent.label,
      start: agent.spawned_at,
      ...(end === undefined ? {} : { end }),
      ...(parent === undefined ? {} : { parent }),
      ...(agent.outcome === undefined ? {} : { outcome: agent.outcome }),
    });
  }
  for (const request of requests) {
    const parent = parentOf(request.agent_id, turnOfRequest.get(request.request_id), request.at);
    const start = request.duration_ms === undefined ? request.at : new Date(Date.parse(request.at) - request.duration_ms).toISOString();
    put({
      kind: "request",
      id: request.request_id,
      agent_id: request.agent_id,
      name: request.model ?? "model request",
      start,
      end: request.at,
      ...(parent === undefined ? {} : { parent }),
      ...(request.duration_ms === undefined ? {} : { run_ms: request.duration_ms }),
    });
  }
  for (const call of calls) {
    const start = call.started_at ?? call.ended_at!;
    const parent = parentOf(call.agent_id, call.turn_id ?? turnOfRequest.get(call.request_id!), start);
    put(
      {
        kind: "call",
        id: call.call_id,
        agent_id: call.agent_id,
        name: call.title === undefined ? (call.name ?? "call") : `${call.name ?? "call"} ${call.title}`,
        start,
        ...(call.ended_at === undefined ? {} : { end: call.ended_at }),
        ...(parent === undefined ? {} : { parent }),
        ...(call.outcome === undefined ? {} : { outcome: call.outcome }),
        ...split(call, start, answered.get(call.request_id!)),
      },
      call.permission_wait_ms ?? 0,
    );
  }

  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const above = node.span.parent === undefined ? undefined : nodes.get(node.span.parent);
    (above === undefined || isAbove(node, above, nodes) ? roots : above.children).push(node);
  }
  const path = new Map<Node, "work" | "human">();
  const critical: Sums = { work_ms: 0, human_ms: 0, idle_ms: 0 };
  const main = roots.filter(({ span }) => span.kind === "turn");
  // What is spent between two turns is the person's own time, and nobody's delay.
  let at = Infinity;
  for (const root of (main.length > 0 ? main : roots).toSorted((a, b) => b.endMs - a.endMs || b.startMs - a.startMs)) {
    if (root.startMs >= at) continue;
    follow(root, -Infinity, at, path, critical);
    at = root.startMs;
  }

  const spans: TraceSpan[] = [];
  const visit = (list: Node[], depth: number): void => {
    for (const node of list.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs || (a.span.id < b.span.id ? -1 : 1))) {
      const mark = path.get(node);
      node.span.depth = depth;
      if (mark !== undefined) node.span.critical = mark;
      spans.push(node.span);
      visit(node.children, depth + 1);
    }
  };
  visit(roots, 0);
  const all = [...nodes.values()];
  if (all.length === 0) return { spans, critical };
  const startMs = all.reduce((least, node) => Math.min(least, node.startMs), Infinity);
  const endMs = all.reduce((most, node) => Math.max(most, node.endMs), 0);
  return { spans, start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString(), critical };
}

/** Waiting to begin, waiting for a person, running: what of it is told. */
function split(call: CallView, start: string, answeredAt: string | undefined): Pick<TraceSpan, "queue_ms" | "human_ms" | "run_ms"> {
  const queue =
    answeredAt === undefined || call.started_at === undefined ? undefined : Math.max(0, Date.parse(start) - Date.parse(answeredAt));
  const whole = call.ended_at === undefined ? undefined : Date.parse(call.ended_at) - Date.parse(start);
  const run = call.latency_ms ?? (whole === undefined ? undefined : Math.max(0, whole - (call.permission_wait_ms ?? 0)));
  return {
    ...(queue === undefined ? {} : { queue_ms: queue }),
    ...(call.permission_wait_ms === undefined ? {} : { human_ms: call.permission_wait_ms }),
    ...(run === undefined ? {} : { run_ms: run }),
  };
}

/** Whether `above` stands, against all order, below the node itself. */
function isAbove(node: Node, above: Node, nodes: ReadonlyMap<string, Node>): boolean {
  const met = new Set<Node>();
  for (let at: Node | undefined = above; at !== undefined && !met.has(at); at = nodes.get(at.span.parent ?? "")) {
    if (at === node) return true;
    met.add(at);
  }
  return false;
}

/**
 * Walks back from the end: the last to end is what was waited for, and before it began, what ran then. Its own children decide its time in the
 * same way. Every moment from `fromMs` to `untilMs` in which the node was there is counted once, children that reach beyond it cut off.
 */
function follow(node: Node, fromMs: number, untilMs: number, path: Map<Node, "work" | "human">, sums: Sums): void {
  path.set(node, node.humanMs > 0 && node.humanMs * 2 > node.endMs - node.startMs ? "human" : "work");
  const start = Math.max(node.startMs, fromMs);
  // Time in which none of its children ran is the call's own; of a turn or an agent it is idle, such as a request that no source times.
  const own = node.span.kind === "call" || node.children.length === 0 ? "work_ms" : "idle_ms";
  let at = Math.max(start, Math.min(node.endMs, untilMs));
  for (const last of node.children.toSorted((a, b) => b.endMs - a.endMs || b.startMs - a.startMs)) {
    if (at <= start || last.endMs < start) break;
    if (last.startMs >= at) continue;
    const endedAt = Math.min(last.endMs, at);
    sums[own] += at - endedAt;
    follow(last, start, endedAt, path, sums);
    at = Math.max(last.startMs, start);
  }
  const human = Math.min(node.humanMs, at - start);
  sums.human_ms += human;
  sums[own] += at - start - human;
}
