import type { SettingsChange } from "../ingest/index.ts";
import type { Context } from "./command.ts";
import { diffLines } from "./diff.ts";
import { badUsage } from "./failure.ts";
import { manyLines } from "./printable.ts";

const MARKS = { same: " ", added: "+", removed: "-", gap: " " } as const;

export function showChange({ out }: Context, { path, before, after }: SettingsChange): void {
  const paint = { same: out.paint.dim, added: out.paint.green, removed: out.paint.red, gap: out.paint.dim };
  out.say(out.paint.bold(after === undefined ? `${path} is removed` : before === undefined ? `${path} is new` : path));
  for (const { kind, text } of diffLines(before ?? "", after ?? "")) out.say(paint[kind](`${MARKS[kind]} ${manyLines(text)}`));
}

/** Asks in a terminal; elsewhere only `--yes` agrees. */
export async function agrees({ out }: Context, options: Readonly<Record<string, unknown>>): Promise<boolean> {
  if (options["yes"] === true) return true;
  if (!out.isTty || process.stdin.isTTY !== true) throw badUsage("--yes is needed where nobody can be asked");
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: "Make this change?" });
  return !isCancel(answer) && answer;
}
