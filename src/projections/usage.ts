import type { EventOf } from "../contract/events/index.ts";
import type { Usage } from "../contract/events/model.ts";
import { MAIN_AGENT, type AgentId, type RequestId, type TurnId } from "../contract/ids.ts";
import { promptSteps, type Spend } from "../contract/operations/money.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { canonical, earlier, fuse, noRanks, rankOf, type Fused, type Rank } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** One answered model request. */
export interface Request extends Fused {
  readonly request_id: RequestId;
  readonly agent_id: AgentId;
  readonly at: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly cost_usd_micros?: number;
  readonly cost_source?: "reported" | "computed";
  readonly ttft_ms?: number;
  readonly duration_ms?: number;
  readonly stop_reason?: string;
  readonly purpose?: string;
  readonly turn_id?: TurnId;
  readonly modes?: readonly string[];
  readonly segments?: Readonly<Record<string, number>>;
}

export type Buckets = Readonly<Required<Usage>>;

/** Sums of one agent's requests that have one price, whatever the prices are. */
export interface UsageTotal extends Spend {
  readonly agent_id: AgentId;
}

/**
 * Telemetry knows a request by the provider's request id, the other sources by the answer's message id. A source that has both says so with
 * `also_told_as`: what was told under the stand-in's id then belongs to the requests `of` it, and the stand-in counts as none.
 */
export interface Pair {
  readonly of: readonly RequestId[];
  readonly told?: Request;
}

export interface UsageState {
  readonly requests: PersistentMap<RequestId, Request>;
  /** By the id of a stand-in. */
  readonly pairs: PersistentMap<RequestId, Pair>;
  /** By agent, model, day, modes and class of prompt. */
  readonly totals: PersistentMap<string, UsageTotal>;
}

export const noTokens: Buckets = { input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0, output: 0, reasoning: 0 };

export const usageProjection: Projection<UsageState> = {
  name: "usage",
  initial: { requests: emptyMap(), pairs: emptyMap(), totals: emptyMap() },
  apply(state, event) {
    if (event.type !== "model.responded") return state;
    const id = event.data.request_id;
    const pair = state.pairs.get(id);
    if (pair !== undefined) {
      const told = withEvent(pair.told, id, event);
      if (told === pair.told) return state;
      const paired = { ...state, pairs: state.pairs.set(id, { ...pair, told }) };
      return pair.of.reduce((after, request) => put(after, withEvent(after.requests.get(request), request, event)), paired);
    }
    const after = put(state, withEvent(state.requests.get(id), id, event));
    const standIn = event.data.also_told_as;
    return standIn === undefined || standIn === id ? after : join(after, id, standIn);
  },
};

function withEvent(before: Request | undefined, request_id: RequestId, event: EventOf<"model.responded">): Request {
  const { model, usage, cost_usd_micros, cost_source, ttft_ms, duration_ms, stop_reason, purpose, turn_id, segments } = event.data;
  const base: Request = before ?? { request_id, agent_id: event.agent_id ?? MAIN_AGENT, at: event.timestamp, from: noRanks };
  const rank = rankOf(event.source);
  const modes = event.data.modes?.toSorted();
  const told = fuse(
    withUsage(base, usage, rank),
    { agent_id: event.agent_id, model, cost_usd_micros, cost_source, ttft_ms, duration_ms, stop_reason, purpose, turn_id, modes, segments },
    rank,
  );
  const at = earlier(told.at, event.timestamp);
  return at === told.at ? told : { ...told, at };
}

function put(state: UsageState, after: Request): UsageState {
  const before = state.requests.get(after.request_id);
  if (after === before) return state;
  const totals = add(before === undefined ? state.totals : add(state.totals, before, -1), after, 1);
  return { ...state, requests: state.requests.set(after.request_id, after), totals };
}

/** Joins what was told of one request under two ids, register by register, so that it is the same in whatever order it came. */
function join(state: UsageState, id: RequestId, standIn: RequestId): UsageState {
  const pair = state.pairs.get(standIn);
  if (pair?.of.includes(id) === true) return state;
  const told = pair?.told ?? state.requests.get(standIn);
  const of = [...(pair?.of ?? []), id].toSorted();
  const pairs = state.pairs.set(standIn, told === undefined ? { of } : { of, told });
  if (told === undefined) return { ...state, pairs };
  let merged = withUsage(state.requests.get(id)!, told.usage, told.from["usage"] ?? -1);
  for (const [field, rank] of Object.entries(told.from))
    if (field !== "usage") merged = fuse(merged, { [field]: told[field as keyof Request] }, rank);
  const after = put({ ...state, pairs }, { ...merged, at: earlier(merged.at, told.at) });
  if (pair !== undefined) return after;
  return { ...after, requests: after.requests.delete(standIn), totals: add(after.totals, told, -1) };
}

/** A request's count grows while its answer streams: of equally ranked reports, each bucket keeps the greatest figure. */
function withUsage(request: Request, usage: Usage | undefined, rank: Rank): Request {
  if (usage === undefined) return request;
  const held = request.from["usage"] ?? -1;
  if (rank < held) return request;
  const merged = rank > held ? usage : greatest(request.usage ?? {}, usage);
  if (rank === held && canonical(merged) === canonical(request.usage)) return request;
  return { ...request, usage: merged, from: { ...request.from, usage: rank } };
}

/** What was written to the cache is compared as a whole: a report that does not split it by lifetime tells the same tokens as one that does. */
function greatest(a: Usage, b: Usage): Usage {
  const most: Usage = { ...a };
  for (const bucket of Object.keys(noTokens) as (keyof Usage)[]) {
    const figure = b[bucket];
    if (figure !== undefined) most[bucket] = Math.max(figure, a[bucket] ?? 0);
  }
  if (most.cache_write_5m === undefined) return most;
  const written = Math.max(writtenIn(a), writtenIn(b));
  return { ...most, cache_write_5m: Math.max(0, written - (most.cache_write_1h ?? 0)) };
}

function writtenIn(usage: Usage): number {
  return (usage.cache_write_5m ?? 0) + (usage.cache_write_1h ?? 0);
}

export function addTokens(a: Buckets, b: Usage, by = 1): Buckets {
  const sum = { ...a };
  for (const bucket of Object.keys(noTokens) as (keyof Buckets)[]) sum[bucket] += by * (b[bucket] ?? 0);
  return sum;
}

function add(totals: UsageState["totals"], request: Request, by: number): UsageState["totals"] {
  const line = spendOf(request);
  const key = `${request.agent_id} ${spendKey(line)}`;
  const before = totals.get(key);
  const after = before === undefined ? line : addSpend(before, line, by);
  if (after.requests === 0) return totals.delete(key);
  return totals.set(key, { ...after, agent_id: request.agent_id });
}

/** One request as a line that can be priced and added to others of its kind. */
export function spendOf(request: Omit<Request, "from">): Spend {
  // Half of what was billed is no basis for a price.
  const isMeasured = request.usage?.input !== undefined && request.usage.output !== undefined;
  const isReported = request.cost_usd_micros !== undefined && request.cost_source !== "computed";
  return {
    model: request.model ?? "unknown",
    day: request.at.slice(0, 10),
    ...(request.modes === undefined || request.modes.length === 0 ? {} : { modes: [...request.modes] }),
    prompt_above: promptSteps.findLast((step) => promptOf(request.usage ?? {}) > step) ?? 0,
    requests: 1,
    measured: isMeasured ? 1 : 0,
    tokens: addTokens(noTokens, request.usage ?? {}),
    reported_usd_micros: isReported ? request.cost_usd_micros! : 0,
    reported_requests: isReported ? 1 : 0,
  };
}

/** All tokens of a prompt: what was read from the cache, written to it, and neither. */
export function promptOf({ input = 0, cache_read = 0, cache_write_5m = 0, cache_write_1h = 0 }: Usage): number {
  return input + cache_read + cache_write_5m + cache_write_1h;
}

/** Lines of one key have one price. */
export function spendKey({ model, day, modes, prompt_above }: Spend): string {
  return `${model} ${day} ${prompt_above} ${modes?.join() ?? ""}`;
}

export function addSpend(a: Spend, b: Spend, by = 1): Spend {
  return {
    ...a,
    requests: a.requests + by * b.requests,
    measured: a.measured + by * b.measured,
    tokens: addTokens(a.tokens, b.tokens, by),
    reported_usd_micros: a.reported_usd_micros + by * b.reported_usd_micros,
    reported_requests: a.reported_requests + by * b.reported_requests,
  };
}
