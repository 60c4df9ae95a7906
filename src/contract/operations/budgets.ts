import { z } from "zod";
import { defineOperation } from "../operation.ts";

/** A limit on spending. `match` narrows it to one session, agent (`<session> <agent>`) or project; without it, it holds for each of them. */
export const Budget = z.object({
  budget_id: z
    .string()
    .max(100)
    .regex(/^bud_[A-Za-z0-9._-]+$/, { error: "must be an id that starts with bud_" }),
  scope: z.enum(["session", "agent", "project", "day"]),
  match: z.string().min(1).max(400).optional(),
  limit_usd: z.number().positive().max(1e9),
  warn_percent: z.number().min(1).max(100).default(80),
});
export type Budget = Readonly<z.infer<typeof Budget>>;

const BudgetRow = z.looseObject({
  ...Budget.shape,
  state: z.enum(["below", "warned", "exceeded"]),
  subjects: z.array(
    z.looseObject({
      subject: z.string(),
      spent_usd_micros: z.number().int(),
      percent: z.number(),
      state: z.string(),
      unknown_requests: z.number().int(),
    }),
  ),
});

export const listBudgets = defineOperation({
  name: "budgets.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/budgets",
  summary: "Every budget and how it stands: what was spent of it, by session, agent, project or day.",
  input: z.object({}),
  output: z.looseObject({ items: z.array(BudgetRow), problems: z.array(z.looseObject({ path: z.string(), message: z.string() })) }),
});

export const setBudget = defineOperation({
  name: "budgets.set",
  kind: "command",
  scope: "control",
  method: "PUT",
  path: "/budgets/:budget_id",
  summary:
    "Sets a budget of a session, agent, project or day; it warns at a part of it. Exceeded, it denies every call of an agent that asks here (`orrery connect claude --answer` or `codex --answer`, an opencode server); of others it only warns.",
  input: Budget,
  output: Budget,
});

export const removeBudget = defineOperation({
  name: "budgets.remove",
  kind: "command",
  isFinal: true,
  scope: "control",
  method: "DELETE",
  path: "/budgets/:budget_id",
  summary: "Removes a budget.",
  input: z.object({ budget_id: z.string().min(1).max(100) }),
  output: z.object({ removed: z.boolean() }),
});
