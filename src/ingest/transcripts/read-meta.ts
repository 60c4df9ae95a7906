import { readFile, stat } from "node:fs/promises";
import type { EventDraft } from "../../contract/events/index.ts";
import { translateAgentMeta } from "../../formats/claude/subagent.ts";
import { toTimestamp } from "../../lib/clock.ts";
import type { SessionFile } from "./read-session.ts";

const MAX_META_BYTES = 1024 * 1024;

/**
 * The side file of an agent. It is written when the agent starts and again when it ends; the start is dated by the agent's first line, so that
 * the agent has its parent from the beginning.
 */
export async function readMeta(file: SessionFile, firstLineAt: string | undefined) {
  const { size, mtimeMs } = await stat(file.path);
  if (size > MAX_META_BYTES) throw new Error(`is larger than ${MAX_META_BYTES} bytes`);
  const meta: unknown = JSON.parse(await readFile(file.path, "utf8"));
  const writtenAt = toTimestamp(mtimeMs);
  const spawnedAt = firstLineAt ?? writtenAt;
  const names = { sessionId: file.sessionId ?? "", agentId: file.agentId ?? "" };
  const atStart = translateAgentMeta(typeof meta === "object" ? { ...meta, finished: undefined } : meta, {
    ...names,
    timestamp: spawnedAt,
  });
  if (atStart.problem !== undefined) throw new Error(atStart.problem);
  const ended: readonly EventDraft[] = translateAgentMeta(meta, { ...names, timestamp: writtenAt }).events.filter(
    (event) => event.type === "agent.ended",
  );
  return { version: `${size}:${mtimeMs}:${spawnedAt}`, writtenAt, spawnedAt, spawned: atStart.events, ended };
}
