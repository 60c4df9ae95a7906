import { Link } from "@tanstack/react-router";
import { Maximize } from "lucide-react";
import { projectSums, projectWords } from "../../graph/projects.ts";
import type { SceneSession } from "../../graph/scene.ts";
import { formatAge, formatCount, whole } from "../../ui/format.ts";
import { control } from "../../mirror/control.ts";

/** What the inspector shows while no agent is selected: the sessions in the picture, or those of the selected project. */
export function Overview({
  groups,
  group,
  spend,
  isKnown,
  nowMs,
  onSelect,
  onShow,
}: {
  groups: readonly (readonly [project: string, sessions: readonly SceneSession[]])[];
  group: string | undefined;
  spend: ReadonlyMap<string, string>;
  /** Whether the picture is here: before, nobody can say that it is empty. */
  isKnown: boolean;
  nowMs: number;
  onSelect: (key: string) => void;
  onShow: (project: string) => void;
}) {
  const parts = groups.map(([project, sessions]) => ({ project, sessions, sums: projectSums(project, sessions) }));
  const chosen = parts.filter(({ sums }) => sums.key === group);
  const shown = chosen.length > 0 ? chosen : parts;
  const count = shown.reduce((sum, { sessions }) => sum + sessions.length, 0);
  return (
    <aside className="inspector" data-overview aria-label="Sessions in the picture">
      <div className="inspector__part">
        <h2 className="heading">In the picture {isKnown && <span className="num">{count}</span>}</h2>
        {shown.map(({ project, sessions, sums }) => (
          <section key={sums.key} aria-label={sums.name}>
            {parts.length > 1 && (
              <div className="overview__project" data-testid="overview-project">
                <h3>{sums.name}</h3>
                <button
                  {...control("live.show_project", sums.key)}
                  type="button"
                  className="button button--icon"
                  aria-label={`Zoom to ${sums.name}`}
                  onClick={() => onShow(sums.key)}
                >
                  <Maximize size={14} />
                </button>
                <p className="dim">{projectWords(sums, spend.get(project))}</p>
                {chosen.length > 0 && project !== "" && (
                  <Link {...control("live.project", project)} to="/" search={(old) => ({ ...old, project })} className="linkish">
                    Show only this project
                  </Link>
                )}
              </div>
            )}
            <SessionList sessions={sessions} nowMs={nowMs} onSelect={onSelect} />
          </section>
        ))}
        {isKnown && count === 0 && <p className="dim">No session was active in the last half hour.</p>}
      </div>
      <div className="inspector__part">
        <p className="dim">
          Select an agent to see what it does. All sessions are under{" "}
          <Link {...control("nav.session")} to="/sessions" className="linkish">
            Sessions
          </Link>
          .
        </p>
      </div>
    </aside>
  );
}

function SessionList({ sessions, nowMs, onSelect }: { sessions: readonly SceneSession[]; nowMs: number; onSelect: (key: string) => void }) {
  return (
    <ul>
      {sessions.toReversed().map(({ view, agents }) => {
        // Nobody of it rests, and nobody gives a sign of life.
        const status = view.status === "idle" && agents.some((agent) => agent.status === "stalled") ? "stalled" : view.status;
        return (
          <li key={view.session_id}>
            <button
              {...control("live.agent", `${view.session_id} agt_main`)}
              type="button"
              className="sun-row"
              data-status={status}
              onClick={() => onSelect(`${view.session_id} agt_main`)}
              title={view.title}
            >
              <span className="sun-row__dot" aria-hidden />
              <span className="sun-row__title">{view.title}</span>
              <span className="num dim">{formatAge(nowMs - Date.parse(view.facts.last_at ?? ""))}</span>
              <span className="sun-row__more">
                {status} · {whole(view.agents_alive)} of {whole(view.agents)} {view.agents === 1 ? "agent" : "agents"} alive ·{" "}
                {formatCount(view.calls_total)} {view.calls_total === 1 ? "call" : "calls"}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
