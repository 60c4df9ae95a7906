import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId, type TurnId } from "../../contract/ids.ts";
import { count, fields, keep, list, nothing, problem, str, tell, textOf, time, type Fields, type Place } from "../fields.ts";
import { planOf } from "../plan.ts";
import type { Translation } from "../translation.ts";
import { describeCall, endingOf } from "./describe-call.ts";
import { callContent, next, promptContent, requestContent, type Counts } from "./occurrences.ts";
import { imagesIn } from "../images.ts";

/** What earlier lines of a session file said that later ones need. Plain data. */
export interface ChatState {
  readonly session?: string;
  readonly counts: Counts;
  /** Keys by the client's own ids: a line is written again when its calls are done. */
  readonly keys: Readonly<Record<string, string>>;
  readonly turn?: string;
}

/** Reads one session file, from its first line on: that line alone names the session. `saved` continues where an earlier reading stopped. */
export function createChat(saved: ChatState = { counts: {}, keys: {} }): {
  translate(record: unknown): Translation;
  readonly state: ChatState;
} {
  let state = saved;
  return {
    get state() {
      return state;
    },
    translate(record) {
      const line = fields(record);
      if (line === undefined) return problem("not a line of a chat file");
      const session = str(line["sessionId"]);
      if (session !== undefined) {
        const at = time(line["startTime"]);
        if (at === undefined) return problem("a chat file without startTime");
        if (session === state.session) return nothing;
        state = { counts: {}, keys: {}, session };
        const place: Place = { app: "gemini-cli", way: "transcript", word: "chat", session, agent: MAIN_AGENT, at };
        return { events: [tell(place, "session.started", session, { app: "gemini-cli" })] };
      }
      if (state.session === undefined) return problem("the file does not begin with its session");
      // Changes of the file's own fields; messages in them are the client's own introduction.
      if (line["$set"] !== undefined) return nothing;
      const id = str(line["id"]);
      const at = time(line["timestamp"]);
      const type = str(line["type"]);
      if (id === undefined || at === undefined || type === undefined) return problem("a message without id, timestamp or type");
      const place: Place = { app: "gemini-cli", way: "transcript", word: "chat", session: state.session, agent: MAIN_AGENT, at };
      if (type === "user") return user(id, line, place);
      if (type === "gemini") return answer(id, line, place);
      return keep(place, type === "info" || type === "error" || type === "warning" ? "unused" : "unknown", type, line);
    },
  };

  /** The key that a thing of the client's has: told again, it keeps it. */
  function keyOf(foreign: string, content: string): string {
    if (Object.hasOwn(state.keys, foreign)) return state.keys[foreign]!;
    const { key, counts } = next(state.counts, content);
    state = { ...state, counts, keys: { ...state.keys, [foreign]: key } };
    return key;
  }

  function user(id: string, line: Fields, place: Place): Translation {
    const text = textOf(line["content"]);
    const images = imagesIn(line["content"]);
    if ((text === "" && images.length === 0) || text.startsWith("<session_context>")) return nothing;
    const parts = [...(text === "" ? [] : [{ kind: "text" as const, text }]), ...images];
    const key = keyOf(`prompt ${id}`, promptContent(text));
    state = { ...state, turn: key };
    const turn_id = toId("trn", `${place.session}:${key}`);
    return {
      events: [
        tell(place, "turn.started", key, { turn_id, prompt: text, origin: "human" }),
        tell(place, "message.added", id, { message_id: toId("msg", id), role: "user", parts, turn_id }),
      ],
    };
  }

  function answer(id: string, line: Fields, place: Place): Translation {
    const events: EventDraft[] = [];
    const tokens = fields(line["tokens"]);
    const prompt = count(tokens?.["input"]);
    const output = count(tokens?.["output"]);
    const turn_id = turnOf(place);
    const request_id =
      prompt === undefined || output === undefined
        ? undefined
        : toId("req", `${place.session}:${keyOf(`request ${id}`, requestContent(prompt, output))}`);
    if (request_id !== undefined) {
      const cached = count(tokens?.["cached"]) ?? 0;
      const reasoning = count(tokens?.["thoughts"]) ?? 0;
      const usage = {
        input: Math.max(0, prompt! - cached),
        cache_read: cached,
        cache_write_5m: 0,
        cache_write_1h: 0,
        output: output! + reasoning,
        reasoning,
      };
      events.push(tell(place, "model.responded", id, { request_id, model: str(line["model"]), usage, foreign_id: id, turn_id }));
    }
    const text = textOf(line["content"]);
    const thoughts = list(line["thoughts"])
      .map((thought) =>
        [str(fields(thought)?.["subject"]), str(fields(thought)?.["description"])].filter((part) => part !== undefined).join(": "),
      )
      .filter((thought) => thought !== "");
    if (thoughts.length > 0) {
      const parts = [{ kind: "thinking" as const, text: thoughts.join("\n") }];
      events.push(
        tell(place, "message.added", `${id}:thoughts`, {
          message_id: toId("msg", `${id}:thoughts`),
          role: "assistant",
          parts,
          request_id,
          turn_id,
        }),
      );
    }
    if (text.trim() !== "")
      events.push(
        tell(place, "message.added", id, {
          message_id: toId("msg", id),
          role: "assistant",
          parts: [{ kind: "text", text }],
          request_id,
          turn_id,
        }),
      );
    for (const each of list(line["toolCalls"])) events.push(...call(fields(each), request_id, place));
    return { events };
  }

  function call(told: Fields | undefined, request_id: ReturnType<typeof toId<"req">> | undefined, place: Place): EventDraft[] {
    const id = str(told?.["id"]);
    const name = str(told?.["name"]);
    if (told === undefined || id === undefined || name === undefined) return [];
    const input = told["args"];
    const key = keyOf(`call ${id}`, callContent(name, input));
    const call_id = toId("call", `${place.session}:${key}`);
    const turn_id = turnOf(place);
    const started = { call_id, name, ...describeCall(name, input), input, request_id, foreign_id: id, turn_id };
    const events: EventDraft[] = [tell(place, "tool.started", `${key}:${id}`, started)];
    const todos = planOf(name, input);
    if (todos !== undefined) events.push(tell(place, "todo.listed", `${key}:${id}`, { call_id, todos }));
    const status = str(told["status"]);
    const isOver = status === "success" || status === "error" || status === "cancelled";
    const at = time(told["timestamp"]);
    if (!isOver || at === undefined) return events;
    const response = fields(fields(fields(list(told["result"])[0])?.["functionResponse"])?.["response"]);
    const error = str(response?.["error"]);
    const output = str(response?.["output"]);
    const ending = endingOf(name, status, undefined, error ?? output ?? "");
    const ended = { call_id, name, output: output ?? told["resultDisplay"], error, client_status: status, turn_id, ...ending };
    return [...events, tell({ ...place, at }, "tool.ended", `${key}:${id}`, ended)];
  }

  function turnOf(place: Place): TurnId | undefined {
    return state.turn === undefined ? undefined : toId("trn", `${place.session}:${state.turn}`);
  }
}
