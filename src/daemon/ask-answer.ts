import { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import type { AskOutcome } from "../contract/events/ask.ts";
import type { EventOf } from "../contract/events/index.ts";
import type { Answer } from "../contract/operations/asks.ts";
import { KeptRule } from "../contract/operations/policy.ts";
import { problemsOf } from "../contract/problems.ts";
import { previewOf } from "../contract/text.ts";

type Asked = EventOf<"ask.opened">["data"];

/** An answer in words as its ask takes it: of its only question the answer, and where a schema wants more than words, what they say as JSON. */
export function fitted(answer: Answer, { questions = [], schema }: Asked): Answer {
  const { value } = answer;
  const [only] = questions;
  if (only !== undefined && questions.length === 1 && (typeof value === "string" || Array.isArray(value)))
    return { ...answer, value: { [previewOf(only.question)]: value } };
  if (schema === undefined || typeof value !== "string" || schemaProblem(value, schema) === undefined) return answer;
  try {
    return { ...answer, value: JSON.parse(value) as unknown };
  } catch {
    return answer;
  }
}

/** What an answer comes to for an ask of its kind; `BAD_INPUT` when it does not answer what was asked. */
export function outcomeOf(answer: Answer, asked: Asked): AskOutcome {
  checkRemembered(answer.remember ?? []);
  switch (asked.kind) {
    case "permission":
      if (answer.decision === undefined) throw wrong("decision", "is missing: allow or deny");
      if (answer.decision === "deny") {
        if (answer.input !== undefined) throw wrong("input", "has no meaning with deny");
        return "denied";
      }
      if (answer.input !== undefined) {
        if (asked.takes_input === false)
          throw wrong("input", `cannot be given: ${asked.by ?? "whoever asked"} takes yes or no to what was asked for`);
        return "edited";
      }
      return answer.remember === undefined || answer.remember.length === 0 ? "allowed" : "always";
    case "question":
      if (answer.decision === "deny" && answer.value === undefined) return "denied";
      if (answer.decision !== undefined) throw wrong("decision", "can only be deny for a question, without a value");
      if (answer.value === undefined) throw wrong("value", "is missing");
      checkValue(answer.value, asked);
      return "answered";
    default:
      if (answer.approved === undefined) throw wrong("approved", "is missing: true or false");
      return answer.approved ? "allowed" : "denied";
  }
}

/** Rules in our own form are checked; what the agent program suggested goes back to it as it is. */
function checkRemembered(remember: readonly unknown[]): void {
  for (const [at, each] of remember.entries()) {
    if (typeof each !== "object" || each === null) throw wrong(`remember.${at}`, "must be an object");
    if (!("scope" in each || "rule" in each)) continue;
    const parsed = KeptRule.safeParse(each);
    if (!parsed.success)
      throw wrong(
        `remember.${at}`,
        problemsOf(parsed.error, "rule")
          .map(({ field, message }) => `${field} ${message}`)
          .join("; "),
      );
  }
}

function checkValue(value: unknown, { options, questions, schema }: Asked): void {
  if (schema !== undefined) {
    const problem = schemaProblem(value, schema);
    if (problem !== undefined) throw wrong("value", `does not follow the schema of the ask: ${problem}`);
  }
  if (options !== undefined && options.length > 0 && !options.some(({ id }) => id === value))
    throw wrong("value", `is none of the options: ${options.map(({ id }) => id).join(", ")}`);
  if (questions === undefined || questions.length === 0) return;
  const given = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const open = questions.map(({ question }) => previewOf(question)).filter((question) => given[question] === undefined);
  if (open.length > 0) throw wrong("value", `must be an object with an answer to each question; missing: ${open.join("; ")}`);
}

/** Throws `BAD_INPUT` for a schema that no value can be checked against. */
export function checkSchema(schema: unknown): void {
  try {
    z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    throw new OrreryError("BAD_INPUT", { problems: [{ field: "schema", message: `cannot be used: ${(error as Error).message}` }] });
  }
}

function schemaProblem(value: unknown, schema: unknown): string | undefined {
  const checked = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  if (checked.success) return undefined;
  return checked.error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(" ")).join("; ");
}

function wrong(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field: `answer.${field}`, message }] });
}
