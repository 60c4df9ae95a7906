import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { describeCall } from "./describe-call.ts";
import { draft } from "./draft.ts";
import { duration, fields, str, textOf } from "./fields.ts";
import { mainTurn, problem, type Hook } from "./hook-body.ts";
import { exitCodeOf, isNotStarted, outcomeOfText } from "./outcome.ts";
import { childOf } from "./subagent.ts";
import { answeredTodos, askedTodos } from "./task-changes.ts";

interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** Answers this long have come with their own PostToolUse; the batch would only repeat them. */
const MAX_BATCH_OUTPUT = 2_000;

export function preToolUse(hook: Hook): Translation {
  const call = callOf(hook.body);
  if (call === undefined) return problem("PreToolUse without tool_name or tool_use_id");
  const events = [started(hook, call, call.id)];
  const skill = call.name === "Skill" ? str(fields(call.input)?.["skill"]) : undefined;
  if (skill !== undefined) events.push(draft(hook.place, "skill.used", call.id, { name: skill, call_id: toId("call", call.id) }));
  return { events };
}

export function postToolUse(hook: Hook): Translation {
  const { body, place, promptId, foreignAgent } = hook;
  const call = callOf(body);
  if (call === undefined) return problem("PostToolUse without tool_name or tool_use_id");
  const output = body["tool_response"];
  const response = fields(output);
  const ended = draft(place, "tool.ended", call.id, {
    call_id: toId("call", call.id),
    outcome: response?.["interrupted"] === true ? "interrupted" : "ok",
    name: call.name,
    client_status: str(response?.["status"]),
    input: call.input,
    output,
    latency_ms: duration(body["duration_ms"]),
    turn_id: mainTurn(promptId, foreignAgent),
  });
  const todos = [...askedTodos(call.id, call.name, call.input), ...answeredTodos(call.id, output, textOf(output))];
  return {
    events: [
      ended,
      ...(isSpawn(call.name) ? childOf(place, call, output) : []),
      ...todos.map(({ type, key, data }) => draft(place, type, key, data)),
    ],
  };
}

export function postToolUseFailure({ body, place, promptId, foreignAgent }: Hook): Translation {
  const call = callOf(body);
  if (call === undefined) return problem("PostToolUseFailure without tool_name or tool_use_id");
  const error = textOf(body["error"]);
  const data = {
    call_id: toId("call", call.id),
    outcome: body["is_interrupt"] === true ? ("interrupted" as const) : (outcomeOfText({ text: error, ran: true }) ?? "error"),
    name: call.name,
    input: call.input,
    error,
    exit_code: exitCodeOf(error),
    latency_ms: duration(body["duration_ms"]),
    turn_id: mainTurn(promptId, foreignAgent),
  };
  return { events: [draft(place, "tool.ended", call.id, data)] };
}

/**
 * Closes every call of a batch. What ran has said how in its own Post hook, which outranks this; what was refused is told here alone,
 * often only by the refuser's words. So a call whose answer does not tell counts as denied until a better source says otherwise.
 */
export function postToolBatch(hook: Hook): Translation {
  const { body, place, promptId, foreignAgent } = hook;
  if (!Array.isArray(body["tool_calls"])) return problem("PostToolBatch without tool_calls");
  const events: EventDraft[] = [];
  for (const each of body["tool_calls"]) {
    const told = fields(each);
    const call = told === undefined ? undefined : callOf(told);
    if (told === undefined || call === undefined) continue;
    const text = textOf(told["tool_response"]);
    const neverStarted = isNotStarted(text);
    // Such a call had no PreToolUse: this is its first sight.
    if (neverStarted) events.push(started(hook, call, `${call.id}:batch`));
    events.push(
      draft(place, "tool.ended", `${call.id}:batch`, {
        call_id: toId("call", call.id),
        outcome: outcomeOfText({ text }) ?? "denied",
        certainty: "inferred",
        name: call.name,
        error: neverStarted ? text : undefined,
        output: neverStarted || text === "" || text.length > MAX_BATCH_OUTPUT ? undefined : text,
        exit_code: exitCodeOf(text),
        turn_id: mainTurn(promptId, foreignAgent),
      }),
    );
  }
  return { events };
}

export function permissionDenied({ body, place, promptId, foreignAgent }: Hook): Translation | undefined {
  const call = callOf(body);
  if (call === undefined) return undefined;
  const data = {
    call_id: toId("call", call.id),
    outcome: "denied" as const,
    name: call.name,
    input: call.input,
    error: str(body["reason"]),
    turn_id: mainTurn(promptId, foreignAgent),
  };
  return { events: [draft(place, "tool.ended", `${call.id}:denied`, data)] };
}

export function isSpawn(name: string): boolean {
  return name === "Agent" || name === "Task";
}

function started({ place, promptId, foreignAgent }: Hook, call: ToolCall, key: string): EventDraft {
  const { kind, title, paths } = describeCall(call.name, call.input);
  return draft(place, "tool.started", key, {
    call_id: toId("call", call.id),
    name: call.name,
    kind,
    title,
    input: call.input,
    paths,
    turn_id: mainTurn(promptId, foreignAgent),
  });
}

function callOf(told: Readonly<Record<string, unknown>>): ToolCall | undefined {
  const id = str(told["tool_use_id"]);
  const name = str(told["tool_name"]);
  return id === undefined || name === undefined ? undefined : { id, name, input: told["tool_input"] };
}
