import type { Answer, AskRow } from "../contract/operations/asks.ts";

/** A yes or no to an ask, to a question only a no; `message` goes to whoever asked. */
export function decisionOf({ kind }: Pick<AskRow, "kind">, isYes: boolean, message?: string): Answer {
  const said = message === undefined || message === "" ? {} : { message };
  const isDecided = kind === "permission" || (kind === "question" && !isYes);
  return isDecided ? { decision: isYes ? "allow" : "deny", ...said } : { approved: isYes, ...said };
}

/** Whether it is answered here, and by a yes or a no. */
export function takesDecision({ kind, state, is_held }: Pick<AskRow, "kind" | "state" | "is_held">): boolean {
  return state === "open" && is_held && kind !== "question";
}

/** The part of a call that a rule is about: its command or its file. */
export function ruledPart(input: unknown): { readonly field: "command" | "path"; readonly words: string } | undefined {
  // opencode names the file `filepath`.
  const {
    command,
    file_path,
    filepath = file_path,
  } = (typeof input === "object" && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  if (typeof command === "string") return { field: "command", words: command };
  return typeof filepath === "string" ? { field: "path", words: filepath } : undefined;
}

/** What a person edits: the command alone where there is one, else the input as JSON. */
export function toEdit(input: unknown): { readonly words: string; readonly isJson: boolean } {
  const command = (input as { readonly command?: unknown } | undefined)?.command;
  if (typeof command === "string") return { words: command, isJson: false };
  return { words: JSON.stringify(input, undefined, 2) ?? "", isJson: true };
}

/** The input with what was edited in it. Throws SyntaxError, or an Error that says what is wrong. */
export function edited(input: unknown, words: string): unknown {
  const { isJson } = toEdit(input);
  if (words.trim() === "") throw new Error("Nothing is left to run");
  if (!isJson) return { ...(input as object), command: words };
  const value = JSON.parse(words) as unknown;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("The input must be a JSON object");
  return value;
}

/** Whether an ask must be looked at whole before it is let through. We say `high` at most; who asks has words of its own. */
export function isRisky({ risk = "" }: Pick<AskRow, "risk">): boolean {
  return ["high", "critical"].includes(risk.trim().toLowerCase());
}
