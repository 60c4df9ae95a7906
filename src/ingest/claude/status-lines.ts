import { createStatusLine, type StatusLineState } from "../../formats/claude/status-line.ts";
import { createPosted, recordMemory, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

const MAX_SESSIONS = 500;

/** What Claude Code pipes to its status line, as our sender hands it on. */
export function createStatusLines({ append, clock, notes }: Pick<Intake, "append" | "clock" | "notes">): Posted {
  return createPosted<StatusLineState>({
    append,
    clock,
    name: "claude-code status line",
    format: "claude-code/status-line",
    open: (saved) => createStatusLine(saved),
    memory: recordMemory(notes, "status:claude:", MAX_SESSIONS),
  });
}
