import type { z } from "zod";
import type { AskDetail } from "../contract/operations/asks.ts";
import type { KeptRule } from "../contract/operations/policy.ts";

export type Kept = z.infer<typeof KeptRule>;
export const scopes: readonly Kept["scope"][] = ["session", "project", "home"];

/** The part of a call that a rule is about: its command or its file. */
export function ruledPart({ input }: Pick<AskDetail, "input">): { readonly field: "command" | "path"; readonly words: string } | undefined {
  // opencode names the file `filepath`.
  const { command, file_path, filepath = file_path } = (input ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof command === "string") return { field: "command", words: command };
  return typeof filepath === "string" ? { field: "path", words: filepath } : undefined;
}

/** The rule that allows the like of an ask: its tool, and its command or file as `pattern` says. */
export function keptRule(ask: AskDetail, scope: Kept["scope"], pattern: string | undefined): Kept {
  const part = ruledPart(ask);
  const about = part === undefined || pattern === undefined ? {} : { [part.field]: pattern };
  return { scope, rule: { effect: "allow", ...(ask.tool === undefined ? {} : { tool: ask.tool }), ...about } };
}
