import type { EventDraft } from "../../contract/events/index.ts";
import type { PromptUsage } from "../../contract/events/turn.ts";
import { MAIN_AGENT, toId, type TurnId } from "../../contract/ids.ts";
import { count, fields, fingerprint, keep, problem, str, tell, time, type Fields, type Place } from "../fields.ts";
import { planOf } from "../plan.ts";
import type { Translation } from "../translation.ts";
import { describeCall, endingOf } from "./describe-call.ts";
import { callContent, next, promptContent, type Counts } from "./occurrences.ts";

/** What earlier lines of a session's output said that later ones need. Plain data. */
export interface StreamState {
  readonly session?: string;
  readonly counts: Counts;
  readonly calls: Readonly<Record<string, { readonly key: string; readonly name: string }>>;
  readonly turn?: string;
  /** The words being written, and when they began. */
  readonly words?: { readonly text: string; readonly at: string };
}

/**
 * Reads the output of `gemini -o stream-json`. A second process of the same session goes on counting: give its translator the state of the
 * first.
 */
export function createStream(saved: StreamState = { counts: {}, calls: {} }): {
  translate(record: unknown): Translation;
  readonly state: StreamState;
} {
  let state = saved;
  return {
    get state() {
      return state;
    },
    translate(record) {
      const line = fields(record);
      const type = str(line?.["type"]);
      const at = time(line?.["timestamp"]);
      if (line === undefined || type === undefined || at === undefined)
        return problem("not a line of stream-json: type or timestamp is missing");
      if (type === "init") {
        const session = str(line["session_id"]);
        if (session === undefined) return problem("init without session_id");
        if (state.session !== session) state = { counts: {}, calls: {}, session };
        const place: Place = { app: "gemini-cli", way: "stream", session, agent: MAIN_AGENT, at };
        return { events: [tell(place, "session.started", at, { app: "gemini-cli", model: str(line["model"]) })] };
      }
      if (state.session === undefined) return problem("no init before this line");
      const place: Place = { app: "gemini-cli", way: "stream", session: state.session, agent: MAIN_AGENT, at };
      const isPiece = type === "message" && line["role"] !== "user";
      const said = isPiece ? [] : flush(place);
      const read = readLine(type, line, place);
      return { ...read, events: [...said, ...read.events] };
    },
  };

  function readLine(type: string, line: Fields, place: Place): Translation {
    switch (type) {
      case "message":
        return message(line, place);
      case "tool_use":
        return toolUse(line, place);
      case "tool_result":
        return toolResult(line, place);
      case "result": {
        const failed = line["status"] === "error";
        const ended = { turn_id: turnOf(place), stop_reason: failed ? "error" : "end_turn", ...spent(line["stats"]) };
        return { events: [tell(place, "turn.ended", state.turn ?? place.at, ended)] };
      }
      case "error":
        return keep(place, "unused", type, line);
      default:
        return keep(place, "unknown", type, line);
    }
  }

  function message(line: Fields, place: Place): Translation {
    const text = str(line["content"]);
    if (text === undefined) return { events: [] };
    if (line["role"] !== "user") {
      const before = state.words ?? { text: "", at: place.at };
      state = { ...state, words: { ...before, text: before.text + text } };
      // A message that is not a piece is whole.
      return { events: line["delta"] === true ? [] : flush(place) };
    }
    const { key, counts } = next(state.counts, promptContent(text));
    state = { ...state, counts, turn: key };
    const turn_id = toId("trn", `${place.session}:${key}`);
    const parts = [{ kind: "text" as const, text }];
    return {
      events: [
        tell(place, "turn.started", key, { turn_id, prompt: text, origin: "human" }),
        tell(place, "message.added", key, { message_id: toId("msg", `${place.session}:stream:${key}`), role: "user", parts, turn_id }),
      ],
    };
  }

  function flush(place: Place): EventDraft[] {
    const { words } = state;
    if (words === undefined) return [];
    const { words: _, ...rest } = state;
    state = rest;
    const key = fingerprint(words.at, words.text);
    const message_id = toId("msg", `${place.session}:stream:${key}`);
    const data = { message_id, role: "assistant" as const, parts: [{ kind: "text" as const, text: words.text }], turn_id: turnOf(place) };
    return words.text.trim() === "" ? [] : [tell({ ...place, at: words.at }, "message.added", key, data)];
  }

  function toolUse(line: Fields, place: Place): Translation {
    const id = str(line["tool_id"]);
    const name = str(line["tool_name"]);
    if (id === undefined || name === undefined) return problem("tool_use without tool_id or tool_name");
    const input = line["parameters"];
    const known = Object.hasOwn(state.calls, id) ? state.calls[id] : undefined;
    const { key, counts } = known === undefined ? next(state.counts, callContent(name, input)) : { key: known.key, counts: state.counts };
    state = { ...state, counts, calls: { ...state.calls, [id]: { key, name } } };
    const data = {
      call_id: toId("call", `${place.session}:${key}`),
      name,
      ...describeCall(name, input),
      input,
      foreign_id: id,
      turn_id: turnOf(place),
    };
    const started = tell(place, "tool.started", `${key}:${id}`, data);
    const todos = planOf(name, input);
    const listed = todos === undefined ? [] : [tell(place, "todo.listed", `${key}:${id}`, { call_id: data.call_id, todos })];
    return { events: [started, ...listed] };
  }

  function toolResult(line: Fields, place: Place): Translation {
    const id = str(line["tool_id"]);
    const call = id === undefined || !Object.hasOwn(state.calls, id) ? undefined : state.calls[id];
    if (id === undefined || call === undefined) return keep(place, "unused", "tool_result", line);
    const status = str(line["status"]);
    const error = fields(line["error"]);
    const output = str(line["output"]);
    const message = str(error?.["message"]);
    const data = {
      call_id: toId("call", `${place.session}:${call.key}`),
      name: call.name,
      output,
      error: message,
      client_status: status,
      turn_id: turnOf(place),
      ...endingOf(call.name, status, str(error?.["type"]), message ?? output ?? ""),
    };
    return { events: [tell(place, "tool.ended", `${call.key}:${id}`, data)] };
  }

  function turnOf(place: Place): TurnId | undefined {
    return state.turn === undefined ? undefined : toId("trn", `${place.session}:${state.turn}`);
  }
}

/** Tokens of the whole prompt, and by model. */
function spent(stats: unknown): { usage?: PromptUsage; usage_by_model?: (PromptUsage & { model: string })[] } {
  const told = fields(stats);
  const usage = bucketsOf(told);
  const byModel = Object.entries(fields(told?.["models"]) ?? {}).flatMap(([model, sums]) => {
    const buckets = bucketsOf(fields(sums));
    return buckets === undefined ? [] : [{ model, ...buckets }];
  });
  return { ...(usage === undefined ? {} : { usage }), ...(byModel.length === 0 ? {} : { usage_by_model: byModel }) };
}

/** `input_tokens` includes what was cached; only `input` leaves it out. */
function bucketsOf(told: Fields | undefined): PromptUsage | undefined {
  const [prompt, input, cache_read, output] = ["input_tokens", "input", "cached", "output_tokens"].map((name) => count(told?.[name]));
  if (prompt === undefined || output === undefined) return undefined;
  return input === undefined || cache_read === undefined ? { prompt, output } : { input, cache_read, output };
}
