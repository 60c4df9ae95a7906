import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Cost } from "./money.ts";

const count = z.number().int();
/** US dollars per million tokens. */
const Rates = z.object({
  input: z.number(),
  output: z.number(),
  cache_read: z.number(),
  cache_write_5m: z.number(),
  cache_write_1h: z.number(),
});

export const listPrices = defineOperation({
  name: "prices.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/prices",
  summary:
    "The prices in force, in US dollars per million tokens, with their dates, sizes, modes and origin; `model` shows which apply to one.",
  input: z.object({ model: z.string().max(300).optional() }),
  output: z.looseObject({
    price_version: z.string(),
    in_force: z.array(z.looseObject({ from: z.string(), price_version: z.string() })),
    problems: z.array(z.looseObject({ path: z.string(), message: z.string() })),
    items: z.array(
      z.looseObject({
        model: z.string(),
        origin: z.enum(["table", "ours", "yours"]),
        from: z.string().optional(),
        rates: Rates,
        steps: z.array(z.object({ above: count, rates: Rates })),
        modes: z.record(z.string(), z.number()),
        context_window: count.optional(),
      }),
    ),
  }),
});

export const refreshPrices = defineOperation({
  name: "prices.refresh",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/prices/refresh",
  summary:
    "Takes a price table from a file on this machine, for requests from today on; without `path`, goes back to the table that came with Orrery. Also reads prices.json of the home again. Nothing is fetched.",
  input: z.object({ path: z.string().min(1).max(4_000).optional() }),
  output: z.looseObject({
    price_version: z.string(),
    rows: count,
    problems: z.array(z.looseObject({ path: z.string(), message: z.string() })),
  }),
});

export const repriceCosts = defineOperation({
  name: "costs.reprice",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/costs/reprice",
  summary: "Prices all history by the newest table and says what changes; with `dry_run` (the default) it only says so.",
  input: z.object({ dry_run: z.boolean().default(true) }),
  output: z.looseObject({
    dry_run: z.boolean(),
    before: Cost,
    after: Cost,
    items: z.array(z.looseObject({ model: z.string(), before: Cost, after: Cost })),
  }),
});
