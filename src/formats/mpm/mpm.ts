import { toId } from "../../contract/ids.ts";
import { askKind, describeCall } from "../claude/describe-call.ts";
import { translateHook } from "../claude/hook.ts";
import { projectOf } from "../claude/project.ts";
import { agentId, duration, fields, fingerprint, integer, keep, problem, str, tell, time, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";

/** One event, unwrapped: what it is, whose, and what it says. */
interface Told {
  readonly place: Place;
  readonly data: Fields;
  readonly id: string | undefined;
  readonly key: string;
}

/** Translates the body of one `POST /api/events` of Claude MPM, received at `receivedAt`. Bare hook bodies of Claude Code are read as such. */
export function translateMpm(body: unknown, receivedAt: string): Translation {
  const now = time(receivedAt);
  const outer = fields(body);
  if (now === undefined) return problem("the time of receipt is not a time");
  if (outer === undefined) return problem("the body is not an object");
  // A bare event has no envelope around it.
  const told = str(outer["subtype"]) === undefined ? (fields(outer["data"]) ?? outer) : outer;
  const data = innermost(told);
  const subtype =
    str(told["subtype"]) ??
    str(data["subtype"]) ??
    (told === outer ? undefined : str(told["type"])) ??
    str(data["type"]) ??
    str(outer["event"]);
  if (str(data["hook_event_name"]) !== undefined && str(told["subtype"]) === undefined && str(data["subtype"]) === undefined)
    return translateHook(data, receivedAt);
  const session = str(data["session_id"]) ?? str(data["sessionId"]) ?? str(told["session_id"]) ?? str(told["sessionId"]);
  if (subtype === undefined) return problem("no subtype, type or event");
  if (session === undefined) return problem("no session_id: the event belongs nowhere");
  const at = timeOf(told["timestamp"]) ?? timeOf(data["timestamp"]) ?? now;
  const place: Place = { app: "claude-mpm", way: "hook", word: "mpm", session, agent: agentId(undefined), at };
  const id = str(data["correlation_id"]) ?? str(told["correlation_id"]) ?? str(data["tool_call_id"]) ?? str(data["tool_use_id"]);
  const reader = readers.get(subtype);
  return (
    reader?.({ place, data, id, key: fingerprint(at, data) }) ??
    keep(place, reader === undefined && !unused.has(subtype) ? "unknown" : "unused", subtype, outer)
  );
}

/** Envelopes are put into envelopes: the innermost object under `data` is the event's own. */
function innermost(told: Fields): Fields {
  let inner = told;
  for (let depth = 0; depth < 8; depth++) {
    const next = fields(inner["data"]);
    if (next === undefined) return inner;
    inner = next;
  }
  return inner;
}

/** Its own clients write an offset and a Z. */
function timeOf(value: unknown): string | undefined {
  return typeof value === "string" ? time(value.replace(/([+-]\d\d:\d\d)Z$/, "$1")) : undefined;
}

function preTool({ place, data, id, key }: Told): Translation {
  const name = str(data["tool_name"]);
  if (name === undefined) return problem("pre_tool without tool_name");
  const input = data["tool_parameters"] ?? data["tool_input"];
  const { kind, title, paths } = describeCall(name, input);
  const call_id = toId("call", id ?? key);
  const delegation = fields(data["delegation_details"]);
  const told = tell(place, "tool.started", id ?? key, {
    call_id,
    name,
    kind,
    title: title ?? str(delegation?.["description"])?.slice(0, 200),
    paths: paths === undefined ? undefined : [...paths],
    input: delegation === undefined ? input : { ...fields(input), subagent_type: str(delegation["agent_type"]) },
  });
  return { events: [told] };
}

function postTool({ place, data, id, key }: Told): Translation {
  const name = str(data["tool_name"]);
  // Without an id nothing says which call it ends.
  if (name === undefined || id === undefined) return keep(place, "unused", "post_tool", data);
  const summary = fields(data["result_summary"]);
  const error = str(data["error"]) ?? str(summary?.["error"]);
  const exit_code = integer(data["exit_code"]);
  const status = str(data["status"]);
  const isOk = data["success"] === true || (data["success"] === undefined && (exit_code ?? 0) === 0 && error === undefined);
  const ended = {
    call_id: toId("call", id),
    name,
    outcome: isOk ? ("ok" as const) : status === "blocked" ? ("denied" as const) : ("error" as const),
    client_status: status,
    output: data["output"] ?? summary?.["output"],
    error,
    // What the hook was told, which need not be the command's own code.
    hook_exit_code: exit_code,
    latency_ms: duration(data["duration_ms"]),
  };
  return { events: [tell(place, "tool.ended", `${id}:${key}`, ended)] };
}

function userPrompt({ place, data, key }: Told): Translation {
  const prompt = str(data["prompt_text"]) ?? str(data["prompt"]) ?? str(data["prompt_preview"]);
  if (prompt === undefined) return problem("user_prompt without words");
  const turn_id = toId("trn", `${place.session}:${key}`);
  const origin = data["is_command"] === true ? ("command" as const) : ("human" as const);
  return {
    events: [
      tell(place, "turn.started", key, { turn_id, prompt, origin }),
      tell(place, "message.added", key, {
        message_id: toId("msg", `${place.session}:${key}`),
        role: "user",
        parts: [{ kind: "text", text: prompt }],
        turn_id,
      }),
    ],
  };
}

function stop({ place, data, key }: Told): Translation {
  const reason = str(data["reason"]) ?? str(data["stop_type"]);
  const interrupted = data["is_user_initiated"] === true;
  return { events: [tell(place, "turn.ended", key, { stop_reason: reason, interrupted })] };
}

function subagentStart({ place, data }: Told): Translation {
  const id = str(data["agent_id"]);
  if (id === undefined) return problem("subagent_start without agent_id");
  const spawned = { agent_type: str(data["agent_type"]), name: str(data["description"]), task: str(data["prompt"]) };
  return { events: [tell(place, "agent.spawned", `${id}:${place.at}`, spawned, agentId(id))] };
}

function subagentStop({ place, data }: Told): Translation {
  const id = str(data["agent_id"]);
  if (id === undefined) return problem("subagent_stop without agent_id");
  const report = fields(data["structured_response"]);
  const outcome =
    data["is_error_termination"] === true
      ? ("failed" as const)
      : report?.["task_completed"] === false
        ? ("partial" as const)
        : ("completed" as const);
  const ended = { outcome, summary: str(report?.["results"]) };
  return { events: [tell(place, "agent.ended", `${id}:${place.at}`, ended, agentId(id))] };
}

function sessionStart({ place, data, key }: Told): Translation {
  const cwd = str(data["working_directory"]) ?? str(data["cwd"]);
  const project = projectOf(cwd, undefined);
  const facts = { app: "claude-mpm", cwd, project: project?.name, git_branch: str(data["git_branch"]) };
  return { events: [{ ...tell(place, "session.started", key, facts), project_id: project?.id }] };
}

function sessionEnd({ place, data, key }: Told): Translation {
  return { events: [tell(place, "session.ended", key, { reason: str(data["reason"]) })] };
}

function response({ place, data, key }: Told): Translation | undefined {
  const text = str(data["response_text"]) ?? str(data["response"]) ?? str(data["content"]);
  if (text === undefined) return undefined;
  const message_id = toId("msg", `${place.session}:${key}`);
  return { events: [tell(place, "message.added", key, { message_id, role: "assistant", parts: [{ kind: "text", text }] })] };
}

function permission({ place, data, id, key }: Told): Translation {
  const decision = str(data["decision"]);
  const agent = agentId(str(data["agent_id"]));
  const tool = str(data["tool_name"]);
  const input = data["tool_parameters"] ?? data["tool_input"];
  const ask_id = toId("ask", id ?? (tool === undefined ? key : fingerprint(place.session, [tool, input])));
  const call_id = id === undefined ? undefined : toId("call", id);
  const prompt = tool === undefined ? undefined : describeCall(tool, input).title;
  const opened = tell(place, "ask.opened", `${ask_id}:${key}`, { ask_id, kind: askKind(tool), call_id, tool, input, prompt }, agent);
  if (decision === undefined) return { events: [opened] };
  const outcome = /^(?:deny|denied|reject)/.test(decision) ? ("denied" as const) : ("allowed" as const);
  return { events: [opened, tell(place, "ask.answered", `${ask_id}:${key}`, { ask_id, outcome }, agent)] };
}

const readers: ReadonlyMap<string, (told: Told) => Translation | undefined> = new Map([
  ["pre_tool", preTool],
  ["tool.start", preTool],
  ["post_tool", postTool],
  ["tool.end", postTool],
  ["user_prompt", userPrompt],
  ["stop", stop],
  ["subagent_start", subagentStart],
  ["subagent_stop", subagentStop],
  ["session_start", sessionStart],
  ["session.started", sessionStart],
  ["session_end", sessionEnd],
  ["session.ended", sessionEnd],
  ["assistant_response", response],
  ["assistant_message", response],
  ["permission_request", permission],
]);

/** Known, and of no use here: running totals without a request, and lists. */
const unused: ReadonlySet<string> = new Set([
  "todo_updated",
  "token_usage_updated",
  "notification",
  "command_acknowledged",
  "config_change",
  "teammate_idle",
  "task_completed",
  "worktree_create",
  "worktree_remove",
  "file_read",
  "file_write",
  "file_edit",
  "file.read",
  "file.write",
  "file.edit",
  "system_ready",
  "system_shutdown",
]);
