import type { OutputFor } from "../contract/operations/index.ts";
import { money } from "./money.ts";
import { manyLines, oneLine } from "./printable.ts";

type Ticket = OutputFor<"tickets.get">;

const LAST_FILES = 30;

/** A ticket in full, as lines for people. */
export function ticketLines(ticket: Ticket): string[] {
  const { status, is_blocked, open_blockers } = ticket;
  const standing = open_blockers.length > 0 && is_blocked ? `${status}, waits for ${open_blockers.join(", ")}` : status;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["status", `${standing}, since ${ticket.status_at}`],
    ["priority", ticket.priority],
    ["assignee", ticket.assignee],
    ["project", ticket.project],
    ["tags", ticket.tags.join(", ")],
    ["made", `${ticket.created_at}${ticket.created_by === undefined ? "" : ` by ${ticket.created_by}`}`],
    ["blocks", ticket.blocks.join(", ")],
    ["cost", ticket.links.length === 0 ? undefined : costLine(ticket)],
    ["shared", ticket.shared_links === 0 ? undefined : `${ticket.shared_links} of its links also work on other tickets`],
  ];
  return [
    `${ticket.ticket_id}  ${oneLine(ticket.title)}`,
    ...facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [`  ${name.padEnd(9)}${oneLine(value)}`])),
    ...(ticket.body === undefined
      ? []
      : [
          "",
          ...manyLines(ticket.body)
            .split("\n")
            .map((line) => `  ${line}`),
          "",
        ]),
    ...section("works on it", ticket.links.map(linkLine)),
    ...section(
      ticket.touched.length > LAST_FILES ? `files (${LAST_FILES} of ${ticket.touched.length})` : "files",
      ticket.touched.slice(0, LAST_FILES).map(fileLine),
    ),
    ...section("history", ticket.history.map(stepLine)),
  ];
}

function costLine({ cost, active_cost }: Ticket): string {
  if (cost.source === "unknown") return "unknown: what works on it has told no tokens";
  return `${money(cost)} ${cost.source}, of it while in progress ${active_cost.requests === 0 ? "nothing" : money(active_cost)}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${oneLine(line)}`)];
}

function linkLine(link: Ticket["links"][number]): string {
  const words = [link["todo_title"], link["session_title"]].find((text) => typeof text === "string") as string | undefined;
  const standing = (link["todo_status"] ?? link["session_status"]) as string | undefined;
  return [link.session_id, link.agent_id, standing, words].filter((part) => part !== undefined).join("  ");
}

function fileLine({ path, edits, is_named }: Ticket["touched"][number]): string {
  return `${path}  ${edits === 0 ? "" : edits === 1 ? "changed once" : `changed ${edits} times`}${is_named ? "  (named by the ticket)" : ""}`.trimEnd();
}

function stepLine({ at, what, actor, note, changes }: Ticket["history"][number]): string {
  const changed = Object.entries(changes).map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const by = actor === undefined ? "" : ` by ${actor}`;
  return `${at}  ${what}${by}  ${changed.join(", ")}${note === undefined ? "" : `  "${note}"`}`.trimEnd();
}
