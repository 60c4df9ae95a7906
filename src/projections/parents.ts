import { MAIN_AGENT, type AgentId, type CallId } from "../contract/ids.ts";
import type { Agent } from "./agents.ts";
import type { Call } from "./calls.ts";
import { provenanceOf } from "./fuse.ts";
import type { Session } from "./session.ts";

export interface ParentEdge {
  readonly agent_id: AgentId;
  readonly edge: "reported" | "inferred";
  readonly call_id?: CallId;
}

/**
 * The parent of every agent but the main one. A reported parent stands. Until one is reported, the oldest call that asked for an agent
 * of the same type, was open when the agent appeared and is not spoken for is taken; failing that, any such call; failing that, the main agent.
 */
export function inferredParents(session: Session): Map<AgentId, ParentEdge> {
  const parents = new Map<AgentId, ParentEdge>();
  const unsettled: Agent[] = [];
  const spoken = new Set<CallId>();
  for (const agent of session.agents.values()) {
    if (agent.agent_id === MAIN_AGENT) continue;
    const isReported = agent.parent_agent_id !== undefined && provenanceOf(agent.from["parent_agent_id"] ?? 0).certainty !== "inferred";
    if (!isReported) unsettled.push(agent);
    else
      parents.set(agent.agent_id, {
        agent_id: agent.parent_agent_id!,
        edge: "reported",
        ...(agent.call_id === undefined ? {} : { call_id: agent.call_id }),
      });
    if (agent.call_id !== undefined) spoken.add(agent.call_id);
  }
  if (unsettled.length === 0) return parents;
  const spawning = [...session.calls.map.values()]
    .filter((call) => call.kind === "agent")
    .toSorted((a, b) => order(a.started_at, b.started_at) || order(a.call_id, b.call_id));
  for (const agent of unsettled.toSorted((a, b) => order(a.first_at, b.first_at) || order(a.agent_id, b.agent_id))) {
    const candidates = spawning.filter(
      (call) => !spoken.has(call.call_id) && call.agent_id !== agent.agent_id && wasOpen(call, agent.first_at),
    );
    const chosen = candidates.find((call) => call.spawn_type === agent.agent_type) ?? candidates[0];
    if (chosen !== undefined) spoken.add(chosen.call_id);
    const parent = agent.parent_agent_id ?? chosen?.agent_id ?? MAIN_AGENT;
    parents.set(agent.agent_id, { agent_id: parent, edge: "inferred", ...(chosen === undefined ? {} : { call_id: chosen.call_id }) });
  }
  return parents;
}

function wasOpen(call: Call, at: string): boolean {
  return (call.started_at ?? "") <= at && (call.ended_at === undefined || call.ended_at >= at);
}

function order(a: string | undefined, b: string | undefined): number {
  return a === b ? 0 : (a ?? "") < (b ?? "") ? -1 : 1;
}
