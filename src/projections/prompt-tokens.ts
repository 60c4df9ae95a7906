import type { EventOf } from "../contract/events/index.ts";
import type { PromptUsage } from "../contract/events/turn.ts";
import type { TurnId } from "../contract/ids.ts";
import { MAIN_AGENT } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import type { Projection } from "./projection.ts";
import { addTokens, noTokens, promptOf, type Buckets } from "./usage.ts";

/**
 * Tokens that a source tells of a prompt as a whole: `own` of the agent that was prompted, `all` with its subagents. `unsplit` is prompt tokens
 * of which nobody tells how many were cached.
 */
interface Told {
  readonly own: Buckets;
  readonly all: Buckets;
  readonly unsplit: number;
}

export interface PromptTokens {
  /** Turns that may still be told again. */
  readonly by_turn: PersistentMap<TurnId, Told>;
  /** Over all turns, also those that were let go. */
  readonly sum: Told;
  /** The greatest running total of the whole session. */
  readonly running: Buckets;
}

const none: Told = { own: noTokens, all: noTokens, unsplit: 0 };

export const promptTokensProjection: Projection<PromptTokens> = {
  name: "prompt_tokens",
  initial: { by_turn: emptyMap(), sum: none, running: noTokens },
  apply(state, event) {
    if (event.type !== "turn.ended" || (event.agent_id ?? MAIN_AGENT) !== MAIN_AGENT) return state;
    const total = event.data.thread_usage;
    const running = total === undefined ? state.running : atLeast(state.running, addTokens(noTokens, total));
    const after = withTurn(state, event);
    return sumOf(running) === sumOf(after.running) ? after : { ...after, running };
  },
};

function withTurn(state: PromptTokens, event: EventOf<"turn.ended">): PromptTokens {
  const told = toldBy(event);
  if (told === undefined) return state;
  const id = event.data.turn_id ?? (event.id as TurnId);
  const before = state.by_turn.get(id) ?? none;
  const after = combine(before, told, Math.max);
  const added = combine(after, before, (a, b) => a - b);
  const grew = added.unsplit + sumOf(added.own) + sumOf(added.all) > 0;
  return grew ? { ...state, by_turn: state.by_turn.set(id, after), sum: combine(state.sum, added, (a, b) => a + b) } : state;
}

/**
 * What is known to have been spent, where some requests tell their tokens and some prompts theirs: both are parts of the same whole, so the
 * greater figure of each bucket is nearer to it, and their sum would count twice.
 */
export function atLeast(...known: readonly Buckets[]): Buckets {
  return eachBucket((bucket) => Math.max(...known.map((tokens) => tokens[bucket])));
}

/** Prompt tokens beyond those that are known by bucket. */
export function unsplitBeyond({ sum }: PromptTokens, known: Buckets): number {
  return Math.max(0, sum.unsplit - promptOf(known));
}

function toldBy({ data }: EventOf<"turn.ended">): Told | undefined {
  const { usage, usage_by_model = [] } = data;
  if (usage === undefined && usage_by_model.length === 0) return undefined;
  const parts = usage_by_model.length > 0 ? usage_by_model : [usage!];
  const sum = (list: readonly PromptUsage[]): Buckets => eachBucket((bucket) => list.reduce((all, part) => all + (part[bucket] ?? 0), 0));
  return {
    own: sum(usage === undefined ? [] : [usage]),
    all: sum(parts),
    unsplit: parts.reduce((all, part) => all + (part.input === undefined ? (part.prompt ?? 0) : 0), 0),
  };
}

function combine(a: Told, b: Told, of: (a: number, b: number) => number): Told {
  return {
    own: eachBucket((bucket) => of(a.own[bucket], b.own[bucket])),
    all: eachBucket((bucket) => of(a.all[bucket], b.all[bucket])),
    unsplit: of(a.unsplit, b.unsplit),
  };
}

function eachBucket(of: (bucket: keyof Buckets) => number): Buckets {
  return Object.fromEntries(Object.keys(noTokens).map((bucket) => [bucket, of(bucket as keyof Buckets)])) as unknown as Buckets;
}

function sumOf(tokens: Buckets): number {
  return Object.values(tokens).reduce((all, count) => all + count, 0);
}
