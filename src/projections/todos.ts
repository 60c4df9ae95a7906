import type { TodoLine, WorkStatus } from "../contract/events/todo.ts";
import type { AgentId } from "../contract/ids.ts";
import { previewOf, type Text } from "../contract/text.ts";
import { mapOf } from "../lib/persistent-map.ts";
import { textHash } from "../lib/text-hash.ts";
import type { Change, Plans } from "./plans.ts";
import type { Session } from "./session.ts";

/** A todo as it stands. Times are RFC 3339; `status_at` is since when it has its status. */
export interface Todo {
  readonly todo_id: string;
  /** Whose list it is on; for a todo of the whole session, who made it. */
  readonly agent_id: AgentId;
  readonly title: string;
  readonly status: WorkStatus;
  readonly description?: string;
  readonly active_form?: string;
  readonly priority?: string;
  readonly owner?: string;
  readonly blocked_by: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly status_at: string;
  /** The latest steps, oldest first. */
  readonly history: readonly { readonly at: string; readonly status: WorkStatus }[];
  /** It is a line of an agent's list, known by its title. */
  readonly is_line?: boolean;
}

const HISTORY = 20;
const opens: ReadonlySet<WorkStatus> = new Set(["pending", "in_progress", "blocked"]);

/** Whether work that stands so is still to be done. */
export function isOpen(status: WorkStatus): boolean {
  return opens.has(status);
}

/** What was played last from each state of the plans: a session is looked at far more often than its todos change. */
const played = new WeakMap<Plans, { readonly changes: readonly Settled[]; readonly todos: readonly Todo[] }>();

/** The todos of a session, those of each agent together, in the order that the agent gave them. */
export function viewTodos(session: Session): readonly Todo[] {
  const { plans } = session;
  if (plans.changes.size === 0) return plans.base;
  const changes = settled(session);
  const held = played.get(plans);
  if (held !== undefined && isSame(held.changes, changes)) return held.todos;
  const todos = play(plans.base, changes);
  played.set(plans, { changes, todos });
  return todos;
}

function isSame(a: readonly Settled[], b: readonly Settled[]): boolean {
  return a.length === b.length && a.every(({ change, at }, index) => change === b[index]!.change && at === b[index]!.at);
}

/** A change that took place, and when. */
interface Settled {
  readonly change: Change;
  readonly at: string;
}

/**
 * The changes of calls that ended well, at the time of that end, and those that name no call, at the time of their record; in order. A call
 * that still runs, was refused or failed has changed nothing.
 */
function settled(session: Session): Settled[] {
  return [...session.plans.changes.values()]
    .flatMap((change): Settled[] => {
      if (change.applied === false) return [];
      if (change.call_id === undefined) return [{ change, at: change.told_at }];
      const call = session.calls.map.get(change.call_id);
      return call?.outcome === "ok" && call.ended_at !== undefined ? [{ change, at: call.ended_at }] : [];
    })
    .toSorted((a, b) => compare(a.at, b.at) || compare(a.change.key, b.change.key));
}

/**
 * Lets go of changes that have taken place or never will, and not after `since`: what they came to stays. The rest waits for the end of its
 * call, or is so fresh that others may still come before it; then its call must be among those that stay.
 */
export function collapsePlans(
  session: Session,
  since: string | undefined,
  calls: Session["calls"]["map"],
): { readonly plans: Plans; readonly latestGone: string | undefined } {
  const { plans } = session;
  // A session that is over may be taken up again: a call without an end says nothing yet.
  const isPending = ({ call_id }: Change) => call_id !== undefined && session.calls.map.get(call_id)?.outcome === undefined;
  const isFresh = ({ call_id, told_at }: Change): boolean =>
    since !== undefined && (call_id === undefined ? told_at : (calls.get(call_id)?.ended_at ?? "")) > since;
  const pending = [...plans.changes.values()].filter(isPending);
  const waits = new Set(
    pending.length <= KEPT_PENDING ? pending : pending.toSorted((a, b) => compare(b.told_at, a.told_at)).slice(0, KEPT_PENDING),
  );
  const gone = [...plans.changes.values()].filter((change) => !waits.has(change) && (isPending(change) || !isFresh(change)));
  if (gone.length === 0) return { plans, latestGone: undefined };
  let changes = plans.changes;
  let latestGone = "";
  for (const change of gone) {
    changes = changes.delete(change.key);
    const ended = change.call_id === undefined ? undefined : session.calls.map.get(change.call_id)?.ended_at;
    for (const at of [change.told_at, ended ?? ""]) if (at > latestGone) latestGone = at;
  }
  const past = { ...session, plans: { base: plans.base, changes: mapOf(gone.map((change) => [change.key, change] as const)) } };
  return { plans: { base: bounded(viewTodos(past)), changes }, latestGone };
}

/** So many of each kind stay in a trimmed session. */
const KEPT_OPEN = 2_000;
const KEPT_CLOSED = 200;
const KEPT_PENDING = 200;

function bounded(todos: readonly Todo[]): readonly Todo[] {
  const latest = (some: readonly Todo[], keep: number) =>
    some.length <= keep
      ? some
      : some.toSorted((a, b) => compare(b.updated_at, a.updated_at) || compare(a.todo_id, b.todo_id)).slice(0, keep);
  const kept = new Set([
    ...latest(
      todos.filter(({ status }) => isOpen(status)),
      KEPT_OPEN,
    ),
    ...latest(
      todos.filter(({ status }) => !isOpen(status)),
      KEPT_CLOSED,
    ),
  ]);
  return kept.size === todos.length ? todos : todos.filter((todo) => kept.has(todo));
}

function play(base: readonly Todo[], changes: readonly Settled[]): readonly Todo[] {
  const todos = new Map(base.map((todo) => [keyOf(todo.agent_id, todo.todo_id, todo.is_line === true), todo]));
  for (const { change, at } of changes) {
    const { lines, agent_id } = change;
    if (lines !== undefined) replaceList(todos, agent_id, lines, at);
    for (const line of lines ?? []) if (line.todo_id !== undefined) put(todos, { ...line, todo_id: line.todo_id }, agent_id, at);
    if (change.todo_id === undefined) continue;
    put(todos, { ...change, todo_id: change.todo_id }, agent_id, at);
    for (const blocked of change.add_blocks ?? [])
      if (todos.has(blocked)) put(todos, { todo_id: blocked, add_blocked_by: [change.todo_id] }, agent_id, at);
  }
  const all = [...todos.values()];
  const byAgent = Map.groupBy(all, (todo) => todo.agent_id);
  return byAgent.size <= 1 ? all : [...byAgent.values()].flat();
}

/** What is missing from an agent's new list is no longer on it; what stands there again keeps its past. */
function replaceList(todos: Map<string, Todo>, agent_id: AgentId, lines: readonly TodoLine[], at: string): void {
  const own = lines.filter(({ todo_id }) => todo_id === undefined);
  if (own.length === 0 && lines.length > 0) return;
  const before = new Map([...todos].filter(([, todo]) => todo.is_line === true && todo.agent_id === agent_id));
  for (const key of before.keys()) todos.delete(key);
  const seen = new Map<string, number>();
  for (const line of own) {
    const name = nameOf(line.title);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    const todo_id = `${name}${times === 1 ? "" : `-${times}`}`;
    const key = keyOf(agent_id, todo_id, true);
    const known = before.get(key);
    const after = changed(known ?? born({ ...line, todo_id }, agent_id, at), line, at);
    todos.set(key, known === undefined ? { ...after, is_line: true } : after);
  }
}

function put(todos: Map<string, Todo>, told: Told & { readonly todo_id: string }, agent_id: AgentId, at: string): void {
  const known = todos.get(told.todo_id);
  todos.set(told.todo_id, changed(known ?? born(told, agent_id, at), told, at));
}

type Told = Partial<Pick<Change, "title" | "description" | "status" | "active_form" | "priority" | "owner" | "add_blocked_by">>;

/** What a line is known by. Where its words are not kept, they still have a digest. */
function nameOf(title: Text): string {
  return typeof title === "string" ? textHash(title) : title.body.sha256.slice(0, 12);
}

/** What is left of words; undefined where nothing is. */
function shown(text: Text | undefined): string | undefined {
  const words = text === undefined ? undefined : previewOf(text);
  return words === "" ? undefined : words;
}

/** A todo that is changed before anybody told of its making has no title but its id. */
function born(told: Told & { readonly todo_id: string }, agent_id: AgentId, at: string): Todo {
  const { todo_id, status = "pending" } = told;
  const title = shown(told.title) ?? `#${told.todo_id}`;
  const times = { created_at: at, updated_at: at, status_at: at };
  return { todo_id, agent_id, title, status, blocked_by: [], ...times, history: [{ at, status }] };
}

function changed(todo: Todo, told: Told, at: string): Todo {
  const { status, priority, owner, add_blocked_by = [] } = told;
  const fields = { title: shown(told.title), description: shown(told.description), active_form: shown(told.active_form), priority, owner };
  const patch = Object.fromEntries(
    Object.entries(fields).filter(([key, value]) => value !== undefined && value !== todo[key as keyof typeof fields]),
  );
  const blockers = add_blocked_by.filter((id) => !todo.blocked_by.includes(id));
  const isMoved = status !== undefined && status !== todo.status;
  if (!isMoved && blockers.length === 0 && Object.keys(patch).length === 0) return todo;
  return {
    ...todo,
    ...patch,
    ...(blockers.length === 0 ? {} : { blocked_by: [...todo.blocked_by, ...new Set(blockers)].toSorted() }),
    ...(isMoved ? { status, status_at: at, history: [...todo.history, { at, status }].slice(-HISTORY) } : {}),
    updated_at: at,
  };
}

/** Todos with an id are the session's, whoever changes them; lines are their agent's. */
function keyOf(agent_id: AgentId, todo_id: string, isLine: boolean): string {
  return isLine ? `${agent_id} ${todo_id}` : todo_id;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
