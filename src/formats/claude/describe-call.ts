import type { CallKind } from "../../contract/events/tool.ts";
import { fields, str } from "./fields.ts";

interface Described {
  readonly kind: CallKind;
  readonly title?: string;
  readonly paths?: string[];
}

type Told = readonly [kind: CallKind, ...titleFields: string[]];

/** Kind and the field that says it in one line, per tool of the client. */
const tools: ReadonlyMap<string, Told> = new Map<string, Told>([
  ["Read", ["read", "file_path"]],
  ["NotebookRead", ["read", "notebook_path"]],
  ["LS", ["read", "path"]],
  ["Write", ["edit", "file_path"]],
  ["Edit", ["edit", "file_path"]],
  ["MultiEdit", ["edit", "file_path"]],
  ["NotebookEdit", ["edit", "notebook_path"]],
  ["Grep", ["search", "pattern"]],
  ["Glob", ["search", "pattern"]],
  ["ToolSearch", ["search", "query"]],
  ["Bash", ["run", "command"]],
  ["PowerShell", ["run", "command"]],
  ["BashOutput", ["run", "bash_id"]],
  ["KillShell", ["run", "shell_id"]],
  ["TaskOutput", ["run", "task_id"]],
  ["TaskStop", ["run", "task_id"]],
  ["Monitor", ["run", "description", "command"]],
  ["EnterWorktree", ["run", "name"]],
  ["ExitWorktree", ["run", "action"]],
  ["WebFetch", ["web", "url"]],
  ["WebSearch", ["web", "query"]],
  ["Agent", ["agent", "description", "prompt"]],
  ["Task", ["agent", "description", "prompt"]],
  ["TodoWrite", ["plan"]],
  ["TaskCreate", ["plan", "subject"]],
  ["TaskUpdate", ["plan", "subject", "taskId"]],
  ["TaskGet", ["plan", "taskId"]],
  ["TaskList", ["plan"]],
  ["EnterPlanMode", ["plan"]],
  ["ExitPlanMode", ["plan", "plan"]],
  ["AskUserQuestion", ["ask"]],
  ["Skill", ["skill", "skill", "command"]],
  ["SlashCommand", ["skill", "command"]],
  ["SendMessage", ["other", "to", "summary"]],
]);

const usual = ["description", "command", "file_path", "path", "pattern", "query", "url", "name", "message", "prompt"];
const pathFields = ["file_path", "notebook_path", "path"];
const MAX_TITLE = 200;

/** What a call does, in a word, a line, and the files that it names. */
export function describeCall(name: string, input: unknown): Described {
  const given = fields(input) ?? {};
  const [kind, ...titleFields] = tools.get(name) ?? [name.startsWith("mcp__") ? "mcp" : "other", ...usual];
  const title = kind === "ask" ? questionOf(given["questions"]) : firstOf(given, titleFields);
  const paths = pathFields.map((field) => str(given[field])).filter((path) => path !== undefined);
  return { kind, ...(title === undefined ? {} : { title: oneLine(title) }), ...(paths.length === 0 ? {} : { paths }) };
}

/** What a tool that needs a person asks of them. */
export function askKind(tool: string | undefined): "question" | "plan" | "permission" {
  return tool === "AskUserQuestion" ? "question" : tool === "ExitPlanMode" ? "plan" : "permission";
}

function firstOf(input: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = str(input[name]);
    if (text !== undefined) return text;
  }
  return undefined;
}

function questionOf(questions: unknown): string | undefined {
  return Array.isArray(questions) ? str(fields(questions[0])?.["question"]) : undefined;
}

function oneLine(text: string): string {
  const line = text
    .slice(0, MAX_TITLE * 2)
    .replace(/\s+/g, " ")
    .trim();
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1)}…`;
}
