import { OrreryError } from "../contract/errors.ts";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import { TicketId } from "../contract/ids.ts";
import { randomId } from "../lib/ids.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { foldTickets, noTickets, ofTicket, type TicketEvent, type Tickets } from "../projections/tickets.ts";
import type { Point } from "./history.ts";

/** Every ticket with its events, folded at the start from the log's ticket events and kept up with each commit. */
export interface TicketBook {
  tickets(point?: Point): Tickets;
  /** The events of one ticket, oldest first. */
  eventsOf(id: TicketId, point?: Point): readonly TicketEvent[];
  /** An id that no ticket has, and that is given once: `tkt_1`, `tkt_2` … */
  nextId(): TicketId;
  /** Stores what was done to a ticket; resolves when it can be seen. */
  say<T extends TicketEvent["type"]>(done: readonly Saying<T>[]): Promise<void>;
  apply(events: readonly StoredEvent[]): void;
}

interface Saying<T extends TicketEvent["type"]> {
  readonly type: T;
  readonly data: Extract<TicketEvent, { type: T }>["data"];
}

const PAGE = 2_000;
/** How far ahead the clock of a program that appends ticket events may be for its times to count. */
const CLOCKS_APART_MS = 24 * 3_600_000;

export function createTicketBook({
  log,
  clock,
}: {
  readonly log: Pick<EventLog, "read" | "append">;
  readonly clock: Pick<Clock, "now">;
}): TicketBook {
  const byTicket = new Map<TicketId, TicketEvent[]>();
  let now: Tickets = noTickets;
  let lastNumber = 0;
  /** The latest time of each ticket, told or about to be. */
  const latestMs = new Map<TicketId, number>();

  function take(event: StoredEvent): void {
    if (!ofTicket(event)) return;
    const id = event.data.ticket_id;
    const own = byTicket.get(id) ?? [];
    own.push(event);
    byTicket.set(id, own);
    now = foldTickets(now, event);
    lastNumber = Math.max(lastNumber, Number(/^tkt_(\d{1,9})$/.exec(id)?.[1] ?? 0));
    const ms = Date.parse(event.timestamp);
    if (ms <= clock.now() + CLOCKS_APART_MS) latestMs.set(id, Math.max(latestMs.get(id) ?? 0, ms));
  }

  let seq = 0;
  for (;;) {
    const page = log.read({ types: ["ticket.*"], after: seq, order: "oldest", limit: PAGE });
    page.forEach(take);
    if (page.length < PAGE) break;
    seq = page.at(-1)!.seq;
  }

  const isWithin = (point: Point | undefined) => (event: TicketEvent) =>
    point === undefined || ("seq" in point ? event.seq <= point.seq : Date.parse(event.timestamp) <= point.ms);

  return {
    tickets(point) {
      if (point === undefined) return now;
      return [...byTicket.values()].flat().filter(isWithin(point)).reduce(foldTickets, noTickets);
    },
    eventsOf: (id, point) => (byTicket.get(id) ?? []).filter(isWithin(point)),
    nextId: () => TicketId.parse(`tkt_${++lastNumber}`),
    async say(done) {
      const drafts = done.map(({ type, data }) => {
        // Of two changes the later one stands: what is done now is later than all that is known, whatever clock that came from.
        const ms = Math.max(clock.now(), (latestMs.get(data.ticket_id) ?? 0) + 1);
        latestMs.set(data.ticket_id, ms);
        const verb = type.slice(type.indexOf(".") + 1);
        const key = type === "ticket.created" ? data.ticket_id : `${data.ticket_id}:${randomId("c")}`;
        return { id: `ticket:${key}:${verb}@orrery`, type, timestamp: toTimestamp(ms), source: "orrery/tickets", data } as EventDraft;
      });
      const [first] = await log.append(drafts);
      if (first?.duplicate === true) throw new OrreryError("INTERNAL", { reference: drafts[0]!.id });
    },
    apply: (events) => events.forEach(take),
  };
}
