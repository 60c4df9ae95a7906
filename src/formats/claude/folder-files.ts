import { fields, keep, problem, str, tell, type Place } from "../fields.ts";
import { clipped, texts, workStatus } from "../plan.ts";
import type { Translation } from "../translation.ts";
import { textHash } from "../../lib/text-hash.ts";

/** Sessions are named by UUIDs; whatever else a folder of tasks is named after is a team. */
const SESSION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_TITLE = 1_000;
const MAX_DESCRIPTION = 5_000;

/**
 * A file of `tasks/<session or team>/<id>.json`: one task as it stands now. Of a session it is a todo, told as such by no call. Of a team
 * nothing says whose session it is, so it is kept as it came.
 */
export function translateTaskFile(value: unknown, { folder, at }: { readonly folder: string; readonly at: string }): Translation {
  const task = fields(value);
  if (task === undefined) return problem("a task file without an object");
  const place: Place = { app: "claude-code", way: "other", word: "task-file", session: folder, agent: undefined, at };
  if (!SESSION.test(folder)) return withoutSession(keep(place, "unused", "team task", task));
  const todo_id = typeof task["id"] === "number" ? String(task["id"]) : str(task["id"])?.slice(0, 200);
  const title = clipped(task["subject"], MAX_TITLE);
  if (todo_id === undefined || title === undefined) return keep(place, "unknown", "task", task);
  const data = {
    todo_id,
    title,
    description: clipped(task["description"], MAX_DESCRIPTION),
    active_form: clipped(task["activeForm"], MAX_TITLE),
    status: workStatus(task["status"]),
    owner: clipped(task["owner"], 200),
    add_blocked_by: texts(task["blockedBy"]),
    add_blocks: texts(task["blocks"]),
  };
  return { events: [tell(place, "todo.updated", `${todo_id}:${textHash(`${at} ${JSON.stringify(task)}`)}`, data)] };
}

/** A file of `teams/<team>/`: who is in a team, or what they wrote to each other. No fact of ours yet. */
export function translateTeamFile(
  value: unknown,
  { team, name, at }: { readonly team: string; readonly name: string; readonly at: string },
): Translation {
  const record = fields(value) ?? (Array.isArray(value) ? { messages: value } : undefined);
  if (record === undefined) return problem("a team file without an object");
  const place: Place = { app: "claude-code", way: "other", word: "team-file", session: team, agent: undefined, at };
  return withoutSession(keep(place, "unused", name === "config.json" ? "team" : "inbox", { team, file: name, ...record }));
}

function withoutSession({ events, ...rest }: Translation): Translation {
  return { ...rest, events: events.map(({ session_id: _session, agent_id: _agent, ...event }) => event as (typeof events)[number]) };
}
