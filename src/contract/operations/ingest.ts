import { z } from "zod";
import { defineOperation } from "../operation.ts";

export const ingestClaudeCode = defineOperation({
  name: "ingest.claude_code",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/claude-code",
  summary: "Takes one Claude Code hook body, or an array or NDJSON of them. Answers with an empty 200, so the agent goes on at once.",
  body: "raw",
  reply: "empty",
  input: z.object({ bodies: z.array(z.unknown()).max(100_000) }),
  output: z.unknown(),
});
