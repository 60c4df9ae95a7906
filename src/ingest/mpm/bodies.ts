import { translateMpm } from "../../formats/mpm/mpm.ts";
import { createPosted, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

/** Event bodies of Claude MPM, whatever envelopes stand around them. */
export function createMpmBodies({ append, clock }: Pick<Intake, "append" | "clock">): Posted {
  return createPosted({
    append,
    clock,
    name: "claude-mpm events",
    format: "claude-mpm/mpm",
    open: () => ({ translate: translateMpm, state: undefined }),
  });
}
