import type { CacheDrop, CacheRate } from "../contract/operations/money.ts";
import type { AgentId, TurnId } from "../contract/ids.ts";
import type { Session } from "./session.ts";
import { promptOf, type Buckets, type Request } from "./usage.ts";
import { visibleMarks } from "./marks.ts";
import { byText } from "../lib/by-text.ts";

/** Of the prompts' tokens, the part that came from the cache. */
export function cacheRateOf({
  input,
  cache_read,
  cache_write_5m,
  cache_write_1h,
}: Pick<Buckets, "input" | "cache_read" | "cache_write_5m" | "cache_write_1h">): CacheRate {
  const write = cache_write_5m + cache_write_1h;
  const prompt = input + cache_read + write;
  const rate = { read: cache_read, write, uncached: input };
  return prompt === 0 ? rate : { hit_rate: cache_read / prompt, ...rate };
}

/** Parts of the newest prompt of an agent, in tokens. */
export interface Segments {
  readonly how: "reported" | "estimated";
  readonly parts: Readonly<Record<string, number>>;
}

/** How full an agent's context is: the prompt of its newest request with the answer that came to it. */
export interface ContextFill {
  readonly agent_id: AgentId;
  readonly at: string;
  readonly model?: string;
  readonly tokens: number;
  readonly segments: Segments;
}

/** A prompt lives in the cache this long after its last use, by the kind of write. */
const SHORT_TTL_MS = 5 * 60_000;
const LONG_TTL_MS = 60 * 60_000;
/** Providers cache in blocks, and the newest block may miss: less than this is no drop. */
const LEAST_LOST_TOKENS = 1_024;
const LEAST_LOST_PART = 0.1;

/** An agent's requests in order, without those that have no tokens, and without those beside the conversation (titles, summaries). */
export function conversations(session: Session): Map<AgentId, Request[]> {
  const known = [...session.usage.requests.values()].filter(({ usage, purpose }) => usage !== undefined && purpose === undefined);
  const sorted = known.toSorted((a, b) => byText(a.at, b.at) || byText(a.request_id, b.request_id));
  return Map.groupBy(sorted, ({ agent_id }) => agent_id);
}

/**
 * The requests that paid again for what the request before them had in the cache. Why is worked out, first match first: another model has a
 * cache of its own; a compaction begins a new prompt; an entry that nobody used has run out; otherwise the beginning of the prompt changed.
 * Times are those of answers, so a pause is known to within the length of an answer.
 */
export function cacheDrops(session: Session): CacheDrop[] {
  const compactions = visibleMarks(session.marks).filter(({ kind }) => kind === "compacted");
  const drops: CacheDrop[] = [];
  for (const [agent_id, requests] of conversations(session)) {
    let hasShort = false;
    for (const [index, request] of requests.entries()) {
      const before = requests[index - 1];
      if (before !== undefined) {
        const cached = cachedAfter(before);
        const read = request.usage?.cache_read ?? 0;
        const lost = cached - read;
        if (lost >= LEAST_LOST_TOKENS && lost >= cached * LEAST_LOST_PART) {
          const idle_ms = Math.max(0, Date.parse(request.at) - (request.duration_ms ?? 0) - Date.parse(before.at));
          const isCompacted = compactions.some((mark) => mark.agent_id === agent_id && mark.at > before.at && mark.at <= request.at);
          const reason =
            before.model !== undefined && request.model !== undefined && before.model !== request.model
              ? "model_switched"
              : isCompacted
                ? "compacted"
                : idle_ms > LONG_TTL_MS || (idle_ms > SHORT_TTL_MS && (hasShort || isShortLived(before)))
                  ? "ttl_passed"
                  : "prefix_changed";
          drops.push({
            request_id: request.request_id,
            agent_id,
            at: request.at,
            reason,
            estimated: true,
            cached_before: cached,
            read,
            lost,
            idle_ms,
          });
        }
      }
      hasShort ||= (request.usage?.cache_write_5m ?? 0) > 0;
    }
  }
  return drops.toSorted((a, b) => byText(a.at, b.at) || byText(a.request_id, b.request_id));
}

/** What was certainly in the cache after a request: what it read and what it wrote. A provider that tells no writes may have kept more. */
function cachedAfter({ usage }: Request): number {
  return (usage?.cache_read ?? 0) + (usage?.cache_write_5m ?? 0) + (usage?.cache_write_1h ?? 0);
}

function isShortLived({ usage }: Request): boolean {
  return (usage?.cache_write_1h ?? 0) === 0;
}

/** How full each agent's context is, the main agent's first. */
export function contextFills(session: Session): ContextFill[] {
  return [...conversations(session)]
    .map(([agent_id, requests]): ContextFill => {
      const last = requests.at(-1)!;
      return {
        agent_id,
        at: last.at,
        ...(last.model === undefined ? {} : { model: last.model }),
        tokens: contextOf(last),
        segments: segmentsOf(last, requests[0]!),
      };
    })
    .toSorted((a, b) => (a.agent_id === "agt_main" ? -1 : b.agent_id === "agt_main" ? 1 : a.agent_id < b.agent_id ? -1 : 1));
}

/** What a request leaves in its agent's context: its prompt and the answer to it. */
export function contextOf({ usage = {} }: Request): number {
  return promptOf(usage) + (usage.output ?? 0);
}

/**
 * What a source tells of a prompt's parts, else an estimate: an agent's first prompt is nearly all system text and tools, and what came after
 * is history. The first prompt's own words are counted with the former.
 */
function segmentsOf(last: Request, first: Request): Segments {
  if (last.segments !== undefined) return { how: "reported", parts: last.segments };
  const prompt = promptOf(last.usage ?? {});
  const fixed = Math.min(prompt, promptOf(first.usage ?? {}));
  return { how: "estimated", parts: { system_and_tools: fixed, history: prompt - fixed } };
}

/** The last turn that an agent had begun at a moment. */
export function turnBegun(session: Session): (agent: AgentId, at: string) => TurnId | undefined {
  const begun = Map.groupBy(
    [...session.turns.values()]
      .flatMap((turn) => (turn.started_at === undefined ? [] : [{ ...turn, started_at: turn.started_at }]))
      .toSorted((a, b) => byText(a.started_at, b.started_at) || byText(a.turn_id, b.turn_id)),
    ({ agent_id }) => agent_id,
  );
  return (agent, at) => lastBegun(begun.get(agent) ?? [], at)?.turn_id;
}

/** The turn that each request belongs to: the one it names, else the last that its agent had begun when the answer came. */
export function requestsByTurn(session: Session): Map<TurnId, Request[]> {
  const begun = turnBegun(session);
  const byTurn = new Map<TurnId, Request[]>();
  for (const request of session.usage.requests.values()) {
    const turn = request.turn_id ?? begun(request.agent_id, request.at);
    if (turn === undefined) continue;
    const own = byTurn.get(turn);
    if (own === undefined) byTurn.set(turn, [request]);
    else own.push(request);
  }
  return byTurn;
}

/** Of turns in order of their beginning, the last that had begun at a moment. */
export function lastBegun<T extends { readonly started_at?: string }>(turns: readonly T[], at: string): T | undefined {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (turns[middle]!.started_at! <= at) low = middle + 1;
    else high = middle;
  }
  return turns[low - 1];
}
