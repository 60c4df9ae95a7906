import { translateHook } from "../../formats/claude/hook.ts";
import { createPosted, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

/** The hook bodies of Claude Code, posted by itself or handed on by our sender. Each says all that it says by itself. */
export function createClaudeHooks({ append, clock }: Pick<Intake, "append" | "clock">): Posted {
  return createPosted({
    append,
    clock,
    name: "claude-code hooks",
    format: "claude-code/hook",
    open: () => ({ translate: translateHook, state: undefined }),
  });
}
