import { z } from "zod";
import { defineEvent } from "../event.ts";
import { CallId, RequestId, TurnId } from "../ids.ts";
import { Text } from "../text.ts";

/** What a call does, for its icon and colour. */
export const CallKind = z.enum(["read", "edit", "search", "run", "web", "agent", "plan", "ask", "mcp", "skill", "other"]);
export type CallKind = z.infer<typeof CallKind>;

/**
 * How a call ended. `invalid`: never started, the request was wrong. `denied`: never started, someone or a rule said no.
 * `interrupted`: started, then stopped by a person. `timeout`: hit its own limit.
 */
export const CallOutcome = z.enum(["ok", "error", "timeout", "invalid", "denied", "interrupted"]);
export type CallOutcome = z.infer<typeof CallOutcome>;

export const toolStarted = defineEvent(
  "tool.started",
  z.looseObject({
    call_id: CallId,
    name: z.string(),
    kind: CallKind.optional(),
    title: z.string().max(300).optional(),
    input: z.unknown().optional(),
    paths: z.array(z.string()).optional(),
    request_id: RequestId.optional(),
    turn_id: TurnId.optional(),
  }),
  { call_id: "call_toolu_01A" as CallId, name: "Bash", kind: "run", title: "npm test", input: { command: "npm test" } },
);

/**
 * `latency_ms` is the tool's own running time, `waited_ms` the time a person took to allow it.
 * `certainty`: `inferred` when the source shows only that the call is over, not how; a `reported` outcome of another source then stands.
 */
export const toolEnded = defineEvent(
  "tool.ended",
  z.looseObject({
    call_id: CallId,
    outcome: CallOutcome,
    certainty: z.enum(["reported", "inferred"]).optional(),
    name: z.string().optional(),
    client_status: z.string().optional(),
    input: z.unknown().optional(),
    output: z.unknown().optional(),
    error: Text.optional(),
    exit_code: z.number().int().optional(),
    latency_ms: z.number().nonnegative().optional(),
    waited_ms: z.number().nonnegative().optional(),
    turn_id: TurnId.optional(),
  }),
  { call_id: "call_toolu_01A" as CallId, outcome: "ok", output: "12 passed", latency_ms: 1204 },
);
