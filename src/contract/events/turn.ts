import { z } from "zod";
import { defineEvent } from "../event.ts";
import { TurnId } from "../ids.ts";
import { Text } from "../text.ts";
import { Usage } from "./model.ts";

/** Tokens of a whole prompt. `prompt` stands where only the sum of uncached and cached input is known. */
const PromptUsage = Usage.extend({ prompt: z.number().int().nonnegative().optional() });
export type PromptUsage = z.infer<typeof PromptUsage>;

/** `origin`: who gave the prompt. `notification` is the agent program reporting finished background work, `agent` a parent's task. */
export const turnStarted = defineEvent(
  "turn.started",
  z.looseObject({ turn_id: TurnId, prompt: Text.optional(), origin: z.enum(["human", "command", "notification", "agent"]).optional() }),
  { turn_id: "trn_d6a0" as TurnId, prompt: "Fix the cart total", origin: "human" },
);

/**
 * A prompt has its answer. `usage` are the tokens of the prompted agent alone, `usage_by_model` those of its subagents too, where a source tells
 * them of the prompt and not of each request. `thread_usage` is a running total of the session so far.
 */
export const turnEnded = defineEvent(
  "turn.ended",
  z.looseObject({
    turn_id: TurnId.optional(),
    stop_reason: z.string().optional(),
    interrupted: z.boolean().optional(),
    duration_ms: z.number().nonnegative().optional(),
    usage: PromptUsage.optional(),
    thread_usage: Usage.optional(),
    usage_by_model: z.array(PromptUsage.extend({ model: z.string().optional() })).optional(),
  }),
  { turn_id: "trn_d6a0" as TurnId, stop_reason: "end_turn" },
);
