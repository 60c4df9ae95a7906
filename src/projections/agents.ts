import type { StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type CallId } from "../contract/ids.ts";
import { previewOf } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { earlier, fuse, later, noRanks, rankOf, type Fused } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** One node of a session's tree. It exists from the first event that names it. */
export interface Agent extends Fused {
  readonly agent_id: AgentId;
  readonly parent_agent_id?: AgentId;
  readonly call_id?: CallId;
  readonly name?: string;
  readonly agent_type?: string;
  readonly model?: string;
  readonly task?: string;
  readonly background?: boolean;
  readonly summary?: string;
  readonly outcome?: "completed" | "partial" | "failed" | "killed" | "interrupted";
  readonly duration_ms?: number;
  readonly first_at: string;
  /** Latest event of this agent, apart from asks that it opens. */
  readonly active_at: string;
  /** Latest beginning of work (prompt, call, result) and latest end of work (turn over, final answer): it works while the first is later. */
  readonly woke_at?: string;
  readonly rested_at?: string;
  /** Latest start of new work; an agent that ended before it has been taken up again. */
  readonly begun_at?: string;
  readonly ended_at?: string;
  /** When the outcome that stands was told. */
  readonly outcome_at?: string;
}

export type Agents = PersistentMap<AgentId, Agent>;

/** Stop reasons after which the model has said all that it will say in this turn. */
const finalStops: ReadonlySet<string> = new Set(["end_turn", "stop_sequence", "max_tokens", "refusal"]);
const TASK_PREVIEW = 400;

export const agentsProjection: Projection<Agents> = {
  name: "agents",
  initial: emptyMap(),
  apply(agents, event) {
    if (event.agent_id === undefined) return agents;
    const before = agents.get(event.agent_id) ?? newAgent(event.agent_id, event.timestamp);
    return agents.set(event.agent_id, withTimes(describe(before, event), event));
  },
};

/** What the event says about the agent itself. */
function describe(agent: Agent, event: StoredEvent): Agent {
  switch (event.type) {
    case "agent.spawned": {
      const { parent_agent_id, call_id, name, agent_type, model, task, background, edge } = event.data;
      const described = fuse(
        agent,
        { name, agent_type, model, background, task: task === undefined ? undefined : previewOf(task).slice(0, TASK_PREVIEW) },
        rankOf(event.source),
      );
      return fuse(described, { parent_agent_id, call_id }, rankOf(event.source, edge ?? "inferred"));
    }
    case "agent.ended": {
      const { outcome, summary, duration_ms } = event.data;
      return fuse(
        ended(agent, outcome, event),
        { duration_ms, summary: summary === undefined ? undefined : previewOf(summary).slice(0, TASK_PREVIEW) },
        rankOf(event.source),
      );
    }
    case "model.responded":
      return event.data.model === undefined ? agent : fuse(agent, { model: event.data.model }, rankOf(event.source));
    default:
      return agent;
  }
}

/** What the event's time says: nearly every event moves one of these, so they are set together. */
function withTimes(agent: Agent, event: StoredEvent): Agent {
  const { type, timestamp: at } = event;
  const isStart = type === "turn.started" || type === "tool.started";
  const isRest = type === "turn.ended" || (type === "model.responded" && finalStops.has(event.data.stop_reason ?? ""));
  const first_at = earlier(agent.first_at, at);
  const active_at = type === "ask.opened" ? agent.active_at : later(agent.active_at, at);
  const begun_at = isStart ? later(agent.begun_at, at) : agent.begun_at;
  const woke_at = isStart || type === "tool.ended" ? later(agent.woke_at, at) : agent.woke_at;
  const rested_at = isRest ? later(agent.rested_at, at) : agent.rested_at;
  const ended_at = type === "agent.ended" ? later(agent.ended_at, at) : agent.ended_at;
  const isSame =
    first_at === agent.first_at &&
    active_at === agent.active_at &&
    begun_at === agent.begun_at &&
    woke_at === agent.woke_at &&
    rested_at === agent.rested_at &&
    ended_at === agent.ended_at;
  return isSame ? agent : { ...agent, first_at, active_at, begun_at, woke_at, rested_at, ended_at };
}

/** An agent that is taken up again ends again: of two tellings of one rank the later stands, and at one time the greater word. */
function ended(agent: Agent, outcome: NonNullable<Agent["outcome"]>, { source, timestamp }: StoredEvent): Agent {
  const rank = rankOf(source);
  const held = agent.from["outcome"];
  const { outcome_at = "" } = agent;
  if (held !== rank) {
    const told = fuse(agent, { outcome }, rank);
    return told.from["outcome"] === rank ? { ...told, outcome_at: timestamp } : agent;
  }
  if (timestamp < outcome_at || (timestamp === outcome_at && outcome <= (agent.outcome ?? ""))) return agent;
  return { ...agent, outcome, outcome_at: timestamp };
}

function newAgent(agent_id: AgentId, at: string): Agent {
  return { agent_id, first_at: at, active_at: "", from: noRanks, ...(agent_id === MAIN_AGENT ? { name: "main" } : {}) };
}
