import { Link } from "@tanstack/react-router";
import { sumTools } from "../../../../src/projections/tool-counts.ts";
import type { SceneSession } from "../../graph/scene.ts";
import { formatAge, formatCount, whole } from "../../ui/format.ts";
import { ToolList } from "./tool-list.tsx";

/** What the inspector shows while nothing is selected: the sessions in the picture. */
export function Overview({
  sessions,
  nowMs,
  onSelect,
}: {
  sessions: readonly SceneSession[];
  nowMs: number;
  onSelect: (key: string) => void;
}) {
  const tools = sumTools(sessions.flatMap(({ agents }) => agents.map((agent) => agent.tools)));
  return (
    <aside className="inspector" data-overview aria-label="Sessions in the picture">
      <div className="inspector__part">
        <h2 className="heading">
          In the picture <span className="num">{sessions.length}</span>
        </h2>
        <ul>
          {sessions.toReversed().map(({ view }) => (
            <li key={view.session_id}>
              <button
                type="button"
                className="sun-row"
                data-status={view.status}
                onClick={() => onSelect(`${view.session_id} agt_main`)}
                title={view.title}
              >
                <span className="sun-row__dot" aria-hidden />
                <span className="sun-row__title">{view.title}</span>
                <span className="num dim">{formatAge(nowMs - Date.parse(view.facts.last_at ?? ""))}</span>
                <span className="sun-row__more">
                  {view.status} · {whole(view.agents_alive)} of {whole(view.agents)} {view.agents === 1 ? "agent" : "agents"} alive ·{" "}
                  {formatCount(view.calls_total)} {view.calls_total === 1 ? "call" : "calls"}
                </span>
              </button>
            </li>
          ))}
        </ul>
        {sessions.length === 0 && <p className="dim">No session was active in the last half hour.</p>}
      </div>
      <ToolList tools={tools} />
      <div className="inspector__part">
        <p className="dim">
          Select an agent to see what it does. All sessions are under{" "}
          <Link to="/sessions" className="linkish">
            Sessions
          </Link>
          .
        </p>
      </div>
    </aside>
  );
}
