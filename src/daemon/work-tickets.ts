import { OrreryError } from "../contract/errors.ts";
import type { AgentId, SessionId, TicketId } from "../contract/ids.ts";
import type { Caller, Handlers, InputFor, OutputFor } from "../contract/operations/index.ts";
import type { TicketRow } from "../contract/operations/work.ts";
import type { PricesAt } from "../money/cost.ts";
import { canonical } from "../projections/fuse.ts";
import type { Session } from "../projections/session.ts";
import { linkKey, viewTicket, type Link, type TicketEvent, type Tickets, type TicketView } from "../projections/tickets.ts";
import { viewTodos } from "../projections/todos.ts";
import { viewSession } from "../projections/views.ts";
import { pageOf } from "./cursor.ts";
import { doer } from "./doer.ts";
import type { History, Point } from "./history.ts";
import { toPoint } from "./moment.ts";
import type { Projector } from "./projector.ts";
import type { TicketBook } from "./work-book.ts";
import { activeCost, costOfShares, filesOf, sharedLinks, sharesOf } from "./work-cost.ts";
import { isWanted } from "./work-todos.ts";

interface Deps {
  readonly book: TicketBook;
  readonly projector: Pick<Projector, "session">;
  readonly history: Pick<History, "sessionAt" | "wholeSession">;
  readonly head: () => number;
  readonly pricesAt: PricesAt;
}

type TicketHandlers = Pick<
  Handlers,
  "tickets.list" | "tickets.get" | "tickets.create" | "tickets.update" | "tickets.close" | "tickets.link" | "tickets.unlink"
>;

const urgency: Readonly<Record<string, number>> = { urgent: 0, high: 1, medium: 2, low: 4 };
const NO_PRIORITY = 3;

/** Orrery's own tickets. They are events like everything else: what is answered here is folded from the log. */
export function createTicketHandlers({ book, projector, history, head, pricesAt }: Deps): TicketHandlers {
  function loader(point: Point | undefined): (id: SessionId) => Session | undefined {
    return (id) => (point === undefined ? projector.session(id) : history.sessionAt(id, point));
  }

  function rowsOf(tickets: Tickets, point: Point | undefined): (view: TicketView) => TicketRow {
    const load = once(loader(point));
    const linkedTo = linkedTickets(tickets);
    return (view) => ({
      ...view,
      links: view.links.map((link) => toLink(link, load(link.session_id))),
      shared_links: sharedLinks(view.ticket_id, view.links, linkedTo),
      ...costOfShares(sharesOf(view.links), load, pricesAt),
    });
  }

  function viewOf(id: TicketId, tickets: Tickets): TicketView {
    const ticket = tickets.get(id);
    const view = ticket === undefined ? undefined : viewTicket(ticket, tickets);
    if (view === undefined) throw new OrreryError("NOT_FOUND", { what: "ticket", id });
    return view;
  }

  const rowNow = (id: TicketId) => rowsOf(book.tickets(), undefined)(viewOf(id, book.tickets()));

  function checkLink({ session_id, agent_id, todo_id }: { session_id: string; agent_id?: string; todo_id?: string }): void {
    const session = history.wholeSession(session_id as SessionId, { seq: head() });
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id: session_id });
    if (agent_id !== undefined && !session.agents.has(agent_id as AgentId))
      throw new OrreryError("NOT_FOUND", { what: `agent of ${session_id}`, id: agent_id });
    if (todo_id !== undefined && !viewTodos(session).some((todo) => todo.todo_id === todo_id))
      throw new OrreryError("NOT_FOUND", { what: `todo of ${session_id}`, id: todo_id });
  }

  /** Blockers must exist, and nothing may wait for itself. */
  function checkBlockers(id: TicketId | undefined, blockers: readonly TicketId[] = []): void {
    const tickets = book.tickets();
    for (const blocker of blockers) {
      viewOf(blocker, tickets);
      if (id !== undefined && waitsFor(blocker, id, tickets))
        throw badInput("blocked_by", blocker === id ? "names the ticket itself" : `would make ${id} and ${blocker} wait for each other`);
    }
  }

  async function update(
    id: TicketId,
    { note, actor, ...fields }: Omit<InputFor<"tickets.update">, "ticket_id">,
    caller: Caller,
  ): Promise<TicketRow> {
    const view: Readonly<Record<string, unknown>> = { ...viewOf(id, book.tickets()) };
    checkBlockers(id, fields.blocked_by);
    const news = Object.entries(fields).filter(
      ([key, value]) => value !== undefined && canonical(value) !== canonical(view[key] ?? noneOf(value)),
    );
    if (news.length > 0 || note !== undefined) {
      const data = { ticket_id: id, ...Object.fromEntries(news), ...actorOf(caller, actor), ...(note === undefined ? {} : { note }) };
      await book.say([{ type: "ticket.updated", data }]);
    }
    return rowNow(id);
  }

  async function setLink(input: InputFor<"tickets.link">, isLinked: boolean, caller: Caller): Promise<TicketRow> {
    const { ticket_id, actor, ...to } = input;
    const held = viewOf(ticket_id, book.tickets()).links.some((link) => linkKey(link) === linkKey(to));
    if (isLinked) checkLink(to);
    else if (!held) throw new OrreryError("NOT_FOUND", { what: `link of ${ticket_id} to`, id: linkKey(to).trim() });
    if (held !== isLinked)
      await book.say([
        {
          type: isLinked ? "ticket.linked" : "ticket.unlinked",
          data: {
            ticket_id,
            ...to,
            session_id: to.session_id as SessionId,
            agent_id: to.agent_id as AgentId | undefined,
            ...actorOf(caller, actor),
          },
        },
      ]);
    return rowNow(ticket_id);
  }

  return {
    "tickets.list": ({ status, session_id, assignee, project, tag, text, at, limit, cursor }) => {
      const point = at === undefined ? undefined : toPoint(at, head());
      const tickets = book.tickets(point);
      const words = text?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
      const views = [...tickets.values()]
        .map((ticket) => viewTicket(ticket, tickets))
        .filter((view) => view !== undefined)
        .filter(
          (view) =>
            isWanted(view.status, status) &&
            (session_id === undefined || view.links.some((link) => link.session_id === session_id)) &&
            (assignee === undefined || view.assignee === assignee) &&
            (project === undefined || view.project === project) &&
            (tag === undefined || view.tags.includes(tag)) &&
            words.every((word) => `${view.title}\n${view.body ?? ""}`.toLowerCase().includes(word)),
        )
        .toSorted(mostUrgentFirst);
      const found = pageOf(views, { limit, cursor, key: (view) => [view.ticket_id] });
      return { ...found, items: found.items.map(rowsOf(tickets, point)) };
    },

    "tickets.get": ({ ticket_id, at }) => {
      const point = at === undefined ? undefined : toPoint(at, head());
      const tickets = book.tickets(point);
      const view = viewOf(ticket_id, tickets);
      const shares = sharesOf(view.links);
      const whole = once((id: SessionId) => history.wholeSession(id, point ?? { seq: head() }));
      return {
        ...rowsOf(tickets, point)(view),
        active_cost: activeCost(tickets.get(ticket_id)!, shares, whole, pricesAt),
        sessions: shares.map((share) => ({ session_id: share.session_id, ...costOfShares([share], loader(point), pricesAt) })),
        touched: filesOf(view.files, shares, whole),
        blocks: [...tickets.values()].filter(({ blocked_by }) => blocked_by?.includes(ticket_id)).map((ticket) => ticket.ticket_id),
        history: book.eventsOf(ticket_id, point).map(toStep),
      };
    },

    "tickets.create": async ({ links = [], note, actor, ...fields }, caller) => {
      checkBlockers(undefined, fields.blocked_by);
      links.forEach(checkLink);
      const ticket_id = book.nextId();
      const by = actorOf(caller, actor);
      const data = {
        ticket_id,
        ...fields,
        status: fields.status ?? ("pending" as const),
        ...by,
        ...(note === undefined ? {} : { note }),
      };
      const linked = links.map(({ session_id, agent_id, todo_id }) => ({
        type: "ticket.linked" as const,
        data: { ticket_id, session_id: session_id as SessionId, agent_id: agent_id as AgentId | undefined, todo_id, ...by },
      }));
      await book.say([{ type: "ticket.created", data }, ...linked]);
      return rowNow(ticket_id);
    },

    "tickets.update": ({ ticket_id, ...input }, caller) => update(ticket_id, input, caller),
    "tickets.close": ({ ticket_id, ...input }, caller) => update(ticket_id, input, caller),
    "tickets.link": (input, caller) => setLink(input, true, caller),
    "tickets.unlink": (input, caller) => setLink(input, false, caller),
  };
}

function toLink(linked: Link, session: Session | undefined): TicketRow["links"][number] {
  const { at, is_linked: _, ...link } = linked;
  if (session === undefined) return { ...link, linked_at: at };
  const { title, status, facts } = viewSession(session, Date.parse(session.facts.last_at ?? ""));
  const todo = link.todo_id === undefined ? undefined : viewTodos(session).find(({ todo_id }) => todo_id === link.todo_id);
  return {
    ...link,
    linked_at: at,
    session_title: title,
    session_status: status,
    ...(facts.app === undefined ? {} : { app: facts.app }),
    ...(facts.project === undefined ? {} : { project: facts.project }),
    ...(todo === undefined ? {} : { todo_title: todo.title, todo_status: todo.status }),
  };
}

function toStep({ type, data, timestamp, seq }: TicketEvent): OutputFor<"tickets.get">["history"][number] {
  const { ticket_id: _, actor, door, note, ...changes } = data;
  const what = type.slice("ticket.".length) as "created" | "updated" | "linked" | "unlinked";
  return {
    at: timestamp,
    seq,
    what,
    ...(actor === undefined ? {} : { actor }),
    ...(door === undefined ? {} : { door }),
    ...(note === undefined ? {} : { note }),
    changes,
  };
}

function actorOf(caller: Caller, claimed: string | undefined): { readonly actor: string; readonly door: string } {
  const { by, door } = doer(caller, { actor: claimed });
  return { actor: by, door };
}

function linkedTickets(tickets: Tickets): Map<SessionId, Set<TicketId>> {
  const linked = new Map<SessionId, Set<TicketId>>();
  for (const { ticket_id, links } of tickets.values())
    for (const { session_id, is_linked } of links.values())
      if (is_linked) linked.set(session_id, (linked.get(session_id) ?? new Set()).add(ticket_id));
  return linked;
}

/** Whether `from` waits for `to`, through any number of tickets. */
function waitsFor(from: TicketId, to: TicketId, tickets: Tickets): boolean {
  const seen = new Set<TicketId>();
  const left = [from];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    left.push(...(tickets.get(id)?.blocked_by ?? []));
  }
  return false;
}

function mostUrgentFirst(a: TicketView, b: TicketView): number {
  const rank = ({ priority = "" }: TicketView) => urgency[priority] ?? NO_PRIORITY;
  return rank(a) - rank(b) || (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : a.ticket_id < b.ticket_id ? -1 : 1);
}

/** What stands for nothing in a field of this kind. */
function noneOf(value: unknown): unknown {
  return Array.isArray(value) ? [] : typeof value === "string" ? "" : undefined;
}

function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}

function badInput(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] });
}
