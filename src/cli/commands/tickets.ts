import type { Client } from "../../client/index.ts";
import type { WorkStatus } from "../../contract/events/todo.ts";
import type { CallInput } from "../../client/client.ts";
import type { TicketRow } from "../../contract/operations/work.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { badUsage } from "../failure.ts";
import { money } from "../money.ts";
import { ago, oneLine } from "../printable.ts";
import { resolveSession } from "../resolve-session.ts";
import { ticketLines } from "../ticket-lines.ts";
import { emptyWords, momentOption, statusColumn, statusOption } from "../work-options.ts";
import { clientOf } from "../token-file.ts";
import { resolveAgent } from "../resolve-agent.ts";

type Options = Readonly<Record<string, unknown>>;
type Verb = (context: Context, client: Client, options: Options, words: readonly string[]) => Promise<void>;

const MAX_PAGE = 200;

/** Orrery's own tickets. */
export const tickets: CommandModule = {
  configure(command) {
    const collect = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
    command
      .argument("[verb]", `${Object.keys(verbs).join(", ")}; list when none is given`)
      .argument("[words...]", "the ticket's id (12 or tkt_12), or the title of a new one")
      .option("--status <status>", "pending, in_progress, blocked, completed or cancelled; for list also open, closed or all")
      .option("--title <text>", "another title")
      .option("--body <text>", "what it is about; empty removes it")
      .option("--priority <word>", "low, medium, high or urgent")
      .option("--assignee <who>", "who is to do it; empty: nobody")
      .option("--project <name>", "the project that it is of")
      .option("--tag <word>", "a tag; may be given more than once", collect)
      .option("--file <path>", "a file that it is about; may be given more than once", collect)
      .option("--blocked-by <id>", "a ticket that must be closed before; may be given more than once", collect)
      .option("--session <id>", "a session that works on it: its id, or the first characters of it")
      .option("--agent <agent>", "with --session: only this agent's part; its id, the first characters of it, or its name")
      .option("--todo <id>", "with --session: the todo that stands for it")
      .option("--note <text>", "a word for its history")
      .option("--text <words>", "list: words that title or body must have")
      .option("--at <moment>", "list, show: as it stood at a seq or an RFC 3339 time")
      .option("--limit <n>", "list: how many", "50");
    withExample(
      withDaemon(command),
      "orrery tickets",
      'orrery tickets create "Parser drops the last line" --priority high --session 9f2c',
      "orrery tickets edit 12 --status in_progress --assignee ann",
      'orrery tickets close 12 --note "Fixed in the reader"',
      "orrery tickets show 12",
    );
  },

  async run(context, options, [verb = "list", ...words]) {
    const act = verbs[verb];
    if (act === undefined) throw badUsage(`verb must be one of ${Object.keys(verbs).join(", ")}, not ${verb}`);
    await act(context, clientOf(options, context.env), options, words);
  },
};

const verbs: Readonly<Record<string, Verb>> = { list, show, create, edit, close, link, unlink };

async function list({ out }: Context, client: Client, options: Options): Promise<void> {
  const limit = Number(options["limit"]);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw badUsage(`--limit must be a whole number from 1 to ${MAX_PAGE}`);
  const { items } = await client.tickets.list({
    limit,
    ...statusOption(options),
    ...momentOption(options),
    ...texts(options, ["assignee", "project", "text"]),
    ...(Array.isArray(options["tag"]) ? { tag: String(options["tag"][0]) } : {}),
    ...(options["session"] === undefined ? {} : { session_id: await resolveSession(client, String(options["session"])) }),
  });
  const now = Date.now();
  const isAny = async (status: "all"): Promise<boolean> => (await client.tickets.list({ status, limit: 1 })).items.length > 0;
  out.show({
    data: items,
    rows: items,
    ids: items.map((row) => row.ticket_id),
    empty: items.length > 0 ? "" : await emptyWords("tickets", isAny, 'No tickets. Make one: orrery tickets create "What is to be done"'),
    columns: [
      { name: "TICKET", value: (row) => row.ticket_id },
      statusColumn(out.paint),
      { name: "PRIORITY", value: (row) => row.priority ?? "" },
      { name: "TITLE", value: (row) => row.title, isFlexible: true },
      { name: "ASSIGNEE", value: (row) => row.assignee ?? "" },
      { name: "WAITS FOR", value: (row) => row.open_blockers.join(" ") },
      { name: "LINKS", value: (row) => String(row.links.length), align: "right" },
      { name: "COST", value: ({ cost, links }) => (links.length === 0 ? "" : money(cost)), align: "right" },
      { name: "CHANGED", value: (row) => `${ago(Date.parse(row.updated_at), now)} ago`, align: "right" },
    ],
  });
}

async function show({ out }: Context, client: Client, options: Options, words: readonly string[]): Promise<void> {
  const ticket = await client.tickets.get({ ticket_id: idOf(words), ...momentOption(options) });
  out.show({ data: ticket, lines: ticketLines(ticket), ids: [ticket.ticket_id] });
}

async function create(context: Context, client: Client, options: Options, words: readonly string[]): Promise<void> {
  const title = options["title"] === undefined ? words.join(" ") : String(options["title"]);
  if (title.trim() === "") throw badUsage('title is missing: orrery tickets create "What is to be done"');
  const to = options["session"] === undefined ? undefined : await linkOf(client, options);
  const input = { ...fields(options), title, actor: "cli", ...(to === undefined ? {} : { links: [to] }) };
  const made = await client.tickets.create(input);
  done(context, made, `made: ${made.title}`);
}

async function edit(context: Context, client: Client, options: Options, words: readonly string[]): Promise<void> {
  const input = { ...fields(options), ...texts(options, ["title"]) };
  if (Object.keys(input).length === 0) throw badUsage("edit needs what to change, such as --status in_progress or --note text");
  const edited = await client.tickets.update({ ticket_id: idOf(words), ...input, actor: "cli" });
  done(context, edited, `is now ${edited.status}: ${edited.title}`);
}

async function close(context: Context, client: Client, options: Options, words: readonly string[]): Promise<void> {
  const status = options["status"] ?? "completed";
  if (status !== "completed" && status !== "cancelled") throw badUsage("--status of close must be completed or cancelled");
  const closed = await client.tickets.close({ ticket_id: idOf(words), status, ...texts(options, ["note"]), actor: "cli" });
  done(context, closed, `is now ${closed.status}: ${closed.title}`);
}

async function link(context: Context, client: Client, options: Options, words: readonly string[]): Promise<void> {
  const ticket_id = idOf(words);
  done(
    context,
    await client.tickets.link({ ticket_id, ...(await linkOf(client, options)), actor: "cli" }),
    "is linked to what works on it",
  );
}

async function unlink(context: Context, client: Client, options: Options, words: readonly string[]): Promise<void> {
  const ticket_id = idOf(words);
  done(context, await client.tickets.unlink({ ticket_id, ...(await linkOf(client, options)), actor: "cli" }), "is no longer linked to it");
}

function done({ out }: Context, ticket: TicketRow, what: string): void {
  out.show({ data: ticket, lines: [oneLine(`${ticket.ticket_id} ${what}`)], ids: [ticket.ticket_id] });
}

type TicketId = CallInput<"tickets.get">["ticket_id"];

/** `12` and `tkt_12` are one ticket. */
function idOf(words: readonly string[]): TicketId {
  const [given] = words;
  if (given === undefined || words.length > 1) throw badUsage("ticket must be one id, such as 12 or tkt_12");
  return (given.startsWith("tkt_") ? given : `tkt_${given.replace(/^#/, "")}`) as TicketId;
}

async function linkOf(client: Client, options: Options): Promise<{ session_id: string; agent_id?: string; todo_id?: string }> {
  if (options["session"] === undefined) throw badUsage("--session is missing: it says what works on the ticket");
  const session_id = await resolveSession(client, String(options["session"]));
  return {
    session_id,
    ...(options["agent"] === undefined ? {} : { agent_id: await resolveAgent(client, session_id, String(options["agent"])) }),
    ...(options["todo"] === undefined ? {} : { todo_id: String(options["todo"]) }),
  };
}

/** The fields of a ticket that options name; the daemon checks their words. */
function fields(options: Options) {
  const blockers = options["blockedBy"] as readonly string[] | undefined;
  return {
    ...texts(options, ["body", "assignee", "project", "note"]),
    ...(options["status"] === undefined ? {} : { status: options["status"] as WorkStatus }),
    ...(options["priority"] === undefined ? {} : { priority: options["priority"] as "high" }),
    ...(options["tag"] === undefined ? {} : { tags: options["tag"] as string[] }),
    ...(options["file"] === undefined ? {} : { files: options["file"] as string[] }),
    ...(blockers === undefined ? {} : { blocked_by: blockers.map((id) => idOf([id])) }),
  };
}

function texts<N extends string>(options: Options, names: readonly N[]): { [K in N]?: string } {
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, String(options[name])])) as {
    [K in N]?: string;
  };
}
