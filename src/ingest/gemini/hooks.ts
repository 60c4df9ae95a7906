import { createHooks, type HookState } from "../../formats/gemini/hook.ts";
import { createPosted, recordMemory, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

/** Each hook is sent by a process of its own, and those overtake each other by some milliseconds. */
const GATHER_MS = 100;
const MAX_SESSIONS = 500;

/** The hook bodies of Gemini CLI. They carry times and no ids: what one says depends on those before it. */
export function createGeminiHooks({ append, clock, notes }: Pick<Intake, "append" | "clock" | "notes">): Posted {
  return createPosted<Readonly<Record<string, HookState>>>({
    append,
    clock,
    name: "gemini hooks",
    format: "gemini-cli/hook",
    open: (saved) => createHooks(saved),
    memory: recordMemory(notes, "hooks:gemini:", MAX_SESSIONS),
    gather: { ms: GATHER_MS, timeOf: (body) => String((body as { readonly timestamp?: unknown } | null)?.timestamp ?? "") },
  });
}
