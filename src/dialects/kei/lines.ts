import type { EventOf, StoredEvent } from "../../contract/events/index.ts";
import type { CallOutcome } from "../../contract/events/tool.ts";
import { foreignId, MAIN_AGENT, type AgentId, type SessionId } from "../../contract/ids.ts";
import { isBodyRef, previewOf } from "../../contract/text.ts";
import { costOf, type PricesAt } from "../../money/cost.ts";
import type { Agent } from "../../projections/agents.ts";
import { hasEnded } from "../../projections/ended.ts";
import type { Session } from "../../projections/session.ts";
import { promptOf } from "../../projections/usage.ts";

/** One line of an `agent-events.jsonl`, as its hooks write them; fields of ours come after theirs. */
export type KeiLine = { readonly ts: string; readonly event: string; readonly id?: string } & Readonly<Record<string, unknown>>;

export type Told = Readonly<Record<string, unknown>>;

export interface AgentInfo {
  readonly id: string;
  readonly subagent_type: string;
  readonly model: string;
  readonly ts: string;
}

/** The text of a body that is stored apart, while it is kept. */
export type BodyText = (sha256: string) => string | undefined;

const PREVIEW = 80;

/** One space of ids for agents, parents and whoever called a tool: `main` for the main agent of any session. */
export function keiAgentId(agent_id: AgentId | undefined): string {
  return agent_id === undefined || agent_id === MAIN_AGENT ? "main" : foreignId(agent_id);
}

export function isAlive(session: Session, agent_id: AgentId): boolean {
  const agent = session.agents.get(agent_id);
  return agent !== undefined && agent_id !== MAIN_AGENT && !hasEnded(agent, session);
}

export function infoOf(agent: Agent): AgentInfo {
  return {
    id: keiAgentId(agent.agent_id),
    subagent_type: agent.agent_type ?? agent.name ?? "unknown",
    model: agent.model ?? "unknown",
    ts: agent.first_at,
  };
}

export function spawnLine(session: Session, agent: Agent): KeiLine {
  const parent = agent.parent_agent_id ?? MAIN_AGENT;
  return {
    ts: agent.first_at,
    event: "agent_spawn",
    id: keiAgentId(agent.agent_id),
    parent_id: keiAgentId(parent),
    subagent_type: agent.agent_type ?? agent.name ?? null,
    model: agent.model ?? null,
    branch: null,
    prompt_preview: (agent.task ?? "").replace(/[ \n\r\t]/g, " ").slice(0, PREVIEW),
    session_id: foreignId(session.session_id),
  };
}

const outcomes = { completed: "functional", partial: "partial", failed: "fail", killed: "fail", interrupted: "fail" } as const;

export function doneLine(session: Session, agent: Agent, at: string, pricesAt: PricesAt): KeiLine {
  const spent = [...session.usage.totals.values()].filter(({ agent_id }) => agent_id === agent.agent_id);
  const calls = session.calls.totals.get(agent.agent_id);
  const micros = spent.length === 0 ? undefined : costOf(spent, pricesAt).usd_micros;
  const since = Date.parse(at) - Date.parse(agent.first_at);
  return {
    ts: at,
    event: "agent_done",
    id: keiAgentId(agent.agent_id),
    outcome: agent.outcome === undefined ? null : outcomes[agent.outcome],
    duration_ms: agent.duration_ms ?? (since >= 0 ? since : null),
    tool_use_count: calls === undefined ? 0 : Object.values(calls).reduce((sum, count) => sum + count, 0),
    cost_usd: micros === undefined ? null : micros / 1e6,
    total_tokens: spent.length === 0 ? null : spent.reduce((sum, { tokens }) => sum + promptOf(tokens) + tokens.output, 0),
    session_id: foreignId(session.session_id),
  };
}

export function toolLine({ data, agent_id, timestamp, session_id }: EventOf<"tool.started">): KeiLine {
  return {
    ts: timestamp,
    event: "tool_use",
    id: foreignId(data.call_id),
    agent_id: keiAgentId(agent_id),
    tool: data.name ?? "unknown",
    ...sessionOf(session_id),
  };
}

/** `outcome` is that of the skill's call; without one nobody told how it went. */
export function skillLine({ data, agent_id, timestamp, session_id, id }: EventOf<"skill.used">, outcome?: CallOutcome): KeiLine {
  return {
    ts: timestamp,
    event: "skill_use",
    id: data.call_id === undefined ? id : foreignId(data.call_id),
    agent_id: keiAgentId(agent_id),
    skill: data.name,
    success: outcome === undefined ? null : outcome === "ok",
    ...sessionOf(session_id),
  };
}

/** The line that a hook of kei's wrote, where this event is what it says. */
export function toldLine({ data }: StoredEvent): Told | undefined {
  const line = "line" in data ? data["line"] : undefined;
  return typeof line === "object" && line !== null ? (line as Told) : undefined;
}

/**
 * A line as its writer wrote it, unknown fields and nulls too. Only ids that name a session, and so no node of any graph, become the id of its
 * main agent, and `session_id` says what they were. Words that are not kept give way to what is known without them.
 */
export function asTold(told: Told, ours: KeiLine, body: BodyText): KeiLine {
  const fields = Object.entries(told).map(([key, value]) => {
    const isNode = (key === "agent_id" || key === "parent_id") && typeof value === "string";
    return [key, (isNode || isBodyRef(value)) && key in ours ? ours[key] : inWords(value, body)] as const;
  });
  const { session_id } = ours;
  return { ...Object.fromEntries(fields), ...(session_id === undefined || "session_id" in told ? {} : { session_id }) } as KeiLine;
}

/** A line of a kind that nobody knows, as its writer wrote it. What it is and when stay, also where its words are not kept. */
export function foreignLine(event: StoredEvent, body: BodyText): unknown {
  if (event.type !== "source.kept" || !event.data.format.startsWith("kei")) return undefined;
  const { record, record_type } = event.data;
  if (typeof record !== "object" || record === null || Array.isArray(record) || isBodyRef(record)) return undefined;
  const { ts, event: kind } = record as Readonly<Record<string, unknown>>;
  const known = { ...(isBodyRef(ts) ? { ts: event.timestamp } : {}), ...(isBodyRef(kind) ? { event: record_type } : {}) };
  return { ...(inWords(record, body) as object), ...known };
}

/** Long words are stored apart, and words that are not kept leave nothing. */
function inWords(value: unknown, body: BodyText): unknown {
  if (isBodyRef(value)) return body(value.body.sha256) ?? previewOf(value);
  if (Array.isArray(value)) return value.map((each) => inWords(each, body));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inWords(each, body)]));
}

const known = ["ts", "event", "id", "parent_id", "agent_id", "session_id", "subagent_type", "model", "branch", "tool", "skill", "success"];
const figures = ["outcome", "duration_ms", "tool_use_count", "cost_usd", "total_tokens"];
const shown: ReadonlySet<string> = new Set([...known, ...figures]);

/** What the graph of a line needs, and no words of anybody. */
export function withoutWords(line: unknown): unknown {
  if (typeof line !== "object" || line === null || Array.isArray(line)) return null;
  const fields = Object.entries(line).filter(([key]) => shown.has(key));
  return Object.fromEntries("prompt_preview" in line ? [...fields, ["prompt_preview", ""]] : fields);
}

function sessionOf(session_id: SessionId | undefined): { readonly session_id?: string } {
  return session_id === undefined ? {} : { session_id: foreignId(session_id) };
}
