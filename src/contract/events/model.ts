import { z } from "zod";
import { defineEvent } from "../event.ts";
import { RequestId, TurnId } from "../ids.ts";

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

/** One answered model request. `cost_usd_micros` is in millionths of a US dollar; `cost_source` says whose figure it is. */
export const modelResponded = defineEvent(
  "model.responded",
  z.looseObject({
    request_id: RequestId,
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
