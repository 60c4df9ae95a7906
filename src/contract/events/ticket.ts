import { z } from "zod";
import { defineEvent } from "../event.ts";
import { AgentId, SessionId, TicketId } from "../ids.ts";
import { WorkStatus } from "./todo.ts";

/** A text that stays with its event, so that it can be searched: longer ones belong into a file that the ticket names. Bytes of UTF-8. */
const MAX_BODY_BYTES = 16_000;

export const TicketTitle = z.string().trim().min(1).max(300);
const TicketBody = z.string().refine((text) => new TextEncoder().encode(text).length <= MAX_BODY_BYTES, {
  error: `is longer than ${MAX_BODY_BYTES} bytes: put it into a file and name the file`,
});
const priorities = ["low", "medium", "high", "urgent"] as const;
const TicketPriority = z.enum(priorities, { error: `must be one of ${priorities.join(", ")}` });
const Tag = z.string().trim().min(1).max(50);
const TicketFile = z.string().trim().min(1).max(1_000);

/** Everything of a ticket that somebody decides; each may be changed later. */
export const ticketFields = {
  title: TicketTitle,
  body: TicketBody.optional(),
  status: WorkStatus.optional(),
  priority: TicketPriority.optional(),
  /** Who is to do it, in the words of whoever said so: a person, an agent program, an agent. Empty: nobody. */
  assignee: z.string().trim().max(200).optional(),
  /** Empty: none. */
  project: z.string().trim().max(300).optional(),
  tags: z.array(Tag).max(50).optional(),
  files: z.array(TicketFile).max(500).optional(),
  blocked_by: z.array(TicketId).max(200).optional(),
};

const by = {
  ticket_id: TicketId,
  /** Who did it, and through which door. */
  actor: z.string().max(200).optional(),
  door: z.string().max(100).optional(),
  note: z.string().max(4_000).optional(),
};

export const ticketCreated = defineEvent("ticket.created", z.looseObject({ ...by, ...ticketFields }), {
  ticket_id: "tkt_12" as TicketId,
  title: "Parser drops the last line",
  body: "A file without a final newline loses its last line.",
  priority: "high",
  tags: ["bug"],
  actor: "cli",
});

/** Something of a ticket was changed. Fields that are absent stay as they are; a list replaces the list before. */
export const ticketUpdated = defineEvent("ticket.updated", z.looseObject({ ...by, ...ticketFields, title: TicketTitle.optional() }), {
  ticket_id: "tkt_12" as TicketId,
  status: "completed",
  note: "Fixed with the reader's last flush.",
  actor: "cli",
});

const link = z.looseObject({
  ...by,
  session_id: SessionId,
  /** Only this agent's part of the session. */
  agent_id: AgentId.optional(),
  /** The todo of that session which stands for the ticket. */
  todo_id: z.string().max(200).optional(),
});

/** A session, one agent of it, or one of its todos works on the ticket. */
export const ticketLinked = defineEvent("ticket.linked", link, { ticket_id: "tkt_12" as TicketId, session_id: "ses_1" as SessionId });

/** The link was a mistake: cost and files of it are not the ticket's. */
export const ticketUnlinked = defineEvent("ticket.unlinked", link, {
  ticket_id: "tkt_12" as TicketId,
  session_id: "ses_1" as SessionId,
});
