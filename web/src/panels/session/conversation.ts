import { MAIN_AGENT, type AgentId, type CallId } from "../../../../src/contract/ids.ts";
import { requestsByTurn } from "../../../../src/projections/cache.ts";
import { visibleMarks, type Mark } from "../../../../src/projections/marks.ts";
import { visibleMessages, type Message } from "../../../../src/projections/messages.ts";
import { inferredParents } from "../../../../src/projections/parents.ts";
import type { Session } from "../../../../src/projections/session.ts";
import type { Turn } from "../../../../src/projections/turns.ts";
import { addTokens, noTokens, type Buckets } from "../../../../src/projections/usage.ts";
import { viewAsks, type AskView } from "../../../../src/projections/view-asks.ts";
import { viewAgents, viewCalls, viewTurns, type AgentView, type CallView } from "../../../../src/projections/views.ts";

/** One row of a conversation. `depth` counts the agents that it lies inside of. */
export type Row = { readonly key: string; readonly depth: number; readonly at: string } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "call"; readonly call: CallView; readonly asks: readonly AskView[]; readonly agents: readonly AgentView[] }
  | { readonly kind: "agent"; readonly agent: AgentView; readonly isOpen: boolean; readonly rows: number }
  | { readonly kind: "ask"; readonly ask: AskView }
  | { readonly kind: "mark"; readonly mark: Mark }
  | { readonly kind: "turn"; readonly turn: Turn; readonly requests: number; readonly tokens: Buckets }
);
export type TurnRow = Extract<Row, { kind: "turn" }>;

/**
 * The conversation of the main agent, with the conversations of opened sub-agents in place: inside the call that started them, or where
 * they appeared when no call is known.
 */
export function conversation(session: Session, opened: ReadonlySet<string>, nowMs: number): readonly Row[] {
  const { rowsOf, sizeOf } = arranged(session);
  const agents = new Map(viewAgents(session, nowMs).map((agent) => [agent.agent_id, agent]));
  const byCall = new Map<CallId, AgentView[]>();
  const loose = new Map<AgentId, AgentView[]>();
  for (const [id, parent] of inferredParents(session)) {
    const agent = agents.get(id);
    if (agent === undefined) continue;
    if (parent.call_id !== undefined && session.calls.map.has(parent.call_id)) push(byCall, parent.call_id, agent);
    else push(loose, agents.has(parent.agent_id) ? parent.agent_id : MAIN_AGENT, agent);
  }
  // The very same rows while nothing but the time has changed: nothing is drawn anew.
  if (byCall.size === 0 && loose.size === 0) return rowsOf(MAIN_AGENT);

  const agentRow = (agent: AgentView, depth: number): Row & { kind: "agent" } => ({
    key: `agent ${agent.agent_id}`,
    depth,
    at: agent.spawned_at,
    kind: "agent",
    agent,
    isOpen: opened.has(agent.agent_id),
    rows: sizeOf(agent.agent_id),
  });
  const nested = (agent: AgentId, depth: number, seen: ReadonlySet<AgentId>): Row[] => {
    const own = rowsOf(agent);
    const children = (loose.get(agent) ?? []).map((child) => agentRow(child, depth));
    const all = children.length === 0 ? own : [...own.filter(isOwn), ...children, ...own.filter(isEnd)].toSorted(inOrder);
    const rows: Row[] = [];
    for (const row of all) {
      const placed = row.depth === depth ? row : { ...row, depth };
      const started = row.kind === "call" ? byCall.get(row.call.call_id) : undefined;
      if (row.kind === "agent") for (const each of opening(row, seen)) rows.push(each);
      else if (placed.kind !== "call" || started === undefined) rows.push(placed);
      else {
        rows.push({ ...placed, agents: started });
        for (const child of started) for (const each of opening(agentRow(child, depth + 1), seen)) rows.push(each);
      }
    }
    return rows;
  };
  const opening = (row: Row & { kind: "agent" }, seen: ReadonlySet<AgentId>): Row[] =>
    row.isOpen && !seen.has(row.agent.agent_id)
      ? [row, ...nested(row.agent.agent_id, row.depth + 1, new Set([...seen, row.agent.agent_id]))]
      : [row];
  return nested(MAIN_AGENT, 0, new Set([MAIN_AGENT]));
}

/** What each agent said and did, in order. It does not depend on the time or on what is opened. */
interface Arranged {
  rowsOf(agent: AgentId): readonly Row[];
  sizeOf(agent: AgentId): number;
}

/** Of the latest picture of a session: the same picture is drawn again whenever the clock moves or something is opened. */
const held = new WeakMap<Session, Arranged>();

function arranged(session: Session): Arranged {
  const known = held.get(session);
  if (known !== undefined) return known;
  const messagesOf = groupBy(visibleMessages(session.messages), (message) => message.agent_id);
  const callsOf = groupBy(viewCalls(session), (call) => call.agent_id);
  const marksOf = groupBy(visibleMarks(session.marks), (mark) => mark.agent_id);
  const markIds = new Map([...session.marks].map(([id, mark]) => [mark, id]));
  const asksAt = groupBy(viewAsks(session), ({ call_id }) =>
    call_id !== undefined && session.calls.map.has(call_id) ? call_id : undefined,
  );
  const loneAsks = groupBy(asksAt.get(undefined) ?? [], ({ agent_id }) => agent_id);
  const turnsOf = groupBy(viewTurns(session), (turn) => turn.agent_id);
  const requestsOf = requestsByTurn(session);
  const turnRows = (turns: readonly Turn[], own: readonly Row[]): Row[] =>
    turns.flatMap((turn, index): Row[] => {
      const requests = requestsOf.get(turn.turn_id) ?? [];
      if (requests.length === 0 && turn.started_at === undefined) return [];
      const next = turns[index + 1]?.started_at;
      const tokens = requests.reduce((sum, { usage }) => addTokens(sum, usage ?? {}), noTokens);
      return [{ key: `turn ${turn.turn_id}`, depth: 0, at: endOf(turn, next, own), kind: "turn", turn, requests: requests.length, tokens }];
    });
  const rowsOf = (agent: AgentId): readonly Row[] => {
    const own: Row[] = [];
    for (const message of messagesOf.get(agent) ?? [])
      own.push({ key: message.message_id, depth: 0, at: message.at, kind: "message", message });
    for (const call of callsOf.get(agent) ?? [])
      own.push({
        key: call.call_id,
        depth: 0,
        at: call.started_at ?? call.ended_at ?? "",
        kind: "call",
        call,
        asks: asksAt.get(call.call_id) ?? none,
        agents: noAgents,
      });
    for (const mark of marksOf.get(agent) ?? [])
      if (mark.kind !== "injected") own.push({ key: markIds.get(mark)!, depth: 0, at: mark.at, kind: "mark", mark });
    for (const ask of loneAsks.get(agent) ?? [])
      own.push({ key: ask.ask_id, depth: 0, at: ask.opened_at ?? ask.decided_at ?? "", kind: "ask", ask });
    own.sort(inOrder);
    const ends = turnRows(turnsOf.get(agent) ?? [], own);
    return ends.length === 0 ? own : [...own, ...ends].toSorted(inOrder);
  };
  const rows = new Map<AgentId, readonly Row[]>();
  const made: Arranged = {
    rowsOf(agent) {
      const known = rows.get(agent) ?? rowsOf(agent);
      rows.set(agent, known);
      return known;
    },
    sizeOf: (agent) => (messagesOf.get(agent)?.length ?? 0) + (callsOf.get(agent)?.length ?? 0),
  };
  held.set(session, made);
  return made;
}

const isEnd = (row: Row): boolean => row.kind === "turn";
const isOwn = (row: Row): boolean => !isEnd(row);
const noAgents: readonly AgentView[] = [];
const none: readonly AskView[] = [];
/** Sources disagree by so much about when a turn begins: the prompt may be dated before the turn that it begins. */
const APART_MS = 1_500;
const LAST = "~";

/** Where the line of a turn stands: after all of it, whoever told when it ended, and before the next one. */
function endOf(turn: Turn, next: string | undefined, own: readonly Row[]): string {
  if (next === undefined) return LAST;
  const border = new Date(Date.parse(next) - APART_MS).toISOString();
  const last = own[firstFrom(own, border) - 1]?.at ?? "";
  const end = turn.ended_at === undefined || turn.ended_at < last ? last : turn.ended_at;
  return end < border ? end : border;
}

/** Of rows in order, the index of the first that is not before a moment; their number if all are. */
function firstFrom(rows: readonly Pick<Row, "at">[], moment: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.at < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

function inOrder(a: Row, b: Row): number {
  return a.at === b.at ? 0 : a.at < b.at ? -1 : 1;
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) push(groups, key(item), item);
  return groups;
}

function push<K, T>(groups: Map<K, T[]>, key: K, item: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}
