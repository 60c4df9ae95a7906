import { useEffect } from "react";
import type { AgentId, CallId, MessageId, RequestId, TurnId } from "../../../../src/contract/ids.ts";
import { inferredParents } from "../../../../src/projections/parents.ts";
import type { Session } from "../../../../src/projections/session.ts";
import type { Goal } from "./use-seek.ts";

type SetOpened = (change: (old: ReadonlySet<string>) => ReadonlySet<string>) => void;

/** Opens the followed agent and those that it lies inside of. */
export function useOpenFollowed(session: Session | undefined, followed: AgentId | undefined, setOpened: SetOpened): void {
  const isThere = followed !== undefined && session?.agents.has(followed) === true;
  useEffect(() => {
    if (!isThere || session === undefined) return;
    const line = linesTo(session, followed);
    setOpened((old) => new Set([...old, ...line]));
    // Once for each that is followed; what is opened or closed later is the reader's.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [followed, isThere]);
}

/** Opens the sub-agents around what is gone to, so that it is there to be seen. */
export function useOpenAround(session: Session | undefined, goal: Goal | undefined, setOpened: SetOpened): void {
  const agent = session === undefined || goal?.kind !== "row" ? undefined : agentOf(session, goal.key);
  useEffect(() => {
    if (session === undefined || agent === undefined) return;
    const line = linesTo(session, agent).filter((key) => session.agents.has(key as AgentId));
    setOpened((old) => (line.every((key) => old.has(key)) ? old : new Set([...old, ...line])));
    // Once for each goal; what is opened or closed later is the reader's.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [goal, agent]);
}

/** The keys of an agent and of those that it descends from, with the calls that started them. */
function linesTo(session: Session, agent: AgentId): string[] {
  const parents = inferredParents(session);
  const line: string[] = [];
  for (let at: AgentId | undefined = agent; at !== undefined && !line.includes(at); at = parents.get(at)?.agent_id)
    line.push(at, ...(parents.get(at)?.call_id === undefined ? [] : [parents.get(at)!.call_id!]));
  return line;
}

/** Whose conversation a row lies in. An agent's own row lies in its parent's. */
function agentOf(session: Session, key: string): AgentId | undefined {
  const [kind, id = ""] = key.split(" ");
  if (kind === "agent") return inferredParents(session).get(id as AgentId)?.agent_id;
  if (kind === "turn") return session.turns.get(id as TurnId)?.agent_id;
  if (kind === "request") return session.usage.requests.get(id as RequestId)?.agent_id;
  return (session.calls.map.get(key as CallId) ?? session.messages.map.get(key as MessageId))?.agent_id;
}
