import type { Budget } from "../contract/operations/budgets.ts";
import type { Cost } from "../contract/operations/money.ts";

/** What one subject of a budget (a session, an agent, a project, a day) has spent in the stretch of time that counts. */
export interface Spent {
  readonly subject: string;
  readonly period: string;
  readonly cost: Cost;
}

export interface Standing {
  readonly budget_id: string;
  readonly scope: Budget["scope"];
  readonly subject: string;
  readonly period: string;
  readonly limit_usd_micros: number;
  readonly spent_usd_micros: number;
  readonly percent: number;
  readonly state: "below" | "warned" | "exceeded";
  readonly unknown_requests: number;
  readonly price_version?: string;
}

/** How a subject stands. What it spent is the known part: a request without a price cannot use up a budget. */
export function judge(budget: Budget, { subject, period, cost }: Spent): Standing {
  const limit = Math.max(1, Math.round(budget.limit_usd * 1e6));
  const spent = cost.usd_micros ?? 0;
  const percent = (spent / limit) * 100;
  return {
    budget_id: budget.budget_id,
    scope: budget.scope,
    subject,
    period,
    limit_usd_micros: limit,
    spent_usd_micros: spent,
    percent,
    state: spent >= limit ? "exceeded" : spent * 100 >= limit * budget.warn_percent ? "warned" : "below",
    unknown_requests: cost.unknown_requests,
    ...(cost.price_version === undefined ? {} : { price_version: cost.price_version }),
  };
}

/** One id per subject, stretch of time, limit and step: the log takes each once, whoever says it and however often. */
export function budgetEventId(standing: Standing, step: "warned" | "exceeded"): string {
  const { budget_id, subject, period, limit_usd_micros } = standing;
  return `budget:${budget_id}:${subject.slice(-180)}:${period}:${limit_usd_micros}:${step}`.slice(0, 300);
}
