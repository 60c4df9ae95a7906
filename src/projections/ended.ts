import type { Agent } from "./agents.ts";
import type { Session } from "./session.ts";

export function isOver(session: Session): boolean {
  const { ended_at, begun_at = "" } = session.facts;
  return ended_at !== undefined && ended_at >= begun_at;
}

export function hasEnded(agent: Agent, session: Session): boolean {
  return isOver(session) || (agent.ended_at !== undefined && agent.ended_at >= (agent.begun_at ?? ""));
}
