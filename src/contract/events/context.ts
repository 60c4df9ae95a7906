import { z } from "zod";
import { defineEvent } from "../event.ts";
import { CallId, InjectionId } from "../ids.ts";
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

/** Somebody wants an agent to know something: it waits for the next hook whose answer can carry it. */
export const contextQueued = defineEvent(
  "context.queued",
  z.looseObject({
    injection_id: InjectionId,
    text: Text,
    /** The files whose contents stand in the text. */
    files: z.array(z.string()).optional(),
    by: z.string().optional(),
    door: z.string().optional(),
  }),
  { injection_id: "inj_1", text: "The staging database is read-only today.", by: "ana", door: "http" },
);

/** What waited was taken back before a hook could carry it. */
export const contextWithdrawn = defineEvent(
  "context.withdrawn",
  z.looseObject({ injection_id: InjectionId, reason: z.string().optional(), by: z.string().optional(), door: z.string().optional() }),
  { injection_id: "inj_1", by: "ana", door: "http" },
);

/** A hook carried it to the agent. `hook` is the hook's event. */
export const contextDelivered = defineEvent(
  "context.delivered",
  z.looseObject({
    injection_id: InjectionId,
    hook: z.string(),
    chars: z.number().int().nonnegative(),
    files: z.array(z.string()).optional(),
  }),
  { injection_id: "inj_1", hook: "UserPromptSubmit", chars: 42 },
);

export const contextInjected = defineEvent(
  "context.injected",
  z.looseObject({
    what: z.string(),
    path: z.string().optional(),
    reason: z.string().optional(),
  }),
  {
    what: "instructions",
    path: "/home/dev/shop/CLAUDE.md",
    reason: "session_start",
  },
);

export const skillUsed = defineEvent("skill.used", z.looseObject({ name: z.string(), call_id: CallId.optional() }), { name: "greet" });
