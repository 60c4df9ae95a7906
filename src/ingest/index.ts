export { createAgentSources, type AgentPlaces, type AgentSources } from "./agent-sources.ts";
export { createClaudeHooks, type HookRecord } from "./claude-hooks.ts";
export { INGEST_PATH, readConnection } from "./connect/claude-settings.ts";
export {
  applyConnect,
  applyDisconnect,
  decideConnect,
  decideDisconnect,
  hookTargets,
  installSender,
  senderPath,
  type SettingsChange,
} from "./connect/connection.ts";
export { createEventIntake } from "./events.ts";
export { createForward } from "./forward/forward.ts";
export { createMachineSources } from "./forward/machine-sources.ts";
export { openOutbox } from "./forward/outbox.ts";
export { sendEvents } from "./forward/send-events.ts";
export { loadMapping } from "./jsonl/mapped-file.ts";
export { createPipe, pipeFormats } from "./jsonl/pipe.ts";
export { createKept } from "./replay/kept.ts";
export { createOtlpSource } from "./otlp/otlp.ts";
export type { Source, SourceStatus } from "./source.ts";
export { createSpool } from "./spool.ts";
export { createTranscripts } from "./transcripts/transcripts.ts";
