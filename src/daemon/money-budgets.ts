import { join } from "node:path";
import { problemsOf } from "../contract/problems.ts";
import { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { Budget } from "../contract/operations/budgets.ts";
import type { Spend } from "../contract/operations/money.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { budgetEventId, judge, type Spent, type Standing } from "../money/budgets.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import type { Session } from "../projections/session.ts";
import type { SessionView } from "../projections/views.ts";
import { readJson, writeWhole, type Problem } from "./money-prices.ts";

/**
 * Watches what is spent against the budgets in `<home>/budgets.json`. It says when one is nearly used up and when it is exceeded, once each;
 * the log's rule that an id is stored once keeps that true across restarts. It stops nobody: agents whose hooks wait for an answer are denied
 * further calls by `policy.ts`.
 */
export interface Budgets {
  list(): { readonly budget: Budget; readonly standings: readonly Standing[] }[];
  problems(): readonly Problem[];
  set(budget: Budget): void;
  remove(budgetId: string): boolean;
  /** Takes note of what was committed; looks at once a tick. */
  noted(events: readonly StoredEvent[]): void;
  /** Says what has become true since the last look. */
  look(): Promise<void>;
}

const BudgetFile = z.strictObject({ budgets: z.array(Budget).max(1_000) });
/** A session that has been silent for longer is history: no budget speaks of it any more. */
const RECENT_MS = 24 * 3_600_000;
const costly: ReadonlySet<string> = new Set(["model.responded", "cost.reported", "turn.ended"]);

export function createBudgets(deps: {
  readonly home: string;
  readonly clock: Pick<Clock, "now">;
  readonly summaries: () => readonly SessionView[];
  readonly session: (id: SessionId) => Session | undefined;
  readonly pricesAt: PricesAt;
  readonly append: (events: EventDraft[]) => Promise<unknown>;
}): Budgets {
  const path = join(deps.home, "budgets.json");
  let problems: Problem[] = [];
  let budgets = read();
  let isDue = true;
  const said = new Set<string>();

  function read(): readonly Budget[] {
    const told = readJson(path);
    if (told === undefined) return [];
    const parsed = "problem" in told ? undefined : BudgetFile.safeParse(told.value);
    if (parsed?.success === true) return parsed.data.budgets;
    const messages =
      parsed === undefined
        ? [(told as { problem: string }).problem]
        : problemsOf(parsed.error, "file").map(({ field, message }) => `${field} ${message}`);
    problems = messages.slice(0, 20).map((message) => ({ path, message }));
    return [];
  }

  function write(next: readonly Budget[]): void {
    if (problems.length > 0) throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: problems[0]!.message });
    writeWhole(path, { budgets: next });
    budgets = next;
    isDue = true;
  }

  function spentOf(budget: Budget): Spent[] {
    const today = toTimestamp(deps.clock.now()).slice(0, 10);
    const { scope, match } = budget;
    // A line about a session from before spending was kept with it has none.
    const views = deps.summaries().filter((view) => (view.spend as unknown) !== undefined);
    const cost = (lines: readonly Spend[], reportedTotal?: number) => costOf(lines, deps.pricesAt, { reportedTotal });
    if (scope === "day") {
      const lines = views.flatMap((view) => view.spend.filter(({ day }) => day === today));
      return [{ subject: today, period: today, cost: cost(lines) }];
    }
    if (scope === "project") {
      const byProject = Map.groupBy(
        views.filter(({ facts }) => facts.project !== undefined && (match === undefined || facts.project === match)),
        ({ facts }) => facts.project!,
      );
      return [...byProject].map(([subject, own]) => ({ subject, period: "all", cost: cost(own.flatMap(({ spend }) => spend)) }));
    }
    const recent = views.filter(
      (view) =>
        Date.parse(view.facts.last_at ?? "") >= deps.clock.now() - RECENT_MS &&
        (match === undefined || match === view.session_id || match.startsWith(`${view.session_id} `)),
    );
    if (scope === "session")
      return recent.map((view) => ({ subject: view.session_id, period: "all", cost: cost(view.spend, view.reported_usd_micros) }));
    return recent.flatMap((view) => {
      const totals = [...(deps.session(view.session_id)?.usage.totals.values() ?? [])];
      return [...Map.groupBy(totals, ({ agent_id }) => agent_id)].flatMap(([agent, lines]) => {
        const subject = `${view.session_id} ${agent}`;
        return match === undefined || match === subject || match === view.session_id ? [{ subject, period: "all", cost: cost(lines) }] : [];
      });
    });
  }

  function standings(budget: Budget): Standing[] {
    return spentOf(budget)
      .map((spent) => judge(budget, spent))
      .toSorted((a, b) => b.percent - a.percent || (a.subject < b.subject ? -1 : 1));
  }

  return {
    list: () => budgets.map((budget) => ({ budget, standings: standings(budget) })),
    problems: () => problems,
    set(budget) {
      write([...budgets.filter(({ budget_id }) => budget_id !== budget.budget_id), budget]);
    },
    remove(budgetId) {
      const rest = budgets.filter(({ budget_id }) => budget_id !== budgetId);
      if (rest.length === budgets.length) return false;
      write(rest);
      return true;
    },
    noted(events) {
      isDue ||= budgets.length > 0 && events.some(({ type }) => costly.has(type));
    },
    async look() {
      if (!isDue || budgets.length === 0) return;
      isDue = false;
      const timestamp = toTimestamp(deps.clock.now());
      const drafts = budgets.flatMap((budget) => standings(budget).flatMap((standing) => eventsOf(standing, timestamp)));
      const news = drafts.filter(({ id }) => !said.has(id));
      if (news.length === 0) return;
      try {
        await deps.append(news);
        for (const { id } of news) said.add(id);
      } catch (error) {
        isDue = true;
        throw error;
      }
    },
  };
}

/** What passes the limit at once has passed the warning too: both are said, in that order. */
function eventsOf(standing: Standing, timestamp: string): EventDraft[] {
  if (standing.state === "below") return [];
  const { percent: _, state, ...data } = standing;
  const steps = state === "exceeded" ? (["warned", "exceeded"] as const) : (["warned"] as const);
  return steps.map((step): EventDraft => ({
    id: budgetEventId(standing, step),
    type: `budget.${step}`,
    timestamp,
    source: "orrery/budgets",
    data,
  }));
}
