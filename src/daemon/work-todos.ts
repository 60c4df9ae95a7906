import { OrreryError } from "../contract/errors.ts";
import type { WorkStatus } from "../contract/events/todo.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { TodoRow } from "../contract/operations/work.ts";
import { byText } from "../lib/by-text.ts";
import type { Session } from "../projections/session.ts";
import { isOpen, viewTodos } from "../projections/todos.ts";
import type { SessionView } from "../projections/views.ts";
import { viewSession } from "../projections/views.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { History, Point } from "./history.ts";
import { toPoint } from "./moment.ts";
import type { Projector } from "./projector.ts";

interface Deps {
  readonly projector: Pick<Projector, "summaries" | "session" | "pictureAt">;
  readonly history: Pick<History, "sessionAt" | "wholeSession">;
  readonly head: () => number;
}

type Wanted = WorkStatus | "open" | "closed" | "all";

export function isWanted(status: WorkStatus, wanted: Wanted): boolean {
  if (wanted === "all") return true;
  return wanted === "open" ? isOpen(status) : wanted === "closed" ? !isOpen(status) : status === wanted;
}

/** Todos of sessions. A session is loaded only when its turn comes: the lines about sessions say which have any. */
export function createTodoHandlers({ projector, history, head }: Deps): Pick<Handlers, "todos.list"> {
  async function* candidates(id: string | undefined, point: Point | undefined, wanted: Wanted): AsyncGenerator<Session> {
    if (id !== undefined) {
      // Of one session every todo, also those that a picture has let go.
      const session = history.wholeSession(id as SessionId, point ?? { seq: head() });
      if (session !== undefined) return yield session;
      if (projector.session(id as SessionId) === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
      return;
    }
    if (point !== undefined)
      return yield* [...(await projector.pictureAt(point)).sessions.values()].toSorted((a, b) => byText(lastOf(b), lastOf(a)));
    for (const { session_id, todos } of projector.summaries()) {
      if (
        todos === undefined ||
        (wanted !== "all" && wanted !== "closed" && wanted !== "completed" && wanted !== "cancelled" && todos.open === 0)
      )
        continue;
      const session = projector.session(session_id);
      if (session !== undefined) yield session;
    }
  }

  return {
    "todos.list": async ({ session_id, agent_id, status, project, at, limit, cursor }) => {
      const wanted = status ?? (session_id === undefined && agent_id === undefined ? "open" : "all");
      const after = decodeCursor(cursor);
      const items: TodoRow[] = [];
      let isPast = after === undefined;
      let lastAt = "";
      for await (const session of candidates(session_id, at === undefined ? undefined : toPoint(at, head()), wanted)) {
        if (project !== undefined && session.facts.project !== project) continue;
        const isNext = session.session_id === after?.[1];
        // The session where the page before ended may have moved since, or have no such todo any more: the list goes on by time.
        if (!isPast && !isNext && lastOf(session) > String(after![0])) continue;
        const rows = viewTodos(session).filter(
          (todo) => isWanted(todo.status, wanted) && (agent_id === undefined || todo.agent_id === agent_id),
        );
        const start = isPast || !isNext ? 0 : rows.findIndex((todo) => todo.agent_id === after![2] && todo.todo_id === after![3]) + 1;
        isPast = true;
        if (start >= rows.length) continue;
        const about = aboutSession(session);
        for (const { is_line: _, blocked_by, history: steps, ...todo } of rows.slice(start)) {
          if (items.length === limit) {
            const last = items.at(-1)!;
            return { items, next_cursor: encodeCursor([lastAt, last.session_id, last.agent_id, last.todo_id]) };
          }
          lastAt = lastOf(session);
          items.push({ session_id: session.session_id, ...todo, blocked_by: [...blocked_by], history: [...steps], ...about });
        }
      }
      return { items };
    },
  };
}

function lastOf(session: Session): string {
  return session.facts.last_at ?? "";
}

function aboutSession(session: Session): Pick<TodoRow, "session_title" | "project" | "app"> & { session_status: SessionView["status"] } {
  const { project, app } = session.facts;
  const { title, status } = viewSession(session, Date.parse(session.facts.last_at ?? ""));
  return {
    session_title: title,
    session_status: status,
    ...(project === undefined ? {} : { project }),
    ...(app === undefined ? {} : { app }),
  };
}
