import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TicketId } from "../contract/ids.ts";
import { canonical } from "./fuse.ts";
import { activeStretches, foldTickets, noTickets, viewTicket, type TicketEvent, type Tickets } from "./tickets.ts";

const ids = ["tkt_1", "tkt_2", "tkt_3"] as TicketId[];

/** Events as several programs might append them: few tickets, times that meet. */
const randomEvents: fc.Arbitrary<TicketEvent[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom("ticket.created", "ticket.updated", "ticket.linked", "ticket.unlinked"),
      minute: fc.integer({ min: 0, max: 9 }),
      ticket_id: fc.constantFrom(...ids),
      title: fc.constantFrom("a", "b", "c"),
      status: fc.option(fc.constantFrom("pending", "in_progress", "completed"), { nil: undefined }),
      tags: fc.option(fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }), { nil: undefined }),
      blocked_by: fc.option(fc.array(fc.constantFrom(...ids), { maxLength: 2 }), { nil: undefined }),
      session_id: fc.constantFrom("ses_1", "ses_2"),
      actor: fc.option(fc.constantFrom("ann", "bob"), { nil: undefined }),
    }),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map(({ type, minute, ticket_id, session_id, actor, ...fields }, index) => {
      const isLink = type === "ticket.linked" || type === "ticket.unlinked";
      const data = { ticket_id, actor, ...(isLink ? { session_id } : fields) };
      const timestamp = `2026-11-20T10:0${minute}:00.000Z`;
      return { seq: index + 1, id: `e${index}`, type, timestamp, source: "ci", data } as unknown as TicketEvent;
    }),
  );

function text(tickets: Tickets): string {
  return canonical(
    [...tickets.values()]
      .map((ticket) => ({
        ticket: { ...ticket, links: [...ticket.links].toSorted() },
        view: viewTicket(ticket, tickets),
        active: activeStretches(ticket),
      }))
      .toSorted((a, b) => (a.ticket.ticket_id < b.ticket.ticket_id ? -1 : 1)),
  );
}

const fold = (events: readonly TicketEvent[]): Tickets => events.reduce(foldTickets, noTickets);

test("any order and any repetition of ticket events gives the same tickets", () => {
  fc.assert(
    fc.property(randomEvents, fc.infiniteStream(fc.nat()), (events, picks) => {
      const twice = [...events, ...events.filter((_, index) => index % 2 === 0)];
      const shuffled = twice.map((event) => ({ event, key: picks.next().value as number })).toSorted((a, b) => a.key - b.key);
      assert.equal(text(fold(shuffled.map(({ event }) => event))), text(fold(events)));
    }),
    { numRuns: 500 },
  );
});

test("an event that says nothing new gives back the very same tickets", () => {
  fc.assert(
    fc.property(randomEvents, (events) => {
      const tickets = fold(events);
      for (const event of events) assert.equal(foldTickets(tickets, event), tickets);
    }),
  );
});

test("a ticket that nobody has told the making of is not shown", () => {
  const event = {
    seq: 1,
    id: "e",
    type: "ticket.updated",
    timestamp: "2026-11-20T10:00:00.000Z",
    source: "ci",
    data: { ticket_id: ids[0]!, title: "a" },
  };
  const tickets = fold([event as TicketEvent]);
  assert.equal(viewTicket(tickets.get(ids[0]!)!, tickets), undefined);
});
