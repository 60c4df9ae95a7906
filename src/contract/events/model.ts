import { z } from "zod";
import { defineEvent } from "../event.ts";
import { RequestId, SessionId, TurnId } from "../ids.ts";

const tokens = z.number().int().nonnegative();

/** Token buckets of one request, each token in exactly one of them; `reasoning` is the part of `output` that was thinking. `input` excludes everything cached. */
export const Usage = z.object({
  input: tokens.optional(),
  cache_read: tokens.optional(),
  cache_write_5m: tokens.optional(),
  cache_write_1h: tokens.optional(),
  output: tokens.optional(),
  reasoning: tokens.optional(),
});
export type Usage = z.infer<typeof Usage>;

/**
 * How a request was served, where that has a price of its own: `fast`, `batch`, `us` (inference in the United States only), or another word
 * of the provider. None means the usual way.
 */
export const Modes = z.array(z.string().min(1).max(40)).max(8);

/**
 * One answered model request. `cost_usd_micros` is in millionths of a US dollar; `cost_source` says whose figure it is. `segments` are parts
 * of the prompt in tokens, such as `system`, `tools` and `history`. `also_told_as` is the name under which sources tell of the same request that
 * do not know its id: what they tell counts for this request, and no request of that name is counted.
 */
export const modelResponded = defineEvent(
  "model.responded",
  z.looseObject({
    request_id: RequestId,
    also_told_as: RequestId.optional(),
    model: z.string().optional(),
    usage: Usage.optional(),
    cost_usd_micros: z.number().int().nonnegative().optional(),
    cost_source: z.enum(["reported", "computed"]).optional(),
    ttft_ms: z.number().nonnegative().optional(),
    duration_ms: z.number().nonnegative().optional(),
    stop_reason: z.string().optional(),
    purpose: z.string().optional(),
    turn_id: TurnId.optional(),
    segments: z.record(z.string(), tokens).optional(),
    modes: Modes.optional(),
  }),
  {
    request_id: "req_msg_01" as RequestId,
    model: "claude-opus-5-5",
    usage: { input: 4, cache_read: 12_864, cache_write_5m: 262, output: 43 },
    stop_reason: "tool_use",
  },
);

/** A request that got an error instead of an answer; no tokens. `retry_at` when the agent will try again. */
export const modelFailed = defineEvent(
  "model.failed",
  z.looseObject({
    request_id: RequestId.optional(),
    class: z.string(),
    status: z.number().int().optional(),
    message: z.string().optional(),
    attempt: z.number().int().optional(),
    retry_at: z.string().optional(),
    turn_id: TurnId.optional(),
  }),
  { class: "overloaded", status: 529, attempt: 1, retry_at: "2026-11-20T10:21:14.000Z" },
);

/**
 * What the agent program says that the session has cost so far: a running total. `run` names what is counted where a program counts several
 * things side by side, or begins again at 0. Where the total runs on from earlier work (a fork), `base_usd_micros` is what it began with, or
 * `continued_from` the session that it began from; `includes_earlier` alone says that it began with an amount that nobody told.
 */
export const costReported = defineEvent(
  "cost.reported",
  z.looseObject({
    usd_micros: z.number().int().nonnegative(),
    run: z.string().max(200).optional(),
    base_usd_micros: z.number().int().nonnegative().optional(),
    continued_from: SessionId.optional(),
    includes_earlier: z.boolean().optional(),
  }),
  { usd_micros: 82_350, continued_from: "ses_6a653eab" as SessionId },
);

/** How much of a plan's limit is used, such as `five_hour` or `seven_day`. It is used up at 100 and begins anew at `resets_at`. */
export const limitReported = defineEvent(
  "limit.reported",
  z.looseObject({
    limit: z.string().min(1).max(100),
    used_percent: z.number().min(0).max(1_000),
    resets_at: z.iso.datetime({ offset: true }).optional(),
    window_minutes: z.number().nonnegative().optional(),
    plan: z.string().max(100).optional(),
  }),
  { limit: "five_hour", used_percent: 41.5, resets_at: "2026-11-20T14:00:00.000Z" },
);
