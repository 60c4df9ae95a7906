import type { AskDetail } from "../contract/operations/asks.ts";
import type { Answer } from "../contract/operations/asks.ts";
import { previewOf } from "../contract/text.ts";
import { inputLines } from "./ask-input.ts";
import { badUsage } from "./failure.ts";

const YES = new Set(["y", "yes", "allow", "approve", "ok", "true"]);
const NO = new Set(["n", "no", "deny", "reject", "false"]);

/** What a person typed as an answer to this ask. */
export function toAnswer(ask: AskDetail, said: string, more: Pick<Answer, "message" | "input" | "remember" | "decision"> = {}): Answer {
  if (ask.kind === "question") {
    if (more.input !== undefined || more.remember !== undefined) throw badUsage("--input and --always are for permissions");
    if (more.decision === "deny") return more;
    return { value: valueOf(ask, said), ...more };
  }
  const word = said.toLowerCase();
  if (!YES.has(word) && !NO.has(word)) throw badUsage(`${said} is not an answer to this ${ask.kind}: say allow or deny`);
  const isYes = YES.has(word);
  return ask.kind === "permission" ? { decision: isYes ? "allow" : "deny", ...more } : { approved: isYes, ...more };
}

/** An option by its id, label or number; JSON where a schema or several questions want it; else the words. */
function valueOf({ options = [], questions = [], schema }: AskDetail, said: string): unknown {
  if (questions.length === 1 && !said.trimStart().startsWith("{")) {
    const [{ question, options: choices = [] }] = questions as [NonNullable<AskDetail["questions"]>[number]];
    const chosen = choices[Number(said) - 1] ?? choices.find(({ label }) => sameWords(previewOf(label), said));
    return { [previewOf(question)]: chosen === undefined ? said : previewOf(chosen.label) };
  }
  if (schema !== undefined || questions.length > 0) {
    try {
      return JSON.parse(said);
    } catch {
      if (questions.length > 0) throw badUsage("the answer to several questions is JSON: an object from each question to its answer");
      return said;
    }
  }
  if (options.length === 0) return said;
  const option =
    options.find(({ id }) => id === said) ??
    options.find(({ id, label = "" }) => sameWords(id, said) || sameWords(previewOf(label), said)) ??
    options[Number(said) - 1];
  return option?.id ?? said;
}

function sameWords(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** How it was decided, in words for a terminal. */
export function decisionLine(ask: AskDetail): string {
  const { outcome = "waits", answer, by, door, reason } = ask;
  const value = answer?.value;
  if (value !== undefined) return typeof value === "string" ? value : JSON.stringify(value);
  const said = answer?.message ?? reason;
  const who = by === undefined ? "" : ` by ${by}${door === undefined ? "" : ` at ${door}`}`;
  return `${outcome}${who}${said === undefined ? "" : `: ${said}`}`;
}

/** What is asked, as lines: question, command or input, what can be chosen. */
export function askLines(ask: AskDetail): string[] {
  const lines = [ask.prompt ?? ask.tool ?? ask.kind];
  if (ask.risk !== undefined) lines.push(`risk: ${ask.risk}${ask.risk_because === undefined ? "" : `, ${ask.risk_because}`}`);
  if (ask.input !== undefined && ask.questions === undefined) lines.push(...inputLines(ask.input));
  if (ask.preview !== undefined) lines.push(...ask.preview.split("\n"));
  for (const { question, options = [] } of ask.questions ?? [])
    lines.push(
      previewOf(question),
      ...options.map(({ label, description }, at) => choice(at, previewOf(label), description && previewOf(description))),
    );
  (ask.options ?? []).forEach(({ id, label }, at) => lines.push(choice(at, id, label === undefined ? undefined : previewOf(label))));
  return lines;
}

function choice(at: number, id: string, label: string | undefined): string {
  return `  ${at + 1}  ${id}${label === undefined || label === id ? "" : `  ${label}`}`;
}
