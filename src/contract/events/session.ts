import { z } from "zod";
import { defineEvent } from "../event.ts";
import { SessionId } from "../ids.ts";

const tokens = z.number().int().nonnegative().optional();

/** How full the main agent's context is, as the agent program says it: the size of the window, the part that is used, and what is in it. */
export const ContextReport = z.object({
  size_tokens: tokens,
  used_percent: z.number().min(0).max(1_000).optional(),
  input_tokens: tokens,
  output_tokens: tokens,
});
export type ContextReport = Readonly<z.infer<typeof ContextReport>>;

/** Facts about a session that any source may know in part. */
const sessionFacts = {
  app: z.string().optional(),
  app_version: z.string().optional(),
  cwd: z.string().optional(),
  project: z.string().optional(),
  model: z.string().optional(),
  title: z.string().optional(),
  git_branch: z.string().optional(),
  permission_mode: z.string().optional(),
  transcript_path: z.string().optional(),
  resumed_from: SessionId.optional(),
  context: ContextReport.optional(),
};

export const sessionStarted = defineEvent(
  "session.started",
  z.looseObject({ ...sessionFacts, origin: z.enum(["startup", "resume", "clear", "compact", "fork", "import", "unknown"]).optional() }),
  { app: "claude-code", app_version: "2.1.328", cwd: "/home/dev/shop", model: "claude-opus-5-5", origin: "startup" },
);

export const sessionUpdated = defineEvent("session.updated", z.looseObject(sessionFacts), { title: "Fix the cart total" });

export const sessionEnded = defineEvent("session.ended", z.looseObject({ reason: z.string().optional() }), { reason: "logout" });
