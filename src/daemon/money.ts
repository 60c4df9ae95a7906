import { OrreryError } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Handlers, InputFor, OutputFor } from "../contract/operations/index.ts";
import type { Spend } from "../contract/operations/money.ts";
import type { Clock } from "../lib/clock.ts";
import { costOf } from "../money/cost.ts";
import { usageCsv } from "../money/usage-csv.ts";
import { cacheRateOf, contextFills } from "../projections/cache.ts";
import { reportedTotal, viewLimits } from "../projections/cost.ts";
import type { Session } from "../projections/session.ts";
import type { Tickets } from "../projections/tickets.ts";
import { spendOf } from "../projections/usage.ts";
import { viewAgents, type SessionView } from "../projections/views.ts";
import { pageOf } from "./cursor.ts";
import type { History } from "./history.ts";
import { toPoint } from "./moment.ts";
import type { Budgets } from "./money-budgets.ts";
import type { PriceBook } from "./money-prices.ts";
import { createCacheHandlers, pricedDrops } from "./money-cache.ts";
import { createToolUses } from "./money-tools.ts";
import { turnCosts, windowOf } from "./money-turns.ts";
import { costAndCache, usageRows } from "./money-usage.ts";
import type { WholeSessions } from "./whole-sessions.ts";
import { workedFor } from "./work-cost.ts";

export type MoneyHandlers = Pick<
  Handlers,
  | "usage.get"
  | "usage.csv"
  | "cache.get"
  | "limits.list"
  | "sessions.cost"
  | "sessions.requests"
  | "prices.list"
  | "prices.refresh"
  | "costs.reprice"
  | "budgets.list"
  | "budgets.set"
  | "budgets.remove"
>;

interface Deps {
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly summaries: () => readonly SessionView[];
  readonly session: (id: SessionId) => Session | undefined;
  readonly history: Pick<History, "sessionAt" | "wholeInPieces">;
  readonly head: () => number;
  /** The session as it is now, from its first event on. */
  readonly wholeNow: WholeSessions;
  readonly book: PriceBook;
  readonly budgets: Budgets;
  readonly tickets: () => Tickets;
}

/** What the daemon answers about money. Every figure is worked out when it is asked for: only tokens and reports are kept. */
export function createMoneyHandlers({ clock, summaries, session, history, head, wholeNow, book, budgets, tickets }: Deps): MoneyHandlers {
  async function whole(id: string, at?: number | string, upTo?: number): Promise<Session> {
    const found =
      at === undefined
        ? (await wholeNow(id as SessionId))?.session
        : await history.wholeInPieces(id as SessionId, toPoint(at, head(), upTo));
    if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return found;
  }

  /** What a session's reported total began with, when it runs on from another session: that one's total when this one began. */
  function reportedOf({ reported, facts }: Session): number | undefined {
    return reportedTotal(reported, (id) => {
      const from = history.sessionAt(id, { ms: Date.parse(facts.first_at ?? "") });
      return from === undefined ? undefined : [...from.reported.running.values()].reduce((sum, { usd_micros }) => sum + usd_micros, 0);
    });
  }

  const toolUses = createToolUses({ clock, history, head });

  async function usage(input: InputFor<"usage.get">): Promise<OutputFor<"usage.get">> {
    const views = input.session_id === undefined ? summaries() : summaries().filter((view) => view.session_id === input.session_id);
    if (input.session_id !== undefined && views.length === 0) throw new OrreryError("NOT_FOUND", { what: "session", id: input.session_id });
    const bySession = input.group_by === "ticket" ? workedFor(tickets()) : undefined;
    const load = (id: string) => session(id as SessionId);
    const asked = views.filter(({ facts }) => input.project === undefined || facts.project === input.project);
    const rows = usageRows(views, input, {
      pricesAt: book.at,
      load,
      ticketsOf: (id) => bySession?.get(id) ?? [],
      toolUses: input.group_by === "tool" ? await toolUses(asked) : new Map(),
    });
    return { ...rows, price_version: book.newest().version };
  }

  return {
    ...createCacheHandlers({ clock, summaries, session, history, head, pricesAt: book.at }),

    "usage.get": usage,

    "usage.csv": async (input) => `${usageCsv((await usage(input)).items, input.group_by).join("\r\n")}\r\n`,

    "sessions.cost": async ({ session_id, at, up_to }) => {
      const found = await whole(session_id, at, up_to);
      const totals = [...found.usage.totals.values()];
      const byAgent = Map.groupBy(totals, ({ agent_id }) => agent_id);
      const now = typeof at === "string" ? Date.parse(at) : clock.now();
      return {
        session_id,
        ...costAndCache(totals, book.at, reportedOf(found)),
        agents: viewAgents(found, now).map(({ agent_id, label, requests }) => ({
          agent_id,
          label,
          requests,
          ...costAndCache(byAgent.get(agent_id) ?? [], book.at),
        })),
        turns: turnCosts(found, book),
        drops: pricedDrops(found, book.at),
        contexts: contextFills(found).map((fill) => {
          const { window, isReported } = windowOf(found, fill, book);
          return {
            ...fill,
            ...(window === undefined || window === 0
              ? {}
              : { window, window_source: isReported ? "reported" : "model", used: fill.tokens / window }),
          };
        }),
        limits: viewLimits(found.reported, now).map((limit) => ({ ...limit })),
        price_version: book.newest().version,
      };
    },

    "sessions.requests": async (input) => {
      const rows = [...(await whole(input.session_id)).usage.requests.values()]
        .filter(({ agent_id }) => input.agent_id === undefined || agent_id === input.agent_id)
        .toSorted((a, b) => (a.at === b.at ? (a.request_id < b.request_id ? -1 : 1) : a.at < b.at ? -1 : 1))
        .map((request) => {
          const line = spendOf(request);
          return { ...request, cost: costOf([line], book.at), cache: cacheRateOf(line.tokens) };
        });
      return pageOf(rows, { limit: input.limit, cursor: input.cursor, key: (row) => [row.request_id] });
    },

    "prices.list": ({ model }) => {
      const prices = book.newest();
      const found =
        model === undefined ? undefined : prices.price({ model, day: new Date(clock.now()).toISOString().slice(0, 10), prompt_above: 0 });
      const items = prices.tables.flatMap(({ origin, rows, modes }) =>
        rows
          .filter((row) => model === undefined || row === found?.row)
          .map((row) => ({
            model: row.model,
            origin,
            ...(row.from === undefined ? {} : { from: row.from }),
            ...(row.until === undefined ? {} : { until: row.until }),
            rates: row.rates,
            steps: row.steps.map((step) => ({ ...step })),
            modes: Object.assign(
              {},
              ...[...modes, ...prices.tables.flatMap((table) => table.modes)]
                .toReversed()
                .filter(({ match }) => match.test(row.model))
                .map(({ factors }) => factors),
            ) as Record<string, number>,
            ...(row.context_window === undefined ? {} : { context_window: row.context_window }),
          })),
      );
      return {
        price_version: prices.version,
        in_force: book.inForce().map((each) => ({ ...each })),
        problems: book.problems().map((problem) => ({ ...problem })),
        items,
      };
    },

    "prices.refresh": ({ path }) => {
      book.refresh(path);
      const prices = book.newest();
      return {
        price_version: prices.version,
        rows: prices.tables.reduce((sum, { rows }) => sum + rows.length, 0),
        problems: book.problems().map((problem) => ({ ...problem })),
      };
    },

    "costs.reprice": ({ dry_run }) => {
      const lines = summaries().flatMap(({ spend = [] }) => spend);
      const newest = book.newest();
      const compare = (some: readonly Spend[]) => ({ before: costOf(some, book.at), after: costOf(some, () => newest) });
      const items = [...Map.groupBy(lines, ({ model }) => model)]
        .map(([model, own]) => ({ model, ...compare(own) }))
        .filter(
          ({ before, after }) =>
            before.computed_usd_micros !== after.computed_usd_micros || before.unknown_requests !== after.unknown_requests,
        );
      const sums = compare(lines);
      if (!dry_run) book.reprice();
      return { dry_run, ...sums, items };
    },

    "budgets.list": () => ({
      items: budgets.list().map(({ budget, standings }) => ({
        ...budget,
        state: standings.some(({ state }) => state === "exceeded")
          ? ("exceeded" as const)
          : standings.some(({ state }) => state === "warned")
            ? ("warned" as const)
            : ("below" as const),
        subjects: standings.slice(0, 100).map((standing) => ({ ...standing })),
      })),
      problems: budgets.problems().map((problem) => ({ ...problem })),
    }),

    "budgets.set": (budget) => {
      budgets.set(budget);
      return budget;
    },

    "budgets.remove": ({ budget_id }) => ({ removed: budgets.remove(budget_id) }),
  };
}
