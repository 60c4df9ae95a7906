export { createAgentSources, type AgentPlaces, type AgentSources } from "./agent-sources.ts";
export { createGuard, withoutContent, type Guard } from "./capture.ts";
export { createClaudeHooks } from "./claude/hooks.ts";
export { INGEST_PATH, readConnection, type AnswerHook } from "./connect/claude-settings.ts";
export { claudeStatusLine, hasStatusLine } from "./connect/claude-status-line.ts";
export { claudeTelemetry } from "./connect/claude-telemetry.ts";
export { CODEX_PATH, codexHooks, codexTelemetry } from "./connect/codex-settings.ts";
export { hasCommandHooks } from "./connect/command-hooks.ts";
export { GEMINI_PATH, geminiHooks, geminiTelemetry } from "./connect/gemini-settings.ts";
export { OPENCODE_PATH, opencodePlugin } from "./connect/opencode-plugin.ts";
export { both, type SettingsPlan } from "./connect/settings-plan.ts";
export type { AskServer, ServerAsk } from "./opencode/waiting.ts";
export {
  applyConnect,
  claudeHooks,
  applyDisconnect,
  decideConnect,
  decideDisconnect,
  hookTargets,
  installSender,
  senderPath,
  statusSender,
  type SettingsChange,
} from "./connect/connection.ts";
export { createClaudeFolderFiles } from "./claude/folder-files.ts";
export { createEventIntake } from "./events.ts";
export { createForward } from "./forward/forward.ts";
export { createMachineSources } from "./forward/machine-sources.ts";
export { openOutbox } from "./forward/outbox.ts";
export { sendEvents } from "./forward/send-events.ts";
export { loadMapping } from "./jsonl/mapped-file.ts";
export { createPipe, pipeFormats } from "./jsonl/pipe.ts";
export type { HookRecord } from "./jsonl/posted.ts";
export { detectImport, type Importable } from "./import.ts";
export type { OnceTold } from "./once.ts";
export { createKept } from "./replay/kept.ts";
export { createOtlpSource } from "./otlp/otlp.ts";
export type { Intake, Source } from "./source.ts";
export { createSpool } from "./spool.ts";
export { createTranscripts } from "./transcripts/transcripts.ts";
