import type { EventOf, StoredEvent } from "../../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type CallId, type SessionId } from "../../contract/ids.ts";
import type { Agent } from "../../projections/agents.ts";
import type { Session } from "../../projections/session.ts";
import type { Picture } from "../picture.ts";
import {
  asTold,
  doneLine,
  foreignLine,
  infoOf,
  isAlive,
  skillLine,
  spawnLine,
  toldLine,
  toolLine,
  type AgentInfo,
  type KeiLine,
  type Told,
} from "./lines.ts";

/** What is stored now and happened longer ago than this is history: an import, or a transcript found late. */
const NEWS_MS = 5 * 60_000;
const SEEN_LIMIT = 20_000;
const WAITING_LIMIT = 1_000;

export interface News {
  /** Agents that are alive, newest first. */
  alive(): AgentInfo[];
  /** The lines that a commit adds. Each agent begins and ends once, each call is told once, whatever number of sources told of it. */
  linesOf(events: readonly StoredEvent[]): unknown[];
}

/** Follows the picture from now on. */
export function createNews({
  sessions,
  session,
  clock,
  pricesAt,
  body,
}: Pick<Picture, "sessions" | "session" | "clock" | "pricesAt" | "body">): News {
  const living = new Map<string, { readonly session_id: SessionId; readonly agent_id: AgentId }>();
  const ended = createSeen();
  const calls = createSeen();
  /** Skills whose call has not ended: how it went is told with it. */
  const skills = new Map<CallId, EventOf<"skill.used">>();

  for (const each of sessions())
    for (const agent_id of each.agents.keys())
      if (isAlive(each, agent_id)) living.set(keyOf(each, agent_id), { session_id: each.session_id, agent_id });

  /** An agent that nobody was told of yet. One that is over already is told only the first time. */
  function begun(of: Session, agent: Agent, told: Told | undefined): unknown[] {
    const key = keyOf(of, agent.agent_id);
    const is = isAlive(of, agent.agent_id);
    if (living.has(key) || (!is && ended.has(key))) return [];
    living.set(key, { session_id: of.session_id, agent_id: agent.agent_id });
    ended.delete(key);
    const line = spawnLine(of, agent);
    return [told === undefined ? line : asTold(told, line, body)];
  }

  function over(key: string, of: Session, agent: Agent, at: string): KeiLine {
    living.delete(key);
    ended.add(key);
    return doneLine(of, agent, agent.ended_at ?? at, pricesAt);
  }

  /** The ends of those that are no longer alive. */
  function ends(touched: ReadonlyMap<SessionId, string>): KeiLine[] {
    const lines = [...living].flatMap(([key, { session_id, agent_id }]) => {
      const at = touched.get(session_id);
      const of = at === undefined ? undefined : session(session_id);
      const agent = of?.agents.get(agent_id);
      if (at === undefined || (of !== undefined && isAlive(of, agent_id))) return [];
      if (of !== undefined && agent !== undefined) return [over(key, of, agent, at)];
      living.delete(key);
      return [];
    });
    return lines.toSorted((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }

  function linesOf(event: StoredEvent, limitMs: number): unknown[] {
    if (Date.parse(event.timestamp) < limitMs) return [];
    const foreign = foreignLine(event, body);
    if (foreign !== undefined) return [foreign];
    const of = event.session_id === undefined ? undefined : session(event.session_id);
    if (of === undefined) return [];
    const agent = event.agent_id === undefined || event.agent_id === MAIN_AGENT ? undefined : of.agents.get(event.agent_id);
    const told = toldLine(event);
    const lines = agent === undefined ? [] : begun(of, agent, event.type === "agent.spawned" ? told : undefined);
    // The call that starts an agent is told as the agent; kei's own hooks write one line for each thing.
    if (event.type === "tool.started" && isCall(event) && calls.add(event.data.call_id))
      lines.push(told === undefined ? toolLine(event) : asTold(told, toolLine(event), body));
    if (event.type === "skill.used") lines.push(...skillUsed(event, of, told));
    // A file's order is that of its writer: an end stands where it was told.
    if (event.type === "agent.ended" && told !== undefined && agent !== undefined && !isAlive(of, agent.agent_id)) {
      const key = keyOf(of, agent.agent_id);
      if (living.has(key)) lines.push(asTold(told, over(key, of, agent, event.timestamp), body));
    }
    if (event.type === "tool.ended" && skills.has(event.data.call_id)) {
      lines.push(skillLine(skills.get(event.data.call_id)!, event.data.outcome));
      skills.delete(event.data.call_id);
    }
    return lines;
  }

  function isCall(event: EventOf<"tool.started">): boolean {
    if (event.source.startsWith("kei/")) return toldLine(event) !== undefined;
    return event.data.kind !== "agent" && event.data.name !== undefined;
  }

  function skillUsed(event: EventOf<"skill.used">, of: Session, told: Told | undefined): unknown[] {
    const { call_id } = event.data;
    if (!calls.add(`skill ${call_id ?? event.id}`)) return [];
    if (told !== undefined) return [asTold(told, skillLine(event), body)];
    const call = call_id === undefined ? undefined : of.calls.map.get(call_id);
    if (call_id === undefined || call === undefined || call.outcome !== undefined) return [skillLine(event, call?.outcome)];
    skills.set(call_id, event);
    if (skills.size > WAITING_LIMIT) skills.delete(skills.keys().next().value!);
    return [];
  }

  return {
    alive: () =>
      [...living.values()]
        .flatMap(({ session_id, agent_id }) => session(session_id)?.agents.get(agent_id) ?? [])
        .map(infoOf)
        .toSorted((a, b) => (a.ts < b.ts ? 1 : a.ts > b.ts ? -1 : a.id < b.id ? -1 : 1)),
    linesOf(events) {
      const limitMs = clock.now() - NEWS_MS;
      const lines = events.flatMap((event) => linesOf(event, limitMs));
      // The picture is that after the whole commit: what it says to be over ends after everything else that the commit tells.
      const touched = new Map(
        events.flatMap(({ session_id, timestamp }) => (session_id === undefined ? [] : [[session_id, timestamp] as const])),
      );
      return [...lines, ...(living.size === 0 ? [] : ends(touched))];
    },
  };
}

function keyOf({ session_id }: Session, agent_id: AgentId): string {
  return `${session_id} ${agent_id}`;
}

/** A set that forgets what it was told first once it is full. */
function createSeen(): { has(key: string): boolean; add(key: string): boolean; delete(key: string): void } {
  const keys = new Set<string>();
  return {
    has: (key) => keys.has(key),
    add(key) {
      if (keys.has(key)) return false;
      keys.add(key);
      if (keys.size > SEEN_LIMIT) keys.delete(keys.values().next().value!);
      return true;
    },
    delete: (key) => void keys.delete(key),
  };
}
