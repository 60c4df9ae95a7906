import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId, type SessionId, type TurnId } from "../../contract/ids.ts";
import { textHash } from "../../lib/text-hash.ts";

/** Where and when a record was written: what every event made from it shares. */
export interface Place {
  readonly way: "hook" | "transcript";
  /** The session as the client names it, and as we do. */
  readonly session: string;
  readonly session_id: SessionId;
  readonly agent: AgentId;
  readonly at: string;
}

type DataOf<T extends EventDraft["type"]> = Extract<EventDraft, { type: T }>["data"];

const MAX_ID = 300;

/**
 * One event. Its id is `<family>:<session>:<key>:<verb>@<way>`: it names the fact and the way it was seen, so one record read twice is stored
 * once, and the same fact seen two ways stays two events that a fold can weigh.
 */
export function draft<T extends EventDraft["type"]>(
  place: Place,
  type: T,
  key: string,
  data: DataOf<T>,
  agent: AgentId = place.agent,
): EventDraft {
  const dot = type.indexOf(".");
  const id = `${type.slice(0, dot)}:${place.session}:${key}:${type.slice(dot + 1)}@${place.way}`;
  return {
    id: id.length <= MAX_ID ? id : `${id.slice(0, MAX_ID - 40)}:${textHash(id)}@${place.way}`,
    type,
    timestamp: place.at,
    source: place.way === "hook" ? "claude-code/hook" : "claude-code/transcript",
    session_id: place.session_id,
    agent_id: agent,
    data,
  } as EventDraft;
}

/** A record that gives no fact of ours, kept as it came. It belongs to no agent: the agent it names may be none of the session's. */
export function kept(place: Place, reason: "unused" | "unknown", recordType: string, record: unknown): EventDraft {
  const { agent_id: _, ...event } = draft(place, "source.kept", fingerprint(place, record), {
    format: `claude-code/${place.way}`,
    record_type: recordType,
    reason,
    record,
  });
  return event as EventDraft;
}

/** The key of a record that has none of its own. */
export function fingerprint(place: Place, record: unknown): string {
  return textHash(`${place.at} ${JSON.stringify(record)}`);
}

export function sessionId(foreign: string): SessionId {
  return toId("ses", foreign);
}

export function agentId(foreign: string | undefined): AgentId {
  return foreign === undefined ? MAIN_AGENT : toId("agt", foreign);
}

/** A subagent works under the prompt id of the main thread: its turn is named after both. */
export function turnId(promptId: string, foreignAgent: string | undefined): TurnId {
  return toId("trn", foreignAgent === undefined ? promptId : `${promptId}:${foreignAgent}`);
}
