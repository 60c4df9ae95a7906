import type { InputFor, OutputFor } from "../contract/operations/index.ts";
import type { CacheRate, Cost, Spend, UsageRow } from "../contract/operations/money.ts";
import { costByBucket, costOf, type PricesAt } from "../money/cost.ts";
import { cacheRateOf } from "../projections/cache.ts";
import type { Session } from "../projections/session.ts";
import { addTokens, noTokens, type Buckets } from "../projections/usage.ts";
import type { SessionView } from "../projections/views.ts";
import type { ToolUses } from "./money-tools.ts";

/** Lines of one group, and what its sessions are reported to have cost where that is known of every one of them. */
interface Group {
  readonly key: string;
  readonly label?: string;
  readonly lines: Spend[];
  reported: number | undefined;
}

type Query = InputFor<"usage.get">;

/** What one session gives to one group: some of its lines, and its own total where that fits. */
interface Piece {
  readonly key: string;
  readonly label?: string;
  readonly lines: readonly Spend[];
  readonly reported: number | undefined;
}

/** A ticket that a session works for: with all it spends, or with what some of its agents spend. */
export interface WorkedFor {
  readonly ticket_id: string;
  readonly title: string;
  readonly agents: ReadonlySet<string> | undefined;
}

/** The row of what no ticket is linked to. */
const NO_TICKET = "none";
/** The row of sessions that are too many to be divided by tool. */
const NOT_DIVIDED = "(older sessions)";

/**
 * Sums what sessions spent. A session's own reported total fits only a group that holds whole sessions. By ticket, what is spent for several
 * of them is in each of their rows; the total has it once.
 */
export function usageRows(
  views: readonly SessionView[],
  query: Query,
  deps: {
    readonly pricesAt: PricesAt;
    readonly load: (id: string) => Session | undefined;
    readonly ticketsOf: (id: string) => readonly WorkedFor[];
    readonly toolUses: ToolUses;
  },
): Pick<OutputFor<"usage.get">, "items" | "total"> {
  const { since = "", until = "9999-99-99", group_by } = query;
  const isWhole = query.since === undefined && query.until === undefined;
  const groups = new Map<string, Group>();
  const all: Group = { key: "total", lines: [], reported: 0 };

  for (const view of views) {
    if (query.project !== undefined && view.facts.project !== query.project) continue;
    const workedFor = group_by === "ticket" ? deps.ticketsOf(view.session_id) : [];
    const needsAgents = group_by === "agent" || workedFor.some(({ agents }) => agents !== undefined);
    // A line about a session from before lines were kept has none.
    const session = needsAgents || (view.spend as unknown) === undefined ? deps.load(view.session_id) : undefined;
    const byTool = deps.toolUses.get(view.session_id);
    const lines: readonly Spend[] = byTool?.lines ?? (session === undefined ? view.spend : [...session.usage.totals.values()]);
    const chosen = lines.filter(({ day }) => day >= since && day <= until);
    const told = isWhole ? reportedBy(view, chosen) : undefined;
    if (chosen.length === 0 && !told) continue;
    all.lines.push(...chosen);
    all.reported = plus(all.reported, told);
    const pieces =
      byTool === undefined
        ? piecesOf(view, chosen, told, group_by, workedFor)
        : byTool.shares
            .filter(({ line: { day } }) => day >= since && day <= until)
            .map(({ tool, line }) => ({ key: tool, lines: [line], reported: undefined }));
    for (const { key, label, lines: own, reported } of pieces as readonly Piece[]) {
      const group = groups.get(key) ?? { key, ...(label === undefined ? {} : { label }), lines: [], reported: 0 };
      groups.set(key, group);
      group.lines.push(...own);
      group.reported = plus(group.reported, reported);
    }
  }
  const rows = [...groups.values()].map((group) => ({
    ...rowOf(group, deps.pricesAt),
    ...(group_by === "tool" ? { estimated: true as const, method: "request_split" as const } : {}),
  }));
  return {
    items: group_by === "day" ? rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)) : rows.toSorted(dearestFirst),
    total: rowOf(all, deps.pricesAt),
  };
}

function piecesOf(
  view: SessionView,
  lines: readonly Spend[],
  told: number | undefined,
  by: Query["group_by"],
  workedFor: readonly WorkedFor[],
): readonly Piece[] {
  const each = (key: (line: Spend) => string) => lines.map((line) => ({ key: key(line), lines: [line], reported: undefined }));
  const agentOf = (line: Spend) => String((line as { agent_id?: string }).agent_id);
  switch (by) {
    case "model":
      return each(({ model }) => model);
    case "day":
      return each(({ day }) => day);
    case "agent":
      return each((line) => `${view.session_id} ${agentOf(line)}`);
    case "tool":
      return [{ key: NOT_DIVIDED, lines, reported: undefined }];
    case "session":
      return [{ key: view.session_id, label: view.title, lines, reported: told }];
    case "project":
      return [{ key: view.facts.project ?? "unknown", lines, reported: told }];
    case "app":
      return [{ key: view.facts.app ?? "unknown", lines, reported: told }];
    case "ticket": {
      const pieces = workedFor.map(({ ticket_id, title, agents }) =>
        agents === undefined
          ? { key: ticket_id, label: title, lines, reported: told }
          : { key: ticket_id, label: title, lines: lines.filter((line) => agents.has(agentOf(line))), reported: undefined },
      );
      const rest = lines.filter((line) => !workedFor.some(({ agents }) => agents === undefined || agents.has(agentOf(line))));
      if (pieces.length > 0 && rest.length === 0) return pieces;
      return [...pieces, { key: NO_TICKET, lines: rest, reported: pieces.length === 0 ? told : undefined }];
    }
  }
}

/** Cost and cache of some lines. */
export function costAndCache(lines: readonly Spend[], pricesAt: PricesAt, reportedTotal?: number): { cost: Cost; cache: CacheRate } {
  return { cost: costOf(lines, pricesAt, { reportedTotal }), cache: cacheRateOf(tokensOf(lines)) };
}

function rowOf({ key, label, lines, reported }: Group, pricesAt: PricesAt): UsageRow {
  return {
    key,
    ...(label === undefined ? {} : { label }),
    requests: lines.reduce((sum, line) => sum + line.requests, 0),
    tokens: tokensOf(lines),
    ...costAndCache(lines, pricesAt, lines.length === 0 && reported === 0 ? undefined : reported),
    by_bucket: costByBucket(lines, pricesAt),
  };
}

/** What a whole session is reported to have cost: its running total, or the sum when every request has a figure. */
export function reportedBy(view: SessionView, lines: readonly Spend[]): number | undefined {
  if (view.reported_usd_micros !== undefined) return view.reported_usd_micros;
  if (lines.some((line) => line.reported_requests < line.requests)) return undefined;
  return lines.reduce((sum, line) => sum + line.reported_usd_micros, 0);
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function tokensOf(lines: readonly Spend[]): Buckets {
  return lines.reduce<Buckets>((sum, { tokens }) => addTokens(sum, tokens), noTokens);
}

function dearestFirst(a: UsageRow, b: UsageRow): number {
  return (b.cost.usd_micros ?? -1) - (a.cost.usd_micros ?? -1) || b.requests - a.requests || (a.key < b.key ? -1 : 1);
}
