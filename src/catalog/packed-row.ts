import { toTimestamp } from "../lib/clock.ts";
import { noTokens, type Buckets } from "../projections/usage.ts";

// A list reads columns and one text: the fields that the columns do not say already. Written out whole, rows were half of the catalog.

type Row = Readonly<Record<string, unknown>>;

/** The columns of a call, as they are written and read. */
export interface CallColumns {
  readonly call_id: string;
  readonly agent: string;
  readonly turn: string | null;
  readonly turn_told: number;
  readonly request: string | null;
  readonly tool_name: string | null;
  readonly outcome: string;
  readonly at: number;
  readonly duration: number | null;
}

export interface RequestColumns extends Pick<CallColumns, "agent" | "turn" | "turn_told" | "at" | "duration"> {
  readonly request_id: string;
  readonly model_name: string;
}

function saidOfCall({ call_id, agent, turn, turn_told, request, tool_name, outcome, at, duration }: CallColumns): Row {
  return {
    call_id,
    agent_id: agent,
    ...given("name", tool_name),
    ...given("request_id", request),
    ...(turn_told === 0 ? {} : given("turn_id", turn)),
    started_at: toTimestamp(at),
    ...(duration === null ? {} : { duration_ms: duration, ended_at: toTimestamp(at + duration) }),
    ...(outcome === "running" ? { state: "running" } : { state: "ended", outcome }),
  };
}

function saidOfRequest({ request_id, agent, turn, turn_told, at, duration, model_name }: RequestColumns): Row {
  return {
    request_id,
    agent_id: agent,
    at: toTimestamp(at),
    model: model_name,
    ...(turn_told === 0 ? {} : given("turn_id", turn)),
    ...given("duration_ms", duration),
  };
}

export function packCall(row: Row, columns: CallColumns): string {
  return JSON.stringify(without(row, saidOfCall(columns)));
}

export function unpackCall(text: string, columns: CallColumns): Row {
  return withSaid(JSON.parse(text) as Row, saidOfCall(columns));
}

const buckets = Object.keys(noTokens) as (keyof Buckets)[];

/** Tokens stand as numbers in the order of the buckets, unless they came in another. */
export function packRequest(row: Row, columns: RequestColumns): string {
  const { usage, ...rest } = without(row, saidOfRequest(columns));
  if (usage === undefined) return JSON.stringify(rest);
  const figures = buckets.map((bucket) => (usage as Partial<Buckets>)[bucket] ?? null);
  const isWhole = JSON.stringify(usageOf(figures)) === JSON.stringify(usage);
  return JSON.stringify({ ...rest, ...(isWhole ? { tokens: figures } : { usage }) });
}

export function unpackRequest(text: string, columns: RequestColumns): Row {
  const { tokens, ...rest } = JSON.parse(text) as Row & { readonly tokens?: readonly (number | null)[] };
  return withSaid({ ...rest, ...(tokens === undefined ? {} : { usage: usageOf(tokens) }) }, saidOfRequest(columns));
}

function usageOf(figures: readonly (number | null)[]): Partial<Buckets> {
  return Object.fromEntries(buckets.flatMap((bucket, at) => (figures[at] == null ? [] : [[bucket, figures[at]]])));
}

/** The fields of a row that are not said; null where something is said that the row does not have. */
function without(row: Row, said: Row): Row {
  const rest: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row))
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(said[key])) rest[key] = value;
  for (const key of Object.keys(said)) if (row[key] === undefined) rest[key] = null;
  return rest;
}

function withSaid(rest: Row, said: Row): Row {
  return Object.fromEntries(Object.entries({ ...said, ...rest }).filter(([, value]) => value !== null));
}

function given(key: string, value: string | number | null): Row {
  return value === null ? {} : { [key]: value };
}
