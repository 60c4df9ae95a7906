import type { z } from "zod";
import type { AskDetail } from "../contract/operations/asks.ts";
import type { KeptRule } from "../contract/operations/policy.ts";
import { ruledPart } from "../projections/ask-answers.ts";

export type Kept = z.infer<typeof KeptRule>;
export const scopes: readonly Kept["scope"][] = ["session", "project", "home"];

/** The rule that allows the like of an ask: its tool, and its command or file as `pattern` says. */
export function keptRule(ask: AskDetail, scope: Kept["scope"], pattern: string | undefined): Kept {
  const part = ruledPart(ask.input);
  const about = part === undefined || pattern === undefined ? {} : { [part.field]: pattern };
  return { scope, rule: { effect: "allow", ...(ask.tool === undefined ? {} : { tool: ask.tool }), ...about } };
}
