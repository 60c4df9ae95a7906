import { addTokens, noTokens, type Buckets } from "../../../../src/projections/usage.ts";
import type { SessionCost } from "../../app/use-session-cost.ts";
import { tokenSum } from "../../app/selectors.ts";
import { formatCount, formatDuration, formatMoment, formatModel, formatPercent, formatUsd, UNKNOWN, whole } from "../../ui/format.ts";
import { costText, costTitle } from "../../ui/money-text.ts";

export type TurnCost = SessionCost["turns"][number];

/** One column of the timeline: a turn, or several neighbours that share it. */
export interface Column {
  readonly key: string;
  /** Of its first turn, from 0. */
  readonly first: number;
  readonly turns: readonly TurnCost[];
  readonly tokens: Buckets;
  /** 0 where no source has told of a request: then nothing is known of tokens, cache and cost. */
  readonly requests: number;
  /** What is known of the cost, in millionths of a dollar. */
  readonly usd_micros: number | undefined;
  readonly hit_rate: number | undefined;
  readonly models: readonly string[];
  readonly failed: number;
  readonly interrupted: number;
  readonly compactions: number;
  readonly isRunning: boolean;
  /** The fullest that the context became. */
  readonly context: { readonly tokens: number; readonly window?: number | undefined } | undefined;
}

/** The turns of the main agent: those of helpers lie inside of them. A session without such turns shows those that it has. */
export function turnsShown(turns: readonly TurnCost[]): readonly TurnCost[] {
  const told = turns.filter(({ requests, started_at }) => requests > 0 || started_at !== undefined);
  const main = told.filter(({ agent_id }) => agent_id === "agt_main");
  return main.length === 0 ? told : main;
}

/** So many neighbouring turns per column that all fit into `room` columns. */
export function turnsPerColumn(count: number, room: number): number {
  return Math.max(1, Math.ceil(count / Math.max(1, room)));
}

export function columnsOf(turns: readonly TurnCost[], per: number): Column[] {
  const columns: Column[] = [];
  for (let first = 0; first < turns.length; first += per) columns.push(columnOf(turns.slice(first, first + per), first, turns.length));
  return columns;
}

function columnOf(turns: readonly TurnCost[], first: number, count: number): Column {
  const read = sum(turns, ({ cache }) => cache.read);
  const prompt = sum(turns, ({ cache }) => cache.read + cache.write + cache.uncached);
  const priced = turns.filter(({ cost }) => cost.usd_micros !== undefined);
  const contexts = turns.flatMap(({ context }) => context ?? []);
  return {
    key: turns[0]!.turn_id,
    first,
    turns,
    tokens: turns.reduce((all, { tokens }) => addTokens(all, tokens), noTokens),
    requests: sum(turns, ({ requests }) => requests),
    usd_micros: priced.length === 0 ? undefined : sum(priced, ({ cost }) => cost.usd_micros!),
    hit_rate: prompt === 0 ? undefined : read / prompt,
    models: [...new Set(turns.flatMap(({ models }) => models))],
    failed: sum(turns, ({ failed_calls, failed_requests }) => failed_calls + failed_requests),
    interrupted: turns.filter(({ interrupted }) => interrupted === true).length,
    compactions: sum(turns, ({ compactions }) => compactions),
    isRunning: first + turns.length === count && turns.at(-1)!.ended_at === undefined,
    context: contexts.length === 0 ? undefined : contexts.reduce((a, b) => (b.tokens > a.tokens ? b : a)),
  };
}

/** The buckets that every token falls into exactly once; `reasoning` is part of `output`. */
export const tokenParts = [
  { word: "cache read", colour: "var(--family-sonnet)", of: (tokens: Buckets) => tokens.cache_read },
  { word: "cache write", colour: "var(--brass)", of: (tokens: Buckets) => tokens.cache_write_5m + tokens.cache_write_1h },
  { word: "input", colour: "var(--family-haiku)", of: (tokens: Buckets) => tokens.input },
  { word: "output", colour: "var(--family-hue-1)", of: (tokens: Buckets) => tokens.output },
] as const;

export function nameOf({ first, turns }: Column, count: number): string {
  return turns.length === 1
    ? `Turn ${whole(first + 1)} of ${whole(count)}`
    : `Turns ${whole(first + 1)} to ${whole(first + turns.length)} of ${whole(count)}`;
}

/** Exact figures, each with whose they are. `value` is `?` where nothing is known. */
export function figuresOf(column: Column, nowMs: number): { readonly what: string; readonly value: string; readonly note?: string }[] {
  const { turns, tokens, requests, context } = column;
  const [one] = turns;
  const isOne = turns.length === 1;
  const spent = tokenSum(tokens);
  const parts = tokenParts.map(({ word, of }) => `${word} ${whole(of(tokens))}`).join(", ");
  const calls = sum(turns, (turn) => turn.calls);
  return [
    {
      what: "Time",
      value: durationText(column, nowMs),
      ...(one!.started_at === undefined ? {} : { note: `begun ${formatMoment(Date.parse(one!.started_at), nowMs)}` }),
    },
    requests === 0
      ? { what: "Tokens", value: UNKNOWN, note: "no source has told of a request" }
      : {
          what: "Tokens",
          value: whole(spent),
          note: `${parts}; reported, in ${whole(requests)} ${requests === 1 ? "request" : "requests"}`,
        },
    { what: "Cache", value: column.hit_rate === undefined ? UNKNOWN : formatPercent(column.hit_rate, 1), note: cacheNote(column) },
    {
      what: "Cost",
      value: isOne ? costText(one!.cost) : sumText(column),
      note: isOne ? costTitle(one!.cost).split("\n").join("; ") : sumNote(column),
    },
    ...(context === undefined
      ? []
      : [
          {
            what: "Context",
            value: whole(context.tokens),
            note: `${context.window === undefined ? "of a window that is not known" : `of ${whole(context.window)}, ${formatPercent(context.tokens, context.window)}`}${isOne ? "" : " at its fullest"}; the newest prompt with its answer`,
          },
        ]),
    { what: "Model", value: column.models.length === 0 ? UNKNOWN : column.models.map(formatModel).join(", ") },
    { what: "Calls", value: whole(calls), ...(column.failed === 0 ? {} : { note: failureWords(turns) }) },
    ...marksOf(column).map((word) => ({ what: "", value: word })),
  ];
}

/** What happened in a column beside its figures, worst first. */
export function marksOf({ turns, failed, interrupted, compactions, isRunning }: Column): string[] {
  const times = (count: number) => (count === 1 ? "" : ` ${whole(count)} times`);
  return [
    failed > 0 && failureWords(turns),
    interrupted > 0 && `interrupted${turns.length === 1 ? "" : times(interrupted)}`,
    compactions > 0 && `context compacted${times(compactions)}`,
    isRunning && "not over yet",
  ].filter((word) => word !== false);
}

/** All of it on one line, for who hears the timeline. */
export function sentenceOf(column: Column, count: number, nowMs: number): string {
  const { requests, tokens } = column;
  const isOne = column.turns.length === 1;
  return [
    nameOf(column, count),
    ...(isOne && column.turns[0]!.prompt !== undefined ? [column.turns[0]!.prompt.slice(0, 80)] : []),
    durationText(column, nowMs),
    requests === 0 ? "tokens not known" : `${formatCount(tokenSum(tokens))} tokens`,
    column.hit_rate === undefined ? "cache not known" : `cache ${formatPercent(column.hit_rate, 1)}`,
    column.usd_micros === undefined ? "cost not known" : isOne ? costText(column.turns[0]!.cost) : sumText(column),
    ...marksOf(column),
  ].join(", ");
}

export function durationText({ turns }: Column, nowMs: number): string {
  const known = turns.flatMap((turn) => {
    const endMs = turn.ended_at === undefined ? nowMs : Date.parse(turn.ended_at);
    return turn.duration_ms ?? (turn.started_at === undefined ? [] : endMs - Date.parse(turn.started_at));
  });
  return known.length === 0 ? UNKNOWN : formatDuration(known.reduce((a, b) => a + b, 0));
}

function cacheNote({ turns }: Column): string {
  const read = sum(turns, ({ cache }) => cache.read);
  const write = sum(turns, ({ cache }) => cache.write);
  const uncached = sum(turns, ({ cache }) => cache.uncached);
  if (read + write + uncached === 0) return "no prompt is known";
  return `${whole(read)} of ${whole(read + write + uncached)} prompt tokens were read from the cache`;
}

function sumText({ usd_micros, turns }: Column): string {
  if (usd_micros === undefined) return UNKNOWN;
  const isLeast = turns.some(({ cost }) => cost.unknown_requests > 0 && cost.source !== "reported");
  return `${isLeast ? "≥ " : ""}${formatUsd(usd_micros)}`;
}

function sumNote({ turns }: Column): string {
  const count = (source: string) => turns.filter(({ cost }) => cost.source === source).length;
  return (["reported", "computed", "unknown"] as const)
    .flatMap((source) => (count(source) === 0 ? [] : [`${source} for ${whole(count(source))}`]))
    .join(", ")
    .concat(" of its turns");
}

function failureWords(turns: readonly TurnCost[]): string {
  const calls = sum(turns, ({ failed_calls }) => failed_calls);
  const requests = sum(turns, ({ failed_requests }) => failed_requests);
  return [
    calls > 0 && `${whole(calls)} ${calls === 1 ? "call" : "calls"} failed`,
    requests > 0 && `${whole(requests)} model ${requests === 1 ? "request" : "requests"} failed`,
  ]
    .filter(Boolean)
    .join(", ");
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}
