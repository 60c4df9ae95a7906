import { z } from "zod";
import { defineEvent } from "../event.ts";

/**
 * Somebody had an operation done that changes something, and that tells nothing of its own of who it was. `by` is the name of the token, or who the
 * caller says it is where no token is needed; `about` holds the ids that were named.
 */
export const commandExecuted = defineEvent(
  "command.executed",
  z.looseObject({
    operation: z.string().max(100),
    by: z.string().max(200),
    door: z.string().max(100),
    about: z.record(z.string(), z.string()).optional(),
  }),
  { operation: "budgets.set", by: "laptop", door: "http", about: { budget_id: "bud_daily" } },
);
