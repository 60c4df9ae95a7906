import { OrreryError } from "../contract/errors.ts";
import type { AskDetail } from "../contract/operations/asks.ts";
import type { OperationName } from "../contract/operations/index.ts";
import type { UiFields } from "../contract/ui/index.ts";
import { decisionOf, edited, ruledPart } from "../projections/ask-answers.ts";

interface About {
  readonly ask_id: string;
  readonly fields: UiFields;
  call(name: OperationName, input: unknown): Promise<unknown>;
}

/** What the forms of an allowance hold; they begin anew when it was given. */
export const allowFields = ["inbox.form", "inbox.input", "inbox.rule_scope", "inbox.rule_pattern", "inbox.also"] as const;

/**
 * Allows an ask as the fields of a form say; answers with what was decided, the ask itself first.
 * @throws OrreryError BAD_INPUT where a field does not fit the ask
 */
export async function allow({ ask_id, fields, call }: About, how: "edited" | "always"): Promise<unknown[]> {
  const ask = (await call("asks.get", { ask_id })) as AskDetail;
  const give = (id: string, answer: object) => call("asks.answer", { ask_id: id, answer });
  if (how === "edited") return [await give(ask_id, { decision: "allow", input: inputOf(ask, String(fields["inbox.input"])) })];

  const scope = String(fields["inbox.rule_scope"]) || "session";
  const suggestion = /^\d+$/.test(scope) ? ask.suggestions?.[Number(scope)] : undefined;
  if (suggestion !== undefined) return [await give(ask_id, { decision: "allow", remember: [suggestion] })];
  const part = ruledPart(ask.input);
  const about = part === undefined ? {} : { [part.field]: String(fields["inbox.rule_pattern"]).trim() || part.words };
  const remember = { scope, rule: { effect: "allow", tool: ask.tool, ...about } };
  const { holds, asks } = (await call("policy.preview", { ask_id, remember })) as {
    readonly holds: boolean;
    readonly asks: readonly { readonly ask_id: string }[];
  };
  if (!holds) throw bad("inbox.rule_pattern", "must match the very ask that it is made for");
  const answers = [await give(ask_id, { decision: "allow", remember: [remember] })];
  // Only what the rule matches goes along, whatever else is listed.
  const also = asks.filter((each) => (fields["inbox.also"] as readonly string[]).includes(each.ask_id));
  for (const other of also)
    answers.push(await give(other.ask_id, decisionOf((await call("asks.get", { ask_id: other.ask_id })) as AskDetail, true)));
  return answers;
}

function inputOf({ input }: AskDetail, words: string): unknown {
  try {
    return edited(input, words);
  } catch (error) {
    throw bad("inbox.input", `cannot be used: ${(error as Error).message}`);
  }
}

function bad(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] });
}
