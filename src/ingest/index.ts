export { createClaudeHooks, type ClaudeHooks, type HookRecord } from "./claude-hooks.ts";
export { createEventIntake } from "./events.ts";
export type { Source, SourceState, SourceStatus } from "./source.ts";
export { createSpool } from "./spool.ts";
export { createTranscripts } from "./transcripts/transcripts.ts";
