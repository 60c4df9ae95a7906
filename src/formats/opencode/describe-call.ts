import type { CallKind, CallOutcome } from "../../contract/events/tool.ts";
import { describe, type Tools } from "../fields.ts";

const tools: Tools = new Map([
  ["bash", ["run", "command"]],
  ["read", ["read", "filePath"]],
  ["list", ["read", "path"]],
  ["write", ["edit", "filePath"]],
  ["edit", ["edit", "filePath"]],
  ["multiedit", ["edit", "filePath"]],
  ["patch", ["edit"]],
  ["apply_patch", ["edit"]],
  ["glob", ["search", "pattern"]],
  ["grep", ["search", "pattern"]],
  ["codesearch", ["search", "query"]],
  ["webfetch", ["web", "url"]],
  ["websearch", ["web", "query"]],
  ["task", ["agent", "description", "prompt"]],
  ["todowrite", ["plan"]],
  ["todoread", ["plan"]],
  ["plan_enter", ["plan"]],
  ["plan_exit", ["plan"]],
  ["question", ["ask"]],
  ["skill", ["skill", "name"]],
] satisfies readonly (readonly [string, readonly [CallKind, ...string[]]])[]);

export function describeCall(name: string, input: unknown): ReturnType<typeof describe> {
  return describe(tools, name, input);
}

/** Why a call failed, by the words of its error. */
export function outcomeOfError(text: string): CallOutcome {
  const head = text.slice(0, 500);
  if (/\brejected permission\b|\bprevents you from using this specific tool call\b/.test(head)) return "denied";
  if (/^(?:Tool execution aborted|Aborted|The operation was aborted|Cancelled)\b/i.test(head)) return "interrupted";
  if (
    /\b(?:oldString not found|Found multiple matches for oldString|oldString and newString must be different|called with invalid arguments)\b/.test(
      head,
    )
  )
    return "invalid";
  if (/\btimed out\b/i.test(head)) return "timeout";
  return "error";
}

/** How a call that the client calls completed really ended. */
export function outcomeOfOutput(name: string, exitCode: number | undefined, output: string): CallOutcome {
  if (name === "invalid") return "invalid";
  if (/\bterminated command after exceeding timeout\b/.test(output.slice(-500))) return "timeout";
  if (/\bUser aborted the command\b/.test(output.slice(-500))) return "interrupted";
  return exitCode === undefined || exitCode === 0 ? "ok" : "error";
}
