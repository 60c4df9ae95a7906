import type { PolicyRule } from "../contract/operations/policy.ts";
import { hasCommand, isOneCommand, matchesPath, matchesText } from "./patterns.ts";

/** What an agent is about to do. `cost_usd_micros` is what its session has cost; undefined where nobody knows. */
export interface Act {
  readonly tool: string;
  readonly command?: string;
  readonly paths: readonly string[];
  /** The same with links followed, in the folder with links followed: a link is no way out of what is allowed. */
  readonly real?: { readonly cwd: string; readonly paths: readonly string[] };
  readonly agent: string;
  readonly project?: string;
  readonly cwd: string;
  readonly cost_usd_micros?: number;
  readonly atMs: number;
}

/** Rules from one place. Of a place that is not trusted, what it allows is passed over. */
export interface RuleSet {
  readonly path: string;
  readonly isTrusted: boolean;
  readonly rules: readonly PolicyRule[];
  /** Why it cannot be read: then everything is put to a person, as nobody knows what it would have denied. */
  readonly problem?: string;
}

/** What the rules say of a call, and which of them says it. */
export interface Verdict {
  readonly effect: PolicyRule["effect"];
  /** `rule 3 of ~/shop/.orrery/policy.json`. */
  readonly by: string;
  readonly reason?: string;
}

/** The first rule that holds decides. */
export function judge(sets: readonly RuleSet[], act: Act, home: string): Verdict | undefined {
  for (const { path, isTrusted, rules, problem } of sets) {
    if (problem !== undefined) return { effect: "ask", by: path, reason: `it cannot be used: ${problem}` };
    for (const [at, rule] of rules.entries()) {
      if ((rule.effect === "allow" && !isTrusted) || !holds(rule, act, home)) continue;
      return { effect: rule.effect, by: `rule ${at + 1} of ${path}`, ...(rule.reason === undefined ? {} : { reason: rule.reason }) };
    }
  }
  return undefined;
}

function holds(rule: PolicyRule, act: Act, home: string): boolean {
  const { command, cwd } = act;
  const isAllow = rule.effect === "allow";
  const isIn = (folder: string) => (path: string) => some(rule.path, (pattern) => matchesPath(pattern, path, { cwd: folder, home }));
  const real = act.real ?? act;
  return (
    some(rule.tool, (pattern) => matchesText(pattern, act.tool)) &&
    some(rule.agent, (pattern) => matchesText(pattern, act.agent)) &&
    some(rule.project, (pattern) => matchesText(pattern, act.project ?? "")) &&
    (rule.command === undefined ||
      (command !== undefined && some(rule.command, (pattern) => (isAllow ? isOneCommand : hasCommand)(pattern, command)))) &&
    // To allow, all that is touched must be meant; to deny, a part is enough.
    (rule.path === undefined ||
      (act.paths.length > 0 &&
        (isAllow ? real.paths.every(isIn(real.cwd)) : act.paths.some(isIn(cwd)) || real.paths.some(isIn(real.cwd))))) &&
    (rule.cost_over_usd === undefined || (act.cost_usd_micros ?? 0) > rule.cost_over_usd * 1e6) &&
    isWithin(rule, act.atMs)
  );
}

function some(patterns: string | readonly string[] | undefined, matches: (pattern: string) => boolean): boolean {
  return patterns === undefined || [patterns].flat().some(matches);
}

/** From `from` to before `to`, over midnight too. */
function isWithin({ from, to }: PolicyRule, atMs: number): boolean {
  if (from === undefined && to === undefined) return true;
  const at = new Date(atMs);
  const now = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
  const [begins, ends] = [from ?? "00:00", to ?? "24:00"];
  return begins <= ends ? begins <= now && now < ends : begins <= now || now < ends;
}
