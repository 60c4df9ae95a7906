import type { SessionId, TicketId } from "../contract/ids.ts";
import type { CacheRate, Cost } from "../contract/operations/money.ts";
import type { TicketDetail } from "../contract/operations/work.ts";
import type { z } from "zod";
import { costOf, type PricesAt } from "../money/cost.ts";
import type { Session } from "../projections/session.ts";
import { activeStretches, viewTicket, type Link, type Ticket, type Tickets } from "../projections/tickets.ts";
import { spendOf } from "../projections/usage.ts";
import { viewCalls, viewSession } from "../projections/views.ts";
import { costAndCache, reportedBy, type WorkedFor } from "./money-usage.ts";

type Load = (id: SessionId) => Session | undefined;

/** What one session has of a ticket: all of it, or the parts of some agents. */
export interface Share {
  readonly session_id: SessionId;
  /** Undefined: the whole session. */
  readonly agents: ReadonlySet<string> | undefined;
}

/** Each session once, however many links lead to it: a link to the whole session outdoes those to its agents. */
export function sharesOf(links: readonly Link[]): Share[] {
  return [...Map.groupBy(links, (link) => link.session_id)].map(([session_id, own]) => ({
    session_id,
    agents: own.some(({ agent_id }) => agent_id === undefined) ? undefined : new Set(own.map(({ agent_id }) => agent_id!)),
  }));
}

/** What the shares cost together; a session's own total fits only where all of it is meant. */
export function costOfShares(shares: readonly Share[], load: Load, pricesAt: PricesAt): { cost: Cost; cache: CacheRate } {
  let reported: number | undefined = shares.length === 0 ? undefined : 0;
  const lines = shares.flatMap(({ session_id, agents }) => {
    const session = load(session_id);
    if (session === undefined) return [];
    const own = [...session.usage.totals.values()].filter(({ agent_id }) => agents === undefined || agents.has(agent_id));
    const told = agents === undefined ? reportedBy(viewSession(session, 0), own) : undefined;
    reported = told === undefined || reported === undefined ? undefined : reported + told;
    return own;
  });
  return costAndCache(lines, pricesAt, lines.length === 0 && reported === 0 ? undefined : reported);
}

/** What was spent while the ticket was in progress: the shares' requests of those times. `load` must give whole sessions. */
export function activeCost(ticket: Ticket, shares: readonly Share[], load: Load, pricesAt: PricesAt): Cost {
  const stretches = activeStretches(ticket);
  const lines = shares.flatMap(({ session_id, agents }) =>
    [...(load(session_id)?.usage.requests.values() ?? [])]
      .filter(({ agent_id, at }) => {
        const ms = Date.parse(at);
        return (agents === undefined || agents.has(agent_id)) && stretches.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
      })
      .map(spendOf),
  );
  return costOf(lines, pricesAt);
}

/** The tickets that each session works for. */
export function workedFor(tickets: Tickets): Map<string, WorkedFor[]> {
  const bySession = new Map<string, WorkedFor[]>();
  for (const ticket of tickets.values()) {
    const view = viewTicket(ticket, tickets);
    for (const { session_id, agents } of sharesOf(view?.links ?? []))
      bySession.set(session_id, [...(bySession.get(session_id) ?? []), { ticket_id: ticket.ticket_id, title: view!.title, agents }]);
  }
  return bySession;
}

type FileRow = z.infer<typeof TicketDetail>["touched"][number];

/** The files that a ticket names, and those that calls of its shares changed, the most recently changed first. */
export function filesOf(named: readonly string[], shares: readonly Share[], load: Load): FileRow[] {
  const files = new Map<string, FileRow>(named.map((path) => [path, { path, is_named: true, edits: 0, session_ids: [] }]));
  for (const { session_id, agents } of shares) {
    const session = load(session_id);
    for (const call of session === undefined ? [] : viewCalls(session)) {
      if (call.kind !== "edit" || (call.outcome !== undefined && call.outcome !== "ok")) continue;
      if (agents !== undefined && !agents.has(call.agent_id)) continue;
      for (const path of call.paths ?? []) {
        const known = nameOf(path, session!, files);
        const file = files.get(known) ?? { path: known, is_named: false, edits: 0, session_ids: [] };
        const at = call.started_at ?? call.ended_at;
        files.set(known, {
          ...file,
          edits: file.edits + 1,
          session_ids: [...new Set([...file.session_ids, session_id])],
          ...(at === undefined ? {} : { last_at: file.last_at === undefined || at > file.last_at ? at : file.last_at }),
        });
      }
    }
  }
  return [...files.values()].toSorted((a, b) =>
    (a.last_at ?? "") === (b.last_at ?? "") ? (a.path < b.path ? -1 : 1) : (a.last_at ?? "") < (b.last_at ?? "") ? 1 : -1,
  );
}

/** A path as the ticket names it, where it names the same file relative to the session's folder. */
function nameOf(path: string, session: Session, named: ReadonlyMap<string, FileRow>): string {
  const cwd = session.facts.cwd;
  const relative = cwd !== undefined && path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
  return named.has(relative) ? relative : path;
}

/** How many links of a ticket lead to sessions that other tickets are linked to too. */
export function sharedLinks(ticketId: TicketId, links: readonly Link[], linkedTo: ReadonlyMap<SessionId, ReadonlySet<TicketId>>): number {
  return links.filter(({ session_id }) => [...(linkedTo.get(session_id) ?? [])].some((id) => id !== ticketId)).length;
}
