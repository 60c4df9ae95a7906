import { z } from "zod";
import { defineEvent } from "../event.ts";
import { CallId } from "../ids.ts";
import { BodyRef } from "../text.ts";

/** Where a piece of work stands, for todos of agents and tickets of ours alike. `cancelled`: called off, or deleted. */
const stands = ["pending", "in_progress", "blocked", "completed", "cancelled"] as const;
export const WorkStatus = z.enum(stands, { error: `must be one of ${stands.join(", ")}` });
export type WorkStatus = z.infer<typeof WorkStatus>;

/** Words of a todo: a daemon that keeps no words has a reference in their place. */
const words = (max: number) => z.union([z.string().max(max), BodyRef]);

const fields = {
  title: words(1_000).optional(),
  description: words(5_000).optional(),
  status: WorkStatus.optional(),
  /** What is said while it is being done: "Writing the parser". */
  active_form: words(1_000).optional(),
  priority: z.string().max(50).optional(),
  owner: z.string().max(200).optional(),
};

/** One line of a list. Without `todo_id` it is known by its title. */
export const TodoLine = z.looseObject({ todo_id: z.string().max(200).optional(), ...fields, title: words(1_000) });
export type TodoLine = Readonly<z.infer<typeof TodoLine>>;

/**
 * An agent wrote or read a list of todos. Lines without a `todo_id` are the agent's whole list: what is missing from it is no longer on it.
 * Lines with one say how those todos stand, and nothing of others. With a `call_id` it counts when that call ended well, and from then on.
 */
export const todoListed = defineEvent("todo.listed", z.looseObject({ call_id: CallId.optional(), todos: z.array(TodoLine).max(500) }), {
  call_id: "call_toolu_01A" as CallId,
  todos: [
    { title: "Write the parser", status: "in_progress", active_form: "Writing the parser" },
    { title: "Test the parser", status: "pending" },
  ],
});

/**
 * An agent made or changed one todo. Fields that are absent stay as they are; blockers are added to those there are. With a `call_id` it counts
 * when that call ended well, and from then on: what was asked for and what was answered may be told apart, under the same call.
 * `applied` is false where the call ended well and changed nothing.
 */
export const todoUpdated = defineEvent(
  "todo.updated",
  z.looseObject({
    todo_id: z.string().max(200).optional(),
    call_id: CallId.optional(),
    ...fields,
    add_blocked_by: z.array(z.string().max(200)).max(200).optional(),
    add_blocks: z.array(z.string().max(200)).max(200).optional(),
    applied: z.boolean().optional(),
  }),
  { todo_id: "2", call_id: "call_toolu_01B" as CallId, status: "in_progress", add_blocked_by: ["1"] },
);
