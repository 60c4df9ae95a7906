import type { StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type AskId, type CallId, type MessageId, type RequestId, type TurnId } from "../contract/ids.ts";
import { toTimestamp } from "../lib/clock.ts";
import { emptyMap, mapOf, type PersistentMap } from "../lib/persistent-map.ts";
import type { AskTold } from "./asks.ts";
import type { Call } from "./calls.ts";
import { APART_MS, later } from "./fuse.ts";
import { messageKey, tellingsOf, type Message } from "./messages.ts";
import { beganMs } from "./occasions.ts";
import { inferredParents } from "./parents.ts";
import { collapseQueue } from "./queue.ts";
import { followAges, recent, type Ages, type InOrderOf, type Recent } from "./recency.ts";
import type { GoneAgent, Session } from "./session.ts";
import { collapsePlans } from "./todos.ts";
import type { Turn } from "./turns.ts";
import type { Request } from "./usage.ts";
import { isOpenAsk, viewAsks } from "./view-asks.ts";
import { firstPrompt } from "./views.ts";

/** What stays when a session is trimmed: everything open, and of each kind the most recent. */
export interface Keep {
  readonly calls: number;
  readonly agents: number;
  readonly turns: number;
  readonly messages: number;
  /** Also everything of so long before the session's last event. */
  readonly recentMs?: number;
  /** Unless that is more than so many calls, messages or requests. */
  readonly recentAtMost?: number;
}

/** What a picture shows of a session. */
export const pictureKeep: Keep = { calls: 12, agents: 32, turns: 3, messages: 2 };

/**
 * What stays of a session that is folded on: with less, each fact of the next two minutes could concern something that was let go. Facts may
 * come half a minute out of order besides.
 */
export const foldKeep: Keep = { ...pictureKeep, recentMs: APART_MS + 30_000 };
/** The same for a checkpoint, which is written: of a session with more than that in two minutes what a picture shows, some 20 ms of work less. */
export const checkpointKeep: Keep = { ...foldKeep, recentAtMost: 2_000 };

const ofCalls: Ages<Call> = {
  isOpen: (call) => call.outcome === undefined,
  at: ({ ended_at, started_at = "" }) => later(ended_at, started_at),
};
// Also of a session that has ended: it may turn out to go on, and then what never ended is under way again.
const ofTurns: Ages<Turn> = { isOpen: (turn) => turn.ended_at === undefined, at: (turn) => later(turn.ended_at, turn.started_at ?? "") };
const ofMessages: Ages<Message> = { isOpen: () => false, at: (message) => message.at };
const ofRequests: Ages<Request> = { isOpen: () => false, at: (request) => request.at };

/** A session's entities in order of their age, where somebody keeps them so. */
interface InOrder {
  readonly calls: InOrderOf<CallId, Call>;
  readonly turns: InOrderOf<TurnId, Turn>;
  readonly messages: InOrderOf<MessageId, Message>;
  readonly requests: InOrderOf<RequestId, Request>;
}

/** What `trimSession` makes of one session as it goes on, for a cost by what came since and what stays, not by what there is. */
export function createTrimmer(keep: Keep): (session: Session) => Session {
  const order: InOrder = {
    calls: followAges(ofCalls),
    turns: followAges(ofTurns),
    messages: followAges(ofMessages),
    requests: followAges(ofRequests),
  };
  return (session) => trimInOrder(session, keep, order);
}

/**
 * Lets go of what is over and long past. Sums stay exact; `trimmed_at` tells from when on the session knows its entities.
 * Trimming again with the same `keep` changes nothing.
 */
export function trimSession(session: Session, keep: Keep): Session {
  return trimInOrder(session, keep);
}

function trimInOrder(session: Session, keep: Keep, order?: InOrder): Session {
  const since = recentSince(session, keep);
  const calls = recent(session.calls.map, { ...ofCalls, keep: keep.calls, since, order: order?.calls });
  const open = new Set([...calls.kept.values()].map((call) => call.agent_id));
  const agents = recent(session.agents, {
    keep: keep.agents,
    since,
    isOpen: (agent) => agent.ended_at === undefined || agent.ended_at < (agent.begun_at ?? "") || open.has(agent.agent_id),
    at: (agent) => agent.active_at,
  });
  const turns = recent(session.turns, { ...ofTurns, keep: keep.turns, since, order: order?.turns });
  const messages = messagesOf(session, { keep: keep.messages, since, order: order?.messages });
  const requests = recent(session.usage.requests, { ...ofRequests, keep: 0, since, order: order?.requests });
  const plans = collapsePlans(session, since, calls.kept);
  const asks = asksOf(session, calls.kept, since);
  const queue = collapseQueue(session.queue, since);
  const line = [calls, agents, turns, messages, requests, plans, asks, queue].reduce<string | undefined>(
    (at, part) => (part.latestGone === undefined ? at : later(at, part.latestGone)),
    session.trimmed_at,
  );
  // What nothing was ever let go of is whole, to the last entry.
  const prompt_tokens = line === undefined ? session.prompt_tokens : promptTokensOf(session, turns.kept);
  if (
    line === session.trimmed_at &&
    calls.gone + agents.gone + turns.gone + messages.gone + requests.gone + asks.gone + queue.gone === 0 &&
    plans.plans === session.plans
  )
    return prompt_tokens === session.prompt_tokens ? session : { ...session, prompt_tokens };
  const parents = inferredParents(session);
  const keptAgents = withAncestors(session.agents, agents.kept);
  const keptCalls = withSpawning(session, calls.kept, keptAgents, parents);
  return {
    ...session,
    agents: keptAgents,
    calls: { ...session.calls, map: keptCalls },
    turns: turns.kept,
    messages: { map: messages.kept, tellings: tellingsOf(messages.kept), total: session.messages.total },
    usage: { requests: requests.kept, totals: session.usage.totals, pairs: pairsOf(session.usage.pairs, requests.kept, since) },
    prompt_tokens,
    marks: emptyMap(),
    plans: plans.plans,
    asks: asks.kept,
    ...(line === undefined ? {} : { trimmed_at: line, trimmed: remembered(session, keptAgents, turns.kept, parents) }),
    queue: queue.kept,
  };
}

/**
 * An ask stays while it is open, may be open again once its session turns out to go on, or its call is known. What was told of one ask stays
 * or goes together: an opening alone would be open.
 */
function asksOf(session: Session, calls: Session["calls"]["map"], since: string | undefined): Recent<AskId, AskTold> {
  if (session.asks.size === 0) return { kept: session.asks, gone: 0, latestGone: undefined };
  const ended = session.facts.ended_at ?? "";
  const atOf = (ask: AskTold): string => later(ask.decided_at, ask.opened_at ?? "");
  const open = new Set<AskId>();
  const latest = new Map<AskId, string>();
  for (const ask of viewAsks(session)) {
    const told = ask.told_as.flatMap((id) => session.asks.get(id) ?? []);
    const mayReopen = (ask.opened_at ?? "") > ended && told.every(({ outcome }) => outcome === undefined);
    const stays = isOpenAsk(ask) || (ask.call_id !== undefined && calls.has(ask.call_id)) || mayReopen;
    const at = told.reduce((last, each) => later(last, atOf(each)), "");
    for (const id of ask.told_as) {
      latest.set(id, at);
      if (stays) open.add(id);
    }
  }
  return recent(session.asks, {
    keep: 0,
    since,
    isOpen: ({ ask_id }) => open.has(ask_id),
    at: (ask) => latest.get(ask.ask_id) ?? atOf(ask),
  });
}

/** From when on everything stays; undefined when nothing does for being recent. */
function recentSince({ facts, calls, messages, usage }: Session, { recentMs, recentAtMost = Infinity }: Keep): string | undefined {
  if (recentMs === undefined || facts.last_at === undefined) return undefined;
  const since = toTimestamp(Date.parse(facts.last_at) - recentMs);
  const isMuch = <V>(map: PersistentMap<string, V>, at: (value: V) => string): boolean => {
    if (map.size <= recentAtMost) return false;
    let count = 0;
    for (const value of map.values()) if (at(value) > since) count++;
    return count > recentAtMost;
  };
  const much = isMuch(calls.map, ofCalls.at) || isMuch(messages.map, ofMessages.at) || isMuch(usage.requests, ofRequests.at);
  return much ? undefined : since;
}

/** How often something was said on an occasion is counted over all its tellings: with one that is recent all of them stay. */
function messagesOf(
  { messages }: Session,
  { keep, since, order }: { readonly keep: number; readonly since: string | undefined; readonly order: InOrder["messages"] | undefined },
): Recent<MessageId, Message> {
  const { map, tellings } = messages;
  const fresh = new Map<string, number>();
  for (const message of since === undefined ? [] : map.values()) {
    if (message.at <= since!) continue;
    const key = messageKey(message);
    fresh.set(key, Math.min(beganMs(tellings.get(key)!, message), fresh.get(key) ?? Infinity));
  }
  const isFresh = (message: Message): boolean => {
    const began = fresh.get(messageKey(message));
    return began !== undefined && Date.parse(message.at) >= began;
  };
  const parted = recent(map, { ...ofMessages, ...(fresh.size === 0 ? {} : { isOpen: isFresh }), keep, since, order });
  let { latestGone } = parted;
  if (latestGone === undefined) return parted;
  // Where some tellings are gone and others stay, the next one may be the same as one that is gone.
  for (const [key, kept] of Map.groupBy(parted.kept.values(), messageKey))
    for (const message of kept.length === tellings.get(key)!.length ? [] : kept) latestGone = later(latestGone, message.at);
  return { ...parted, latestGone };
}

/** Who is paired with a request that stays, or may still be paired with one. */
function pairsOf(
  pairs: Session["usage"]["pairs"],
  requests: Session["usage"]["requests"],
  since: string | undefined,
): Session["usage"]["pairs"] {
  if (since === undefined) return emptyMap();
  return mapOf([...pairs].filter(([, { of, told }]) => of.some((id) => requests.has(id)) || (told?.at ?? "") > since));
}

/** What an event without a turn told is in the sum, and nothing but that very event could tell it again. */
function promptTokensOf({ prompt_tokens }: Session, turns: Session["turns"]): Session["prompt_tokens"] {
  const kept = [...prompt_tokens.by_turn].filter(([turn]) => turns.has(turn));
  return kept.length === prompt_tokens.by_turn.size ? prompt_tokens : { ...prompt_tokens, by_turn: mapOf(kept) };
}

/** Entities that a session holds, about 300 bytes each. */
export function weightOf({ agents, calls, messages, usage, turns, marks, plans, queue }: Session): number {
  const told = agents.size + calls.map.size + messages.map.size + usage.requests.size + turns.size + marks.size;
  return told + plans.base.length + plans.changes.size + queue.size;
}

/** Calls by which the parent of an agent that stays is inferred. */
function withSpawning(
  session: Session,
  calls: Session["calls"]["map"],
  agents: Session["agents"],
  parents: Parents,
): Session["calls"]["map"] {
  let kept = calls;
  for (const agent_id of agents.keys()) {
    const { edge, call_id } = parents.get(agent_id) ?? {};
    const call = edge === "inferred" && call_id !== undefined ? session.calls.map.get(call_id) : undefined;
    if (call !== undefined && !kept.has(call.call_id)) kept = kept.set(call.call_id, call);
  }
  return kept;
}

type Parents = ReturnType<typeof inferredParents>;

function remembered(session: Session, kept: Session["agents"], keptTurns: Session["turns"], parents: Parents): Session["trimmed"] {
  const first = firstPrompt(session);
  const words = first === undefined || keptTurns.has(first.turn_id) ? undefined : first.prompt;
  const { agents = 0, turns = 0, title = words, gone = [] } = session.trimmed ?? {};
  const leaving = [...session.agents.values()].filter(({ agent_id }) => !kept.has(agent_id));
  const places = leaving.map((agent): GoneAgent => {
    const parent = parents.get(agent.agent_id)?.agent_id ?? MAIN_AGENT;
    return [agent.agent_id, parent, Date.parse(agent.first_at), agent.ended_at === undefined ? null : Date.parse(agent.ended_at)];
  });
  return {
    agents: agents + leaving.length,
    turns: turns + session.turns.size - keptTurns.size,
    ...(title === undefined ? {} : { title }),
    ...(gone.length + places.length === 0 ? {} : { gone: [...gone, ...places].toSorted(bySpawning) }),
  };
}

/** However often a session was trimmed, the same agents are gone in the same order. */
function bySpawning([a, , spawnedA]: GoneAgent, [b, , spawnedB]: GoneAgent): number {
  return spawnedA - spawnedB || (a < b ? -1 : 1);
}

/** Whether folding `event` needs what a trimmed session has let go: then fold the whole session from the log first. */
export function needsWhole(session: Session | undefined, event: StoredEvent): boolean {
  if (session?.trimmed_at === undefined || Date.parse(event.timestamp) > Date.parse(session.trimmed_at) + APART_MS)
    return session?.trimmed_at !== undefined && endsUnknown(session, event);
  // Every event says something of its agent, whatever else it concerns.
  if (event.agent_id !== undefined && !session.agents.has(event.agent_id)) return true;
  switch (event.type) {
    case "tool.started":
    case "tool.ended":
      return !session.calls.map.has(event.data.call_id);
    case "message.added":
    case "model.responded":
    case "model.failed":
    case "context.compacted":
    case "context.injected":
    case "context.delivered":
    case "skill.used":
    case "ask.opened":
    case "ask.answered":
    case "ask.withdrawn":
    case "ask.expired":
    case "todo.listed":
    case "todo.updated":
      return true;
    case "prompt.queued":
    case "prompt.taken":
      return event.timestamp <= session.trimmed_at;
    case "turn.started":
    case "turn.ended":
      return event.data.turn_id !== undefined && !session.turns.has(event.data.turn_id);
    default:
      return false;
  }
}

/** An end without its beginning, or an agent that was let go and works again, however late: both concern what was let go. */
function endsUnknown(session: Session, event: StoredEvent): boolean {
  // Somebody who was let go is taken up again.
  const { agent_id } = event;
  if (agent_id !== undefined && !session.agents.has(agent_id) && session.trimmed?.gone?.some(([gone]) => gone === agent_id) === true)
    return true;
  if (event.type === "ask.answered" || event.type === "ask.withdrawn" || event.type === "ask.expired")
    return event.data.ask_id !== undefined && !session.asks.has(event.data.ask_id);
  if (event.type === "tool.ended") return !session.calls.map.has(event.data.call_id);
  // A turn that goes on after its end ends again.
  if (event.type === "turn.ended") return event.data.turn_id !== undefined && !session.turns.has(event.data.turn_id);
  if (event.type === "agent.ended" || event.type === "agent.updated")
    return event.agent_id !== undefined && !session.agents.has(event.agent_id);
  return false;
}

/** An agent that stays keeps its line to the root. */
function withAncestors(all: Session["agents"], kept: Session["agents"]): Session["agents"] {
  let result = kept;
  for (const agent of kept.values()) {
    let parent = agent.parent_agent_id;
    while (parent !== undefined && !result.has(parent)) {
      const found = all.get(parent);
      if (found === undefined) break;
      result = result.set(parent, found);
      parent = found.parent_agent_id;
    }
  }
  return result;
}
