import type { Caller } from "../../contract/operations/index.ts";
import type { StoredEvent } from "../../contract/events/index.ts";
import { foreignId, MAIN_AGENT } from "../../contract/ids.ts";
import type { UsageRow } from "../../contract/operations/money.ts";
import { previewOf, type Text } from "../../contract/text.ts";
import { isOver } from "../../projections/ended.ts";
import { viewTodos } from "../../projections/todos.ts";
import { addTokens, noTokens } from "../../projections/usage.ts";
import type { Picture } from "../picture.ts";
import { createTold } from "../told.ts";

const COMMS = 200;
/** So many sources tell the same words: hooks and the transcript, at times telemetry. */
const SOURCES = 2;

/** What is to be done: tickets of ours and todos of agents, how far they are, and when they may be done at the pace so far. */
export async function mmaStatus({ sessions, clock, handlers }: Picture, caller: Caller): Promise<object> {
  const { items } = await handlers["tickets.list"]({ limit: 200, status: "all" }, caller);
  const tickets = [
    ...items.map((ticket) => ({
      id: foreignId(ticket.ticket_id),
      title: ticket.title,
      status: ticket.status,
      depends_on: (ticket.blocked_by ?? []).map(foreignId),
      source: "ticket",
    })),
    ...sessions().flatMap((session) =>
      viewTodos(session).map((todo) => ({
        id: `${foreignId(session.session_id)}:${todo.todo_id}`,
        title: todo.title,
        status: todo.status,
        depends_on: todo.blocked_by.map((id) => `${foreignId(session.session_id)}:${id}`),
        source: "todo",
      })),
    ),
  ];
  const done = tickets.filter(({ status }) => status === "completed").length;
  const active = sessions().filter((session) => !isOver(session));
  const begun = Math.min(...active.map((session) => Date.parse(session.facts.first_at ?? "") || Infinity));
  const spentMs = clock.now() - begun;
  return {
    status: active.length > 0 ? "running" : "idle",
    tickets,
    progress: { done, total: tickets.length, percent: tickets.length === 0 ? null : Math.round((100 * done) / tickets.length) },
    eta_seconds:
      done === 0 || done === tickets.length || !Number.isFinite(spentMs)
        ? null
        : Math.round(((spentMs / done) * (tickets.length - done)) / 1_000),
    active_sessions: active.map((session) => foreignId(session.session_id)),
  };
}

/**
 * Tokens and money by session and project: all that there ever was. A session's cost is the best figure that is known of it, reported or
 * computed, and projects and the total are sums of just these; null where nothing is known.
 */
export async function financialMetrics({ handlers, summaries }: Picture, caller: Caller): Promise<object> {
  const { items } = await handlers["usage.get"]({ group_by: "session" }, caller);
  const views = new Map(summaries().map((view) => [view.session_id as string, view]));
  const projects = Map.groupBy(items, ({ key }) => views.get(key)?.facts.project ?? "unknown");
  const { cost_usd, tokens } = spentOn(items);
  return {
    total_cost_usd: cost_usd,
    tokens: items.length === 0 ? null : tokens,
    by_project: [...projects].map(([project, rows]) => ({ project, ...spentOn(rows) })),
    by_session: items.map((row) => ({ session_id: foreignId(row.key), title: views.get(row.key)?.title ?? null, ...spentOn([row]) })),
  };
}

function spentOn(rows: readonly UsageRow[]) {
  const known = rows.flatMap(({ cost }) => cost.usd_micros ?? []);
  return {
    tokens: rows.reduce((sum, row) => addTokens(sum, row.tokens), noTokens),
    requests: rows.reduce((sum, row) => sum + row.requests, 0),
    cost_usd: dollars(known.length === 0 ? undefined : known.reduce((sum, micros) => sum + micros, 0)),
    /** Requests without a price or without tokens: with any, the cost is what is known at least. */
    unknown_requests: rows.reduce((sum, row) => sum + row.cost.unknown_requests, 0),
  };
}

/** How the daemon takes in what it is sent. */
export async function diagnostics({ handlers }: Picture, caller: Caller): Promise<object> {
  const { memory_bytes, cpu_percent, loop_lag_ms, queue, hooks, sources, connections } = await handlers["status.get"]({}, caller);
  return { memory_bytes, cpu_percent: cpu_percent ?? null, loop_lag_ms, queue, hooks, sources, connections };
}

/** Who said what, newest last. */
export function communications({ readLog }: Picture): object {
  const events = readLog({ types: ["message.added"], order: "newest", limit: SOURCES * COMMS }).toReversed();
  return {
    comms: events
      .filter(createTold().isNew)
      .slice(-COMMS)
      .flatMap((event) => commOf(event) ?? []),
  };
}

/** A message as a row of the communication log. */
export function commOf(event: StoredEvent): object | undefined {
  if (event.type !== "message.added") return undefined;
  const { timestamp, session_id, agent_id, data } = event;
  return {
    at: timestamp,
    session_id: session_id === undefined ? null : foreignId(session_id),
    agent: foreignId(agent_id ?? MAIN_AGENT),
    role: data.role,
    text: textOf(data),
  };
}

/** The words of a message's parts, each as far as it is kept beside them. */
export function textOf({ parts }: { readonly parts: readonly object[] }): string {
  return parts.flatMap((part) => ("text" in part ? [previewOf(part.text as Text)] : [])).join("\n");
}

export function dollars(micros: number | undefined): number | null {
  return micros === undefined ? null : micros / 1e6;
}
