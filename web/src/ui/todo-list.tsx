import type { Todo } from "../../../src/projections/todos.ts";
import { safeText } from "./safe-text.ts";
import "./todo-list.css";
import { WorkShape, workWord } from "./work-status.tsx";

type Shown = Pick<Todo, "todo_id" | "title" | "status" | "description" | "active_form" | "owner" | "blocked_by" | "history">;

/** What an agent means to do, in its own order. What it does now stands out, what is done steps back. */
export function TodoList({ todos }: { todos: readonly Shown[] }) {
  return (
    <ul className="todos">
      {todos.map((todo) => (
        <li key={todo.todo_id} className="todo" data-status={todo.status} title={titleOf(todo)}>
          <WorkShape status={todo.status} />
          <span className="todo__title">
            {safeText(todo.status === "in_progress" ? (todo.active_form ?? todo.title) : todo.title)}
            {todo.blocked_by.length > 0 && <small>waits for {todo.blocked_by.join(", ")}</small>}
          </span>
          {todo.owner !== undefined && <span className="todo__owner">{safeText(todo.owner)}</span>}
        </li>
      ))}
    </ul>
  );
}

/** How many of them are done; what was called off does not count. */
export function todoCounts(todos: readonly Pick<Todo, "status">[]): { readonly done: number; readonly of: number } {
  const counted = todos.filter(({ status }) => status !== "cancelled");
  return { done: counted.filter(({ status }) => status === "completed").length, of: counted.length };
}

function titleOf({ title, description, history }: Shown): string {
  const steps = history.map(({ at, status }) => `${at.slice(11, 19)} UTC ${workWord(status)}`);
  return [title, description, ...steps].filter(Boolean).join("\n");
}
