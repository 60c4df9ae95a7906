import type { SettingsChange } from "../ingest/index.ts";
import type { Context } from "./command.ts";
import { diffLines } from "./diff.ts";
import { badUsage } from "./failure.ts";
import { manyLines } from "./printable.ts";

const MARKS = { same: " ", added: "+", removed: "-", gap: " " } as const;

function showChange({ out }: Context, { path, before, after }: SettingsChange): void {
  const paint = { same: out.paint.dim, added: out.paint.green, removed: out.paint.red, gap: out.paint.dim };
  out.say(out.paint.bold(after === undefined ? `${path} is removed` : before === undefined ? `${path} is new` : path));
  for (const { kind, text } of diffLines(before ?? "", after ?? "")) out.say(paint[kind](`${MARKS[kind]} ${manyLines(text)}`));
}

/**
 * Shows what would become of settings files, and makes it so when a person agrees. Gives whether anything was to be changed; undefined when
 * it was only looked at, or not agreed to.
 */
export async function changeSettings(
  context: Context,
  options: Readonly<Record<string, unknown>>,
  changes: readonly SettingsChange[],
  apply: () => void,
): Promise<boolean | undefined> {
  const { out } = context;
  const changed = changes.filter(({ before, after }) => after !== before);
  for (const change of changed) showChange(context, change);
  if (options["dryRun"] === true)
    return void out.show({ data: { ...changes[0], changed: false, ...(changes.length > 1 ? { changes } : {}) }, lines: [] });
  if (changed.length > 0 && !(await agrees(context, options))) return void out.say("Nothing was changed.");
  apply();
  return changed.length > 0;
}

/** Asks in a terminal; elsewhere only `--yes` agrees. */
async function agrees({ out }: Context, options: Readonly<Record<string, unknown>>): Promise<boolean> {
  if (options["yes"] === true) return true;
  if (!out.isTty || process.stdin.isTTY !== true) throw badUsage("--yes is needed where nobody can be asked");
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: "Make this change?" });
  return !isCancel(answer) && answer;
}
