import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type SessionId } from "../contract/ids.ts";
import type { EventLog, ReadQuery } from "../log/log.ts";
import { inferredParents } from "../projections/parents.ts";
import type { Projector } from "./projector.ts";

/** Whose events are wanted: of a session all, or those of some of its agents. */
export interface FollowedSession {
  readonly sessionId: SessionId;
  readonly agentIds?: ReadonlySet<AgentId>;
}

/** All events of all sessions of a project. */
export interface FollowedProject {
  readonly project: string;
  readonly sessionIds: ReadonlySet<SessionId>;
}
export type Followed = FollowedSession | FollowedProject;

interface Asked {
  readonly session_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly descendants?: boolean | undefined;
  readonly project?: string | undefined;
}

/** Parents that events of a session told, up to a `seq`. */
interface Told {
  readonly seq: number;
  readonly parents: Map<AgentId, AgentId>;
}

const KEPT_SESSIONS = 20;
const PAGE = 2_000;

/** Says whom a caller follows. Descendants are those that the log tells, and those that are inferred now. */
export function createFollowed(deps: {
  readonly log: Pick<EventLog, "read" | "head">;
  readonly projector: Pick<Projector, "session" | "spans">;
}): (asked: Asked) => Followed | undefined {
  const { log, projector } = deps;
  const known = new Map<SessionId, Told>();

  /** Every agent's parent as events tell it; each event is read once. */
  function toldParents(sessionId: SessionId): ReadonlyMap<AgentId, AgentId> {
    const before = known.get(sessionId) ?? { seq: 0, parents: new Map<AgentId, AgentId>() };
    const head = log.head();
    let after = before.seq;
    for (;;) {
      const page = log.read({ sessionId, types: ["agent.spawned"], after, before: head + 1, order: "oldest", limit: PAGE });
      for (const event of page)
        if (event.type === "agent.spawned" && event.agent_id !== undefined && event.data.parent_agent_id !== undefined)
          before.parents.set(event.agent_id, event.data.parent_agent_id);
      if (page.length < PAGE) break;
      after = page.at(-1)!.seq;
    }
    known.delete(sessionId);
    known.set(sessionId, { seq: head, parents: before.parents });
    if (known.size > KEPT_SESSIONS) known.delete(known.keys().next().value!);
    return before.parents;
  }

  function familyOf(sessionId: SessionId, eldest: AgentId): ReadonlySet<AgentId> {
    const parents = new Map(toldParents(sessionId));
    const session = projector.session(sessionId);
    if (session !== undefined) for (const [agent, edge] of inferredParents(session)) parents.set(agent, edge.agent_id);
    const children = Map.groupBy(parents.keys(), (agent) => parents.get(agent)!);
    const family = new Set([eldest]);
    for (const agent of family) for (const child of children.get(agent) ?? []) family.add(child);
    return family;
  }

  function sessionsOf(project: string): ReadonlySet<SessionId> {
    return new Set([...projector.spans()].filter((span) => span.project === project).map(({ sessionId }) => sessionId));
  }

  return ({ session_id, agent_id, descendants = false, project }) => {
    if (session_id === undefined) {
      if (agent_id === undefined) return project === undefined ? undefined : { project, sessionIds: sessionsOf(project) };
      throw new OrreryError("BAD_INPUT", {
        problems: [{ field: "session_id", message: "is needed beside agent_id: an agent is one of a session" }],
      });
    }
    const sessionId = session_id as SessionId;
    if (agent_id === undefined) return { sessionId };
    const agentId = agent_id as AgentId;
    return { sessionId, agentIds: descendants ? familyOf(sessionId, agentId) : new Set([agentId]) };
  };
}

/** The part of a query that the log can answer, and what an event must be. */
export function wantedBy(followed: Followed | undefined): {
  readonly query: Pick<ReadQuery, "sessionId" | "agentId">;
  readonly has: (event: Pick<StoredEvent, "session_id" | "agent_id">) => boolean;
} {
  if (followed === undefined) return { query: {}, has: () => true };
  if ("project" in followed)
    return { query: {}, has: ({ session_id }) => session_id !== undefined && followed.sessionIds.has(session_id as SessionId) };
  const { sessionId, agentIds } = followed;
  if (agentIds === undefined) return { query: { sessionId }, has: ({ session_id }) => session_id === sessionId };
  const [only] = agentIds;
  // Events without an agent are the main agent's, which the log's index does not know.
  const isOne = agentIds.size === 1 && only !== MAIN_AGENT;
  return {
    query: { sessionId, ...(isOne ? { agentId: only! } : {}) },
    has: ({ session_id, agent_id = MAIN_AGENT }) => session_id === sessionId && agentIds.has(agent_id),
  };
}
