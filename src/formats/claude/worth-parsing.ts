/** Line types that carry no fact of ours. Several hold whole system prompts, so they are not kept either. */
export const noise: ReadonlySet<string> = new Set([
  "attachment",
  "api-request",
  "api-request-shape",
  "api-request-blob",
  "atis-latch",
  "file-history-delta",
  "file-history-snapshot",
  "last-prompt",
  "mode",
  "permission-mode",
  "progress",
  "relocated",
  "tools-used",
  "worktree-state",
]);

/** Enough of a line to hold every key that stands before its type. */
const HEAD = 400;

const latin1 = new TextDecoder("latin1");

/**
 * Whether a transcript line may give events. Most of a transcript's bytes are copies of prompts; this tells such lines by their first
 * characters, without parsing them. When in doubt the answer is yes.
 */
export function isWorthParsing(line: string | Uint8Array): boolean {
  const head = typeof line === "string" ? line.slice(0, HEAD) : latin1.decode(line.subarray(0, HEAD));
  if (head.startsWith('{"type":"')) {
    const end = head.indexOf('"', 9);
    return end < 0 || !noise.has(head.slice(9, end));
  }
  return !attachment.test(head) && !stopHooks.test(head);
}

// Attachments and system lines name themselves right after these keys; deeper in a line the same words may be somebody's data.
const before = String.raw`^\{"parentUuid":(?:null|"[^"\\]*"),(?:"logicalParentUuid":(?:null|"[^"\\]*"),)?"isSidechain":(?:true|false),(?:"(?:agentId|promptId)":"[^"\\]*",)*`;
const attachment = new RegExp(String.raw`${before}"attachment":\{`);
const stopHooks = new RegExp(String.raw`${before}"type":"system","subtype":"stop_hook_summary",`);
