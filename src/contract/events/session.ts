import { z } from "zod";
import { defineEvent } from "../event.ts";
import { SessionId } from "../ids.ts";

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
};

export const sessionStarted = defineEvent(
  "session.started",
  z.looseObject({ ...sessionFacts, origin: z.enum(["startup", "resume", "clear", "compact", "fork", "import", "unknown"]).optional() }),
  { app: "claude-code", app_version: "2.1.328", cwd: "/home/dev/shop", model: "claude-opus-5-5", origin: "startup" },
);

export const sessionUpdated = defineEvent("session.updated", z.looseObject(sessionFacts), { title: "Fix the cart total" });

export const sessionEnded = defineEvent("session.ended", z.looseObject({ reason: z.string().optional() }), { reason: "logout" });
