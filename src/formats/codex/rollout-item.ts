import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { agentId, fields, integer, keep, nothing, str, tell, timeOfMs, type Fields } from "../fields.ts";
import { endingOfItem } from "./outcome.ts";
import { turnId, type Line, type Read } from "./rollout-state.ts";

/** A finished item: it knows exit code and running time of a call, and which agent a call started. */
export function readItem(line: Line): Read {
  const item = fields(line.payload["item"]);
  const id = str(item?.["id"]);
  const type = str(item?.["type"]);
  if (item === undefined || id === undefined || type === undefined) return nothing;
  const at = timeOfMs(line.payload["completed_at_ms"]) ?? line.place.at;
  const place = { ...line.place, at };
  switch (type) {
    case "CommandExecution":
    case "FileChange":
    case "McpToolCall":
    case "DynamicToolCall":
    case "CollabAgentToolCall":
      return { events: [ended({ ...line, place }, item, id)] };
    case "SubAgentActivity":
      return activity({ ...line, place }, item, id);
    // The model's own record of these stands beside them.
    case "UserMessage":
    case "AgentMessage":
    case "Reasoning":
    case "WebSearch":
    case "Plan":
    case "ContextCompaction":
      return nothing;
    default:
      return keep(line.place, "unknown", `item/${type}`, item);
  }
}

function ended({ place, payload, turn }: Line, item: Fields, id: string): EventDraft {
  const status = str(item["status"]);
  const took = fields(item["duration"]);
  const from = integer(payload["started_at_ms"]);
  const to = integer(payload["completed_at_ms"]);
  const ranMs =
    typeof took?.["secs"] === "number" && typeof took["nanos"] === "number"
      ? took["secs"] * 1_000 + took["nanos"] / 1_000_000
      : from !== undefined && to !== undefined
        ? to - from
        : undefined;
  const data = {
    call_id: toId("call", id),
    client_status: status,
    latency_ms: ranMs !== undefined && ranMs >= 0 ? ranMs : undefined,
    turn_id: turnId(turn),
    ...endingOfItem(status, integer(item["exit_code"])),
  };
  return tell(place, "tool.ended", `${id}:item`, data);
}

/** What another thread does for this one: a call started it, or it is done. */
function activity({ state, place, turn }: Line, item: Fields, id: string): Read {
  const thread = str(item["agent_thread_id"]);
  const kind = str(item["kind"]);
  if (thread === undefined || kind === undefined) return nothing;
  const agent = agentId(thread);
  if (kind === "started") {
    const task = Object.hasOwn(state.tasks, id) ? state.tasks[id] : undefined;
    const data = {
      parent_agent_id: place.agent,
      call_id: toId("call", id),
      name: task?.name ?? str(item["agent_path"])?.split("/").at(-1),
      model: str(item["model"]),
      task: task?.text,
      background: true,
      edge: "reported" as const,
    };
    const events = [tell(place, "agent.spawned", `${thread}:${id}`, data, agent)];
    return task === undefined ? { events } : { events, learnt: { tasks: { ...state.tasks, [thread]: task } } };
  }
  const outcome = outcomes.get(kind);
  if (outcome === undefined) return nothing;
  const events = [tell(place, "agent.ended", `${thread}:${id}`, { outcome }, agent)];
  // The child's own file has its task only as the provider encrypted it; this line names the child's turn.
  const childTurn = /^subagent-completed-(.+)$/.exec(id)?.[1];
  const task = Object.hasOwn(state.tasks, thread) ? state.tasks[thread] : undefined;
  if (childTurn !== undefined && childTurn !== turn && task?.text !== undefined)
    events.push(
      tell(place, "turn.started", `${childTurn}:task`, { turn_id: toId("trn", childTurn), prompt: task.text, origin: "agent" }, agent),
    );
  const { [thread]: _, ...tasks } = state.tasks;
  return { events, learnt: { tasks } };
}

const outcomes: ReadonlyMap<string, "completed" | "failed" | "interrupted" | "killed"> = new Map([
  ["completed", "completed"],
  ["errored", "failed"],
  ["failed", "failed"],
  ["interrupted", "interrupted"],
  ["shutdown", "killed"],
]);
