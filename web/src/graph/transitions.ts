import type { StoredEvent } from "../../../src/contract/events/index.ts";
import type { CallOutcome } from "../../../src/contract/events/tool.ts";
import type { AgentId, CallId, SessionId } from "../../../src/contract/ids.ts";
import type { Agent } from "../../../src/projections/agents.ts";
import { provenanceOf } from "../../../src/projections/fuse.ts";
import type { Session } from "../../../src/projections/session.ts";
import type { State } from "../../../src/projections/state.ts";
import { isOver } from "../../../src/projections/ended.ts";

/** Something that moves because the state changed. */
export type Transition =
  | { readonly kind: "spawn"; readonly node: string }
  | { readonly kind: "call"; readonly node: string; readonly call_id: CallId; readonly label: string }
  | { readonly kind: "bad-end"; readonly node: string; readonly call_id: CallId; readonly outcome: CallOutcome }
  | { readonly kind: "end"; readonly node: string; readonly outcome: Agent["outcome"] };

/** A call told this long after the newest thing known is history being read in, not something that happens now. */
const HISTORY_MS = 60_000;

/** The name of an agent in the picture: agent ids are unique within their session only. */
export function nodeKey(session: SessionId | string, agent: AgentId | string): string {
  return `${session} ${agent}`;
}

/**
 * What to set in motion when `before` became `after` by `events`. Only what the events name is looked at, so the cost does not grow with
 * the state; a call or agent that `before` knew never starts again, however often it is told.
 */
export function transitions(before: State, after: State, events: readonly StoredEvent[]): Transition[] {
  const found: Transition[] = [];
  const looked = new Set<string>();
  const newestMs = newest(before, events);
  for (const event of events) {
    if (event.session_id === undefined) continue;
    const next = after.sessions.get(event.session_id);
    if (next === undefined) continue;
    const old = before.sessions.get(event.session_id);
    if (event.agent_id !== undefined) {
      const key = nodeKey(event.session_id, event.agent_id);
      if (first(looked, key)) found.push(...ofAgent(key, old?.agents.get(event.agent_id), next.agents.get(event.agent_id), next));
    }
    if (event.type === "tool.started" || event.type === "tool.ended") {
      const { call_id } = event.data;
      if (first(looked, `${event.session_id} call ${call_id}`)) found.push(...ofCall(call_id, old, next, newestMs));
    }
  }
  return found;
}

function ofAgent(node: string, old: Agent | undefined, now: Agent | undefined, session: Session): Transition[] {
  if (now === undefined) return [];
  const spawn: Transition[] = old === undefined ? [{ kind: "spawn", node }] : [];
  const hadEnded = old !== undefined && hasEnded(old);
  return hasEnded(now) && !hadEnded && !(old === undefined && isOver(session))
    ? [...spawn, { kind: "end", node, outcome: now.outcome }]
    : spawn;
}

function ofCall(call_id: CallId, old: Session | undefined, now: Session, newestMs: number): Transition[] {
  const call = now.calls.map.get(call_id);
  if (call === undefined) return [];
  const known = old?.calls.map.get(call_id);
  const at = call.ended_at ?? call.started_at ?? "";
  const wasLetGo = old?.trimmed_at !== undefined && at <= old.trimmed_at;
  if (wasLetGo || Date.parse(at) < newestMs - HISTORY_MS) return [];
  const node = nodeKey(now.session_id, call.agent_id);
  const found: Transition[] = known === undefined ? [{ kind: "call", node, call_id, label: call.name ?? "call" }] : [];
  // An inferred outcome may still turn out well when the source that knows speaks.
  const isCertain = provenanceOf(call.from["outcome"] ?? 0).certainty !== "inferred";
  const isBad = call.outcome !== undefined && call.outcome !== "ok" && isCertain;
  if (isBad && (known?.outcome === undefined || provenanceOf(known.from["outcome"] ?? 0).certainty === "inferred"))
    found.push({ kind: "bad-end", node, call_id, outcome: call.outcome! });
  return found;
}

function hasEnded(agent: Agent): boolean {
  return agent.ended_at !== undefined && agent.ended_at >= (agent.begun_at ?? "");
}

function newest(before: State, events: readonly StoredEvent[]): number {
  let at = "";
  for (const event of events) {
    const last = event.session_id === undefined ? undefined : before.sessions.get(event.session_id)?.facts.last_at;
    if (last !== undefined && last > at) at = last;
    if (event.timestamp > at) at = event.timestamp;
  }
  return Date.parse(at);
}

function first(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
