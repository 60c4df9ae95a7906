import type { CallKind, CallOutcome } from "../../contract/events/tool.ts";
import { describe, type Tools } from "../fields.ts";

const tools: Tools = new Map([
  ["run_shell_command", ["run", "command"]],
  ["read_file", ["read", "file_path", "absolute_path"]],
  ["read_many_files", ["read", "include"]],
  ["list_directory", ["read", "dir_path", "path"]],
  ["write_file", ["edit", "file_path"]],
  ["replace", ["edit", "file_path"]],
  ["glob", ["search", "pattern"]],
  ["grep_search", ["search", "pattern"]],
  ["search_file_content", ["search", "pattern"]],
  ["google_web_search", ["web", "query"]],
  ["web_fetch", ["web", "prompt", "url"]],
  ["write_todos", ["plan"]],
  ["enter_plan_mode", ["plan"]],
  ["exit_plan_mode", ["plan"]],
  ["ask_user", ["ask"]],
  ["activate_skill", ["skill", "name"]],
  ["save_memory", ["other", "fact"]],
  ["delegate_to_agent", ["agent", "agent_name", "objective"]],
  ["invoke_agent", ["agent", "agent_name", "prompt"]],
] satisfies readonly (readonly [string, readonly [CallKind, ...string[]]])[]);

export function describeCall(name: string, input: unknown): ReturnType<typeof describe> {
  return describe(tools, name, input);
}

interface Ending {
  readonly outcome: CallOutcome;
  readonly exit_code?: number;
}

/** How a call ended: the client calls a command with a non-zero exit a success, and says the code only in its words. */
export function endingOf(name: string, status: string | undefined, errorType: string | undefined, text: string): Ending {
  const head = text.slice(-4_000);
  if (status === "cancelled" || text.startsWith("[Operation Cancelled]"))
    return { outcome: /\bdid not allow|\bdenied|\bdeclined/i.test(text) ? "denied" : "interrupted" };
  if (errorType !== undefined || status === "error") return { outcome: outcomes.get(errorType ?? "") ?? outcomeOfWords(text) };
  if (name !== "run_shell_command") return { outcome: "ok" };
  if (/\bCommand (?:was automatically cancelled because it exceeded|timed out)\b/.test(head)) return { outcome: "timeout" };
  const code = /^(?:Command exited with code|Exit Code): (-?\d{1,9})$/m.exec(head)?.[1];
  return code === undefined || code === "0" ? { outcome: "ok" } : { outcome: "error", exit_code: Number(code) };
}

function outcomeOfWords(text: string): CallOutcome {
  if (/^Tool "[^"]*" not found\b|\bparams? must have required property\b/.test(text)) return "invalid";
  return /\bTool execution (?:for .{1,80} )?(?:was )?denied\b|\bdenied by policy\b|\bUser did not allow\b/i.test(text) ? "denied" : "error";
}

const outcomes: ReadonlyMap<string, CallOutcome> = new Map([
  ["invalid_tool_params", "invalid"],
  ["tool_not_registered", "invalid"],
  ["edit_no_occurrence_found", "invalid"],
  ["edit_expected_occurrence_mismatch", "invalid"],
  ["edit_no_change", "invalid"],
  ["policy_violation", "denied"],
]);
