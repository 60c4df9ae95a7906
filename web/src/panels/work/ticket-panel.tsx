import { Link } from "@tanstack/react-router";
import { Pencil, Unlink, X } from "lucide-react";
import { useState } from "react";
import type { WorkStatus } from "../../../../src/contract/events/todo.ts";
import type { TicketId } from "../../../../src/contract/ids.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { Allowed } from "../../app/allowed.tsx";
import { useApp } from "../../app/app-context.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, formatMoment, whole } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { Bone, Problem } from "../../ui/states.tsx";
import { workStatuses, WorkShape, workWord } from "../../ui/work-status.tsx";
import { LinkForm } from "./link-form.tsx";
import { TicketForm } from "./ticket-form.tsx";
import "../live/live.css";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

type Ticket = OutputFor<"tickets.get">;

const EVERY_MS = 4_000;
const FILES = 30;
const PATH_CHARACTERS = 42;

/** One ticket: where it stands and stood, what works on it, what that cost, which files it touched. */
export function TicketPanel({
  ticketId,
  at,
  nowMs,
  onChange,
  onOpen,
  onClose,
}: {
  ticketId: string;
  at: string;
  nowMs: number;
  onChange: () => void;
  onOpen: (ticketId: string) => void;
  onClose: () => void;
}) {
  const { client } = useApp();
  const isPast = at !== "";
  const ticket_id = ticketId as TicketId;
  const { value, problem, retry } = useAnswer("tickets.get", { ticket_id, ...(isPast ? { at } : {}) }, { everyMs: EVERY_MS });
  const [form, setForm] = useHeld<"none" | "new" | "edit">("work.form", "none");
  const isEditing = form === "edit";
  const [failed, setFailed] = useState<string>();
  const act = async (task: () => Promise<unknown>) => {
    try {
      await task();
      setFailed(undefined);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
    retry();
    onChange();
  };
  const setStatus = (status: WorkStatus) =>
    act(() =>
      status === "completed" || status === "cancelled"
        ? client.call("tickets.close", { ticket_id, status })
        : client.call("tickets.update", { ticket_id, status }),
    );
  return (
    <aside className="inspector ticket" aria-label="Ticket" data-testid="ticket-panel">
      <div className="inspector__part">
        <div className="inspector__head">
          <h2 className="inspector__name">{value?.title ?? ticketId}</h2>
          <Allowed to="tickets.update" isTold>
            {value !== undefined && !isPast && (
              <button
                {...control("work.edit")}
                type="button"
                className="button button--icon"
                title="Edit ticket"
                aria-label="Edit ticket"
                onClick={() => setForm("edit")}
              >
                <Pencil size={14} />
              </button>
            )}
          </Allowed>
          <button
            {...control("work.close")}
            type="button"
            className="button button--icon"
            title="Close (Escape)"
            aria-label="Close ticket panel"
            onClick={onClose}
          >
            <X size={15} />
          </button>
        </div>
        {value !== undefined && (
          <div className="inspector__facts">
            <span className="mono">{value.ticket_id}</span>
            {[value.priority, value.project, value.assignee, ...value.tags].filter(Boolean).map((word) => (
              <span key={word}>{word}</span>
            ))}
          </div>
        )}
        {failed !== undefined && (
          <p role="alert" className="form__problem">
            {failed}
          </p>
        )}
      </div>
      {value === undefined && problem !== undefined && <Problem what="This ticket cannot be shown" why={problem} onRetry={retry} />}
      {value === undefined && problem === undefined && (
        <div className="inspector__part" aria-busy="true">
          <Bone width="80%" />
        </div>
      )}
      {value !== undefined && isEditing && (
        <div className="inspector__part">
          <TicketForm
            ticket={value}
            onDone={() => {
              setForm("none");
              retry();
              onChange();
            }}
            onCancel={() => setForm("none")}
          />
        </div>
      )}
      {value !== undefined && !isEditing && (
        <>
          <div className="inspector__part">
            <Allowed to="tickets.update">
              <label className="ticket__status">
                <WorkShape status={value.status} isBesideWord />
                <select
                  {...control("work.status")}
                  aria-label="Status"
                  value={value.status}
                  disabled={isPast}
                  onChange={(event) => void setStatus(event.target.value as WorkStatus)}
                >
                  {workStatuses.map((status) => (
                    <option key={status} value={status}>
                      {workWord(status)}
                    </option>
                  ))}
                </select>
                <span className="dim" title={value.status_at}>
                  since {formatMoment(Date.parse(value.status_at), nowMs)}
                </span>
              </label>
            </Allowed>
            {value.open_blockers.length > 0 && (
              <p className="card__waits">
                waits for{" "}
                {value.open_blockers.map((id) => (
                  <button {...control("work.ticket", id)} key={id} type="button" className="linkish mono" onClick={() => onOpen(id)}>
                    {id}
                  </button>
                ))}
              </p>
            )}
            {value.body !== undefined && value.body !== "" && <p className="prose">{value.body}</p>}
          </div>
          <Allowed to="tickets.link" isTold>
            <Sessions
              ticket={value}
              isPast={isPast}
              onUnlink={(link) => void act(() => client.call("tickets.unlink", { ticket_id, ...link }))}
            >
              {!isPast && (
                <LinkForm taken={value.links} onLink={(session_id) => act(() => client.call("tickets.link", { ticket_id, session_id }))} />
              )}
            </Sessions>
          </Allowed>
          <Files ticket={value} />
          <History ticket={value} nowMs={nowMs} />
        </>
      )}
    </aside>
  );
}

type LinkOf = Ticket["links"][number];

function Sessions({
  ticket,
  isPast,
  onUnlink,
  children,
}: {
  ticket: Ticket;
  isPast: boolean;
  onUnlink: (link: { session_id: string; agent_id?: string; todo_id?: string }) => void;
  children: React.ReactNode;
}) {
  const costs = new Map(ticket.sessions.map(({ session_id, cost }) => [session_id, cost]));
  const title = (link: LinkOf) =>
    typeof link["session_title"] === "string" ? link["session_title"] : typeof link["title"] === "string" ? link["title"] : link.session_id;
  return (
    <div className="inspector__part">
      <h3 className="heading">
        Sessions <span className="num">{whole(ticket.sessions.length)}</span>
      </h3>
      {ticket.links.length > 0 && (
        <dl>
          <div className="value">
            <dt>Cost</dt>
            <dd>
              <Money cost={ticket.cost} />
            </dd>
          </div>
          <div className="value">
            <dt>While in progress</dt>
            <dd>
              <Money cost={ticket.active_cost} />
            </dd>
          </div>
        </dl>
      )}
      <ul>
        {ticket.links.map((link) => (
          <li key={`${link.session_id} ${link.agent_id ?? ""} ${link.todo_id ?? ""}`} className="ticket__link">
            <Link
              {...control("work.open_session", link.session_id)}
              to="/sessions/$sessionId"
              params={{ sessionId: link.session_id }}
              className="linkish"
            >
              {clip(title(link), 36)}
            </Link>
            {link.agent_id !== undefined && <span className="dim">{link.agent_id}</span>}
            <Money cost={costs.get(link.session_id)} />
            {!isPast && (
              <button
                {...control("work.unlink", link.session_id)}
                type="button"
                className="button button--icon"
                title="Unlink session"
                aria-label={`Unlink ${link.session_id}`}
                onClick={() =>
                  onUnlink({
                    session_id: link.session_id,
                    ...(link.agent_id === undefined ? {} : { agent_id: link.agent_id }),
                    ...(link.todo_id === undefined ? {} : { todo_id: link.todo_id }),
                  })
                }
              >
                <Unlink size={13} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {children}
    </div>
  );
}

function Files({ ticket }: { ticket: Ticket }) {
  if (ticket.touched.length === 0) return null;
  return (
    <div className="inspector__part">
      <h3 className="heading">
        Files <span className="num">{whole(ticket.touched.length)}</span>
      </h3>
      <ul>
        {ticket.touched.slice(0, FILES).map(({ path, edits, is_named }) => (
          <li key={path} className="ticket__file">
            <span className="mono" title={path}>
              {pathEnd(path)}
            </span>
            <span className="dim">{edits > 0 ? `${whole(edits)} ${edits === 1 ? "edit" : "edits"}` : is_named ? "named" : ""}</span>
          </li>
        ))}
      </ul>
      {ticket.touched.length > FILES && <p className="dim">and {whole(ticket.touched.length - FILES)} more</p>}
    </div>
  );
}

function changeWord([field, value]: [string, unknown]): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return ` ${field.replaceAll("_", " ")}: ${clip(field === "status" ? text.replaceAll("_", " ") : text, 60)}`;
}

/** The end of a path tells more than its beginning. */
function pathEnd(path: string): string {
  return path.length <= PATH_CHARACTERS ? path : `…${path.slice(1 - PATH_CHARACTERS)}`;
}

/** What was done to the ticket, the latest first. */
function History({ ticket, nowMs }: { ticket: Ticket; nowMs: number }) {
  return (
    <div className="inspector__part">
      <h3 className="heading">History</h3>
      <ol className="ticket__history">
        {ticket.history.toReversed().map(({ seq, at, what, actor, note, changes }) => (
          <li key={seq}>
            <span className="num dim" title={at}>
              {formatMoment(Date.parse(at), nowMs)}
            </span>{" "}
            {what}
            {what !== "created" && Object.entries(changes).map(changeWord).join(",")}
            {actor !== undefined && <span className="dim"> by {actor}</span>}
            {note !== undefined && <p className="prose">{note}</p>}
          </li>
        ))}
      </ol>
    </div>
  );
}
