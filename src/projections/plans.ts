import type { EventOf } from "../contract/events/index.ts";
import type { TodoLine, WorkStatus } from "../contract/events/todo.ts";
import { MAIN_AGENT, type AgentId, type CallId } from "../contract/ids.ts";
import type { Text } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { earlier, fuse, rankOf, type Fused } from "./fuse.ts";
import type { Projection } from "./projection.ts";
import type { Todo } from "./todos.ts";

/**
 * One change of a session's todos: all that was told of one call, or of one record that names no call. When it took place, and whether at all,
 * is the call's to say. So any order of telling gives the same changes, and `todos.ts` plays them in the order of their times.
 */
export interface Change extends Fused {
  readonly key: string;
  readonly agent_id: AgentId;
  readonly call_id?: CallId;
  /** When it was first told. */
  readonly told_at: string;
  readonly lines?: readonly TodoLine[];
  readonly todo_id?: string;
  readonly title?: Text;
  readonly description?: Text;
  readonly status?: WorkStatus;
  readonly active_form?: Text;
  readonly priority?: string;
  readonly owner?: string;
  readonly add_blocked_by?: readonly string[];
  readonly add_blocks?: readonly string[];
  readonly applied?: boolean;
}

export interface Plans {
  /** The todos as they stood when older changes were let go. */
  readonly base: readonly Todo[];
  readonly changes: PersistentMap<string, Change>;
}

export const noPlans: Plans = { base: [], changes: emptyMap() };

export const plansProjection: Projection<Plans> = {
  name: "plans",
  initial: noPlans,
  apply(plans, event) {
    if (event.type !== "todo.listed" && event.type !== "todo.updated") return plans;
    const { call_id } = event.data;
    const key = call_id ?? event.id;
    const before = plans.changes.get(key);
    const known = before ?? { key, agent_id: event.agent_id ?? MAIN_AGENT, call_id, told_at: event.timestamp, from: {} };
    const told = fuse(known, { agent_id: event.agent_id, ...wordsOf(event) }, rankOf(event.source));
    const at = earlier(told.told_at, event.timestamp);
    const after = at === told.told_at ? told : { ...told, told_at: at };
    return after === before ? plans : { ...plans, changes: plans.changes.set(key, after) };
  },
};

function wordsOf(event: EventOf<"todo.listed"> | EventOf<"todo.updated">): Partial<Change> {
  if (event.type === "todo.listed") return { lines: event.data.todos };
  const { todo_id, title, description, status, active_form, priority, owner, add_blocked_by, add_blocks, applied } = event.data;
  return { todo_id, title, description, status, active_form, priority, owner, add_blocked_by, add_blocks, applied };
}
