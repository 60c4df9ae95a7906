import { MAIN_AGENT, type AgentId, type CallId } from "../../../../src/contract/ids.ts";
import { inferredParents } from "../../../../src/projections/parents.ts";
import type { Session } from "../../../../src/projections/session.ts";
import { viewAgents, type AgentView } from "../../../../src/projections/views.ts";
import { isAlike } from "./alike.ts";
import { createArranger, type Arranged } from "./arrangement.ts";
import { compareRows, type Row } from "./row.ts";

/**
 * The conversation of the main agent, with the conversations of opened sub-agents in place: inside the call that started them, or where
 * they appeared when no call is known. Given one picture after another, a row that did not change is the very same; so are all together.
 */
export function createConversation(): (session: Session, opened: ReadonlySet<string>, nowMs: number) => readonly Row[] {
  const arrange = createArranger();
  let drawn: readonly Row[] = [];
  /** Rows that are made anew for each picture. */
  let placed = new Map<string, Row>();
  return (session, opened, nowMs) => {
    const arranged = arrange(session);
    const before = placed;
    placed = new Map();
    const keep = (row: Row): Row => {
      const held = before.get(row.key);
      const kept = held !== undefined && isAlike(held, row) ? held : row;
      placed.set(row.key, kept);
      return kept;
    };
    const rows = nest({ session, arranged, opened, nowMs, keep });
    if (rows.length !== drawn.length || rows.some((row, index) => row !== drawn[index])) drawn = rows;
    return drawn;
  };
}

function nest({
  session,
  arranged: { rowsOf, sizeOf, open },
  opened,
  nowMs,
  keep,
}: {
  session: Session;
  arranged: Arranged;
  opened: ReadonlySet<string>;
  nowMs: number;
  keep: (row: Row) => Row;
}): readonly Row[] {
  const parents = inferredParents(session);
  if (parents.size === 0) return rowsOf(MAIN_AGENT);
  const calls = [...open].map((id) => session.calls.map.get(id)!);
  const agents = new Map(viewAgents(session, nowMs, calls).map((agent) => [agent.agent_id, agent]));
  const byCall = new Map<CallId, AgentView[]>();
  const loose = new Map<AgentId, AgentView[]>();
  for (const [id, parent] of parents) {
    const agent = agents.get(id);
    if (agent === undefined) continue;
    if (parent.call_id !== undefined && session.calls.map.has(parent.call_id)) push(byCall, parent.call_id, agent);
    else push(loose, agents.has(parent.agent_id) ? parent.agent_id : MAIN_AGENT, agent);
  }
  const rows: Row[] = [];
  const addAgent = (agent: AgentView, depth: number, seen: ReadonlySet<AgentId>): void => {
    const isOpen = opened.has(agent.agent_id);
    rows.push(keep(agentRow(agent, { depth, isOpen, rows: sizeOf(agent.agent_id) })));
    if (isOpen && !seen.has(agent.agent_id)) addAll(agent.agent_id, depth + 1, new Set([...seen, agent.agent_id]));
  };
  const addAll = (agent: AgentId, depth: number, seen: ReadonlySet<AgentId>): void => {
    const children = (loose.get(agent) ?? []).map((child) => agentRow(child, { depth, isOpen: false, rows: 0 }));
    const own = rowsOf(agent);
    for (const row of children.length === 0 ? own : [...own, ...children].toSorted(compareRows)) {
      if (row.kind === "agent") {
        addAgent(row.agent, depth, seen);
        continue;
      }
      const started = row.kind === "call" ? byCall.get(row.call.call_id) : undefined;
      if (started === undefined || row.kind !== "call") rows.push(depth === 0 ? row : keep({ ...row, depth }));
      else {
        rows.push(keep({ ...row, depth, agents: started }));
        for (const child of started) addAgent(child, depth + 1, seen);
      }
    }
  };
  addAll(MAIN_AGENT, 0, new Set([MAIN_AGENT]));
  return rows;
}

function agentRow(
  agent: AgentView,
  { depth, isOpen, rows }: { readonly depth: number; readonly isOpen: boolean; readonly rows: number },
): Extract<Row, { kind: "agent" }> {
  return { key: `agent ${agent.agent_id}`, depth, at: agent.spawned_at, kind: "agent", agent, isOpen, rows };
}

function push<K, T>(groups: Map<K, T[]>, key: K, item: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}
