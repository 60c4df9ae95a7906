import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { textHash } from "../../lib/text-hash.ts";
import type { Translation } from "../translation.ts";
import { agentId, draft, sessionId, type Place } from "./draft.ts";
import { count, duration, fields, str, textOf, time } from "./fields.ts";
import type { finishedAgent } from "./prompt.ts";

/** What a call that starts an agent answered: the child by name, and its end if the call waited for it. `place.agent` is the parent. */
export function childOf(place: Place, call: { readonly id: string; readonly input?: unknown }, answer: unknown): EventDraft[] {
  const told = fields(answer);
  const child = str(told?.["agentId"]);
  const status = str(told?.["status"]);
  const task = str(told?.["prompt"]);
  if (told === undefined || child === undefined || status === undefined || task === undefined) return [];
  const input = fields(call.input) ?? {};
  const agent = agentId(child);
  const key = `${child}:${call.id}`;
  const spawned = draft(
    place,
    "agent.spawned",
    key,
    {
      parent_agent_id: place.agent,
      call_id: toId("call", call.id),
      name: str(input["description"]) ?? str(told["description"]),
      agent_type: str(told["agentType"]) ?? str(input["subagent_type"]),
      model: str(told["resolvedModel"]),
      task,
      background: status === "async_launched",
      edge: "reported",
    },
    agent,
  );
  const outcome = outcomes.get(status);
  if (outcome === undefined) return [spawned];
  const summary = str(reportOf(told["content"]));
  return [spawned, draft(place, "agent.ended", key, { outcome, summary, duration_ms: duration(told["totalDurationMs"]) }, agent)];
}

/** A background agent's end, as told to the main thread by a prompt. */
export function endOf(place: Place, finished: NonNullable<ReturnType<typeof finishedAgent>>, promptKey: string): EventDraft {
  return draft(
    place,
    "agent.ended",
    `${finished.agent}:${promptKey}`,
    { outcome: finished.outcome, summary: finished.summary },
    agentId(finished.agent),
  );
}

/** The side file of a subagent's transcript: the one place that names its parent and call from the beginning. `timestamp`: when the file was written. */
export function translateAgentMeta(
  meta: unknown,
  file: { readonly sessionId: string; readonly agentId: string; readonly timestamp: string },
): Translation {
  const told = fields(meta);
  const at = time(file.timestamp);
  if (told === undefined) return { events: [], problem: "the agent's meta file is not an object" };
  if (at === undefined) return { events: [], problem: "the agent's meta file has no time" };
  const place: Place = {
    way: "transcript",
    session: file.sessionId,
    session_id: sessionId(file.sessionId),
    agent: agentId(file.agentId),
    at,
  };
  const parent = str(told["parentAgentId"]);
  const call = str(told["toolUseId"]);
  const shape = str(told["requestShape"]);
  const spawned = draft(place, "agent.spawned", `${file.agentId}:${textHash(`${at} ${JSON.stringify(told)}`)}`, {
    parent_agent_id: agentId(parent),
    call_id: call === undefined ? undefined : toId("call", call),
    name: str(told["description"]),
    agent_type: str(told["agentType"]),
    model: str(told["model"]),
    depth: count(told["spawnDepth"]),
    background: shape === undefined ? undefined : shape === "background",
    edge: "reported",
  });
  if (told["finished"] !== true) return { events: [spawned] };
  return { events: [spawned, draft(place, "agent.ended", `${file.agentId}:${textHash(at)}`, { outcome: "completed" })] };
}

const outcomes: ReadonlyMap<string, "completed" | "failed" | "killed"> = new Map([
  ["completed", "completed"],
  ["failed", "failed"],
  ["killed", "killed"],
  ["stopped", "killed"],
]);

/** The child's last words, without the notes that the client puts before them. */
function reportOf(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content);
  return textOf(content.filter((block) => !textOf([block]).startsWith("<tools-used-before-summary>")));
}
