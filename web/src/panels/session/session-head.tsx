import { Link } from "@tanstack/react-router";
import { ChartGantt, Download, Orbit } from "lucide-react";
import { type ReactNode } from "react";
import { type SessionView } from "../../../../src/projections/views.ts";
import { FollowButton } from "../../app/follow-button.tsx";
import { useApp } from "../../app/app-context.ts";
import { formatCount, formatModel, formatMoment, whole } from "../../ui/format.ts";
import { control } from "../../mirror/control.ts";

/** What stands above a conversation: whose it is, what it came to, where else it is shown. */
export function Head({ view, nowMs, children }: { view: SessionView; nowMs: number; children: ReactNode }) {
  const { facts } = view;
  const { isRecording } = useApp();
  return (
    <header className="session__head">
      <div className="session__words">
        <h1 className="session__title" title={view.title}>
          {view.title}
        </h1>
        <div className="session__facts">
          <span className="status" data-status={view.status}>
            {view.status}
          </span>
          {facts.project !== undefined && <span title={facts.cwd}>{facts.project}</span>}
          {facts.git_branch !== undefined && <span>{facts.git_branch}</span>}
          {facts.model !== undefined && <span className="mono">{formatModel(facts.model)}</span>}
          <span>
            {whole(view.agents)} {view.agents === 1 ? "agent" : "agents"}
          </span>
          <span title={whole(view.calls_total)}>
            {formatCount(view.calls_total)} {view.calls_total === 1 ? "call" : "calls"}
          </span>
          {facts.first_at !== undefined && <span title={facts.first_at}>begun {formatMoment(Date.parse(facts.first_at), nowMs)}</span>}
        </div>
      </div>
      {children}
      <FollowButton agentKey={view.session_id} />
      {isRecording !== true && (
        <Link
          {...control("session.traces")}
          to="/traces"
          search={{ session: view.session_id }}
          className="button"
          title="Show this session as a waterfall"
        >
          <ChartGantt size={15} />
          <span className="button__word">Trace</span>
        </Link>
      )}
      {isRecording !== true && (
        <a
          {...control("session.export")}
          href={`/api/sessions/${encodeURIComponent(view.session_id)}/export?format=html`}
          download={`${view.session_id}.html`}
          className="button"
          title="Export replay: this session as one file that plays without Orrery"
        >
          <Download size={15} />
          <span className="button__word">Export replay</span>
        </a>
      )}
      <Link
        {...control("session.live")}
        to="/"
        search={(old) => ({ ...old, session: view.session_id })}
        className="button"
        title="Show this session in the graph"
      >
        <Orbit size={15} />
        <span className="button__word">Show in Live</span>
      </Link>
    </header>
  );
}
