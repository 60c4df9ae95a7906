import { z } from "zod";
import { defineEvent } from "../event.ts";

/** What a budget event says: which budget, of what (`subject`), in which stretch of time, and how it stands. Money in millionths of a US dollar. */
const standing = z.looseObject({
  budget_id: z.string(),
  scope: z.enum(["session", "agent", "project", "day"]),
  subject: z.string(),
  period: z.string(),
  limit_usd_micros: z.number().int().positive(),
  spent_usd_micros: z.number().int().nonnegative(),
  /** Requests whose price is not known: what was spent is at least the figure. */
  unknown_requests: z.number().int().nonnegative().optional(),
  price_version: z.string().optional(),
});

/** Spending came near a budget: at the part of it that its owner chose. Told once per subject and period. */
export const budgetWarned = defineEvent("budget.warned", standing, {
  budget_id: "bud_daily",
  scope: "day",
  subject: "2026-11-20",
  period: "2026-11-20",
  limit_usd_micros: 20_000_000,
  spent_usd_micros: 16_204_118,
});

/** Spending reached a budget. Told once per subject and period. */
export const budgetExceeded = defineEvent("budget.exceeded", standing, {
  budget_id: "bud_daily",
  scope: "day",
  subject: "2026-11-20",
  period: "2026-11-20",
  limit_usd_micros: 20_000_000,
  spent_usd_micros: 20_031_774,
});
