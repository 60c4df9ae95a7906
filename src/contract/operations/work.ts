import { z } from "zod";
import { ticketFields, TicketTitle } from "../events/ticket.ts";
import { WorkStatus } from "../events/todo.ts";
import { TicketId } from "../ids.ts";
import { defineOperation } from "../operation.ts";
import { CacheRate, Cost } from "./money.ts";
import { Cursor, Id, Limit, Moment, page } from "./fields.ts";

const words = [...WorkStatus.options, "open", "closed", "all"] as const;
/** `open` stands for pending, in progress and blocked; `closed` for completed and cancelled. */
const Status = z.enum(words, { error: `must be one of ${words.join(", ")}` });
const count = z.number().int();

/** How something stood: `status` from `at` on. */
const Step = z.object({ at: z.string(), status: WorkStatus });

/**
 * A todo as an agent keeps it. `todo_id` is unique within its session: the agent's own, or one made from the title. `blocked_by` holds todo ids.
 * `status_at` is since when it has its status; `history` has the latest steps, oldest first.
 */
export const TodoRow = z.looseObject({
  session_id: z.string(),
  agent_id: z.string(),
  todo_id: z.string(),
  title: z.string(),
  description: z.string().optional(),
  status: WorkStatus,
  active_form: z.string().optional(),
  priority: z.string().optional(),
  owner: z.string().optional(),
  blocked_by: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
  status_at: z.string(),
  history: z.array(Step),
  session_title: z.string().optional(),
  project: z.string().optional(),
  app: z.string().optional(),
});
export type TodoRow = Readonly<z.infer<typeof TodoRow>>;

export const listTodos = defineOperation({
  name: "todos.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/todos",
  summary:
    "Todos that agents keep for themselves, by session, the most recently active first, in the agent's order. Of all sessions the open ones, of one session or agent every one; `at` shows a past moment of a session.",
  input: z.object({
    session_id: Id.optional(),
    agent_id: Id.optional(),
    status: Status.optional(),
    project: z.string().max(300).optional(),
    at: Moment.optional(),
    limit: Limit,
    cursor: Cursor,
  }),
  output: page(TodoRow),
});

/** A link of a ticket to what works on it, with what is known of that session. */
export const TicketLink = z.looseObject({
  session_id: z.string(),
  agent_id: z.string().optional(),
  todo_id: z.string().optional(),
  linked_at: z.string(),
});

/**
 * A ticket. `is_blocked`: its status says so, or one of `blocked_by` is not closed (`open_blockers`). `cost` is that of its links, each counted
 * once: of a session whole, of an agent that agent's part. Work for several tickets in one session counts for each (`shared_links`).
 */
export const TicketRow = z.looseObject({
  ticket_id: z.string(),
  title: z.string(),
  body: z.string().optional(),
  status: WorkStatus,
  priority: z.string().optional(),
  assignee: z.string().optional(),
  project: z.string().optional(),
  tags: z.array(z.string()),
  files: z.array(z.string()),
  blocked_by: z.array(z.string()),
  open_blockers: z.array(z.string()),
  is_blocked: z.boolean(),
  links: z.array(TicketLink),
  shared_links: count,
  cost: Cost,
  cache: CacheRate,
  created_at: z.string(),
  updated_at: z.string(),
  status_at: z.string(),
  closed_at: z.string().optional(),
  created_by: z.string().optional(),
});
export type TicketRow = Readonly<z.infer<typeof TicketRow>>;

export const listTickets = defineOperation({
  name: "tickets.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/tickets",
  summary:
    "Tickets, the open ones unless asked otherwise, the most urgent first, then the most recently changed; `at` shows a past moment.",
  input: z.object({
    status: Status.default("open"),
    session_id: Id.optional(),
    assignee: z.string().max(200).optional(),
    project: z.string().max(300).optional(),
    tag: z.string().max(50).optional(),
    /** Words that title or body must have. */
    text: z.string().max(300).optional(),
    at: Moment.optional(),
    limit: Limit,
    cursor: Cursor,
  }),
  output: page(TicketRow),
});

/** A file of a ticket: named by it, or changed by calls of what works on it. */
const TicketFileRow = z.looseObject({
  path: z.string(),
  is_named: z.boolean(),
  edits: count,
  session_ids: z.array(z.string()),
  last_at: z.string().optional(),
});

/** One change of a ticket: when, by whom, and what. */
const TicketStep = z.looseObject({
  at: z.string(),
  seq: count,
  what: z.enum(["created", "updated", "linked", "unlinked"]),
  actor: z.string().optional(),
  door: z.string().optional(),
  note: z.string().optional(),
  changes: z.record(z.string(), z.unknown()),
});

/**
 * `active_cost` is the part of `cost` of those requests that were made while the ticket was in progress.
 */
export const TicketDetail = z.looseObject({
  ...TicketRow.shape,
  active_cost: Cost,
  sessions: z.array(z.looseObject({ session_id: z.string(), cost: Cost })),
  touched: z.array(TicketFileRow),
  blocks: z.array(z.string()),
  history: z.array(TicketStep),
});

export const getTicket = defineOperation({
  name: "tickets.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/tickets/:ticket_id",
  summary: "One ticket with its sessions, their cost, the files that they changed, and its history; `at` shows a past moment.",
  input: z.object({ ticket_id: TicketId, at: Moment.optional() }),
  output: TicketDetail,
});

const links = z.array(z.object({ session_id: Id, agent_id: Id.optional(), todo_id: z.string().max(200).optional() })).max(100);
const actor = z.string().trim().min(1).max(200).optional();
const note = z.string().max(4_000).optional();

export const createTicket = defineOperation({
  name: "tickets.create",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/tickets",
  summary: "Makes a ticket; `links` names the sessions, agents or todos that work on it.",
  input: z.object({ ...ticketFields, links: links.optional(), actor, note }),
  output: TicketRow,
});

export const updateTicket = defineOperation({
  name: "tickets.update",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "PUT",
  path: "/tickets/:ticket_id",
  summary:
    "Changes fields of a ticket, adds a note, or both. What is not given stays; a list replaces the list before; an empty text removes. A ticket that stands like that already is left alone.",
  input: z.object({ ticket_id: TicketId, ...ticketFields, title: TicketTitle.optional(), actor, note }),
  output: TicketRow,
});

export const closeTicket = defineOperation({
  name: "tickets.close",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/tickets/:ticket_id/close",
  summary: "Closes a ticket as completed, or as cancelled. Closing it again changes nothing.",
  input: z.object({ ticket_id: TicketId, status: z.enum(["completed", "cancelled"]).default("completed"), actor, note }),
  output: TicketRow,
});

const oneLink = {
  ticket_id: TicketId,
  session_id: Id,
  agent_id: Id.optional(),
  todo_id: z.string().max(200).optional(),
  actor,
};

export const linkTicket = defineOperation({
  name: "tickets.link",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/tickets/:ticket_id/links",
  summary: "Says that a session, one agent of it, or one of its todos works on a ticket.",
  input: z.object(oneLink),
  output: TicketRow,
});

export const unlinkTicket = defineOperation({
  name: "tickets.unlink",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "DELETE",
  path: "/tickets/:ticket_id/links",
  summary: "Takes a link back: its cost and files are no longer the ticket's.",
  input: z.object(oneLink),
  output: TicketRow,
});
