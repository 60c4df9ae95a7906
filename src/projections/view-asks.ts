import type { AskKind, AskOutcome } from "../contract/events/ask.ts";
import { foreignId, toId, type AgentId, type AskId, type CallId, type SessionId } from "../contract/ids.ts";
import type { AskTold } from "./asks.ts";
import type { Call } from "./calls.ts";
import { hasEnded, isOver } from "./ended.ts";
import type { Session } from "./session.ts";
import { byText } from "../lib/by-text.ts";

/** One moment at which an agent waited for a decision, whoever told of it. Times are RFC 3339. */
export interface AskView {
  readonly ask_id: AskId;
  readonly session_id: SessionId;
  readonly agent_id: AgentId;
  readonly kind: AskKind;
  readonly state: "open" | "closed";
  readonly call_id?: CallId;
  /** `inferred`: no source names the call; tool and input lead to it. */
  readonly joined?: "reported" | "inferred";
  readonly tool?: string;
  /** What is asked, in a line: a command, a file, a question. */
  readonly prompt?: string;
  readonly opened_at?: string;
  readonly decided_at?: string;
  readonly outcome?: AskOutcome;
  /** `inferred`: from what became of the call. */
  readonly outcome_from?: "reported" | "inferred";
  readonly by?: string;
  readonly door?: string;
  readonly wait_ms?: number;
  /** The ids under which sources told of it. */
  readonly told_as: readonly AskId[];
}

/** A hook may arrive after another source has told the end of its call. */
const LATE_MS = 5_000;

const views = new WeakMap<Session, readonly AskView[]>();

/** Every ask of a session once, in order of its opening. A call is asked about once, so tellings that lead to one call are one ask. */
export function viewAsks(session: Session): readonly AskView[] {
  if (session.asks.size === 0) return [];
  const held = views.get(session);
  if (held !== undefined) return held;
  const made = group(session)
    // A rule or a hook decides about every call; only a decision that was waited for is an ask.
    .filter(({ told }) => told.some((each) => each.opened_at !== undefined || each.by === "user"))
    .map((each) => viewOf(session, each))
    .toSorted((a, b) => byText(timeOf(a), timeOf(b)) || byText(a.ask_id, b.ask_id));
  views.set(session, made);
  return made;
}

const byCall = new WeakMap<readonly AskView[], ReadonlyMap<CallId, AskView>>();

/** The ask about a call. */
export function askAbout(session: Session, callId: CallId): AskView | undefined {
  const asks = viewAsks(session);
  if (asks.length === 0) return undefined;
  const held =
    byCall.get(asks) ?? new Map(asks.toReversed().flatMap((ask) => (ask.call_id === undefined ? [] : [[ask.call_id, ask] as const])));
  byCall.set(asks, held);
  return held.get(callId);
}

export function isOpenAsk(ask: AskView): boolean {
  return ask.state === "open";
}

interface Group {
  readonly call?: Call;
  readonly call_id?: CallId;
  readonly joined?: "reported" | "inferred";
  readonly told: AskTold[];
}

function group(session: Session): Group[] {
  const byCall = new Map<CallId, Group>();
  const alone: Group[] = [];
  const notices: AskTold[] = [];
  const nameless: AskTold[] = [];
  for (const told of session.asks.values()) {
    if (told.call_id !== undefined) join(session, byCall, told, told.call_id, "reported");
    else if (told.tool !== undefined) nameless.push(told);
    // Whoever waits here asks something of its own.
    else if (told.is_held === true) alone.push({ told: [told] });
    else notices.push(told);
  }
  const calls = nameless.length === 0 ? [] : [...session.calls.map.values()].toSorted(byStart);
  const taken = new Set<CallId>();
  // An answer is told after its question, and belongs to a call that was asked about.
  for (const told of nameless.toSorted(
    (a, b) => Number(a.opened_at === undefined) - Number(b.opened_at === undefined) || byOpening(a, b),
  )) {
    const at = told.opened_at ?? told.decided_at ?? "";
    const own = calls.filter((call) => call.agent_id === told.agent_id && (call.started_at ?? "") <= at);
    const alike = own.filter((call) => told.content !== undefined && call.content === told.content);
    // A hook may have changed the input in between; of a question of a server only the server is known.
    const likely = alike.length > 0 ? alike : own.filter((call) => call.name === told.tool || call.name?.startsWith(`${told.tool}__`));
    const isOpen = (call: Call) => call.ended_at === undefined || call.ended_at >= at;
    const open = likely.filter(isOpen);
    const late = likely.filter((call) => !isOpen(call) && between(call.ended_at!, at) <= LATE_MS).toReversed();
    // Two senders may tell one ask: the second telling finds its call taken.
    const isQuestion = told.opened_at !== undefined;
    // But somebody waits here for an answer to each ask that is held: one about something else stands for itself.
    const isOther = told.is_held === true && alike.length === 0;
    const free = (list: readonly Call[]) =>
      list.find(({ call_id }) => taken.has(call_id) !== isQuestion) ?? (isOther && isQuestion ? undefined : list[0]);
    const call = free(open) ?? free(late);
    if (call === undefined) alone.push({ told: [told] });
    else {
      taken.add(call.call_id);
      join(session, byCall, told, call.call_id, "inferred");
    }
  }
  const groups = [...byCall.values(), ...alone];
  // A notice says that somebody is waited for, not for what: it speaks of the latest ask that was open then.
  for (const notice of notices.toSorted(byOpening)) {
    const at = notice.opened_at ?? "";
    const about =
      notice.outcome === undefined
        ? groups
            .filter(({ told, call }) => told[0]!.agent_id === notice.agent_id && openingOf(told) <= at && (call?.ended_at ?? "~") >= at)
            .toSorted((a, b) => byText(openingOf(b.told), openingOf(a.told)) || byText(b.told[0]!.ask_id, a.told[0]!.ask_id))[0]
        : undefined;
    if (about === undefined || about.told.some(({ decided_at = "~" }) => decided_at < at)) groups.push({ told: [notice] });
    else about.told.push(notice);
  }
  return groups;
}

function join(session: Session, groups: Map<CallId, Group>, told: AskTold, call_id: CallId, joined: "reported" | "inferred"): void {
  const before = groups.get(call_id);
  const call = session.calls.map.get(call_id);
  groups.set(call_id, {
    call_id,
    joined: before?.joined === "reported" ? "reported" : joined,
    told: [...(before?.told ?? []), told],
    ...(call === undefined ? {} : { call }),
  });
}

function viewOf(session: Session, { call, call_id, joined, told }: Group): AskView {
  const sorted = told.toSorted((a, b) => byRank(a, b) || byText(a.ask_id, b.ask_id));
  const first = <K extends keyof AskTold>(field: K): AskTold[K] | undefined => sorted.find((each) => each[field] !== undefined)?.[field];
  const agent_id = call?.agent_id ?? sorted[0]!.agent_id;
  const kind = first("kind") ?? "permission";
  const waits = told.some(({ is_held, outcome }) => is_held === true && outcome === undefined);
  const told_outcome = first("outcome");
  // Of two askings about one call, the first may have been given up before the second was made.
  const reported = waits && (told_outcome === "cancelled" || told_outcome === "expired") ? undefined : told_outcome;
  // What was only taken back here was decided at the agent's own prompt: what became of the call shows how.
  const isTakenBack = reported === "cancelled" && told.every(({ is_held, outcome }) => outcome === undefined || is_held === true);
  const elsewhere = isTakenBack ? inferredOutcome(call, kind) : "unknown";
  const reportedAt =
    reported === undefined ? undefined : told.reduce<string | undefined>((at, { decided_at }) => min(at, decided_at), undefined);
  const waited = call?.waited_ms;
  const told_at = told.reduce<string | undefined>((at, { opened_at }) => min(at, opened_at), undefined);
  const opened_at =
    told_at ?? (reportedAt !== undefined && waited !== undefined ? new Date(Date.parse(reportedAt) - waited).toISOString() : undefined);
  const isHeld = told.some(({ is_held }) => is_held === true);
  const isGone = reported === undefined && !staysOpen(session, agent_id, { call, call_id, at: opened_at ?? "", isHeld });
  const isElsewhere = elsewhere !== "unknown";
  const outcome = isElsewhere ? elsewhere : (reported ?? (isGone ? inferredOutcome(call, kind) : undefined));
  // What was refused never ran: its end is the decision. What was allowed ran for an unknown part of its time.
  const decided_at = reportedAt ?? (outcome === "denied" ? call?.ended_at : undefined);
  const wait_ms = waited ?? (opened_at === undefined || decided_at === undefined ? undefined : between(opened_at, decided_at));
  const fields = {
    call_id,
    joined,
    tool: call?.name ?? first("tool"),
    prompt: first("prompt") ?? call?.title,
    opened_at,
    decided_at,
    outcome,
    outcome_from: outcome === undefined ? undefined : reported === undefined || isElsewhere ? ("inferred" as const) : ("reported" as const),
    by: first("by"),
    door: first("door"),
    wait_ms,
  };
  return {
    ask_id: idOf(session, told, call_id) ?? sorted[0]!.ask_id,
    session_id: session.session_id,
    agent_id,
    kind,
    state: outcome === undefined ? "open" : "closed",
    ...(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<AskView>),
    told_as: sorted.map(({ ask_id }) => ask_id).toSorted(),
  };
}

/** An ask about a call is named after it, whoever told of it first; but no two asks of a session have one name. */
function idOf(session: Session, told: readonly AskTold[], call_id: CallId | undefined): AskId | undefined {
  const id = call_id === undefined ? undefined : toId("ask", foreignId(call_id));
  const isOther = id !== undefined && session.asks.has(id) && !told.some(({ ask_id }) => ask_id === id);
  return isOther ? undefined : id;
}

/** No source may ever tell the answer: then what the agent does next shows that it has one. */
function staysOpen(
  session: Session,
  agent_id: AgentId,
  {
    call,
    call_id,
    at,
    isHeld,
  }: { readonly call: Call | undefined; readonly call_id: CallId | undefined; readonly at: string; readonly isHeld: boolean },
): boolean {
  const agent = session.agents.get(agent_id);
  if (isOver(session) || (agent !== undefined && hasEnded(agent, session))) return false;
  // Whoever takes a session up again is not asked what its last process asked.
  if (at <= (session.facts.ended_at ?? "")) return false;
  if (agent === undefined) return true;
  // Whoever waits here may do other things meanwhile.
  if (isHeld) return call?.outcome === undefined;
  if (call_id === undefined) return agent.active_at <= at;
  return call?.outcome === undefined && (agent.rested_at ?? "") <= at;
}

function inferredOutcome(call: Call | undefined, kind: AskKind): AskOutcome {
  switch (call?.outcome) {
    case "denied":
      return "denied";
    case "ok":
    case "error":
    case "timeout":
      return kind === "question" ? "answered" : "allowed";
    default:
      return "unknown";
  }
}

function byRank(a: AskTold, b: AskTold): number {
  const sure = (ask: AskTold) => (ask.call_id === undefined ? 0 : 100) + (ask.from["outcome"] ?? ask.from["kind"] ?? 0);
  return sure(b) - sure(a);
}

function byStart(a: Call, b: Call): number {
  return byText(a.started_at ?? "", b.started_at ?? "") || byText(a.call_id, b.call_id);
}

function byOpening(a: AskTold, b: AskTold): number {
  return byText(a.opened_at ?? "", b.opened_at ?? "") || byText(a.ask_id, b.ask_id);
}

function openingOf(told: readonly AskTold[]): string {
  return told.reduce<string | undefined>((at, { opened_at }) => min(at, opened_at), undefined) ?? "";
}

function timeOf(ask: AskView): string {
  return ask.opened_at ?? ask.decided_at ?? "";
}

function min(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined ? b : b === undefined || a < b ? a : b;
}

function between(start: string, end: string): number {
  return Math.max(0, Date.parse(end) - Date.parse(start));
}
