import type { AlertRule } from "../contract/operations/alerts.ts";
import { MAIN_AGENT, type AgentId, type SessionId } from "../contract/ids.ts";
import { toTimestamp } from "../lib/clock.ts";
import type { Agent } from "../projections/agents.ts";
import type { Call } from "../projections/calls.ts";
import { viewLimits } from "../projections/cost.ts";
import { visibleMarks } from "../projections/marks.ts";
import type { Session } from "../projections/session.ts";
import { viewAgents, viewCalls, type AgentView } from "../projections/views.ts";

/** What rules look at, at one moment. */
export interface Picture {
  readonly nowMs: number;
  readonly sessions: readonly Session[];
  readonly sources: readonly WatchedSource[];
  /** Agent programs that run on this machine; undefined where that cannot be known. */
  readonly programs: readonly RunningProgram[] | undefined;
  /** Millionths of a dollar that all sessions spent since a time, as far as known. */
  readonly spentSince: (ms: number) => Promise<number>;
}

/** How a source does, as far as rules look at it. */
export interface WatchedSource {
  readonly name: string;
  /** `<program>/<way>`. */
  readonly format: string;
  readonly state: string;
  readonly last_record_at?: string;
}

/** An agent program that runs on this machine, and in which folder. */
export interface RunningProgram {
  readonly app: string;
  readonly cwd: string;
}

/** Something that a rule found to be true. `subject` names it: the same one is not raised twice. */
export interface Condition {
  readonly subject: string;
  readonly why: string;
  readonly advice: string;
  readonly session_id?: SessionId;
  readonly agent_id?: AgentId;
}

type RuleOf<K extends AlertRule["kind"]> = Extract<AlertRule, { kind: K }>;
type StateRule = Exclude<AlertRule, { kind: "event" }>;

const MINUTE_MS = 60_000;
/** What a source told longer ago was told by a program that is not used with it any more. */
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Everything that is true now by one rule, in pieces, of which each takes little time: whoever goes through them can serve others in between.
 * The same picture always gives the same.
 */
export async function* conditionsOf(rule: StateRule, picture: Picture): AsyncGenerator<readonly Condition[]> {
  const sessions = picture.sessions.filter(({ facts }) => rule.project === undefined || facts.project === rule.project);
  switch (rule.kind) {
    case "spend_rate":
      return yield await spendRate(rule, picture);
    case "quota_near":
      return yield quotas(rule, sessions, picture.nowMs);
    case "source_silent":
      return yield silentSources(rule, sessions, picture);
    default:
      for (const session of sessions) yield ofSession(rule, session, picture);
  }
}

function ofSession(rule: RuleOf<"stuck" | "loop" | "orphan" | "error_burst">, session: Session, picture: Picture): Condition[] {
  switch (rule.kind) {
    case "stuck":
      return stuck(rule, session, picture.nowMs);
    case "loop":
      return loops(rule, session, picture.nowMs);
    case "orphan":
      return orphan(rule, session, picture);
    case "error_burst":
      return errorBurst(rule, session, picture.nowMs);
  }
}

function stuck(rule: RuleOf<"stuck">, session: Session, nowMs: number): Condition[] {
  const silentMs = (agent: Agent): number => nowMs - Date.parse(agent.active_at || agent.first_at);
  const limitMs = rule.minutes * MINUTE_MS;
  // How an agent stands costs a look at every call of its session: it is asked only where somebody is silent.
  if (![...session.agents.values()].some((agent) => silentMs(agent) >= limitMs)) return [];
  return viewAgents(session, nowMs).flatMap((agent) => {
    if ((agent.status !== "working" && agent.status !== "stalled") || silentMs(agent) < limitMs) return [];
    const [call] = agent.running;
    const at = call === undefined ? "between calls" : `in ${nameOf(call)}`;
    return [
      {
        ...about(session, agent.agent_id),
        why: `${who(agent)} has been working for ${lasting(silentMs(agent))} without a sign of life, ${at}.`,
        advice:
          call === undefined
            ? "Look at its terminal: it may wait for the model, or have died. Interrupt it and prompt it again."
            : "Look whether the call still does something; interrupt the agent if it hangs.",
      },
    ];
  });
}

function loops(rule: RuleOf<"loop">, session: Session, nowMs: number): Condition[] {
  const withinMs = rule.within_minutes * MINUTE_MS;
  if (nowMs - Date.parse(session.facts.last_at ?? "") > withinMs) return [];
  const since = toTimestamp(nowMs - 2 * withinMs);
  const recent = [...session.calls.map.values()].filter((call) => startOf(call) >= since);
  return [...Map.groupBy(recent, ({ agent_id }) => agent_id)].flatMap(([agent, all]) => {
    const last = latest(all)!;
    const lastMs = Date.parse(startOf(last));
    if (nowMs - lastMs > withinMs || last.title === undefined) return [];
    const from = toTimestamp(lastMs - withinMs);
    const calls = all.filter((call) => startOf(call) >= from);
    const other = latest(calls.filter((call) => call.name !== last.name || call.title !== last.title));
    const same = other === undefined ? calls.length : calls.filter((call) => isLater(call, other)).length;
    if (same < rule.times) return [];
    return [
      {
        ...about(session, agent, last.name),
        why: `${agent === MAIN_AGENT ? "The main agent" : "A sub-agent"} made the same call ${same} times in a row: ${nameOf(last)}.`,
        advice: "Tell it what it overlooks, or interrupt it: it pays for every round.",
      },
    ];
  });
}

function startOf({ started_at, ended_at }: Call): string {
  return started_at ?? ended_at ?? "";
}

function isLater(call: Call, than: Call): boolean {
  const [start, thanStart] = [startOf(call), startOf(than)];
  return start === thanStart ? call.call_id > than.call_id : start > thanStart;
}

function latest(calls: readonly Call[]): Call | undefined {
  let last: Call | undefined;
  for (const call of calls) if (last === undefined || isLater(call, last)) last = call;
  return last;
}

function orphan(rule: RuleOf<"orphan">, session: Session, { nowMs, programs }: Picture): Condition[] {
  if (programs === undefined) return [];
  const { app, cwd, transcript_path, last_at } = session.facts;
  // Only what was written on this machine can be missed on it.
  if (app === undefined || cwd === undefined || transcript_path === undefined) return [];
  if (nowMs - Date.parse(last_at ?? "") < rule.minutes * MINUTE_MS) return [];
  const alive = viewAgents(session, nowMs).filter(({ status }) => status === "working" || status === "waiting" || status === "stalled");
  if (alive.length === 0) return [];
  if (programs.some((program) => program.app === app && (program.cwd === cwd || cwd.startsWith(`${program.cwd}/`)))) return [];
  return [
    {
      ...about(session),
      why: `No ${app} runs in ${cwd}, and the session did not end.`,
      advice: "The program was closed or killed. Resume the session to go on; nothing of it is lost here.",
    },
  ];
}

function errorBurst(rule: RuleOf<"error_burst">, session: Session, nowMs: number): Condition[] {
  const sinceMs = nowMs - rule.within_minutes * MINUTE_MS;
  const calls = viewCalls(
    session,
    ({ outcome, ended_at = "" }) => (outcome === "error" || outcome === "timeout") && Date.parse(ended_at) >= sinceMs,
  );
  const requests = visibleMarks(session.marks).filter((mark) => mark.kind === "model_failed" && Date.parse(mark.at) >= sinceMs);
  if (calls.length + requests.length < rule.errors) return [];
  const told = [
    ...(calls.length === 0 ? [] : [`${calls.length} calls`]),
    ...(requests.length === 0 ? [] : [`${requests.length} model requests (${requests.at(-1)!.text})`]),
  ];
  const last = calls.at(-1);
  return [
    {
      ...about(session),
      why: `${told.join(" and ")} failed within ${lasting(rule.within_minutes * MINUTE_MS)}${last === undefined ? "" : `, last ${nameOf(last)}`}.`,
      advice:
        calls.length >= requests.length
          ? "Look at the errors: the agent may work against a broken environment."
          : "The provider refuses or is overloaded: wait, or switch the model.",
    },
  ];
}

async function spendRate(rule: RuleOf<"spend_rate">, { nowMs, spentSince }: Picture): Promise<Condition[]> {
  const usd = (await spentSince(nowMs - rule.within_minutes * MINUTE_MS)) / 1e6;
  if (usd < rule.usd) return [];
  return [
    {
      subject: "all sessions",
      why: `$${usd.toFixed(2)} was spent in the last ${lasting(rule.within_minutes * MINUTE_MS)}; the rule allows $${rule.usd.toFixed(2)}.`,
      advice: "orrery usage --by session shows who spends it. Pause what is not needed.",
    },
  ];
}

function quotas(rule: RuleOf<"quota_near">, sessions: readonly Session[], nowMs: number): Condition[] {
  const worst = new Map<string, { readonly percent: number; readonly resets?: string; readonly at: string }>();
  for (const { facts, reported } of sessions)
    for (const limit of viewLimits(reported, nowMs)) {
      const key = `${facts.app ?? "agent"} ${limit.limit}`;
      const before = worst.get(key);
      // What was reported last is how it stands: a limit belongs to the account, not to the session that tells it.
      if (before === undefined || limit.at > before.at)
        worst.set(key, {
          percent: limit.used_percent,
          at: limit.at,
          ...(limit.resets_at === undefined ? {} : { resets: limit.resets_at }),
        });
    }
  return [...worst].flatMap(([subject, { percent, resets }]) =>
    percent < rule.used_percent
      ? []
      : [
          {
            subject,
            why: `${Math.round(percent)} % of the limit ${subject.slice(subject.indexOf(" ") + 1)} is used${resets === undefined ? "" : `; it begins anew at ${resets}`}.`,
            advice: "Put off what can wait, or use a smaller model until then.",
          },
        ],
  );
}

function silentSources(rule: RuleOf<"source_silent">, sessions: readonly Session[], { sources }: Picture): Condition[] {
  return sources.flatMap((source) => {
    // A spool is silent when all is well.
    if (source.last_record_at === undefined || source.state === "stopped" || /spool/.test(source.name)) return [];
    const app = source.format.slice(0, source.format.indexOf("/"));
    const last = sessions
      .filter(({ facts }) => facts.app === app)
      .reduce((latest, { facts }) => ((facts.last_at ?? "") > latest ? facts.last_at! : latest), "");
    const behindMs = Date.parse(last) - Date.parse(source.last_record_at);
    if (!(behindMs >= rule.minutes * MINUTE_MS && behindMs < DAY_MS)) return [];
    return [
      {
        subject: source.name,
        why: `${source.name} has told nothing for ${lasting(behindMs)}, while sessions of ${app} went on.`,
        advice: "orrery doctor says what is wrong and the command that mends it.",
      },
    ];
  });
}

function about(session: Session, agent?: AgentId, more?: string): Pick<Condition, "subject" | "session_id" | "agent_id"> {
  const subject = [session.session_id, agent, more].filter(Boolean).join(" ");
  return { subject: subject.slice(0, 400), session_id: session.session_id, ...(agent === undefined ? {} : { agent_id: agent }) };
}

function who({ agent_id, label }: AgentView): string {
  return agent_id === MAIN_AGENT ? "The main agent" : `Sub-agent ${label.slice(0, 80)}`;
}

function nameOf({ name = "a call", title }: Pick<Call, "name" | "title">): string {
  return title === undefined ? name : `${name} (${title.slice(0, 120)})`;
}

function lasting(ms: number): string {
  const whole = Math.round(ms / MINUTE_MS);
  return whole < 120 ? `${whole} min` : `${Math.round(whole / 60)} h`;
}
