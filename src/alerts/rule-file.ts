import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import { AlertRule, Notify } from "../contract/operations/alerts.ts";

/** Watched for unless the file says otherwise: what nobody wants to miss, and nothing that is often untrue. */
export const ourRules: readonly AlertRule[] = [
  { rule_id: "stuck", kind: "stuck", enabled: true, minutes: 10 },
  { rule_id: "loop", kind: "loop", enabled: true, times: 5, within_minutes: 15 },
  { rule_id: "orphan", kind: "orphan", enabled: true, minutes: 3 },
  { rule_id: "error-burst", kind: "error_burst", enabled: true, errors: 6, within_minutes: 5 },
  { rule_id: "spend-rate", kind: "spend_rate", enabled: true, usd: 20, within_minutes: 60 },
  { rule_id: "quota-near", kind: "quota_near", enabled: true, used_percent: 90 },
  { rule_id: "source-silent", kind: "source_silent", enabled: true, minutes: 10 },
];

const RuleFile = z.strictObject({ rules: z.array(AlertRule).max(200).default([]), notify: Notify.optional() });

interface Problem {
  readonly path: string;
  readonly message: string;
}

type RuleInForce = AlertRule & { readonly origin: "ours" | "changed" | "yours" };

/** The rules in force, and the file that they stand in. */
export interface RuleBook {
  /** Ours, with those of the file in their place (`changed`), and the others of the file. */
  rules(): readonly RuleInForce[];
  /** Who is told where a rule names nobody. */
  notify(): Notify | undefined;
  problems(): readonly Problem[];
  /** @throws OrreryError SETTINGS_UNREADABLE while the file cannot be read: what is in it would be lost. */
  set(rule: AlertRule): void;
  remove(ruleId: string): boolean;
}

/** The rules in a file that a team can share. Read once; what is wrong in it is said, and ours are in force. */
export function openRuleBook(path: string): RuleBook {
  let problems: Problem[] = [];
  let file = read();
  let rules = withOurs(file.rules);

  function read(): z.infer<typeof RuleFile> {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") problems = [{ path, message: (error as Error).message }];
      return { rules: [] };
    }
    try {
      const parsed = RuleFile.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
      problems = parsed.error.issues.slice(0, 20).map((issue) => ({ path, message: `${issue.path.join(".") || "file"} ${issue.message}` }));
    } catch (error) {
      problems = [{ path, message: `is not JSON: ${(error as Error).message}` }];
    }
    return { rules: [] };
  }

  function write(next: z.infer<typeof RuleFile>): void {
    if (problems.length > 0) throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: problems[0]!.message });
    writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    file = next;
    rules = withOurs(file.rules);
  }

  return {
    rules: () => rules,
    notify: () => file.notify,
    problems: () => problems,
    set(rule) {
      write({ ...file, rules: [...file.rules.filter(({ rule_id }) => rule_id !== rule.rule_id), rule] });
    },
    remove(ruleId) {
      const rest = file.rules.filter(({ rule_id }) => rule_id !== ruleId);
      if (rest.length === file.rules.length) return false;
      write({ ...file, rules: rest });
      return true;
    },
  };
}

function withOurs(rules: readonly AlertRule[]): readonly RuleInForce[] {
  const own = new Map(rules.map((rule) => [rule.rule_id, rule]));
  const names = new Set(ourRules.map(({ rule_id }) => rule_id));
  return [
    ...ourRules.map((rule) => {
      const changed = own.get(rule.rule_id);
      return changed === undefined ? { ...rule, origin: "ours" as const } : { ...changed, origin: "changed" as const };
    }),
    ...rules.filter(({ rule_id }) => !names.has(rule_id)).map((rule) => ({ ...rule, origin: "yours" as const })),
  ];
}
