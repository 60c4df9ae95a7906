import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { OrreryError } from "../../contract/errors.ts";
import type { OutputFor } from "../../contract/operations/index.ts";
import { PolicyFile } from "../../contract/operations/policy.ts";
import { problemsOf } from "../../contract/problems.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { badUsage } from "../failure.ts";
import { clientOf } from "../token-file.ts";

type File = OutputFor<"policy.get">["files"][number];
type Example = OutputFor<"policy.test">["items"][number];
/** Of a file that cannot be used. */
const BAD_FILE = 65;

/** Rules about what agents may do. */
export const policy: CommandModule = {
  configure(command) {
    command
      .argument("<what>", "check: which rules are in force, and whether they can be read; test: what they would have decided")
      .argument("[file]", "a policy file; default: the home's policy.json and the project's .orrery/policy.json")
      .option("--limit <n>", "with test: the latest so many calls", "10000")
      .option("--examples <n>", "with test: so many examples of each effect", "5");
    withExample(withDaemon(command), "orrery policy check", "orrery policy test .orrery/policy.json");
  },

  async run(context, options, [what, file]) {
    const client = () => clientOf(options, context.env);
    if (what === "check")
      return check(context, file === undefined ? (await client().policy.get({ cwd: process.cwd() })).files : [read(file)]);
    if (what !== "test") throw badUsage(`${what} is neither check nor test`);
    const own = file === undefined ? undefined : read(file);
    if (own?.problem !== undefined) throw new OrreryError("SETTINGS_UNREADABLE", { path: own.path, reason: own.problem });
    const found = await client().policy.test({
      limit: Number(options["limit"]),
      examples: Number(options["examples"]),
      ...(own === undefined ? {} : { rules: own.rules }),
    });
    const { out } = context;
    const { allow, deny, ask, none, calls } = found;
    out.hint(`Of ${calls} calls: would have allowed ${allow}, denied ${deny}, asked about ${ask}; no rule holds for ${none}.`);
    for (const { by, effect, calls: times } of found.rules) out.hint(`  ${effect} ${times}  ${by}`);
    out.show<Example>({
      data: found,
      rows: found.items,
      empty: "No recorded call meets a rule.",
      columns: [
        { name: "EFFECT", value: (row) => row.effect },
        { name: "RULE", value: (row) => row.by ?? "" },
        { name: "TOOL", value: (row) => row.tool },
        { name: "WHAT", value: (row) => row.what, isFlexible: true },
      ],
    });
    return 0;
  },
};

function check({ out }: Context, files: readonly File[]): number {
  const rules = files.flatMap((file) => file.rules.map((rule, at) => ({ file, rule, at })));
  out.show<(typeof rules)[number]>({
    data: { files },
    rows: rules,
    empty: "There are no rules: agents are asked about as their own programs have it.",
    columns: [
      { name: "#", align: "right", value: ({ at }) => String(at + 1) },
      { name: "EFFECT", value: ({ rule, file }) => (rule.effect === "allow" && !file.is_trusted ? "(allow)" : rule.effect) },
      { name: "FILE", value: ({ file }) => file.path },
      { name: "WHERE", value: ({ rule }) => JSON.stringify({ ...rule, effect: undefined, reason: undefined }), isFlexible: true },
    ],
  });
  for (const { path, problem, is_trusted, rules: own } of files) {
    if (problem !== undefined) out.hint(`${path} cannot be used, so everything is put to a person: ${problem}`);
    if (!is_trusted && own.some(({ effect }) => effect === "allow"))
      out.hint(`What ${path} allows does not count: name its project under "trust" in the policy.json of the home.`);
  }
  return files.some(({ problem }) => problem !== undefined) ? BAD_FILE : 0;
}

function read(file: string): File {
  const path = resolve(file);
  try {
    const parsed = PolicyFile.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (parsed.success) return { path, is_trusted: true, rules: parsed.data.rules };
    const problems = problemsOf(parsed.error, "file").map(({ field, message }) => `${field} ${message}`);
    return { path, is_trusted: true, rules: [], problem: problems.join("; ") };
  } catch (cause) {
    return { path, is_trusted: true, rules: [], problem: (cause as Error).message };
  }
}
