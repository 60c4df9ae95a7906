import { z } from "zod";
import { defineEvent } from "../event.ts";
import { AskId, CallId } from "../ids.ts";
import { Text } from "../text.ts";

/** What is asked: leave to go on, words, a yes to a plan, and what Orrery itself will ask. A `review` is put to a program instead of a person. */
export const AskKind = z.enum(["permission", "question", "plan", "gate", "quota", "collision", "review"]);
export type AskKind = z.infer<typeof AskKind>;

/** How an ask ended. `edited`: allowed with another input; `always`: allowed, and others like it; `unknown`: it is over, no source says how. */
export const AskOutcome = z.enum(["allowed", "denied", "edited", "always", "answered", "cancelled", "expired", "unknown"]);
export type AskOutcome = z.infer<typeof AskOutcome>;

/**
 * What happens at the deadline. `wait` keeps the ask open; `escalate` too, and says `ask.escalated` once; `pass` takes it back, and whoever asked
 * decides in another way, such as at its own prompt.
 */
export const OnTimeout = z.enum(["deny", "allow", "wait", "escalate", "pass"]);
export type OnTimeout = z.infer<typeof OnTimeout>;

/** An answer that may be chosen. */
export const AskOption = z.looseObject({ id: z.string(), label: Text.optional(), kind: z.string().optional() });
export type AskOption = z.infer<typeof AskOption>;

/** One of several questions that are answered together. */
export const AskQuestion = z.looseObject({
  question: Text,
  header: Text.optional(),
  options: z.array(z.looseObject({ label: Text, description: Text.optional() })).optional(),
  is_multiple: z.boolean().optional(),
});
export type AskQuestion = z.infer<typeof AskQuestion>;

/**
 * An agent waits for a decision. `call_id` is there where the source names the call; otherwise tool and input lead to it. `deadline` is
 * RFC 3339, `on_timeout` what happens then. `is_held`: whoever asks waits for Orrery's answer; without it, Orrery has only seen the asking.
 * `by` and `door` say who asked, and where; `because` which rule wants it asked. `takes_input: false`: whoever asked goes on with what was asked
 * for or not at all. `reply_to`: the server that waits, and its own id of the ask.
 */
export const askOpened = defineEvent(
  "ask.opened",
  z.looseObject({
    ask_id: AskId,
    kind: AskKind,
    call_id: CallId.optional(),
    tool: z.string().optional(),
    input: z.unknown().optional(),
    prompt: Text.optional(),
    options: z.array(AskOption).optional(),
    questions: z.array(AskQuestion).optional(),
    schema: z.unknown().optional(),
    suggestions: z.array(z.unknown()).optional(),
    preview: Text.optional(),
    risk: z.string().optional(),
    risk_because: z.string().optional(),
    deadline: z.string().optional(),
    on_timeout: OnTimeout.optional(),
    is_held: z.boolean().optional(),
    takes_input: z.boolean().optional(),
    reply_to: z.looseObject({ server: z.string(), id: z.string() }).optional(),
    because: z.string().optional(),
    by: z.string().optional(),
    door: z.string().optional(),
  }),
  { ask_id: "ask_1" as AskId, kind: "permission", tool: "Bash", prompt: "npm publish", input: { command: "npm publish" } },
);

/** The decision. `by` says whose it was (`user`, `hook`, `rule`, `reviewer` …), `door` where it was given. */
export const askAnswered = defineEvent(
  "ask.answered",
  z.looseObject({
    ask_id: AskId,
    outcome: AskOutcome,
    kind: AskKind.optional(),
    call_id: CallId.optional(),
    tool: z.string().optional(),
    answer: z.unknown().optional(),
    message: Text.optional(),
    by: z.string().optional(),
    door: z.string().optional(),
  }),
  { ask_id: "ask_1" as AskId, outcome: "allowed", by: "user", door: "terminal" },
);

/** Whoever asked no longer wants an answer. */
export const askWithdrawn = defineEvent(
  "ask.withdrawn",
  z.looseObject({ ask_id: AskId, reason: z.string().optional(), by: z.string().optional(), door: z.string().optional() }),
  { ask_id: "ask_1" as AskId, reason: "interrupted" },
);

/** Nobody answered by the deadline. What was asked for is denied. */
export const askExpired = defineEvent("ask.expired", z.looseObject({ ask_id: AskId, deadline: z.string().optional() }), {
  ask_id: "ask_1" as AskId,
});

/** Nobody answered by the deadline, and the ask stays open. */
export const askEscalated = defineEvent("ask.escalated", z.looseObject({ ask_id: AskId, deadline: z.string().optional() }), {
  ask_id: "ask_1" as AskId,
});
