import { Link } from "@tanstack/react-router";
import type { TodoRow } from "../../../../src/contract/operations/work.ts";
import { clip, whole } from "../../ui/format.ts";
import { TodoList } from "../../ui/todo-list.tsx";
import { control } from "../../mirror/control.ts";

/** What agents mean to do next, by session. */
export function Todos({ rows, problem }: { rows: readonly TodoRow[]; problem: string | undefined }) {
  const bySession = [...Map.groupBy(rows, ({ session_id }) => session_id)];
  return (
    <section className="section" aria-labelledby="todos">
      <div className="section__head">
        <h2 className="section__title" id="todos">
          Open todos of agents
        </h2>
        <span className="section__note">
          {rows.length === 0
            ? "none"
            : `${whole(rows.length)} in ${whole(bySession.length)} ${bySession.length === 1 ? "session" : "sessions"}`}
        </span>
      </div>
      {problem !== undefined && <p role="alert">The todos cannot be listed: {problem}</p>}
      <div className="work__todos">
        {bySession.map(([session, own]) => (
          <div key={session} className="work__session">
            <Link {...control("work.open_session", session)} to="/sessions/$sessionId" params={{ sessionId: session }} className="linkish">
              {clip(own[0]!.session_title ?? session, 60)}
            </Link>
            <TodoList todos={own} />
          </div>
        ))}
      </div>
    </section>
  );
}
