import { createKei, type KeiState } from "../../formats/kei/kei.ts";
import { createPosted, noteMemory, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

/** Lines of an agent-events file that are POSTed instead of written. */
export function createKeiPosted({ append, clock, notes }: Pick<Intake, "append" | "clock" | "notes">): Posted {
  return createPosted<KeiState>({
    append,
    clock,
    name: "kei lines",
    format: "kei/other",
    open: (saved) => createKei(saved),
    memory: noteMemory<KeiState>(notes, "posted:kei"),
  });
}
