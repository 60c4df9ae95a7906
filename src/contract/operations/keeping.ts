import { z } from "zod";
import { defineOperation } from "../operation.ts";

export const makeBackup = defineOperation({
  name: "backup.make",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/backup",
  summary: "Copies the log, as it is at this moment, and the settings beside it into a new folder. The daemon goes on meanwhile.",
  input: z.object({
    /** A folder that does not exist yet; default: `backups/<time>` in the home. */
    path: z.string().min(1).max(4_000).optional(),
  }),
  output: z.object({ path: z.string(), head: z.number(), bytes: z.number(), files: z.array(z.string()) }),
});

const Kind = z.enum(["bodies", "texts", "raw"]);

const Kept = z.object({
  kind: Kind,
  /** Days after which it is let go; null: never. */
  after_days: z.number().nullable(),
  /** Bodies, sessions or records that are let go, and about how many bytes. */
  items: z.number(),
  bytes: z.number(),
});

export const applyRetention = defineOperation({
  name: "retention.apply",
  kind: "command",
  isFinal: true,
  scope: "admin",
  method: "POST",
  path: "/retention",
  summary: "Lets go of long texts, words and raw records that are older than the settings keep them, or only says what would go.",
  input: z.object({ dry_run: z.boolean().default(true) }),
  output: z.object({ dry_run: z.boolean(), items: z.array(Kept) }),
});
