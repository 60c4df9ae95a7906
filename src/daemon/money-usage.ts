import type { InputFor, OutputFor } from "../contract/operations/index.ts";
import type { CacheRate, Cost, Spend } from "../contract/operations/money.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { cacheRateOf } from "../projections/cache.ts";
import type { Session } from "../projections/session.ts";
import { addTokens, noTokens, type Buckets } from "../projections/usage.ts";
import type { SessionView } from "../projections/views.ts";

export interface UsageRow {
  readonly key: string;
  readonly label?: string;
  readonly requests: number;
  readonly tokens: Buckets;
  readonly cost: Cost;
  readonly cache: CacheRate;
  readonly [more: string]: unknown;
}

/** Lines of one group, and what its sessions are reported to have cost where that is known of every one of them. */
interface Group {
  readonly key: string;
  readonly label?: string;
  readonly lines: Spend[];
  reported: number | undefined;
}

type Query = InputFor<"usage.get">;

/** Sums what sessions spent. A session's own reported total fits only a group that holds whole sessions. */
export function usageRows(
  views: readonly SessionView[],
  query: Query,
  deps: { readonly pricesAt: PricesAt; readonly load: (id: string) => Session | undefined },
): Pick<OutputFor<"usage.get">, "items" | "total"> {
  const { since = "", until = "9999-99-99", group_by } = query;
  const isWhole = query.since === undefined && query.until === undefined;
  const groups = new Map<string, Group>();
  const all: Group = { key: "total", lines: [], reported: 0 };

  for (const view of views) {
    if (query.project !== undefined && view.facts.project !== query.project) continue;
    // A line about a session from before lines were kept has none.
    const session = group_by === "agent" || (view.spend as unknown) === undefined ? deps.load(view.session_id) : undefined;
    const lines: readonly Spend[] = session === undefined ? view.spend : [...session.usage.totals.values()];
    const chosen = lines.filter(({ day }) => day >= since && day <= until);
    const told = isWhole ? reportedBy(view, chosen) : undefined;
    if (chosen.length === 0 && !told) continue;
    all.lines.push(...chosen);
    all.reported = plus(all.reported, told);
    const whole = wholeGroup(view, group_by);
    if (whole !== undefined) {
      const group = groups.get(whole.key) ?? { ...whole, lines: [], reported: 0 };
      groups.set(whole.key, group);
      group.lines.push(...chosen);
      group.reported = plus(group.reported, told);
      continue;
    }
    for (const line of chosen) {
      const key =
        group_by === "model"
          ? line.model
          : group_by === "day"
            ? line.day
            : `${view.session_id} ${String((line as { agent_id?: string }).agent_id)}`;
      const group = groups.get(key) ?? { key, lines: [], reported: undefined };
      groups.set(key, group);
      group.lines.push(line);
    }
  }
  const rows = [...groups.values()].map((group) => rowOf(group, deps.pricesAt));
  return {
    items: group_by === "day" ? rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)) : rows.toSorted(dearestFirst),
    total: rowOf(all, deps.pricesAt),
  };
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
  };
}

function wholeGroup(view: SessionView, by: Query["group_by"]): { key: string; label?: string } | undefined {
  switch (by) {
    case "session":
      return { key: view.session_id, label: view.title };
    case "project":
      return { key: view.facts.project ?? "unknown" };
    case "app":
      return { key: view.facts.app ?? "unknown" };
    default:
      return undefined;
  }
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
