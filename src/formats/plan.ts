import type { TodoLine, WorkStatus } from "../contract/events/todo.ts";
import { fields, list, str, type Fields } from "./fields.ts";

/** What agent programs say of how a todo stands. */
const statuses: ReadonlyMap<string, WorkStatus> = new Map([
  ["pending", "pending"],
  ["todo", "pending"],
  ["not_started", "pending"],
  ["in_progress", "in_progress"],
  ["in-progress", "in_progress"],
  ["inprogress", "in_progress"],
  ["active", "in_progress"],
  ["blocked", "blocked"],
  ["completed", "completed"],
  ["done", "completed"],
  ["cancelled", "cancelled"],
  ["canceled", "cancelled"],
  ["deleted", "cancelled"],
]);

export function workStatus(value: unknown): WorkStatus | undefined {
  return typeof value === "string" ? statuses.get(value.toLowerCase()) : undefined;
}

/** A text as long as an event takes it. */
export function clipped(value: unknown, max: number): string | undefined {
  const text = str(value);
  return text === undefined || text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

const MAX_LINES = 500;
const MAX_TITLE = 1_000;
const titles = ["content", "step", "title", "subject", "description", "text"] as const;

/** The lines of a list that an agent wrote, in any client's words. Ids that a model makes up for its lines are no names: they are left out. */
export function planLines(value: unknown): TodoLine[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value
    .slice(0, MAX_LINES)
    .map(fields)
    .flatMap((line) => {
      const title =
        line === undefined ? undefined : titles.map((name) => clipped(line[name], MAX_TITLE)).find((text) => text !== undefined);
      return title === undefined ? [] : [{ title, ...known(line!) }];
    });
}

function known(line: Fields): Omit<TodoLine, "title"> {
  const done = line["completed"];
  const status = workStatus(line["status"]) ?? (typeof done === "boolean" ? (done ? "completed" : "pending") : undefined);
  const active_form = clipped(line["activeForm"] ?? line["active_form"], MAX_TITLE);
  const priority = clipped(line["priority"], 50);
  return {
    ...(status === undefined ? {} : { status }),
    ...(active_form === undefined ? {} : { active_form }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** Tools that write an agent's whole list, and the part of their input that has it. */
const writers: ReadonlyMap<string, string> = new Map([
  ["TodoWrite", "todos"],
  ["todowrite", "todos"],
  ["write_todos", "todos"],
  ["update_plan", "plan"],
]);

/** The list that a call of one of these tools writes; undefined for every other call. */
export function planOf(name: string, input: unknown): TodoLine[] | undefined {
  const part = writers.get(name);
  const value = part === undefined ? undefined : fields(input)?.[part];
  return planLines(typeof value === "string" ? undefined : value);
}

/** Texts of a list, such as ids. */
export function texts(value: unknown): string[] | undefined {
  const found = list(value)
    .map((each) => (typeof each === "number" ? String(each) : str(each)))
    .filter((each) => each !== undefined)
    .map((each) => each.slice(0, 200))
    .slice(0, 200);
  return found.length === 0 ? undefined : found;
}
