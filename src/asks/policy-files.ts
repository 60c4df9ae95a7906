import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { OrreryError } from "../contract/errors.ts";
import { problemsOf } from "../contract/problems.ts";
import { PolicyFile, type PolicyRule } from "../contract/operations/policy.ts";
import type { RuleSet } from "./policy.ts";

const IN_PROJECT = join(".orrery", "policy.json");

/** The policy of the home, then that of the nearest folder at or above `cwd` that has one. Read anew each time: they are small, and people edit them. */
export function readPolicies(home: string, cwd: string | undefined): RuleSet[] {
  const own = readPolicyFile(join(home, "policy.json"));
  const project = cwd === undefined || !isAbsolute(cwd) ? undefined : nearest(cwd);
  const trust = own?.trust ?? [];
  return [
    ...(own === undefined ? [] : [{ path: own.path, isTrusted: true, rules: own.rules, ...problem(own) }]),
    ...(project === undefined || project.path === own?.path
      ? []
      : [{ path: project.path, isTrusted: isIn(trust, project.path), rules: project.rules, ...problem(project) }]),
  ];
}

interface Read extends PolicyFile {
  readonly path: string;
  readonly problem?: string;
}

/** Whether rules deny something, or want it asked: then a call that nobody could look at must not be made. A file that cannot be read may hold such. */
export function forbidsAnything(sets: readonly RuleSet[]): boolean {
  return sets.some(({ rules, problem: unreadable }) => unreadable !== undefined || rules.some(({ effect }) => effect !== "allow"));
}

/** Undefined when there is no such file. */
export function readPolicyFile(path: string): Read | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : { path, rules: [], problem: message };
  }
  try {
    const parsed = PolicyFile.safeParse(JSON.parse(text));
    if (parsed.success) return { path, ...parsed.data };
    const problems = problemsOf(parsed.error, "file").map(({ field, message }) => `${field} ${message}`);
    return { path, rules: [], problem: problems.slice(0, 5).join("; ") };
  } catch (error) {
    return { path, rules: [], problem: `is not JSON: ${(error as Error).message}` };
  }
}

/** Whether what the file at `path` allows counts: that of the home does, a project's where the home names its folder. */
export function mayAllow(home: string, path: string): boolean {
  const own = join(home, "policy.json");
  return path === own || isIn(readPolicyFile(own)?.trust ?? [], path);
}

/** Adds a rule behind the last that denies: it changes what is asked, never what is denied. */
export function addRule(path: string, rule: PolicyRule): void {
  const file = readPolicyFile(path) ?? { path, rules: [] };
  if (file.problem !== undefined) throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: file.problem });
  if (file.rules.some((each) => JSON.stringify(each) === JSON.stringify(rule))) return;
  const at = file.rules.findLastIndex(({ effect }) => effect === "deny") + 1;
  const next: PolicyFile = { ...(file.trust === undefined ? {} : { trust: file.trust }), rules: file.rules.toSpliced(at, 0, rule) };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(next, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Where the rules of the project around `cwd` stand, or would stand. */
export function projectPolicyPath(cwd: string): string {
  return nearest(cwd)?.path ?? join(cwd, IN_PROJECT);
}

function nearest(cwd: string): Read | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = readPolicyFile(join(folder, IN_PROJECT));
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

function isIn(folders: readonly string[], path: string): boolean {
  return folders.some((folder) => `${real(dirname(dirname(path)))}${sep}`.startsWith(`${real(folder).replace(/[/\\]$/, "")}${sep}`));
}

/** A path with links followed, as far as it is there. */
export function real(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const folder = dirname(whole);
    return folder === whole ? whole : join(real(folder), basename(whole));
  }
}

function problem(read: Read): { readonly problem?: string } {
  return read.problem === undefined ? {} : { problem: read.problem };
}
