import { Popover } from "@base-ui/react/popover";
import { ListTodo } from "lucide-react";
import { useMemo } from "react";
import type { Session } from "../../../../src/projections/session.ts";
import { viewTodos } from "../../../../src/projections/todos.ts";
import { clip } from "../../ui/format.ts";
import { todoCounts, TodoList } from "../../ui/todo-list.tsx";
import { control } from "../../mirror/control.ts";

/** In a session's head: how far its agents are with their todos, and on demand the whole list. Nothing where no agent keeps one. */
export function SessionTodos({ session }: { session: Session }) {
  const todos = useMemo(() => viewTodos(session), [session]);
  if (todos.length === 0) return null;
  const { done, of } = todoCounts(todos);
  const now = todos.find(({ status }) => status === "in_progress");
  const byAgent = [...Map.groupBy(todos, ({ agent_id }) => agent_id)];
  return (
    <Popover.Root>
      <Popover.Trigger
        {...control("session.todos")}
        className="button"
        data-testid="session-todos"
        title={now === undefined ? "Todos" : (now.active_form ?? now.title)}
      >
        <ListTodo size={15} aria-hidden />
        <span className="num">
          {done} of {of}
        </span>
        <span className="unseen">todos done</span>
        {now !== undefined && <span className="session__now button__word">{clip(now.active_form ?? now.title, 28)}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} style={{ zIndex: 15 }}>
          <Popover.Popup className="session__todos" aria-label="Todos">
            {byAgent.map(([agent, own]) => (
              <section key={agent}>
                <h2 className="heading">{byAgent.length > 1 ? (session.agents.get(agent)?.name ?? agent) : "Todos"}</h2>
                <TodoList todos={own} />
              </section>
            ))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
