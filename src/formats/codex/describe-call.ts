import type { CallKind } from "../../contract/events/tool.ts";
import { describe, fields, list, oneLine, str, type Tools } from "../fields.ts";

const tools: Tools = new Map([
  ["exec_command", ["run", "cmd", "command"]],
  ["Bash", ["run", "command"]],
  ["command_execution", ["run", "command"]],
  ["shell", ["run", "command"]],
  ["shell_command", ["run", "command"]],
  ["local_shell", ["run", "command"]],
  ["write_stdin", ["run", "chars"]],
  ["apply_patch", ["edit"]],
  ["file_change", ["edit"]],
  ["view_image", ["read", "path"]],
  ["read_file", ["read", "file_path"]],
  ["list_dir", ["read", "dir_path"]],
  ["grep_files", ["search", "pattern"]],
  ["tool_search", ["search", "query"]],
  ["web_search", ["web", "query"]],
  ["update_plan", ["plan", "explanation"]],
  ["request_user_input", ["ask"]],
  ["spawn_agent", ["agent", "task_name", "message", "prompt"]],
  ["wait_agent", ["other"]],
  ["wait", ["other"]],
] satisfies readonly (readonly [string, readonly [CallKind, ...string[]]])[]);

/** What a call does, in a word, a line, and the files that it names. A patch names its files in its own text. */
export function describeCall(name: string, input: unknown): ReturnType<typeof describe> {
  const described = describe(tools, name, input);
  const command = list(fields(input)?.["command"]);
  if (described.kind === "run" && command.length > 0)
    return { ...described, title: oneLine(unwrapped(command.filter((word) => typeof word === "string"))) };
  if (described.kind !== "edit") return described;
  const patch = typeof input === "string" ? input : (str(fields(input)?.["command"]) ?? str(fields(input)?.["input"]));
  const changed = list(fields(input)?.["changes"]).map((change) => str(fields(change)?.["path"]));
  const paths = patch === undefined ? changed.filter((path) => path !== undefined) : filesOf(patch);
  return paths.length === 0 ? described : { ...described, title: oneLine(paths.join(", ")), paths };
}

/** The command itself, without the shell that runs it. */
export function unwrapped(command: readonly string[]): string {
  const isShell = command.length === 3 && /(?:^|\/)(?:ba|z|da|k)?sh$/.test(command[0]!) && /^-l?c$/.test(command[1]!);
  return isShell ? command[2]! : command.join(" ");
}

function filesOf(patch: string): string[] {
  return [...patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)].map((match) => match[1]!.trim()).slice(0, 100);
}
