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
export function conversation(session: Session, opened: ReadonlySet<string>, nowMs: number): Row[] {
  const agents = new Map(viewAgents(session, nowMs).map((agent) => [agent.agent_id, agent]));
  const byCall = new Map<CallId, AgentView[]>();
  const loose = new Map<AgentId, AgentView[]>();
  const calls = viewCalls(session);
  const known = new Set(calls.map((call) => call.call_id));
  for (const [id, parent] of inferredParents(session)) {
    const agent = agents.get(id);
    if (agent === undefined) continue;
    if (parent.call_id !== undefined && known.has(parent.call_id)) push(byCall, parent.call_id, agent);
    else push(loose, agents.has(parent.agent_id) ? parent.agent_id : MAIN_AGENT, agent);
  }
  const messagesOf = groupBy(visibleMessages(session.messages), (message) => message.agent_id);
  const callsOf = groupBy(calls, (call) => call.agent_id);
  const marksOf = groupBy(visibleMarks(session.marks), (mark) => mark.agent_id);

  const asks = viewAsks(session);
  const asksAt = groupBy(asks, ({ call_id }) => (call_id !== undefined && known.has(call_id) ? call_id : undefined));
  const loneAsks = groupBy(asksAt.get(undefined) ?? [], ({ agent_id }) => agent_id);
  const turnsOf = groupBy(viewTurns(session), (turn) => turn.agent_id);
  const requestsOf = requestsByTurn(session);
  const turnRows = (turns: readonly Turn[], own: readonly Row[], depth: number): Row[] =>
    turns.flatMap((turn, index): Row[] => {
      const requests = requestsOf.get(turn.turn_id) ?? [];
      if (requests.length === 0 && turn.started_at === undefined) return [];
      const next = turns[index + 1]?.started_at;
      const tokens = requests.reduce((sum, { usage }) => addTokens(sum, usage ?? {}), noTokens);
      return [{ key: `turn ${turn.turn_id}`, depth, at: endOf(turn, next, own), kind: "turn", turn, requests: requests.length, tokens }];
    });

  const markIds = new Map([...session.marks].map(([id, mark]) => [mark, id]));

  const rowsOf = (agent: AgentId, depth: number, seen: ReadonlySet<AgentId>): Row[] => {
    const own: Row[] = [
      ...(messagesOf.get(agent) ?? []).map((message): Row => ({
        key: message.message_id,
        depth,
        at: message.at,
        kind: "message",
        message,
      })),
      ...(callsOf.get(agent) ?? []).map((call): Row => ({
        key: call.call_id,
        depth,
        at: call.started_at ?? call.ended_at ?? "",
        kind: "call",
        call,
        asks: asksAt.get(call.call_id) ?? none,
        agents: byCall.get(call.call_id) ?? [],
      })),
      ...(marksOf.get(agent) ?? [])
        .filter((mark) => mark.kind !== "injected")
        .map((mark): Row => ({ key: markIds.get(mark)!, depth, at: mark.at, kind: "mark", mark })),
      ...(loneAsks.get(agent) ?? []).map((ask): Row => ({
        key: ask.ask_id,
        depth,
        at: ask.opened_at ?? ask.decided_at ?? "",
        kind: "ask",
        ask,
      })),
    ].toSorted(inOrder);
    const ends = turnRows(turnsOf.get(agent) ?? [], own, depth);
    const children = (loose.get(agent) ?? []).map((child): Row => agentRow(child, depth));
    return [...own, ...children, ...ends].toSorted(inOrder).flatMap((row) => {
      if (row.kind === "call") return [row, ...row.agents.flatMap((child) => opening(agentRow(child, depth + 1), seen))];
      return opening(row, seen);
    });
  };
  const agentRow = (agent: AgentView, depth: number): Row & { kind: "agent" } => ({
    key: `agent ${agent.agent_id}`,
    depth,
    at: agent.spawned_at,
    kind: "agent",
    agent,
    isOpen: opened.has(agent.agent_id),
    rows: (messagesOf.get(agent.agent_id)?.length ?? 0) + (callsOf.get(agent.agent_id)?.length ?? 0),
  });
  const opening = (row: Row, seen: ReadonlySet<AgentId>): Row[] =>
    row.kind === "agent" && row.isOpen && !seen.has(row.agent.agent_id)
      ? [row, ...rowsOf(row.agent.agent_id, row.depth + 1, new Set([...seen, row.agent.agent_id]))]
      : [row];
  return rowsOf(MAIN_AGENT, 0, new Set([MAIN_AGENT]));
}

const none: readonly AskView[] = [];
/** Sources disagree by so much about when a turn begins: the prompt may be dated before the turn that it begins. */
const APART_MS = 1_500;
const LAST = "~";

/** Where the line of a turn stands: after all of it, whoever told when it ended, and before the next one. */
function endOf(turn: Turn, next: string | undefined, own: readonly Row[]): string {
  if (next === undefined) return LAST;
  const border = new Date(Date.parse(next) - APART_MS).toISOString();
  const last = own.findLast(({ at }) => at < border)?.at ?? "";
  const end = turn.ended_at === undefined || turn.ended_at < last ? last : turn.ended_at;
  return end < border ? end : border;
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
