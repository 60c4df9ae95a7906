import { translateHook } from "../../formats/codex/hook.ts";
import { createPosted, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

/** The hook bodies of Codex, as its command hooks hand them on. Each says all that it says by itself. */
export function createCodexHooks({ append, clock }: Pick<Intake, "append" | "clock">): Posted {
  return createPosted({
    append,
    clock,
    name: "codex hooks",
    format: "codex/hook",
    open: () => ({ translate: translateHook, state: undefined }),
  });
}
