import type { EventDraft } from "../../contract/events/index.ts";
import type { TodoLine } from "../../contract/events/todo.ts";
import { toId, type CallId } from "../../contract/ids.ts";
import { clipped, planLines, planOf, texts, workStatus } from "../plan.ts";
import { fields, str, type Fields } from "./fields.ts";

type DataOf<T extends EventDraft["type"]> = Extract<EventDraft, { type: T }>["data"];

/** What a call says of todos, and what to call that among all that the call says. */
export type TodoChange =
  | { readonly type: "todo.listed"; readonly key: string; readonly data: DataOf<"todo.listed"> }
  | { readonly type: "todo.updated"; readonly key: string; readonly data: DataOf<"todo.updated"> };

const MAX_TITLE = 1_000;
const MAX_DESCRIPTION = 5_000;

/**
 * What a call asks for. An answer does not repeat all of it: blockers and active forms are told here alone. Whether it came to pass, the call's
 * end says.
 */
export function askedTodos(call: string, name: string, input: unknown): TodoChange[] {
  const call_id = toId("call", call);
  const todos = planOf(name, input);
  if (todos !== undefined) return [{ type: "todo.listed", key: call, data: { call_id, todos } }];
  const given = fields(input);
  if (given === undefined) return [];
  const words = {
    title: clipped(given["subject"], MAX_TITLE),
    description: clipped(given["description"], MAX_DESCRIPTION),
    active_form: clipped(given["activeForm"] ?? given["active_form"], MAX_TITLE),
  };
  if (name === "TaskCreate" && words.title !== undefined) return [updated(call, { call_id, ...words })];
  const todo_id = idOf(given["taskId"] ?? given["task_id"] ?? given["id"]);
  if (name !== "TaskUpdate" || todo_id === undefined) return [];
  const data = {
    todo_id,
    call_id,
    ...words,
    status: workStatus(given["status"]),
    owner: clipped(given["owner"], 200),
    add_blocked_by: texts(given["addBlockedBy"]),
    add_blocks: texts(given["addBlocks"]),
  };
  return [updated(call, data)];
}

/** What the answer to a call says; which tool it was shows in its form alone, or in its words where several answers stand on one line. */
export function answeredTodos(call: string, answer: unknown, text: string): TodoChange[] {
  const call_id = toId("call", call);
  const key = `${call}:answer`;
  const told = fields(answer);
  if (told === undefined) {
    const created = /^Task #(\S{1,100}) created successfully\b/.exec(text)?.[1];
    return created === undefined ? [] : [updated(key, { todo_id: created, call_id })];
  }
  const task = fields(told["task"]);
  const made = idOf(task?.["id"]);
  if (made !== undefined && str(task?.["subject"]) !== undefined) return [updated(key, { todo_id: made, call_id, ...standing(task!) })];
  const changed = idOf(told["taskId"]);
  if (changed !== undefined && typeof told["success"] === "boolean") {
    const status = workStatus(fields(told["statusChange"])?.["to"]);
    return [updated(key, { todo_id: changed, call_id, status, ...(told["success"] ? {} : { applied: false }) })];
  }
  const todos = Array.isArray(told["tasks"]) ? told["tasks"].slice(0, 500).flatMap(lineOf) : planLines(told["newTodos"]);
  const isList = todos !== undefined && (todos.length > 0 || told["tasks"] === undefined);
  return isList ? [{ type: "todo.listed", key, data: { call_id, todos } }] : [];
}

/** A list of tasks leaves out blockers that are done: it says nothing of blockers. */
function lineOf(value: unknown): TodoLine[] {
  const task = fields(value);
  const todo_id = idOf(task?.["id"]);
  if (task === undefined || todo_id === undefined) return [];
  const { title, add_blocked_by: _, ...rest } = standing(task);
  return title === undefined ? [] : [{ todo_id, title, ...rest }];
}

function standing(task: Fields) {
  return {
    title: clipped(task["subject"], MAX_TITLE),
    description: clipped(task["description"], MAX_DESCRIPTION),
    status: workStatus(task["status"]),
    owner: clipped(task["owner"], 200),
    add_blocked_by: texts(task["blockedBy"]),
  };
}

function updated(key: string, data: DataOf<"todo.updated"> & { readonly call_id: CallId }): TodoChange {
  return { type: "todo.updated", key, data };
}

function idOf(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : str(value)?.slice(0, 200);
}
