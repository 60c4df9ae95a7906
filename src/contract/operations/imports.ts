import { z } from "zod";
import { defineOperation } from "../operation.ts";

const count = z.number().int();

/**
 * One import. `files` and `bytes` are what was not read before; what an earlier import or a source had read is passed over. After a restart of the
 * daemon in its midst they are what is known at least.
 */
export const Import = z.object({
  import_id: z.string(),
  path: z.string(),
  format: z.enum(["claude-code/transcript", "codex/rollout", "gemini-cli/chat", "orrery/events"]),
  state: z.enum(["reading", "done", "failed", "stopped"]),
  started_at: z.string(),
  ended_at: z.string().optional(),
  files: count,
  bytes: count,
  /** Of these, what was read: files that were read to their end, and bytes whose lines are stored. */
  files_read: count,
  bytes_read: count,
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
    "Reads old transcripts, or events that were exported, from a folder or file on the daemon's machine, behind everything else; a path that is being read already gives its running import. Read again, it goes on where it stopped.",
  input: z.object({ path: z.string().min(1).max(4000) }),
  output: Import,
});

export const getImport = defineOperation({
  name: "imports.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/imports/:import_id",
  summary:
    "How far an import is, or how it ended. The last hundred are remembered, and one that the end of the daemon cut off goes on at its next start.",
  input: z.object({ import_id: z.string().min(1).max(100) }),
  output: Import,
});

export const listImports = defineOperation({
  name: "imports.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/imports",
  summary: "The last hundred imports, newest first: what each has read of how much.",
  input: z.object({ state: Import.shape.state.optional() }),
  output: z.object({ items: z.array(Import) }),
});
