import type { EventDraft } from "../../contract/events/index.ts";
import { toId, type TurnId } from "../../contract/ids.ts";
import { projectOf } from "../claude/project.ts";
import { agentId, fields, fingerprint, keep, problem, str, tell, textOf, time, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { planOf } from "../plan.ts";
import { describeCall } from "./describe-call.ts";
import { endingOfText } from "./outcome.ts";

interface Hook {
  readonly body: Fields;
  readonly place: Place;
  readonly turn: string | undefined;
}

/**
 * Translates the body of one hook call of Codex, received at `receivedAt`: hooks carry no time of their own. Calls, turns, sessions and
 * agents have the ids that the rollout gives them.
 */
export function translateHook(body: unknown, receivedAt: string): Translation {
  const at = time(receivedAt);
  const hook = fields(body);
  if (at === undefined) return problem("the time of receipt is not a time");
  if (hook === undefined) return problem("the body is not an object");
  const session = str(hook["session_id"]);
  const name = str(hook["hook_event_name"]);
  if (session === undefined) return problem("session_id is missing");
  if (name === undefined) return problem("hook_event_name is missing");
  const place: Place = { app: "codex", way: "hook", session, agent: agentId(str(hook["agent_id"])), at };
  const reader = readers.get(name);
  return (
    reader?.({ body: hook, place, turn: str(hook["turn_id"]) }) ?? keep(place, reader === undefined ? "unknown" : "unused", name, hook)
  );
}

function sessionStart({ body, place }: Hook): Translation {
  const origin = (["startup", "resume", "clear", "compact"] as const).find((known) => known === body["source"]) ?? ("unknown" as const);
  const cwd = str(body["cwd"]);
  const project = projectOf(cwd, undefined);
  const data = {
    app: "codex",
    origin,
    cwd,
    project: project?.name,
    model: str(body["model"]),
    permission_mode: str(body["permission_mode"]),
    transcript_path: str(body["transcript_path"]),
  };
  return { events: [{ ...tell(place, "session.started", fingerprint(place.at, body), data), project_id: project?.id }] };
}

function userPromptSubmit({ body, place, turn }: Hook): Translation {
  const prompt = str(body["prompt"]);
  if (prompt === undefined || turn === undefined) return problem("UserPromptSubmit without prompt or turn_id");
  const turn_id = toId("trn", turn);
  const origin = str(body["agent_id"]) === undefined ? ("human" as const) : ("agent" as const);
  const parts = [{ kind: "text" as const, text: prompt }];
  return {
    events: [
      tell(place, "turn.started", turn, { turn_id, prompt, origin }),
      tell(place, "message.added", `${turn}:prompt`, { message_id: toId("msg", `${turn}:prompt`), role: "user", parts, turn_id }),
    ],
  };
}

function preToolUse({ body, place, turn }: Hook): Translation {
  const call = callOf(body);
  if (call === undefined) return problem("PreToolUse without tool_name or tool_use_id");
  const { kind, title, paths } = describeCall(call.name, call.input);
  const data = { call_id: toId("call", call.id), name: call.name, kind, title, paths, input: call.input, turn_id: turnOf(turn) };
  const started = tell(place, "tool.started", call.id, data);
  const todos = planOf(call.name, call.input);
  return { events: todos === undefined ? [started] : [started, tell(place, "todo.listed", call.id, { call_id: data.call_id, todos })] };
}

/** There is no hook of a failure, and the answer has an exit code for some tools only: without one, success is a guess. */
function postToolUse({ body, place, turn }: Hook): Translation {
  const call = callOf(body);
  if (call === undefined) return problem("PostToolUse without tool_name or tool_use_id");
  const output = body["tool_response"];
  const text = typeof output === "string" ? output : textOf(fields(output)?.["content"] ?? output);
  // What a command prints says nothing about how it ended.
  const ending = call.name === "Bash" ? { outcome: "ok" as const, certainty: "inferred" as const } : endingOfText(text);
  const data = { call_id: toId("call", call.id), name: call.name, input: call.input, output, turn_id: turnOf(turn), ...ending };
  return { events: [tell(place, "tool.ended", call.id, data)] };
}

function stop({ body, place, turn }: Hook): Translation {
  if (turn === undefined) return problem("Stop without turn_id");
  const turn_id = toId("trn", turn);
  return { events: [tell(place, "turn.ended", turn, { turn_id, stop_reason: "end_turn" }), ...lastWords(place, turn, body)] };
}

function subagentStart({ body, place, turn }: Hook): Translation {
  const agent = str(body["agent_id"]);
  if (agent === undefined) return problem("SubagentStart without agent_id");
  const spawned = tell(place, "agent.spawned", agent, { agent_type: str(body["agent_type"]) });
  if (turn === undefined) return { events: [spawned] };
  return { events: [spawned, tell(place, "turn.started", turn, { turn_id: toId("trn", turn), origin: "agent" })] };
}

function subagentStop({ body, place, turn }: Hook): Translation {
  const agent = str(body["agent_id"]);
  if (agent === undefined || turn === undefined) return problem("SubagentStop without agent_id or turn_id");
  const summary = str(body["last_assistant_message"]);
  return {
    events: [
      tell(place, "turn.ended", turn, { turn_id: toId("trn", turn), stop_reason: "end_turn" }),
      ...lastWords(place, turn, body),
      tell(place, "agent.ended", `${agent}:${turn}`, { outcome: "completed", summary }),
    ],
  };
}

function lastWords(place: Place, turn: string, body: Fields): EventDraft[] {
  const text = str(body["last_assistant_message"]);
  if (text === undefined) return [];
  const message_id = toId("msg", `${turn}:last`);
  const parts = [{ kind: "text" as const, text }];
  return [tell(place, "message.added", `${turn}:last`, { message_id, role: "assistant", parts, turn_id: toId("trn", turn) })];
}

function sessionEnd({ body, place }: Hook): Translation {
  return { events: [tell(place, "session.ended", fingerprint(place.at, body), { reason: str(body["reason"]) })] };
}

function permissionRequest({ body, place }: Hook): Translation {
  const key = fingerprint(place.at, body);
  const tool = str(body["tool_name"]);
  const input = body["tool_input"];
  const prompt = tool === undefined ? undefined : describeCall(tool, input).title;
  const data = { ask_id: toId("ask", key), kind: "permission" as const, tool, input, prompt };
  return { events: [tell(place, "ask.opened", key, data)] };
}

function compact(phase: "started" | "ended"): (hook: Hook) => Translation {
  return ({ body, place }) => ({
    events: [tell(place, "context.compacted", `${phase}:${fingerprint(place.at, body)}`, { phase, trigger: str(body["trigger"]) })],
  });
}

const readers: ReadonlyMap<string, (hook: Hook) => Translation | undefined> = new Map([
  ["SessionStart", sessionStart],
  ["UserPromptSubmit", userPromptSubmit],
  ["PreToolUse", preToolUse],
  ["PostToolUse", postToolUse],
  ["PermissionRequest", permissionRequest],
  ["PreCompact", compact("started")],
  ["PostCompact", compact("ended")],
  ["SubagentStart", subagentStart],
  ["SubagentStop", subagentStop],
  ["Stop", stop],
  ["SessionEnd", sessionEnd],
]);

function callOf(body: Fields): { id: string; name: string; input: unknown } | undefined {
  const id = str(body["tool_use_id"]);
  const name = str(body["tool_name"]);
  // Tools of a namespace come with its name before theirs.
  return id === undefined || name === undefined
    ? undefined
    : { id, name: name.replace(/^collaboration(?=[a-z])/, ""), input: body["tool_input"] };
}

function turnOf(turn: string | undefined): TurnId | undefined {
  return turn === undefined ? undefined : toId("trn", turn);
}
