import { homedir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { judge, mayAllow, projectPolicyPath, readPolicies, type Act, type RuleSet } from "../asks/index.ts";
import { OrreryError } from "../contract/errors.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import type { AskBook, HeldAsk } from "./ask-book.ts";
import { eachRecordedCall } from "./policy-record.ts";
import type { Projector } from "./projector.ts";

interface Deps {
  readonly home: string;
  readonly log: Pick<EventLog, "read" | "body">;
  readonly clock: Pick<Clock, "soon">;
  readonly book: Pick<AskBook, "get" | "open">;
  readonly session: Projector["session"];
  readonly actOf: (
    tool: string,
    input: unknown,
    about: { readonly session_id?: HeldAsk["opened"]["session_id"]; readonly agent_id?: string | undefined; readonly atMs: number },
  ) => Act;
}

const MOST_SHOWN = 8;

/** Shows a rule before it is kept: what it would have allowed, and what it would allow of what waits now. */
export function createPolicyPreview({ home, log, clock, book, session, actOf }: Deps): Handlers["policy.preview"] {
  return async ({ ask_id, remember: { scope, rule }, limit }) => {
    const held = book.get(ask_id);
    if (held === undefined) throw new OrreryError("NOT_FOUND", { what: "ask", id: ask_id });
    const { session_id } = held.opened;
    const cwd = session_id === undefined ? undefined : session(session_id)?.facts.cwd;
    const path =
      scope === "home" ? join(home, "policy.json") : scope === "project" && cwd !== undefined ? projectPolicyPath(cwd) : undefined;
    const own: RuleSet = { path: "the given rule", isTrusted: true, rules: [rule] };
    const files = new Map<string, readonly RuleSet[]>();

    function isInScope(of: string | undefined, at: string): boolean {
      if (scope === "home") return true;
      if (scope === "session") return of !== undefined && of === session_id;
      return path !== undefined && `${resolve(at)}${sep}`.startsWith(`${dirname(dirname(path))}${sep}`);
    }
    function isDecided(act: Act, of: string | undefined): boolean {
      if (!isInScope(of, act.cwd) || judge([own], act, homedir()) === undefined) return false;
      const known = files.get(act.cwd) ?? readPolicies(home, act.cwd);
      files.set(act.cwd, known);
      return rule.effect !== "allow" || judge(known, act, homedir())?.effect !== "deny";
    }
    function askDecided({ opened }: HeldAsk): Act | undefined {
      const { tool, input, kind } = opened.data;
      if (tool === undefined || kind !== "permission") return undefined;
      const act = actOf(tool, input, { session_id: opened.session_id, agent_id: opened.agent_id, atMs: Date.parse(opened.timestamp) });
      return isDecided(act, opened.session_id) ? act : undefined;
    }

    const calls = new Map<string, { tool: string; what: string; times: number; at: string }>();
    let matching = 0;
    const count = await eachRecordedCall({ log, clock }, limit, ({ tool, input, title, session_id: of, agent_id, at }) => {
      const act = actOf(tool, input, { session_id: of, agent_id, atMs: Date.parse(at) });
      if (!isDecided(act, of)) return;
      matching++;
      const what = title ?? wordsOf(act);
      const known = calls.get(`${tool}\n${what}`);
      calls.set(`${tool}\n${what}`, { tool, what, at: known?.at ?? at, times: (known?.times ?? 0) + 1 });
    });
    return {
      holds: askDecided(held) !== undefined,
      ...(path === undefined ? {} : { path }),
      counts: rule.effect !== "allow" || path === undefined || mayAllow(home, path),
      asks: book.open().flatMap((other) => {
        const act = other.ask_id === held.ask_id ? undefined : askDecided(other);
        if (act === undefined) return [];
        const of = other.opened.session_id;
        return [{ ask_id: other.ask_id, tool: act.tool, what: wordsOf(act), ...(of === undefined ? {} : { session_id: of }) }];
      }),
      calls: count,
      matching,
      items: [...calls.values()].toSorted((a, b) => b.times - a.times).slice(0, MOST_SHOWN),
    };
  };
}

function wordsOf({ command, paths }: Act): string {
  return command ?? paths[0] ?? "";
}
