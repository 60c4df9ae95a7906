import { z } from "zod";
import { defineOperation } from "../operation.ts";

const count = z.number().int();

/** One import. `files` and `bytes` are what was not read before; what an earlier import or a source had read is passed over. */
export const Import = z.object({
  import_id: z.string(),
  path: z.string(),
  format: z.enum(["claude-code/transcript", "codex/rollout", "gemini-cli/chat"]),
  state: z.enum(["reading", "done", "failed", "stopped"]),
  started_at: z.string(),
  ended_at: z.string().optional(),
  files: count,
  bytes: count,
  sessions: count,
  records: count,
  events: count,
  duplicates: count,
  rejected: count,
  detail: z.string().optional(),
});
export type Import = z.infer<typeof Import>;

export const startImport = defineOperation({
  name: "imports.start",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/imports",
  summary:
    "Reads old transcripts from a folder or file on the daemon's machine, behind everything else; a path that is being read already gives its running import. Read again, it goes on where it stopped.",
  input: z.object({ path: z.string().min(1).max(4000) }),
  output: Import,
});

export const getImport = defineOperation({
  name: "imports.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/imports/:import_id",
  summary: "How far an import is, or how it ended. Imports are known until the daemon ends.",
  input: z.object({ import_id: z.string().min(1).max(100) }),
  output: Import,
});
