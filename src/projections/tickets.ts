import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import type { WorkStatus } from "../contract/events/todo.ts";
import type { AgentId, SessionId, TicketId } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { earlier, later, refresh, type Dated } from "./fuse.ts";
import { isOpen } from "./todos.ts";

/** A ticket as it stands, folded from its events alone. Tickets belong to no session, so their fold stands beside that of sessions. */
export interface Ticket extends Dated {
  readonly ticket_id: TicketId;
  readonly title?: string;
  readonly body?: string;
  readonly priority?: string;
  readonly assignee?: string;
  readonly project?: string;
  readonly tags?: readonly string[];
  readonly files?: readonly string[];
  readonly blocked_by?: readonly TicketId[];
  readonly created_at?: string;
  readonly created_by?: string;
  readonly updated_at: string;
  /** Every status that was told, in order of time. */
  readonly steps: readonly Step[];
  readonly links: PersistentMap<string, Link>;
}

export interface Step {
  readonly at: string;
  readonly status: WorkStatus;
}

export interface Link {
  readonly session_id: SessionId;
  readonly agent_id?: AgentId;
  readonly todo_id?: string;
  readonly at: string;
  readonly is_linked: boolean;
}

export type Tickets = PersistentMap<TicketId, Ticket>;
export const noTickets: Tickets = emptyMap();

export type TicketEvent = EventOf<"ticket.created" | "ticket.updated" | "ticket.linked" | "ticket.unlinked">;

export function ofTicket(event: StoredEvent): event is TicketEvent {
  return event.type.startsWith("ticket.");
}

/** Folds one event: of each field the latest report by event time stands, and of each link. */
export function foldTickets(tickets: Tickets, event: TicketEvent): Tickets {
  const { ticket_id } = event.data;
  const before = tickets.get(ticket_id);
  const known: Ticket = before ?? { ticket_id, updated_at: event.timestamp, steps: [], links: emptyMap(), as_of: {} };
  const told = tell(known, event);
  const updated_at = later(told.updated_at, event.timestamp);
  const after = updated_at === told.updated_at ? told : { ...told, updated_at };
  return after === before ? tickets : tickets.set(ticket_id, after);
}

function tell(ticket: Ticket, event: TicketEvent): Ticket {
  switch (event.type) {
    case "ticket.linked":
    case "ticket.unlinked":
      return link(ticket, event);
    case "ticket.created": {
      const told = describe(ticket, event, event.data.status ?? "pending");
      const created_at = earlier(told.created_at, event.timestamp);
      const created = refresh(told, { created_by: event.data.actor }, event.timestamp);
      return created_at === created.created_at ? created : { ...created, created_at };
    }
    case "ticket.updated":
      return describe(ticket, event, event.data.status);
  }
}

function describe(
  ticket: Ticket,
  { data, timestamp: at }: EventOf<"ticket.created"> | EventOf<"ticket.updated">,
  status: WorkStatus | undefined,
): Ticket {
  const { title, body, priority, assignee, project, tags, files, blocked_by } = data;
  const told = refresh(ticket, { title, body, priority, assignee, project, tags, files, blocked_by }, at);
  if (status === undefined || told.steps.some((step) => step.at === at && step.status === status)) return told;
  const steps = [...told.steps, { at, status }].toSorted((a, b) => compare(a.at, b.at) || compare(a.status, b.status));
  return { ...told, steps };
}

function link(ticket: Ticket, event: EventOf<"ticket.linked"> | EventOf<"ticket.unlinked">): Ticket {
  const { session_id, agent_id, todo_id } = event.data;
  const key = linkKey(event.data);
  const before = ticket.links.get(key);
  const is_linked = event.type === "ticket.linked";
  // Told to be linked and not at the same time, it is.
  if (before !== undefined && (event.timestamp < before.at || (event.timestamp === before.at && (before.is_linked || !is_linked))))
    return ticket;
  const told: Link = {
    session_id,
    ...(agent_id === undefined ? {} : { agent_id }),
    ...(todo_id === undefined ? {} : { todo_id }),
    at: event.timestamp,
    is_linked,
  };
  return { ...ticket, links: ticket.links.set(key, told) };
}

export function linkKey(of: { readonly session_id: string; readonly agent_id?: string; readonly todo_id?: string }): string {
  return [of.session_id, of.agent_id ?? "", of.todo_id ?? ""].join(" ");
}

/** What stands of a ticket: empty texts are none, links that were taken back are gone. */
export interface TicketView {
  readonly ticket_id: TicketId;
  readonly title: string;
  readonly body?: string;
  readonly status: WorkStatus;
  readonly priority?: string;
  readonly assignee?: string;
  readonly project?: string;
  readonly tags: string[];
  readonly files: string[];
  readonly blocked_by: TicketId[];
  readonly open_blockers: TicketId[];
  readonly is_blocked: boolean;
  readonly links: readonly Link[];
  readonly created_at: string;
  readonly created_by?: string;
  readonly updated_at: string;
  readonly status_at: string;
  readonly closed_at?: string;
}

/** The ticket as lists show it; undefined while nobody has told of its making. */
export function viewTicket(ticket: Ticket, all: Tickets): TicketView | undefined {
  const { ticket_id, title, created_at, updated_at, tags = [], files = [], blocked_by = [] } = ticket;
  if (title === undefined || created_at === undefined) return undefined;
  const moves = movesOf(ticket);
  const { status, at: status_at } = moves.at(-1) ?? { status: "pending" as const, at: created_at };
  const open_blockers = blocked_by.filter((id) => {
    const blocker = all.get(id);
    return blocker?.title !== undefined && isOpen(movesOf(blocker).at(-1)?.status ?? "pending");
  });
  const { body, priority, assignee, project, created_by } = ticket;
  const texts = Object.fromEntries(
    Object.entries({ body, priority, assignee, project, created_by }).filter(([, text]) => text !== undefined && text !== ""),
  );
  return {
    ticket_id,
    title,
    status,
    ...texts,
    tags: [...tags],
    files: [...files],
    blocked_by: [...blocked_by],
    open_blockers,
    is_blocked: isOpen(status) && (status === "blocked" || open_blockers.length > 0),
    links: [...ticket.links.values()]
      .filter(({ is_linked }) => is_linked)
      .toSorted((a, b) => compare(a.at, b.at) || compare(linkKey(a), linkKey(b))),
    created_at,
    updated_at,
    status_at,
    ...(isOpen(status) ? {} : { closed_at: status_at }),
  };
}

/** The steps that changed something. */
function movesOf(ticket: Ticket): Step[] {
  return ticket.steps.filter((step, index) => step.status !== ticket.steps[index - 1]?.status);
}

/** When the ticket was in progress, as stretches of time in milliseconds; the last may still go on. */
export function activeStretches(ticket: Ticket): { readonly fromMs: number; readonly toMs: number }[] {
  const moves = movesOf(ticket);
  return moves.flatMap(({ at, status }, index) =>
    status === "in_progress" ? [{ fromMs: Date.parse(at), toMs: Date.parse(moves[index + 1]?.at ?? "") || Infinity }] : [],
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
