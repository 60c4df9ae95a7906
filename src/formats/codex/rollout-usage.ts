import type { Usage } from "../../contract/events/model.ts";
import { toId } from "../../contract/ids.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { count, duration, fields, problem, str, tell, timeOfMs, type Fields, type Place } from "../fields.ts";
import { codexStandIn } from "./request-id.ts";
import { turnId, type Line, type Read, type Totals } from "./rollout-state.ts";

/**
 * Newer files name each answered request; older ones have only running totals, where the difference to the total before is one request. A
 * total that repeats (rate limits are told the same way) is none.
 */
export function readUsage(type: string, line: Line): Read {
  return type === "token_usage_record" ? named(line) : counted(line);
}

function named({ state, place, payload, turn }: Line): Read {
  const id = str(payload["response_id"]);
  const usage = totalsOf(fields(payload["usage"]));
  const totals = totalsOf(fields(payload["thread_token_usage"])) ?? state.totals;
  const learnt = { hasRecords: true, ...(totals === undefined ? {} : { totals }) };
  if (id === undefined || usage === undefined) return { ...problem("token_usage_record without response_id or usage"), learnt };
  const data = {
    request_id: toId("req", id),
    model: state.model,
    usage: bucketsOf(usage),
    turn_id: turnId(turn),
    also_told_as: codexStandIn(state.thread ?? place.session, usage),
  };
  return { events: [tell(place, "model.responded", id, data)], learnt };
}

function counted({ state, place, payload, turn }: Line): Read {
  const limits = limitsOf(payload["rate_limits"], place);
  const totals = totalsOf(fields(fields(payload["info"])?.["total_token_usage"]));
  if (totals === undefined) return { events: limits };
  const learnt = { totals };
  const before = state.totals ?? { input: 0, cached: 0, written: 0, output: 0, reasoning: 0 };
  const sum = totals.input + totals.output;
  if (state.hasRecords || sum <= before.input + before.output) return { events: limits, learnt };
  const own = {
    input: Math.max(0, totals.input - before.input),
    cached: Math.max(0, totals.cached - before.cached),
    written: Math.max(0, totals.written - before.written),
    output: Math.max(0, totals.output - before.output),
    reasoning: Math.max(0, totals.reasoning - before.reasoning),
  };
  const id = `${state.thread}:${sum}`;
  const data = { request_id: toId("req", id), model: state.model, usage: bucketsOf(own), turn_id: turnId(turn) };
  return { events: [tell(place, "model.responded", id, data), ...limits], learnt };
}

/** What is left of a plan. A limit is named by its window, as `5h` or `7d`; one of a model of its own also by that. */
function limitsOf(value: unknown, place: Place): EventDraft[] {
  const told = fields(value);
  if (told === undefined) return [];
  const whose = str(told["limit_id"]);
  const plan = str(told["plan_type"])?.slice(0, 100);
  return (["primary", "secondary"] as const).flatMap((name) => {
    const limit = fields(told[name]);
    const used_percent = duration(limit?.["used_percent"]);
    if (limit === undefined || used_percent === undefined || used_percent > 1_000) return [];
    const window_minutes = duration(limit["window_minutes"]);
    const word = window_minutes === undefined ? name : windowName(window_minutes);
    const own = (whose === undefined || whose === "codex" ? word : `${whose} ${word}`).slice(0, 100);
    const data = { limit: own, used_percent, window_minutes, plan, resets_at: resetOf(limit, place) };
    return [tell(place, "limit.reported", `${own}:${place.at}`, data)];
  });
}

function windowName(minutes: number): string {
  if (minutes >= 1_440 && minutes % 1_440 === 0) return `${minutes / 1_440}d`;
  return minutes >= 60 && minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** Seconds since 1970, or, from older clients, from now. */
function resetOf(limit: Fields, { at }: Place): string | undefined {
  const inSeconds = duration(limit["resets_in_seconds"]);
  const ms = inSeconds === undefined ? (duration(limit["resets_at"]) ?? Number.NaN) * 1_000 : Date.parse(at) + inSeconds * 1_000;
  return timeOfMs(ms);
}

export function totalsOf(told: Fields | undefined): Totals | undefined {
  const input = count(told?.["input_tokens"]);
  const output = count(told?.["output_tokens"]);
  if (told === undefined || input === undefined || output === undefined) return undefined;
  return {
    input,
    cached: count(told["cached_input_tokens"]) ?? 0,
    written: count(told["cache_write_input_tokens"]) ?? 0,
    output,
    reasoning: count(told["reasoning_output_tokens"]) ?? 0,
  };
}

/** Each token in exactly one bucket: what was cached is inside the input that the client reports. */
export function bucketsOf({ input, cached, written, output, reasoning }: Totals): Required<Usage> {
  return {
    input: Math.max(0, input - cached - written),
    cache_read: cached,
    cache_write_5m: written,
    cache_write_1h: 0,
    output,
    reasoning,
  };
}
