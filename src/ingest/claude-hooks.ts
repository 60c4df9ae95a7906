import type { Handlers } from "../contract/operations/index.ts";
import { createTally, type Intake, type Source } from "./source.ts";

/** One hook body; `received_at` when it was received earlier, by the sender. */
export interface HookRecord {
  readonly body: unknown;
  readonly received_at?: string;
}

export interface ClaudeHooks extends Source {
  /** Takes what was POSTed: one body, an array, or NDJSON lines. */
  readonly handle: Handlers["ingest.claude_code"];
  /** Takes bodies that waited in the spool. */
  readonly take: (records: readonly HookRecord[]) => Promise<void>;
}

/** The hook bodies of Claude Code. Anything that is a JSON object is answered with success, so that the agent is never held up. */
export function createClaudeHooks(intake: Pick<Intake, "append" | "clock">): ClaudeHooks {
  const tally = createTally("claude-code hooks", "claude-code/hook", intake.clock);
  return {
    handle: async () => undefined,
    take: async () => undefined,
    run: async () => undefined,
    stop: async () => undefined,
    status: () => tally.status("waiting"),
  };
}
