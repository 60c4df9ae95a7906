import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { agentId, count, duration, fields, list, str, tell } from "../fields.ts";
import { projectOf } from "./project.ts";
import type { StreamLine } from "./stream.ts";

/** Lines about the process itself. Which background work is an agent's is told when it starts: it is kept in `agents`. */
export function createSystemLines(agents: Set<string>): (about: StreamLine) => readonly EventDraft[] | undefined {
  return (about) => {
    const { line, place, key } = about;
    const subtype = str(line["subtype"]) ?? "";
    switch (subtype) {
      case "init":
        return [init(about)];
      case "status": {
        const permission_mode = str(line["permissionMode"]);
        return permission_mode === undefined ? [] : [tell(place, "session.updated", key, { permission_mode })];
      }
      case "api_retry":
        return [retried(about)];
      case "compact_boundary": {
        const told = fields(line["compact_metadata"]) ?? {};
        const tokens = { tokens_before: count(told["pre_tokens"]), tokens_after: count(told["post_tokens"]) };
        return [tell(place, "context.compacted", key, { phase: "ended", trigger: str(told["trigger"]), ...tokens })];
      }
      case "permission_denied": {
        const id = str(line["tool_use_id"]);
        const data = { outcome: "denied" as const, name: str(line["tool_name"]), error: str(line["message"]) };
        return id === undefined ? undefined : [tell(place, "tool.ended", `${id}:denied`, { call_id: toId("call", id), ...data })];
      }
      case "task_started": {
        const task = str(line["task_id"]);
        if (task === undefined || line["task_type"] !== "local_agent") return [];
        agents.add(task);
        return [started(about, task)];
      }
      case "task_notification": {
        const task = str(line["task_id"]);
        return task === undefined || !agents.has(task) ? [] : ended(about, task);
      }
      default:
        return notes.has(subtype) ? [] : undefined;
    }
  };
}

/**
 * The end of a turn. Its cost and its sums by model run on over all turns, processes and subagents of a session, and over the session that it
 * was forked from: they are totals to compare with, never to add.
 */
export function resultLine({ line, place, key }: StreamLine, isFork: boolean): EventDraft[] {
  const isAborted = str(line["terminal_reason"])?.startsWith("aborted") === true;
  const isError = line["is_error"] === true;
  const ended = {
    stop_reason: isAborted ? "interrupted" : isError ? "error" : str(line["stop_reason"]),
    interrupted: isAborted ? true : undefined,
    duration_ms: duration(line["duration_ms"]),
  };
  const events: EventDraft[] = [tell(place, "turn.ended", key, ended)];
  const usd = duration(line["total_cost_usd"]);
  if (usd !== undefined && usd < 1e9) {
    const data = {
      usd_micros: Math.round(usd * 1e6),
      model_usage: fields(line["modelUsage"]),
      ...(isFork ? { includes_earlier: true } : {}),
    };
    events.push(tell(place, "cost.reported", key, data));
  }
  for (const each of list(line["permission_denials"])) {
    const denial = fields(each);
    const id = str(denial?.["tool_use_id"]);
    if (id === undefined) continue;
    const data = { call_id: toId("call", id), outcome: "denied" as const, name: str(denial?.["tool_name"]) };
    events.push(tell({ ...place, agent: undefined }, "tool.ended", `${id}:listed`, { ...data, certainty: "inferred" }));
  }
  return events;
}

function init({ line, place, key }: StreamLine): EventDraft {
  const cwd = str(line["cwd"]);
  const project = projectOf(cwd, undefined);
  const data = {
    app: "claude-code",
    app_version: str(line["claude_code_version"]),
    cwd,
    project: project?.name,
    model: str(line["model"]),
    permission_mode: str(line["permissionMode"]),
  };
  return { ...tell(place, "session.started", key, data), ...(project === undefined ? {} : { project_id: project.id }) };
}

/** An attempt that got an error and is made again. Whose request it was is not told. */
function retried({ line, place, key }: StreamLine): EventDraft {
  const waitMs = duration(line["retry_delay_ms"]);
  const data = {
    class: str(line["error"]) ?? "unknown",
    status: count(line["error_status"]),
    attempt: count(line["attempt"]),
    retry_at: waitMs === undefined || waitMs > MAX_WAIT_MS ? undefined : new Date(Date.parse(place.at) + waitMs).toISOString(),
  };
  return tell(place, "model.failed", key, data);
}

const MAX_WAIT_MS = 7 * 86_400_000;

function started({ line, place, key }: StreamLine, task: string): EventDraft {
  const call = str(line["tool_use_id"]);
  const background = line["is_backgrounded"];
  const data = {
    parent_agent_id: agentId(str(line["parent_task_id"])),
    call_id: call === undefined ? undefined : toId("call", call),
    name: str(line["description"]),
    agent_type: str(line["subagent_type"]),
    task: str(line["prompt"]),
    depth: count(line["spawn_depth"]),
    background: typeof background === "boolean" ? background : undefined,
    edge: "reported" as const,
  };
  return tell(place, "agent.spawned", `${task}:${key}`, data, agentId(task));
}

function ended({ line, place, key }: StreamLine, task: string): EventDraft[] {
  const outcome = outcomes.get(str(line["status"]) ?? "");
  if (outcome === undefined) return [];
  const duration_ms = duration(fields(line["usage"])?.["duration_ms"]);
  return [tell(place, "agent.ended", `${task}:${key}`, { outcome, summary: str(line["summary"]), duration_ms }, agentId(task))];
}

const outcomes: ReadonlyMap<string, "completed" | "failed" | "killed"> = new Map([
  ["completed", "completed"],
  ["failed", "failed"],
  ["killed", "killed"],
  ["stopped", "killed"],
]);

/** Lines for a screen, or that repeat what other lines say. Hooks tell of themselves. */
const notes: ReadonlySet<string> = new Set([
  "hook_started",
  "hook_progress",
  "hook_response",
  "thinking_tokens",
  "background_tasks_changed",
  "task_progress",
  "task_updated",
  "informational",
  "model_refusal_no_fallback",
  "ui_invalidate",
  "plugin_install",
  "files_persisted",
  "session_state_changed",
]);
