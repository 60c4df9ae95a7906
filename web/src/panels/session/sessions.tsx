import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useApp } from "../../app/app-context.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { usePast } from "../../app/use-past.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { useSteady } from "../../app/use-steady.ts";
import { sessionViewOf, tokenSum } from "../../app/selectors.ts";
import { formatAge, formatCount, formatModel, formatMoment, UNKNOWN, whole } from "../../ui/format.ts";
import { costText, costTitle } from "../../ui/money-text.ts";
import { Bone, FirstRun, Notice, Problem } from "../../ui/states.tsx";
import type { Cost } from "../../../../src/contract/operations/money.ts";
import type { SessionView } from "../../../../src/projections/views.ts";
import "../../ui/page.css";
import "./session.css";
import { control } from "../../mirror/control.ts";

const identity = (snapshot: Snapshot) => snapshot;
const statuses = ["working", "waiting", "idle", "ended"] as const;
const LISTED = 200;
const LIST_EVERY_MS = 10_000;

/** Every session that is known: those at hand as they are at the moment, older ones as the daemon lists them. */
export function Sessions() {
  const { store } = useApp();
  const { q = "", status, project } = useSearch({ from: "/sessions" });
  const navigate = useNavigate({ from: "/sessions" });
  const snapshot = useSteady(identity, 400);
  const { state, nowMs, isPast } = shownOf(snapshot);
  // What was over by then stood as it stands now.
  const past = usePast();
  const answer = useAnswer(
    "sessions.list",
    { limit: LISTED, ...(past === undefined ? {} : { until: past }), ...(project === undefined ? {} : { project }) },
    { everyMs: LIST_EVERY_MS },
  );
  const listed = useMemo(() => (answer.value?.items ?? []).map((item) => viewOf(item)), [answer.value]);
  const rows = useMemo(
    () =>
      merge(
        [...state.sessions.values()].map((session) => sessionViewOf(session, nowMs)),
        listed,
      ),
    [state, nowMs, listed],
  );
  const words = q.toLowerCase();
  const found = rows.filter(
    (row) =>
      (project === undefined || row.facts.project === project) &&
      (status === undefined || row.status === status) &&
      (words === "" || haystack(row).includes(words)),
  );

  const body = () => {
    if (snapshot.past?.problem !== undefined)
      return <Problem what="This moment cannot be shown" why={snapshot.past.problem} onRetry={store.retryPast} />;
    if (rows.length === 0 && (!snapshot.hasSynced || answer.isLoading)) return <ListSkeleton />;
    if (rows.length === 0 && answer.problem !== undefined)
      return <Problem what="The sessions cannot be listed" why={answer.problem} onRetry={answer.retry} />;
    if (rows.length === 0) return isPast ? <Notice title="No session had begun by this moment" /> : <FirstRun />;
    if (found.length === 0)
      return (
        <Notice title="No session matches">
          <p className="notice__text">
            {rows.length} {rows.length === 1 ? "session is" : "sessions are"} hidden by{" "}
            {[project && `the project “${project}”`, status && `the status “${status}”`, q && `the words “${q}”`]
              .filter(Boolean)
              .join(" and ")}
            .
          </p>
          <button
            {...control("session.all")}
            type="button"
            className="button"
            onClick={() => void navigate({ search: (old) => ({ ...old, q: undefined, status: undefined, project: undefined }) })}
          >
            Clear the filter
          </button>
        </Notice>
      );
    return (
      <ul>
        {found.map((row) => (
          <SessionRow key={row.session_id} session={row} nowMs={nowMs} />
        ))}
      </ul>
    );
  };

  return (
    <div className="page">
      <div className="page__inner">
        <div className="page__head">
          <h1 className="page__title">Sessions</h1>
          <fieldset className="chips">
            <legend className="unseen">Status</legend>
            {statuses.map((one) => (
              <button
                {...control("session.status", one)}
                key={one}
                type="button"
                className="button"
                aria-pressed={status === one}
                onClick={() => void navigate({ search: (old) => ({ ...old, status: status === one ? undefined : one }), replace: true })}
              >
                {one}
              </button>
            ))}
          </fieldset>
          <input
            {...control("session.filter")}
            className="filter"
            type="search"
            placeholder="Filter by title or project"
            aria-label="Filter by title or project"
            value={q}
            onChange={(event) => void navigate({ search: (old) => ({ ...old, q: event.target.value || undefined }), replace: true })}
          />
        </div>
        {body()}
      </div>
    </div>
  );
}

function SessionRow({ session, nowMs }: { session: ListedSession; nowMs: number }) {
  const { facts } = session;
  const lastMs = Date.parse(facts.last_at ?? "");
  const spent = tokenSum(session.tokens);
  return (
    <li>
      <Link
        {...control("session.id", session.session_id)}
        to="/sessions/$sessionId"
        params={{ sessionId: session.session_id }}
        className="row sun-row"
        style={{ width: "auto" }}
        data-status={session.status}
        data-testid={`session-row-${session.session_id}`}
      >
        <span className="sun-row__dot" aria-hidden />
        <span className="row__title">{session.title}</span>
        <span className="row__number num" title={`${whole(session.agents)} agents, ${whole(session.agents_alive)} alive`}>
          {formatCount(session.agents)}
          <small>{session.agents === 1 ? "agent" : "agents"}</small>
        </span>
        <span className="row__number num" title={`${whole(session.calls_total)} calls`}>
          {formatCount(session.calls_total)}
          <small>{session.calls_total === 1 ? "call" : "calls"}</small>
        </span>
        <span className="row__number num" title={session.requests === 0 ? "No source has told the tokens" : `${whole(spent)} tokens`}>
          {session.requests === 0 ? UNKNOWN : formatCount(spent)}
          <small>tokens</small>
        </span>
        <span className="row__number num" title={costTitle(session.cost)}>
          {costText(session.cost)}
          <small>cost</small>
        </span>
        <span className="row__number num" title={facts.last_at}>
          {Number.isNaN(lastMs) ? "?" : nowMs - lastMs < 3_600_000 ? formatAge(nowMs - lastMs) : formatMoment(lastMs, nowMs)}
          <small>{nowMs - lastMs < 3_600_000 ? "ago" : "last seen"}</small>
        </span>
        <span className="row__facts">
          {[session.status, facts.project, facts.git_branch, facts.model === undefined ? undefined : formatModel(facts.model), facts.app]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </Link>
    </li>
  );
}

function ListSkeleton() {
  return (
    <div aria-busy="true">
      <span className="unseen">Loading</span>
      {[70, 45, 60, 38].map((width) => (
        <div key={width} style={{ display: "grid", gap: 8, padding: "14px 0" }}>
          <Bone width={`${width}%`} height={14} />
          <Bone width="24%" />
        </div>
      ))}
    </div>
  );
}

/** What the list shows of a session; its cost is the daemon's to know, and only of the present. */
type ListedSession = SessionView & { readonly cost?: Cost };

function merge(atHand: readonly SessionView[], listed: readonly ListedSession[]): ListedSession[] {
  const known = new Map(listed.map((row) => [row.session_id, row]));
  for (const row of atHand) {
    const cost = known.get(row.session_id)?.cost;
    known.set(row.session_id, cost === undefined ? row : { ...row, cost });
  }
  return [...known.values()].toSorted((a, b) => ((a.facts.last_at ?? "") < (b.facts.last_at ?? "") ? 1 : -1));
}

/** The daemon's rows carry a session's facts beside its totals. */
function viewOf(row: Readonly<Record<string, unknown>>): ListedSession {
  return { ...row, facts: row } as unknown as ListedSession;
}

function haystack({ title, facts, session_id }: SessionView): string {
  return `${title} ${facts.project ?? ""} ${facts.cwd ?? ""} ${facts.git_branch ?? ""} ${session_id}`.toLowerCase();
}
