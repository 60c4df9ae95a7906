import { z } from "zod";
import { Usage } from "../events/model.ts";
import { defineOperation } from "../operation.ts";
import { CacheRate, Cost } from "./money.ts";
import { Cursor, Limit } from "./fields.ts";
import { TraceFilter, level } from "./filters.ts";

/** `at` is when its answer was whole; times of any part before it are told by few sources. */
const RequestRow = z.looseObject({
  session_id: z.string(),
  request_id: z.string(),
  agent_id: z.string(),
  /** The turn that was told, else the last that its agent had begun. */
  turn_id: z.string().optional(),
  project: z.string().optional(),
  model: z.string().optional(),
  at: z.string(),
  duration_ms: z.number().optional(),
  ttft_ms: z.number().optional(),
  stop_reason: z.string().optional(),
  purpose: z.string().optional(),
  usage: Usage.optional(),
  cost: Cost,
  cache: CacheRate,
});
export type RequestRow = z.infer<typeof RequestRow>;

export const listAllRequests = defineOperation({
  name: "requests.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/requests",
  summary:
    "Answered model requests of every session, by answer, duration or tokens, each with its tokens by bucket, cost, price version and cache hit rate; filtered by session, agent, turn, run, model, duration, time and words.",
  /** The time is that of the answer, the words are parts of its model, purpose, stop reason or id. */
  input: z.object({
    ...TraceFilter,
    model: z.string().max(200).optional(),
    order: z.enum(["newest", "oldest", "longest", "largest"]).default("newest"),
    limit: Limit,
    cursor: Cursor,
  }),
  output: z.object({
    items: z.array(RequestRow),
    next_cursor: z.string().optional(),
    /** How many there are, and of which models, whichever model was asked for; on the first page only. */
    total: z.number().optional(),
    models: z.array(z.object({ model: z.string(), count: z.number() })).optional(),
    ...level,
  }),
});
