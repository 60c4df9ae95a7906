import type { Usage } from "../contract/events/model.ts";
import { MAIN_AGENT, type AgentId, type RequestId, type TurnId } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { canonical, earlier, fuse, rankOf, type Fused, type Rank } from "./fuse.ts";
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
}

export type Buckets = Readonly<Required<Usage>>;

/** Sums of one agent with one model. */
export interface UsageTotal {
  readonly agent_id: AgentId;
  readonly model: string;
  readonly requests: number;
  readonly tokens: Buckets;
}

export interface UsageState {
  readonly requests: PersistentMap<RequestId, Request>;
  /** By `<agent_id> <model>`. */
  readonly totals: PersistentMap<string, UsageTotal>;
}

export const noTokens: Buckets = { input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0, output: 0, reasoning: 0 };

export const usageProjection: Projection<UsageState> = {
  name: "usage",
  initial: { requests: emptyMap(), totals: emptyMap() },
  apply(state, event) {
    if (event.type !== "model.responded") return state;
    const { request_id, model, usage, cost_usd_micros, cost_source, ttft_ms, duration_ms, stop_reason, purpose, turn_id } = event.data;
    const before = state.requests.get(request_id);
    const base: Request = before ?? { request_id, agent_id: event.agent_id ?? MAIN_AGENT, at: event.timestamp, from: {} };
    const rank = rankOf(event.source);
    const told = fuse(
      withUsage(base, usage, rank),
      { agent_id: event.agent_id, model, cost_usd_micros, cost_source, ttft_ms, duration_ms, stop_reason, purpose, turn_id },
      rank,
    );
    const at = earlier(told.at, event.timestamp);
    const after = at === told.at ? told : { ...told, at };
    if (after === before) return state;
    const totals = add(before === undefined ? state.totals : add(state.totals, before, -1), after, 1);
    return { requests: state.requests.set(request_id, after), totals };
  },
};

/** A request's count grows while its answer streams: of equally ranked reports, each bucket keeps the greatest figure. */
function withUsage(request: Request, usage: Usage | undefined, rank: Rank): Request {
  if (usage === undefined) return request;
  const held = request.from["usage"] ?? -1;
  if (rank < held) return request;
  const merged = rank > held ? usage : greatest(request.usage ?? {}, usage);
  if (rank === held && canonical(merged) === canonical(request.usage)) return request;
  return { ...request, usage: merged, from: { ...request.from, usage: rank } };
}

function greatest(a: Usage, b: Usage): Usage {
  const most: Usage = { ...a };
  for (const bucket of Object.keys(noTokens) as (keyof Usage)[]) {
    const figure = b[bucket];
    if (figure !== undefined) most[bucket] = Math.max(figure, a[bucket] ?? 0);
  }
  return most;
}

export function addTokens(a: Buckets, b: Usage, by = 1): Buckets {
  const sum = { ...a };
  for (const bucket of Object.keys(noTokens) as (keyof Buckets)[]) sum[bucket] += by * (b[bucket] ?? 0);
  return sum;
}

function add(totals: UsageState["totals"], request: Request, by: number): UsageState["totals"] {
  const model = request.model ?? "unknown";
  const key = `${request.agent_id} ${model}`;
  const before = totals.get(key) ?? { agent_id: request.agent_id, model, requests: 0, tokens: noTokens };
  const requests = before.requests + by;
  if (requests === 0) return totals.delete(key);
  return totals.set(key, { ...before, requests, tokens: addTokens(before.tokens, request.usage ?? {}, by) });
}
