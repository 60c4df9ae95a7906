import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { addRule, judge, projectPolicyPath, readPolicies, real, type Act, type RuleSet, type Verdict } from "../asks/index.ts";
import type { EventDraft, EventOf, StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type CallId, type SessionId } from "../contract/ids.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { KeptRule, type PolicyRule } from "../contract/operations/policy.ts";
import { describeCall } from "../formats/claude/describe-call.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import type { EventLog } from "../log/log.ts";
import type { Session } from "../projections/session.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { viewSession } from "../projections/views.ts";
import { HELD_BY, type AskBook } from "./ask-book.ts";
import type { Judge } from "./hook-answers.ts";
import { inFull } from "./in-full.ts";
import type { Budgets } from "./money-budgets.ts";
import type { History } from "./history.ts";
import { createPolicyPreview } from "./policy-preview.ts";
import { costsThen, eachRecordedCall, type RecordedCall } from "./policy-record.ts";
import type { Projector } from "./projector.ts";

interface Policy {
  readonly judge: Judge;
  /** Keeps rules that an answer asked for, in the scope that it named. */
  noted(events: readonly StoredEvent[]): void;
  readonly handlers: Pick<Handlers, "policy.get" | "policy.test" | "policy.preview">;
}

interface Deps {
  readonly home: string;
  readonly clock: Pick<Clock, "now" | "soon">;
  readonly log: Pick<EventLog, "read" | "append" | "body">;
  readonly history: Pick<History, "sessionAt">;
  readonly book: Pick<AskBook, "get" | "open">;
  readonly session: Projector["session"];
  readonly pricesAt: PricesAt;
  readonly budgets: Pick<Budgets, "list">;
  readonly onError: (error: unknown) => void;
}

const PAGE = 1_000;
/** Standings of budgets are worked out anew after this. */
const BUDGETS_FOR_MS = 2_000;

/** Decides about calls by budgets and by the rules of the policy files, and says by which. */
export function createPolicy({ home, clock, log, history, book, session, pricesAt, budgets, onError }: Deps): Policy {
  const ofSession = new Map<SessionId, PolicyRule[]>();
  let standings: { readonly atMs: number; readonly list: ReturnType<Budgets["list"]> } | undefined;

  for (let after = 0; ;) {
    const page = log.read({ types: ["ask.answered"], after, limit: PAGE });
    // Only what was answered here: agents' own reports of answers decide nothing.
    for (const event of page)
      if (event.source === HELD_BY) remember({ ...event, data: inFull(event.data, log) } as EventOf<"ask.answered">, "again");
    if (page.length < PAGE) break;
    after = page.at(-1)!.seq;
  }

  function remember(event: EventOf<"ask.answered">, when: "now" | "again"): void {
    const answer = (when === "now" ? book.get(event.data.ask_id)?.decided?.data : event.data) as {
      readonly answer?: { readonly remember?: unknown };
    };
    const wanted = Array.isArray(answer?.answer?.remember) ? (answer.answer.remember as unknown[]) : [];
    for (const each of wanted) {
      const parsed = KeptRule.safeParse(each);
      if (!parsed.success || event.session_id === undefined) continue;
      const { scope, rule } = parsed.data;
      if (scope === "session") ofSession.set(event.session_id, [...(ofSession.get(event.session_id) ?? []), rule]);
      if (when === "again") continue;
      const cwd = session(event.session_id)?.facts.cwd;
      if (scope === "project" && cwd !== undefined) addRule(projectPolicyPath(cwd), rule);
      if (scope === "home") addRule(join(home, "policy.json"), rule);
    }
  }

  /** What a person allowed for a session changes what is asked, never what is denied. */
  function decide(sets: readonly RuleSet[], act: Act, id: SessionId | undefined): Verdict | undefined {
    const byFiles = judge(sets, act, homedir());
    if (byFiles?.effect === "deny" || id === undefined) return byFiles;
    return judge([{ path: "this session", isTrusted: true, rules: ofSession.get(id) ?? [] }], act, homedir()) ?? byFiles;
  }

  function costsNow(now: Session): number | undefined {
    const { spend, reported_usd_micros: reportedTotal } = viewSession(now, clock.now());
    return spend === undefined ? undefined : costOf(spend, pricesAt, { reportedTotal }).usd_micros;
  }

  function costAt(id: SessionId, seq: number): number | undefined {
    const then = history.sessionAt(id, { seq });
    return then === undefined ? undefined : costsNow(then);
  }

  function actOf(
    tool: string,
    input: unknown,
    about: {
      readonly session_id?: SessionId | undefined;
      readonly agent_id?: string | undefined;
      readonly cwd?: string | undefined;
      readonly paths?: readonly string[] | undefined;
      /** What its session had cost, where that is not what it costs now. */
      readonly cost?: number;
      readonly atMs: number;
    },
  ): Act {
    const command = (input as { readonly command?: unknown } | undefined)?.command;
    const now = about.session_id === undefined ? undefined : session(about.session_id);
    const cost = about.cost ?? (now === undefined ? undefined : costsNow(now));
    const agent = about.agent_id === undefined || about.agent_id === MAIN_AGENT ? undefined : now?.agents.get(about.agent_id as never);
    const paths = about.paths ?? describeCall(tool, input).paths ?? [];
    const cwd = about.cwd ?? now?.facts.cwd ?? "/";
    return {
      tool,
      paths,
      real: { cwd: real(cwd), paths: paths.map((path) => real(resolve(cwd, path))) },
      agent: about.agent_id === undefined || about.agent_id === MAIN_AGENT ? "main" : (agent?.agent_type ?? "sub-agent"),
      cwd,
      atMs: about.atMs,
      ...(typeof command === "string" ? { command } : {}),
      ...(now?.facts.project === undefined ? {} : { project: now.facts.project }),
      ...(cost === undefined ? {} : { cost_usd_micros: cost }),
    };
  }

  /** Why a budget stands in the way, if one does. */
  function usedUp(id: SessionId, agent_id: string, project: string | undefined): Verdict | undefined {
    if (standings === undefined || clock.now() - standings.atMs > BUDGETS_FOR_MS) standings = { atMs: clock.now(), list: budgets.list() };
    const subjects = new Set([id, `${id} ${agent_id}`, project, toTimestamp(clock.now()).slice(0, 10)]);
    for (const { budget, standings: each } of standings.list) {
      const over = each.find(({ subject, state }) => state === "exceeded" && subjects.has(subject));
      if (over === undefined) continue;
      const spent = (over.spent_usd_micros / 1e6).toFixed(2);
      return {
        effect: "deny",
        by: `budget ${budget.budget_id}`,
        reason: `$${spent} of $${budget.limit_usd} are spent (${budget.scope} ${over.subject})`,
      };
    }
    return undefined;
  }

  async function say({ effect, by, reason }: Verdict, asking: Parameters<Judge>[0]): Promise<void> {
    const { session_id, agent_id, call_id, kind, tool } = asking;
    const ask_id = `ask_${(call_id ?? randomId("call")).slice("call_".length)}`;
    const draft = {
      id: `ask:${randomId("rule")}:decided@orrery`,
      type: "ask.answered",
      timestamp: toTimestamp(clock.now()),
      source: "orrery/policy",
      session_id,
      agent_id,
      data: {
        ask_id,
        kind,
        tool,
        outcome: effect === "allow" ? "allowed" : "denied",
        by: "rule",
        door: "policy",
        message: reason === undefined ? by : `${by}: ${reason}`,
        ...(call_id === undefined ? {} : { call_id: call_id as CallId }),
      },
    };
    await log.append([draft as unknown as EventDraft]);
  }

  return {
    async judge(asking) {
      const { session_id, agent_id, tool, input, cwd, event, paths } = asking;
      const act = actOf(tool, input, { session_id, agent_id, cwd, paths, atMs: clock.now() });
      const spent = event === "PreToolUse" ? usedUp(session_id, agent_id, act.project) : undefined;
      const verdict = spent ?? decide(readPolicies(home, act.cwd), act, session_id);
      if (verdict === undefined) return undefined;
      const because = `${verdict.by}${verdict.reason === undefined ? "" : `: ${verdict.reason}`}`;
      if (verdict.effect === "ask") return { behavior: "ask", because };
      // A question is for a person: a rule may keep it from being asked, and cannot answer it.
      if (verdict.effect === "allow" && asking.kind === "question") return undefined;
      // A denial holds also where it cannot be kept, on a full disk for instance; an allowance that nobody could read about later is none.
      await say(verdict, asking).catch((error: unknown) => {
        if (verdict.effect === "allow") throw error;
        onError(error);
      });
      return { behavior: verdict.effect, message: `Decided by ${because}` };
    },

    noted(events) {
      for (const event of events) {
        if (event.type !== "ask.answered" || event.source !== HELD_BY) continue;
        try {
          const answered = event as EventOf<"ask.answered">;
          if (book.get(answered.data.ask_id)?.is_decided_here === true) remember(answered, "now");
        } catch (error) {
          onError(error);
        }
      }
    },

    handlers: {
      "policy.get": ({ cwd }) => ({
        files: readPolicies(home, cwd).map(({ path, isTrusted, rules, problem }) => ({
          path,
          is_trusted: isTrusted,
          rules: [...rules],
          ...(problem === undefined ? {} : { problem }),
        })),
      }),

      "policy.preview": createPolicyPreview({ home, log, clock, book, session, actOf }),

      "policy.test": async ({ rules, limit, examples }) => {
        const counts = { allow: 0, deny: 0, ask: 0, none: 0 };
        const byRule = new Map<string, { by: string; effect: string; calls: number }>();
        const shown: { effect: string; tool: string; what: string; session_id?: string; at: string; by?: string }[] = [];
        const files = new Map<string, readonly RuleSet[]>();
        const setsFor = (cwd: string): readonly RuleSet[] => {
          if (rules !== undefined) return [{ path: "the given rules", isTrusted: true, rules }];
          const known = files.get(cwd) ?? readPolicies(home, cwd);
          files.set(cwd, known);
          return known;
        };
        const tried: (Omit<RecordedCall, "input"> & { readonly act: Act })[] = [];
        await eachRecordedCall({ log, clock }, limit, ({ input, ...call }) => {
          const { tool, session_id, agent_id, at } = call;
          tried.push({ ...call, act: actOf(tool, input, { session_id, agent_id, cost: 0, atMs: Date.parse(at) }) });
        });
        const inForce = rules ?? [...new Set(tried.flatMap(({ act }) => setsFor(act.cwd)))].flatMap((set) => set.rules);
        const costThen = costsThen(tried, inForce, costAt);
        for (const call of tried) {
          const { tool, title, session_id, at } = call;
          const act = { ...call.act, cost_usd_micros: costThen(call) };
          const verdict = rules === undefined ? decide(setsFor(act.cwd), act, session_id) : judge(setsFor(act.cwd), act, homedir());
          const effect = verdict?.effect ?? "none";
          counts[effect]++;
          if (verdict !== undefined) {
            const key = `${verdict.by} ${effect}`;
            const counted = byRule.get(key) ?? { by: verdict.by, effect, calls: 0 };
            byRule.set(key, { ...counted, calls: counted.calls + 1 });
          }
          if (effect !== "none" && counts[effect] <= examples)
            shown.push({
              effect,
              tool,
              what: title ?? act.command ?? act.paths[0] ?? "",
              at,
              ...(verdict === undefined ? {} : { by: verdict.by }),
              ...(session_id === undefined ? {} : { session_id }),
            });
        }
        return { calls: tried.length, ...counts, rules: [...byRule.values()].toSorted((a, b) => b.calls - a.calls), items: shown };
      },
    },
  };
}
