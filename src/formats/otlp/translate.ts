import { createClaudeOtel, isClaudeCode } from "../claude/otel.ts";
import type { Translation } from "../translation.ts";
import { createCodexOtel, isCodex } from "./codex.ts";
import { createGeminiOtel, isGemini } from "./gemini.ts";
import { createGenAi } from "./genai.ts";
import type { OtlpRecord } from "./records.ts";

/** Translates telemetry of any emitter, record by record. `receivedAt` is the time of a record that has none. */
export function createOtlp(): (record: OtlpRecord, receivedAt: string) => Translation {
  const claude = createClaudeOtel();
  const codex = createCodexOtel();
  const gemini = createGeminiOtel();
  const genAi = createGenAi();
  return (record, receivedAt) => {
    if (isClaudeCode(record)) return claude(record);
    if (isCodex(record)) return codex(record, receivedAt);
    if (isGemini(record)) return gemini(record, receivedAt);
    return genAi(record, receivedAt);
  };
}
