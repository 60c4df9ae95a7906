import type { EventOf } from "../../contract/events/index.ts";
import { foreignId, MAIN_AGENT } from "../../contract/ids.ts";
import { translateHook } from "../../formats/claude/hook.ts";
import { translateLine } from "../../formats/claude/transcript.ts";
import { translateHook as translateCodexHook } from "../../formats/codex/hook.ts";
import { createKei } from "../../formats/kei/kei.ts";
import { translateMpm } from "../../formats/mpm/mpm.ts";
import { createOpencode } from "../../formats/opencode/opencode.ts";
import type { OtlpRecord } from "../../formats/otlp/records.ts";
import { createOtlp } from "../../formats/otlp/translate.ts";
import type { Translation } from "../../formats/translation.ts";

export type KeptEvent = EventOf<"source.kept">;
/** Reads a kept record, whole again, as its format does today. Undefined: too little of it was kept. */
export type KeptTranslator = (record: unknown, kept: KeptEvent) => Translation | undefined;

/**
 * Formats whose records say what they say by themselves. Others (a stream, a file) depend on what stood before; files are read again instead.
 */
export const keptTranslators: ReadonlyMap<string, KeptTranslator> = new Map<string, KeptTranslator>([
  ["claude-code/hook", (record, { timestamp }) => translateHook(record, timestamp)],
  ["claude-code/transcript", transcriptLine],
  ["codex/hook", (record, { timestamp }) => translateCodexHook(record, timestamp)],
  ["claude-mpm/mpm", (record, { timestamp }) => translateMpm(record, timestamp)],
  ["opencode/sse", opencodeEvent],
  ["kei/other", keiLine],
  ["claude-code/otel", otlpRecord],
  ["codex/otel", otlpRecord],
  ["gemini-cli/otel", otlpRecord],
  ["genai/otel", otlpRecord],
]);

/** Kept as it was read, whatever its encoding was. What stands in two records is told only where both were kept. */
function otlpRecord(record: unknown, { timestamp }: KeptEvent): Translation {
  return createOtlp()(record as OtlpRecord, timestamp);
}

function transcriptLine(record: unknown, { session_id, timestamp }: KeptEvent): Translation | undefined {
  // Of long values only the size was kept.
  const isOutline = Object.values(Object(record) as object).some(
    (value) => typeof value === "string" && /^\[\d+ characters\]$/.test(value),
  );
  if (isOutline || session_id === undefined) return undefined;
  return translateLine(record, { sessionId: foreignId(session_id), readAt: timestamp });
}

/** The session that the event was told under is its root: a child among its properties belongs to it. */
function opencodeEvent(properties: unknown, { data, session_id, timestamp }: KeptEvent): Translation {
  const child = (properties as { readonly sessionID?: unknown } | null)?.sessionID;
  const isChild = typeof child === "string" && session_id !== undefined && child !== session_id;
  const opencode = createOpencode({ saved: { parents: isChild ? { [child]: session_id } : {}, owners: {}, facts: {} } });
  return opencode.event({ type: data.record_type, properties }, timestamp);
}

function keiLine(line: unknown, { session_id }: KeptEvent): Translation {
  const agent = (line as { readonly agent_id?: unknown } | null)?.agent_id;
  const session = session_id === undefined ? undefined : foreignId(session_id);
  const isAgent = typeof agent === "string" && agent !== session && agent !== foreignId(MAIN_AGENT);
  return createKei(isAgent && session !== undefined ? { [agent]: session } : {}).translate(line);
}
