import { z } from "zod";
import { InjectionId } from "../ids.ts";
import { defineOperation } from "../operation.ts";
import { Cursor, Id, Limit } from "./fields.ts";

/** What Claude Code takes from one hook. */
export const INJECTION_CHARS = 10_000;

const Injection = z.looseObject({
  injection_id: InjectionId,
  session_id: z.string(),
  agent_id: z.string(),
  state: z.enum(["waiting", "delivered", "withdrawn"]),
  text: z.string(),
  files: z.array(z.string()).optional(),
  queued_at: z.string(),
  /** When a hook carried it or it was taken back. */
  over_at: z.string().optional(),
  /** The hook that carried it. */
  hook: z.string().optional(),
  by: z.string().optional(),
  door: z.string().optional(),
});
export type Injection = z.infer<typeof Injection>;

export const injectContext = defineOperation({
  name: "context.inject",
  kind: "command",
  scope: "control",
  method: "POST",
  path: "/sessions/:session_id/inject",
  audit: "own",
  summary:
    "Gives an agent words or files beside its prompt: they wait for the next hook of its session whose answer can carry them (a prompt, a call that starts or ends, a sub-agent that starts) and are handed out once. Fails with CANNOT_INJECT where the agent program cannot take them.",
  input: z.strictObject({
    session_id: Id,
    /** Default: the main agent. */
    agent_id: Id.optional(),
    text: z.string().max(INJECTION_CHARS).optional(),
    /** A file of the session's folder, which is read now, or one whose text is given. */
    files: z
      .array(z.strictObject({ path: z.string().min(1).max(4_096), text: z.string().max(INJECTION_CHARS).optional() }))
      .max(50)
      .optional(),
  }),
  output: Injection,
});

export const listInjections = defineOperation({
  name: "context.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/injections",
  summary: "What was given to a session's agents by context.inject, newest first: waiting, delivered by which hook, or withdrawn.",
  input: z.object({ session_id: Id, state: z.enum(["waiting", "delivered", "withdrawn"]).optional(), limit: Limit, cursor: Cursor }),
  output: z.object({ items: z.array(Injection), next_cursor: z.string().optional() }),
});

export const withdrawInjection = defineOperation({
  name: "context.withdraw",
  kind: "command",
  isFinal: true,
  scope: "control",
  method: "POST",
  path: "/injections/:injection_id/withdraw",
  audit: "own",
  summary: "Takes back what waits for an agent. Fails with INJECTION_OVER when a hook has carried it already.",
  input: z.strictObject({ injection_id: Id, reason: z.string().max(2_000).optional() }),
  output: Injection,
});
