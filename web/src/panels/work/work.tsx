import { useNavigate, useSearch } from "@tanstack/react-router";
import { List, Plus, SquareKanban } from "lucide-react";
import { useWhyNot } from "../../app/access.ts";
import { Allowed, WhyNot } from "../../app/allowed.tsx";
import { useSelected } from "../../app/app-context.ts";
import type { WorkSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { usePast } from "../../app/use-past.ts";
import { useKeys } from "../../app/use-keys.ts";
import { formatMoment } from "../../ui/format.ts";
import { Bone, Command, Notice, Problem } from "../../ui/states.tsx";
import "../../ui/page.css";
import { Board } from "./board.tsx";
import { TicketForm } from "./ticket-form.tsx";
import { TicketList } from "./ticket-list.tsx";
import { TicketPanel } from "./ticket-panel.tsx";
import { Todos } from "./todos.tsx";
import "./work.css";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

const EVERY_MS = 4_000;
const LISTED = 200;
const clock = (snapshot: Snapshot): number => shownOf(snapshot).nowMs;

/** Tickets and what agents mean to do: made, changed and closed here, as they stand now or stood at the moment on the strip. */
export function Work() {
  const search = useSearch({ from: "/work" });
  const { q = "", project, view, ticket } = search;
  const navigate = useNavigate({ from: "/work" });
  const at = usePast() ?? "";
  const nowMs = useSelected(clock);
  const isPast = at !== "";
  const moment = isPast ? { at } : {};
  const mayMake = useWhyNot("tickets.create") === undefined;
  const [form, setForm] = useHeld<"none" | "new" | "edit">("work.form", "none");
  const isMaking = form === "new";
  const tickets = useAnswer("tickets.list", { status: "all", limit: LISTED, ...moment }, { everyMs: EVERY_MS });
  const todos = useAnswer("todos.list", { limit: LISTED, ...moment }, { everyMs: EVERY_MS });
  const go = (patch: Partial<Record<keyof WorkSearch, string | undefined>>) =>
    void navigate({ search: (old) => ({ ...old, ...patch }) as WorkSearch, replace: true });
  useKeys({ n: () => !isPast && mayMake && setForm("new"), ...(ticket === undefined ? {} : { Escape: () => go({ ticket: undefined }) }) });

  const all = tickets.value?.items ?? [];
  const words = q.toLowerCase();
  const matches = (text: string, of: string | undefined) =>
    (words === "" || text.toLowerCase().includes(words)) && (project === undefined || of === project);
  const found = all.filter((row) => matches([row.title, row.body, row.assignee, ...row.tags, row.ticket_id].join(" "), row.project));
  const open = (todos.value?.items ?? []).filter((row) => matches(`${row.title} ${row.session_title ?? ""}`, row.project));
  const projects = [...new Set([...all, ...(todos.value?.items ?? [])].flatMap((row) => row.project ?? []))].toSorted();
  const isFiltered = q !== "" || project !== undefined;

  const body = () => {
    if (tickets.value === undefined && tickets.problem !== undefined)
      return <Problem what="The tickets cannot be listed" why={tickets.problem} onRetry={tickets.retry} />;
    if (tickets.value === undefined) return <WorkSkeleton />;
    if (isFiltered && found.length + open.length === 0)
      return (
        <Notice title="No ticket and no todo matches">
          <p className="notice__text">
            {all.length} tickets are hidden by{" "}
            {[q && `the words “${q}”`, project && `the project “${project}”`].filter(Boolean).join(" and ")}.
          </p>
          <button {...control("work.all")} type="button" className="button" onClick={() => go({ q: undefined, project: undefined })}>
            Clear the filter
          </button>
        </Notice>
      );
    if (all.length === 0 && open.length === 0 && !isMaking)
      return (
        <Notice title={isPast ? "There was no ticket yet" : "No ticket and no todo yet"} testId="work-first">
          <p className="notice__text">
            A ticket says what is to be done; link sessions to it, and it knows what they cost and which files they changed. Todos come by
            themselves from agents that keep a list.
          </p>
          {!isPast && (
            <div className="commands">
              <Command line='orrery tickets create "Parser drops the last line"' />
              <Allowed to="tickets.create" isTold>
                <button
                  {...control("work.new")}
                  type="button"
                  className="button button--primary work__first"
                  onClick={() => setForm("new")}
                >
                  New ticket
                </button>
              </Allowed>
            </div>
          )}
        </Notice>
      );
    return (
      <>
        {view === "list" ? (
          <TicketList rows={found} nowMs={nowMs} selected={ticket} onOpen={(id) => go({ ticket: id })} />
        ) : (
          <Board rows={found} nowMs={nowMs} selected={ticket} onOpen={(id) => go({ ticket: id })} />
        )}
        <Todos rows={open} problem={todos.problem} />
      </>
    );
  };

  return (
    <div className="work" data-testid="work">
      <div className="page">
        <div className="page__inner page__inner--wide">
          <div className="page__head">
            <h1 className="page__title">Work</h1>
            <button
              {...control("work.toggle_view")}
              type="button"
              className="button"
              title={view === "list" ? "Show as a board" : "Show as a list"}
              onClick={() => go({ view: view === "list" ? undefined : "list" })}
            >
              {view === "list" ? <SquareKanban size={15} aria-hidden /> : <List size={15} aria-hidden />}
              {view === "list" ? "Board" : "List"}
            </button>
            <select
              {...control("live.project")}
              className="filter"
              aria-label="Project"
              value={project ?? ""}
              onChange={(event) => go({ project: event.target.value || undefined })}
            >
              <option value="">All projects</option>
              {[...new Set([...projects, ...(project === undefined ? [] : [project])])].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
            <input
              {...control("work.filter")}
              className="filter"
              type="search"
              placeholder="Filter by words"
              aria-label="Filter by words"
              value={q}
              onChange={(event) => go({ q: event.target.value || undefined })}
            />
            <button
              {...control("work.new")}
              type="button"
              className="button button--primary"
              disabled={isPast || !mayMake}
              title="New ticket (n)"
              onClick={() => setForm("new")}
            >
              <Plus size={15} aria-hidden />
              New ticket
            </button>
          </div>
          {isPast && (
            <p className="section__note work__past">As it stood at {formatMoment(Date.parse(at), nowMs)}. Nothing can be changed there.</p>
          )}
          {!isPast && <WhyNot to="tickets.create" />}
          {isMaking && !isPast && (
            <TicketForm
              onDone={(made) => {
                setForm("none");
                tickets.retry();
                go({ ticket: made });
              }}
              onCancel={() => setForm("none")}
            />
          )}
          {body()}
        </div>
      </div>
      {ticket !== undefined && (
        <TicketPanel
          key={ticket}
          ticketId={ticket}
          at={at}
          nowMs={nowMs}
          onChange={tickets.retry}
          onOpen={(id) => go({ ticket: id })}
          onClose={() => go({ ticket: undefined })}
        />
      )}
    </div>
  );
}

function WorkSkeleton() {
  return (
    <div className="board" aria-busy="true">
      <span className="unseen">Loading</span>
      {["a", "b", "c", "d"].map((key) => (
        <div key={key} className="board__column">
          <Bone width="40%" />
          <Bone width="100%" height={64} />
          <Bone width="100%" height={64} />
        </div>
      ))}
    </div>
  );
}
