import type { EventDraft } from "../../contract/events/index.ts";
import { agentId, fields, keep, nothing, problem, str, time, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { createControl, type Asked } from "./stream-control.ts";
import { assistantLine, partialLine, userLine } from "./stream-messages.ts";
import { createSystemLines, resultLine } from "./stream-system.ts";

/** One line of a process' stream, with its place. */
export interface StreamLine {
  readonly line: Fields;
  readonly place: Place;
  readonly foreignAgent: string | undefined;
  /** Names the line among all of its session. */
  readonly key: string;
}

/** What earlier lines of a process said that later ones need. Plain data; changed in place by its reader alone. */
export interface StreamState {
  session?: string;
  isFork: boolean;
  readonly agents: Set<string>;
  readonly asked: Map<string, Asked>;
}

/** Translates the lines of one process, in their order. `receivedAt` is the time of a line that has none of its own. */
export interface Stream {
  translate(line: unknown, receivedAt: string): Translation;
  readonly state: StreamState;
}

/**
 * The stream-json of one process, both directions: what it writes, and what is written to it. It shows a request as it begins, so that a
 * request's output is only known here when partial messages are on; the sums of a result are the session's, over all of its processes.
 */
export function createStream(state: StreamState = { isFork: false, agents: new Set(), asked: new Map() }): Stream {
  const systemLine = createSystemLines(state.agents);
  const control = createControl(state.asked);
  return { translate, state };

  function translate(line: unknown, receivedAt: string): Translation {
    const told = fields(line);
    if (told === undefined) return problem("the line is not an object");
    const type = str(told["type"]);
    if (type === undefined) return problem("the line has no type");
    const session = str(told["session_id"]) ?? state.session;
    if (session !== undefined) state.session = session;
    const at = time(told["timestamp"]) ?? time(receivedAt);
    if (at === undefined) return problem(`the ${type.slice(0, 50)} line has no time`);
    // Before the first line that names the session there are only greetings.
    if (session === undefined) return nothing;
    const foreignAgent = str(told["agent_id"]);
    const place: Place = { app: "claude-code", way: "stream", session, agent: agentId(foreignAgent), at };
    const about: StreamLine = { line: told, place, foreignAgent, key: str(told["uuid"]) ?? at };
    const events = read(type, about);
    return events === undefined ? keep(place, "unknown", `${type}/${str(told["subtype"]) ?? ""}`, told) : { events };
  }

  function read(type: string, about: StreamLine): readonly EventDraft[] | undefined {
    // A subagent's line without its id is of one of several: its call tells which, and it is told again by the call's own records.
    const isUnattributed = str(about.line["parent_tool_use_id"]) !== undefined && about.foreignAgent === undefined;
    if (isUnattributed) return [];
    switch (type) {
      case "assistant":
        return assistantLine(about);
      case "user":
        return userLine(about);
      case "stream_event":
        return partialLine(about);
      case "result":
        return resultLine(about, state.isFork);
      case "system":
        state.isFork ||= about.line["hook_name"] === "SessionStart:fork";
        return systemLine(about);
      case "control_request":
      case "control_response":
      case "control_cancel_request":
        return control(about);
      default:
        return noise.has(type) ? [] : undefined;
    }
  }
}

const noise: ReadonlySet<string> = new Set([
  "tool_progress",
  "tool_use_summary",
  "auth_status",
  "prompt_suggestion",
  "keep_alive",
  "streamlined_text",
  "streamlined_tool_use_summary",
]);
