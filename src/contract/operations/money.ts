import { z } from "zod";
import { Modes } from "../events/model.ts";
import { defineOperation } from "../operation.ts";
import { Cursor, Id, Limit, Moment, Seq, page } from "./fields.ts";

const micros = z.number().int();
const count = z.number().int();
const Day = z.iso.date({ error: "must be a day, such as 2026-11-20" });

const Tokens = z.object({
  input: count,
  cache_read: count,
  cache_write_5m: count,
  cache_write_1h: count,
  output: count,
  reasoning: count,
});

/**
 * Requests that have one price: the same model, served in the same way on the same day (UTC), with a prompt of the same class of size.
 * Sums of such lines can be priced at any time, without the requests.
 */
export const Spend = z.object({
  model: z.string(),
  day: z.string(),
  modes: Modes.optional(),
  /** The greatest of `promptSteps` that the prompt exceeds; 0 when it exceeds none. */
  prompt_above: count,
  requests: count,
  /** Requests of which both the input and the output are known. Of the others the cost is not. */
  measured: count,
  tokens: Tokens,
  /** Sum and number of the requests whose cost the agent program told. */
  reported_usd_micros: micros,
  reported_requests: count,
});
export type Spend = Readonly<z.infer<typeof Spend>>;

/** Sizes of a prompt in tokens at which some model's price changes. */
export const promptSteps = [
  32_000, 64_000, 100_000, 128_000, 199_999, 200_000, 256_000, 271_999, 272_000, 400_000, 512_000, 1_000_000,
] as const;

/**
 * What something cost. `usd_micros` is the figure to show and `source` says whose it is; it is absent when nothing is known. `reported` is the
 * agent program's own figure, `computed` ours from tokens and list prices: for a plan it is what the same work would cost over the API.
 * `unknown_requests` have no price or no tokens: with any, `computed` is what is known at least.
 */
export const Cost = z.object({
  usd_micros: micros.optional(),
  source: z.enum(["reported", "computed", "unknown"]),
  reported_usd_micros: micros.optional(),
  /** Whether `reported` covers everything here: a running total of the session, or a figure for every request. */
  reported_whole: z.boolean().optional(),
  computed_usd_micros: micros.optional(),
  /** Reported minus computed, where both cover everything. */
  difference_usd_micros: micros.optional(),
  price_version: z.string().optional(),
  requests: count,
  reported_requests: count,
  unknown_requests: count,
  unknown_models: z.array(z.string()).optional(),
});
export type Cost = Readonly<z.infer<typeof Cost>>;

/** Of the prompt's tokens, the part that came from the cache: read ÷ (read + write + uncached input). Absent where no prompt is known. */
export const CacheRate = z.object({ hit_rate: z.number().optional(), read: count, write: count, uncached: count });
export type CacheRate = Readonly<z.infer<typeof CacheRate>>;

export const dropReasons = ["model_switched", "compacted", "ttl_passed", "prefix_changed"] as const;

/** A request that had to pay again for what had been in the cache. `reason` is worked out from what surrounds it: an estimate. */
export const CacheDrop = z.object({
  request_id: z.string(),
  agent_id: z.string(),
  at: z.string(),
  reason: z.enum(dropReasons),
  estimated: z.literal(true),
  cached_before: count,
  read: count,
  lost: count,
  idle_ms: count,
  /** What paying again for `lost` cost beyond reading it from the cache. Absent where no price is known. */
  cost_usd_micros: micros.optional(),
});
export type CacheDrop = Readonly<z.infer<typeof CacheDrop>>;

/** How full an agent's context is: its newest prompt with the answer to it, of the model's window where that is known. */
export const ContextFill = z.looseObject({
  agent_id: z.string(),
  at: z.string(),
  model: z.string().optional(),
  tokens: count,
  segments: z.object({ how: z.enum(["reported", "estimated"]), parts: z.record(z.string(), z.number()) }),
  window: count.optional(),
  used: z.number().optional(),
});
export type ContextFill = Readonly<z.infer<typeof ContextFill>>;

/** How a plan's limit stands. `exhausted_at` is an estimate from the pace so far; absent where the window ends sooner. */
export const Limits = z.looseObject({
  limit: z.string(),
  at: z.string(),
  used_percent: z.number(),
  window_minutes: z.number().optional(),
  plan: z.string().optional(),
  resets_at: z.string().optional(),
  exhausted_at: z.string().optional(),
});
export type Limits = Readonly<z.infer<typeof Limits>>;

const groups = ["model", "session", "agent", "project", "day", "app", "ticket", "tool"] as const;

/**
 * Rows by tool are estimates: the answer of a request is divided by the calls that it asked for. `(no tool)` has the answers of requests without
 * calls, `(context)` the prompts of all. Their tokens sum up to the total; `requests` says how many asked for the tool, and those overlap.
 */
export const UsageRow = z.looseObject({
  key: z.string(),
  label: z.string().optional(),
  estimated: z.literal(true).optional(),
  method: z.literal("request_split").optional(),
  requests: count,
  tokens: Tokens,
  cost: Cost,
  cache: CacheRate,
  /** The computed cost by token bucket, each rounded for itself. */
  by_bucket: z.object({ input: micros, cache_read: micros, cache_write_5m: micros, cache_write_1h: micros, output: micros }),
});
export type UsageRow = Readonly<z.infer<typeof UsageRow>>;

const usageInput = z.object({
  group_by: z.enum(groups).default("model"),
  session_id: z.string().max(200).optional(),
  project: z.string().max(300).optional(),
  since: Day.optional(),
  until: Day.optional(),
});

export const getUsage = defineOperation({
  name: "usage.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/usage",
  summary:
    "Token buckets, requests, cost and cache hit rate, summed by model, session, agent, project, day, agent program, ticket or tool (an estimate).",
  input: usageInput,
  output: z.looseObject({ items: z.array(UsageRow), total: UsageRow.optional(), price_version: z.string().optional() }),
});

export const getUsageCsv = defineOperation({
  name: "usage.csv",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/usage.csv",
  summary: "The rows of usage.get as comma-separated values, money in millionths of a US dollar, also by token bucket as computed.",
  reply: "text",
  input: usageInput,
  output: z.string(),
});

/** What drops of the cache of one reason took: how many, the tokens paid again, and what that cost beyond reading them, where it is known. */
const DropSum = z.object({ reason: z.enum(dropReasons), drops: count, lost: count, cost_usd_micros: micros.optional(), unpriced: count });

export const getCacheHistory = defineOperation({
  name: "cache.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/cache",
  summary:
    "How well the prompt cache served, by day: hit rate, and the drops with their estimated reasons and what they cost. Looks into the latest sessions of the time; left_out counts the others.",
  input: z.object({ project: z.string().max(300).optional(), since: Day.optional(), until: Day.optional() }),
  output: z.object({
    days: z.array(z.object({ day: z.string(), cache: CacheRate, drops: count, lost: count, cost_usd_micros: micros.optional() })),
    reasons: z.array(DropSum),
    /** The latest drops, newest first. */
    items: z.array(z.object({ ...CacheDrop.shape, session_id: z.string(), title: z.string() })),
    looked_into: count,
    left_out: count,
  }),
});

export const listLimits = defineOperation({
  name: "limits.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/limits",
  summary: "Plan limits as agent programs last told them, with when they are used up at the pace of their window.",
  input: z.object({}),
  output: z.object({ items: z.array(z.looseObject({ ...Limits.shape, app: z.string(), session_id: z.string() })) }),
});

/**
 * A turn with its figures. What names no turn belongs to the last one that its agent had begun. `tokens` are those that sources told, in
 * `requests` requests of its own agent and of helpers that name the turn; `failed_calls` ended in an error, a timeout or as invalid;
 * `context` is how full the turn's own agent was after its newest request.
 */
const TurnCost = z.looseObject({
  turn_id: z.string(),
  agent_id: z.string(),
  prompt: z.string().optional(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  duration_ms: z.number().optional(),
  interrupted: z.boolean().optional(),
  requests: count,
  tokens: Tokens,
  models: z.array(z.string()),
  calls: count,
  failed_calls: count,
  failed_requests: count,
  compactions: count,
  context: z.object({ tokens: count, window: count.optional() }).optional(),
  cost: Cost,
  cache: CacheRate,
});

export const getSessionCost = defineOperation({
  name: "sessions.cost",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/cost",
  summary:
    "What a session cost, by agent and turn; its cache hit rates, where they dropped and what that cost; how full its context is; plan limits. With `at`, as it was known then; of a time, only what had a seq up to `up_to` counts of that very millisecond.",
  input: z.object({ session_id: Id, at: Moment.optional(), up_to: Seq.optional() }),
  output: z.looseObject({
    session_id: z.string(),
    cost: Cost,
    cache: CacheRate,
    agents: z.array(z.looseObject({ agent_id: z.string(), label: z.string(), requests: count, cost: Cost, cache: CacheRate })),
    turns: z.array(TurnCost),
    drops: z.array(CacheDrop),
    contexts: z.array(ContextFill),
    limits: z.array(Limits),
  }),
});

export const listRequests = defineOperation({
  name: "sessions.requests",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/requests",
  summary: "The model requests of a session, oldest first, each with its tokens, cost, price version and cache hit rate.",
  input: z.object({ session_id: Id, agent_id: z.string().max(200).optional(), limit: Limit, cursor: Cursor }),
  output: page(z.looseObject({ request_id: z.string(), agent_id: z.string(), at: z.string(), cost: Cost, cache: CacheRate })),
});
