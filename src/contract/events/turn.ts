import { z } from "zod";
import { defineEvent } from "../event.ts";
import { TurnId } from "../ids.ts";
import { Text } from "../text.ts";

/** `origin`: who gave the prompt. `notification` is the agent program reporting finished background work, `agent` a parent's task. */
export const turnStarted = defineEvent(
  "turn.started",
  z.looseObject({ turn_id: TurnId, prompt: Text.optional(), origin: z.enum(["human", "command", "notification", "agent"]).optional() }),
  { turn_id: "trn_d6a0" as TurnId, prompt: "Fix the cart total", origin: "human" },
);

export const turnEnded = defineEvent(
  "turn.ended",
  z.looseObject({
    turn_id: TurnId.optional(),
    stop_reason: z.string().optional(),
    interrupted: z.boolean().optional(),
    duration_ms: z.number().nonnegative().optional(),
  }),
  { turn_id: "trn_d6a0" as TurnId, stop_reason: "end_turn" },
);
