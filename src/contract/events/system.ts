import { z } from "zod";
import { defineEvent } from "../event.ts";

/** A foreign record that gave no fact of ours: kept as it came, counted, mapped again after an upgrade. */
export const sourceKept = defineEvent(
  "source.kept",
  z.looseObject({ format: z.string(), record_type: z.string(), reason: z.enum(["unknown", "unused"]), record: z.unknown() }),
  { format: "claude-code/hook", record_type: "ConfigChange", reason: "unused", record: { source: "user_settings" } },
);

/** Input that could not be read at all. `sample` is its first part. */
export const sourceRejected = defineEvent(
  "source.rejected",
  z.looseObject({ format: z.string(), reason: z.string(), sample: z.string().optional(), count: z.number().int().positive().optional() }),
  {
    format: "claude-code/transcript",
    reason: "line 12 is not JSON",
    sample: '{"type":"user","mess',
  },
);

/** A part of Orrery itself could not do its work. */
export const systemFailed = defineEvent(
  "system.failed",
  z.looseObject({ part: z.string(), message: z.string(), code: z.string().optional() }),
  {
    part: "transcripts",
    message: "cannot read ~/.claude/projects: permission denied",
  },
);

/** A connected source answered its test record: the path from the agent program to the log works. */
export const sourceConnected = defineEvent("source.connected", z.looseObject({ format: z.string(), canary: z.string().optional() }), {
  format: "claude-code/hook",
  canary: "can_3f9",
});
