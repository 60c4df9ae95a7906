import { z } from "zod";
import { defineEvent } from "../event.ts";
import { CallId } from "../ids.ts";
import { Text } from "../text.ts";

export const contextCompacted = defineEvent(
  "context.compacted",
  z.looseObject({
    phase: z.enum(["started", "ended"]).optional(),
    trigger: z.string().optional(),
    summary: Text.optional(),
    tokens_before: z.number().int().nonnegative().optional(),
    tokens_after: z.number().int().nonnegative().optional(),
  }),
  { phase: "ended", trigger: "manual", tokens_before: 92_000, tokens_after: 8_100 },
);

export const contextInjected = defineEvent(
  "context.injected",
  z.looseObject({ what: z.string(), path: z.string().optional(), reason: z.string().optional() }),
  {
    what: "instructions",
    path: "/home/dev/shop/CLAUDE.md",
    reason: "session_start",
  },
);

export const skillUsed = defineEvent("skill.used", z.looseObject({ name: z.string(), call_id: CallId.optional() }), { name: "greet" });
