import type { StoredEvent } from "../../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type SessionId } from "../../contract/ids.ts";
import type { Agent } from "../../projections/agents.ts";
import type { Session } from "../../projections/session.ts";
import type { Picture } from "../picture.ts";
import { doneLine, foreignLine, infoOf, isAlive, skillLine, spawnLine, toolLine, type AgentInfo, type KeiLine } from "./lines.ts";

/** What is stored now and happened longer ago than this is history: an import, or a transcript found late. */
const NEWS_MS = 5 * 60_000;
const SEEN_LIMIT = 20_000;

export interface News {
  /** Agents that are alive, newest first. */
  alive(): AgentInfo[];
  /** The lines that a commit adds. Each agent begins and ends once, each call is told once, whatever number of sources told of it. */
  linesOf(events: readonly StoredEvent[]): unknown[];
}

/** Follows the picture from now on. */
export function createNews({ sessions, session, clock, pricesAt }: Pick<Picture, "sessions" | "session" | "clock" | "pricesAt">): News {
  const living = new Map<string, { readonly session_id: SessionId; readonly agent_id: AgentId }>();
  const ended = createSeen();
  const calls = createSeen();

  for (const each of sessions())
    for (const agent_id of each.agents.keys())
      if (isAlive(each, agent_id)) living.set(keyOf(each, agent_id), { session_id: each.session_id, agent_id });

  /** An agent that nobody was told of yet. One that is over already is told only the first time. */
  function begun(of: Session, agent: Agent): unknown[] {
    const key = keyOf(of, agent.agent_id);
    const is = isAlive(of, agent.agent_id);
    if (living.has(key) || (!is && ended.has(key))) return [];
    living.set(key, { session_id: of.session_id, agent_id: agent.agent_id });
    ended.delete(key);
    return [spawnLine(of, agent)];
  }

  /** The ends of those that are no longer alive. */
  function ends(touched: ReadonlyMap<SessionId, string>): KeiLine[] {
    const lines = [...living].flatMap(([key, { session_id, agent_id }]) => {
      const at = touched.get(session_id);
      const of = at === undefined ? undefined : session(session_id);
      const agent = of?.agents.get(agent_id);
      if (at === undefined || (of !== undefined && isAlive(of, agent_id))) return [];
      living.delete(key);
      ended.add(key);
      return of === undefined || agent === undefined ? [] : [doneLine(of, agent, agent.ended_at ?? at, pricesAt)];
    });
    return lines.toSorted((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }

  function linesOf(event: StoredEvent, limitMs: number): unknown[] {
    if (Date.parse(event.timestamp) < limitMs) return [];
    const foreign = foreignLine(event);
    if (foreign !== undefined) return [foreign];
    const of = event.session_id === undefined ? undefined : session(event.session_id);
    if (of === undefined) return [];
    const agent = event.agent_id === undefined || event.agent_id === MAIN_AGENT ? undefined : of.agents.get(event.agent_id);
    const lines = agent === undefined ? [] : begun(of, agent);
    // The call that starts an agent is told as the agent.
    if (event.type === "tool.started" && event.data.kind !== "agent" && event.data.name !== undefined && calls.add(event.data.call_id))
      lines.push(toolLine(event));
    if (event.type === "skill.used" && calls.add(`skill ${event.data.call_id ?? event.id}`)) lines.push(skillLine(event));
    return lines;
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
