import type { AgentId, CallId, MessageId, RequestId, TurnId } from "../../../../src/contract/ids.ts";
import { changedKeys, emptyMap } from "../../../../src/lib/persistent-map.ts";
import type { Call } from "../../../../src/projections/calls.ts";
import { lastBegun } from "../../../../src/projections/cache.ts";
import { visibleMarks } from "../../../../src/projections/marks.ts";
import { fullest, messageKey, type Message } from "../../../../src/projections/messages.ts";
import type { Session } from "../../../../src/projections/session.ts";
import type { Turn } from "../../../../src/projections/turns.ts";
import { addTokens, noTokens } from "../../../../src/projections/usage.ts";
import { viewAsks, type AskView } from "../../../../src/projections/view-asks.ts";
import { viewCall, viewTurns } from "../../../../src/projections/views.ts";
import { isAlike } from "./alike.ts";
import { createRowList, type RowList } from "./row-list.ts";
import { agentOf, type Row } from "./row.ts";

/** What each agent said and did, in order. It does not depend on the time or on what is opened. */
export interface Arranged {
  rowsOf(agent: AgentId): readonly Row[];
  /** Its messages and calls. */
  sizeOf(agent: AgentId): number;
  /** Calls of which nobody has told how they ended. */
  readonly open: ReadonlySet<CallId>;
}

/** A row whose place among the others is its own: all but those of agents, which stand in their parents' conversations, and of turns. */
type OwnRow = Exclude<Row, { kind: "agent" | "turn" }>;

/**
 * Arranges one picture of a session after another. What did not change since the last one is the very same row, and a picture made from
 * the last one costs by what changed; any other is arranged all the same, at the cost of how much it differs.
 */
export function createArranger(): (session: Session) => Arranged {
  let was: Session | undefined;
  const lists = new Map<AgentId, RowList>();
  const rows = new Map<string, OwnRow>();
  const messagesBy = new Map<string, Map<MessageId, Message>>();
  const open = new Set<CallId>();
  const turns = createTurnLines();
  let asks: ReturnType<typeof placeAsks> = { atCall: new Map(), alone: new Map() };

  const listOf = (agent: AgentId): RowList => {
    const held = lists.get(agent) ?? createRowList();
    lists.set(agent, held);
    return held;
  };
  const put = (key: string, row: OwnRow | undefined): void => {
    const before = rows.get(key);
    if (before !== undefined && row !== undefined && isAlike(before, row)) return;
    if (before !== undefined) listOf(agentOf(before)).take(before);
    if (row === undefined) rows.delete(key);
    else {
      rows.set(key, row);
      listOf(agentOf(row)).add(row);
    }
  };

  const takeMessages = (before: Session["messages"]["map"], after: Session["messages"]["map"]): void => {
    const touched = new Set<string>();
    for (const id of changedKeys(before, after)) {
      const [old, message] = [before.get(id), after.get(id)];
      if (old !== undefined) {
        messagesBy.get(messageKey(old))?.delete(id);
        touched.add(messageKey(old));
      }
      if (message === undefined) put(id, undefined);
      else {
        const key = messageKey(message);
        messagesBy.set(key, (messagesBy.get(key) ?? new Map<MessageId, Message>()).set(id, message));
        touched.add(key);
      }
    }
    for (const key of touched) {
      const group = messagesBy.get(key);
      if (group === undefined || group.size === 0) {
        messagesBy.delete(key);
        continue;
      }
      const shown = new Set(group.size === 1 ? group.values() : fullest(group.values()));
      for (const [id, message] of group)
        put(id, shown.has(message) ? { key: id, depth: 0, at: message.at, kind: "message", message } : undefined);
    }
  };

  const takeAsks = (session: Session): CallId[] => {
    if (session.asks.size === 0 && asks.atCall.size === 0 && asks.alone.size === 0) return [];
    const before = asks;
    asks = placeAsks(session, before.atCall);
    for (const key of before.alone.keys()) if (!asks.alone.has(key)) put(key, undefined);
    for (const [key, ask] of asks.alone) put(key, { key, depth: 0, at: ask.opened_at ?? ask.decided_at ?? "", kind: "ask", ask });
    return [...new Set([...before.atCall.keys(), ...asks.atCall.keys()])].filter((id) => before.atCall.get(id) !== asks.atCall.get(id));
  };

  const takeCalls = (session: Session, ids: Iterable<CallId>): void => {
    for (const id of new Set(ids)) {
      const told = session.calls.map.get(id);
      if (told === undefined || told.outcome !== undefined) open.delete(id);
      else open.add(id);
      if (told === undefined) put(id, undefined);
      else {
        const call = viewCall(told, session);
        const own = asks.atCall.get(id) ?? none;
        put(id, {
          key: id,
          depth: 0,
          at: call.started_at ?? call.ended_at ?? "",
          kind: "call",
          call,
          asks: own,
          agents: none,
        });
      }
    }
  };

  const takeMarks = (before: Session["marks"], after: Session["marks"]): void => {
    if (before === after) return;
    const shown = new Set(visibleMarks(after).filter(({ kind }) => kind !== "injected"));
    for (const key of before.keys()) if (!after.has(key)) put(key, undefined);
    for (const [key, mark] of after) put(key, shown.has(mark) ? { key, depth: 0, at: mark.at, kind: "mark", mark } : undefined);
  };

  let made: Arranged | undefined;
  return (session) => {
    if (session === was && made !== undefined) return made;
    takeMessages(was?.messages.map ?? emptyMap(), session.messages.map);
    const asked = takeAsks(session);
    takeCalls(session, [...changedKeys(was?.calls.map ?? emptyMap<CallId, Call>(), session.calls.map), ...asked, ...open]);
    takeMarks(was?.marks ?? emptyMap(), session.marks);
    turns.take(was, session, listOf);
    was = session;
    const shown = new Map([...lists].map(([agent, list]) => [agent, { rows: list.rows(), size: list.size() }]));
    made = { rowsOf: (agent) => shown.get(agent)?.rows ?? none, sizeOf: (agent) => shown.get(agent)?.size ?? 0, open: new Set(open) };
    return made;
  };
}

const none: readonly never[] = [];

/** Asks at the calls that they are about, and those about none. Lists that say the same as before are the same. */
function placeAsks(
  session: Session,
  before: ReadonlyMap<CallId, readonly AskView[]>,
): { readonly atCall: ReadonlyMap<CallId, readonly AskView[]>; readonly alone: ReadonlyMap<string, AskView> } {
  const atCall = new Map<CallId, AskView[]>();
  const alone = new Map<string, AskView>();
  for (const ask of viewAsks(session)) {
    if (ask.call_id === undefined || !session.calls.map.has(ask.call_id)) alone.set(ask.ask_id, ask);
    else atCall.set(ask.call_id, [...(atCall.get(ask.call_id) ?? []), ask]);
  }
  const same = (id: CallId, list: readonly AskView[]) => (isAlike(before.get(id), list) ? before.get(id)! : list);
  return { atCall: new Map([...atCall].map(([id, list]) => [id, same(id, list)])), alone };
}

/** The lines at the ends of turns, each with the sum of its requests. */
function createTurnLines(): { take(was: Session | undefined, session: Session, listOf: (agent: AgentId) => RowList): void } {
  const turnOf = new Map<RequestId, TurnId>();
  const requestsOf = new Map<TurnId, Set<RequestId>>();
  let turnsOf: ReadonlyMap<AgentId, readonly Turn[]> = new Map();
  let known: ReadonlyMap<TurnId, { readonly turn: Turn; readonly next: string | undefined; readonly nextId: TurnId | undefined }> =
    new Map();

  const move = (request: RequestId, to: TurnId | undefined): (TurnId | undefined)[] => {
    const from = turnOf.get(request);
    if (from !== undefined) requestsOf.get(from)?.delete(request);
    if (to === undefined) turnOf.delete(request);
    else {
      turnOf.set(request, to);
      requestsOf.set(to, (requestsOf.get(to) ?? new Set<RequestId>()).add(request));
    }
    return [from, to];
  };
  /** The turns whose requests are others than before. */
  const takeRequests = (was: Session | undefined, session: Session): ReadonlySet<TurnId | undefined> => {
    const { requests } = session.usage;
    const isTurned = was === undefined || was.turns !== session.turns;
    const touched = new Set<TurnId | undefined>();
    const begun = new Map<AgentId, readonly Turn[]>();
    for (const id of isTurned ? new Set([...turnOf.keys(), ...requests.keys()]) : changedKeys(was.usage.requests, requests)) {
      const request = requests.get(id);
      const agent = request?.agent_id;
      if (agent !== undefined && !begun.has(agent))
        begun.set(
          agent,
          (turnsOf.get(agent) ?? none).filter(({ started_at }) => started_at !== undefined),
        );
      const to = request === undefined ? undefined : (request.turn_id ?? lastBegun(begun.get(request.agent_id)!, request.at)?.turn_id);
      if (to !== turnOf.get(id) || request !== was?.usage.requests.get(id)) for (const turn of move(id, to)) touched.add(turn);
    }
    return touched;
  };

  return {
    take(was, session, listOf) {
      if (was === undefined || was.turns !== session.turns || hasRested(was, session))
        turnsOf = Map.groupBy(viewTurns(session), ({ agent_id }) => agent_id);
      const touched = takeRequests(was, session);
      const now = new Map<TurnId, { readonly turn: Turn; readonly next: string | undefined; readonly nextId: TurnId | undefined }>();
      for (const [agent, own] of turnsOf) {
        const list = listOf(agent);
        const touchedAt = list.firstTouched();
        // A row without a time is before all others.
        const from = touchedAt === undefined ? LAST : touchedAt === "" ? "" : earlier(touchedAt, APART_MS);
        for (const [index, turn] of own.entries()) {
          const { started_at: next, turn_id: nextId } = own[index + 1] ?? {};
          const before = known.get(turn.turn_id);
          now.set(turn.turn_id, { turn, next, nextId });
          const isSame = before !== undefined && before.next === next && before.nextId === nextId && isAlike(before.turn, turn);
          if (isSame && !touched.has(turn.turn_id) && (next === undefined || next < from)) continue;
          const told = [...(requestsOf.get(turn.turn_id) ?? none)].map((id) => session.usage.requests.get(id));
          const key = lineKey(turn.turn_id);
          const tokens = told.reduce((sum, request) => addTokens(sum, request?.usage ?? {}), noTokens);
          const at = endOf(turn, next === undefined ? undefined : borderOf(next, nextId!, list), list);
          const line = { key, depth: 0, at, kind: "turn", turn, requests: told.length, tokens } as const;
          list.setLine(key, told.length === 0 && turn.started_at === undefined ? undefined : line);
        }
      }
      for (const [id, { turn }] of known)
        if (now.get(id)?.turn.agent_id !== turn.agent_id) listOf(turn.agent_id).setLine(lineKey(id), undefined);
      known = now;
    },
  };
}

const lineKey = (turn: TurnId): string => `turn ${turn}`;
/** Sources disagree by so much about when a turn begins: the prompt may be dated before the turn that it begins. */
const APART_MS = 1_500;
const LAST = "~";
const earlier = (moment: string, ms: number): string => new Date(Date.parse(moment) - ms).toISOString();

/** What is told from here on is of the turn that began at `next`: its prompt where that is known, else all that may be. */
function borderOf(next: string, nextId: TurnId, list: RowList): string {
  const from = earlier(next, APART_MS);
  const prompt = list.firstWithin(from, earlier(next, -APART_MS), (row) => row.kind === "message" && isPromptOf(row.message, nextId));
  return prompt === undefined ? from : earlier(prompt.at < next ? prompt.at : next, 1);
}

const isPromptOf = ({ role, turn_id }: Message, turn: TurnId): boolean => role !== "assistant" && turn_id === turn;

/** Where the line of a turn stands: after all of it, whoever told when it ended, and before the next one. */
function endOf(turn: Turn, border: string | undefined, list: RowList): string {
  if (border === undefined) return LAST;
  const last = list.lastBefore(border)?.at ?? "";
  const end = turn.ended_at === undefined || turn.ended_at < last ? last : turn.ended_at;
  return end < border ? end : border;
}

/** Whether an agent came to rest, which ends turns of which nobody told the end. */
function hasRested(was: Session, session: Session): boolean {
  return changedKeys(was.agents, session.agents).some((id) => {
    const [before, after] = [was.agents.get(id), session.agents.get(id)];
    return before?.ended_at !== after?.ended_at || before?.rested_at !== after?.rested_at;
  });
}
