import { MAIN_AGENT, toId, type TurnId } from "../../contract/ids.ts";
import { projectOf } from "../claude/project.ts";
import { count, fields, fingerprint, keep, nothing, problem, str, tell, textOf, time, type Fields, type Place } from "../fields.ts";
import { planOf } from "../plan.ts";
import type { Translation } from "../translation.ts";
import { describeCall, endingOf } from "./describe-call.ts";
import { callContent, next, promptContent, requestContent, type Counts } from "./occurrences.ts";

/** What earlier hooks of one session said that later ones need. Plain data. */
export interface HookState {
  readonly counts: Counts;
  /** Calls that have begun and not ended, oldest first. */
  readonly open: readonly { readonly content: string; readonly key: string }[];
  readonly turn?: string;
  /** The words of the answer that is being written. */
  readonly words: string;
  /** The last hooks read: one that is delivered again is no second call. */
  readonly seen: readonly string[];
}

const empty: HookState = { counts: {}, open: [], words: "", seen: [] };
const MAX_SEEN = 500;

/**
 * Reads the hooks of Gemini CLI, of any number of sessions. They have times of their own but no ids, so calls, turns and requests are keyed by
 * content and by how often the same content came before (see `occurrences.ts`): a translator must see a session's hooks from the
 * beginning, or be given the state that an earlier one left.
 */
export function createHooks(saved: Readonly<Record<string, HookState>> = {}): {
  translate(body: unknown): Translation;
  readonly state: Readonly<Record<string, HookState>>;
} {
  let sessions = saved;
  return {
    get state() {
      return sessions;
    },
    translate(body) {
      const hook = fields(body);
      const session = str(hook?.["session_id"]);
      const name = str(hook?.["hook_event_name"]);
      const at = time(hook?.["timestamp"]);
      if (hook === undefined || session === undefined || name === undefined) return problem("session_id or hook_event_name is missing");
      if (at === undefined) return problem("timestamp is missing");
      const place: Place = { app: "gemini-cli", way: "hook", session, agent: MAIN_AGENT, at };
      const state = Object.hasOwn(sessions, session) ? sessions[session]! : empty;
      const print = fingerprint(at, hook);
      if (state.seen.includes(print)) return nothing;
      const read = readHook(name, hook, place, state);
      sessions = { ...sessions, [session]: { ...(read.state ?? state), seen: [...state.seen, print].slice(-MAX_SEEN) } };
      return read.problem === undefined ? { events: read.events } : { events: read.events, problem: read.problem };
    },
  };
}

interface Read extends Translation {
  readonly state?: HookState;
}

function readHook(name: string, hook: Fields, place: Place, state: HookState): Read {
  switch (name) {
    case "SessionStart":
      return sessionStart(hook, place);
    case "BeforeAgent":
      return beforeAgent(hook, place, state);
    case "BeforeTool":
      return beforeTool(hook, place, state);
    case "AfterTool":
      return afterTool(hook, place, state);
    case "BeforeModel":
      return { events: [], state: { ...state, words: "" } };
    case "AfterModel":
      return afterModel(hook, place, state);
    case "AfterAgent": {
      const ended = { turn_id: turnOf(place, state), stop_reason: "end_turn" };
      return { events: [tell(place, "turn.ended", state.turn ?? place.at, ended)] };
    }
    case "SessionEnd":
      return { events: [tell(place, "session.ended", place.at, { reason: str(hook["reason"]) })] };
    case "Notification": {
      const reason = str(hook["notification_type"]) ?? str(hook["message"]) ?? "";
      if (reason !== "ToolPermission") return keep(place, "unused", name, hook);
      const key = fingerprint(place.at, hook);
      const details = fields(hook["details"]);
      const prompt = str(details?.["command"]) ?? str(details?.["title"]) ?? str(hook["message"]);
      return { events: [tell(place, "ask.opened", key, { ask_id: toId("ask", key), kind: "permission", prompt })] };
    }
    // Model requests in full, and a compaction that may not come: it is announced before every request.
    case "BeforeToolSelection":
    case "PreCompress":
      return nothing;
    default:
      return keep(place, "unknown", name, hook);
  }
}

function sessionStart(hook: Fields, place: Place): Read {
  const origin = (["startup", "resume", "clear"] as const).find((known) => known === hook["source"]) ?? ("unknown" as const);
  const cwd = str(hook["cwd"]);
  const project = projectOf(cwd, undefined);
  const data = { app: "gemini-cli", origin, cwd, project: project?.name, transcript_path: str(hook["transcript_path"]) };
  return { events: [{ ...tell(place, "session.started", place.at, data), project_id: project?.id }] };
}

function beforeAgent(hook: Fields, place: Place, state: HookState): Read {
  const prompt = str(hook["prompt"]);
  if (prompt === undefined) return problem("BeforeAgent without prompt");
  const { key, counts } = next(state.counts, promptContent(prompt));
  const turn_id = toId("trn", `${place.session}:${key}`);
  const parts = [{ kind: "text" as const, text: prompt }];
  return {
    events: [
      tell(place, "turn.started", key, { turn_id, prompt, origin: "human" }),
      tell(place, "message.added", key, { message_id: toId("msg", `${place.session}:hook:${key}`), role: "user", parts, turn_id }),
    ],
    state: { ...state, counts, turn: key },
  };
}

function beforeTool(hook: Fields, place: Place, state: HookState): Read {
  const name = str(hook["tool_name"]);
  if (name === undefined) return problem("BeforeTool without tool_name");
  const input = hook["tool_input"];
  const content = callContent(name, input);
  const { key, counts } = next(state.counts, content);
  const data = {
    call_id: toId("call", `${place.session}:${key}`),
    name,
    ...describeCall(name, input),
    input,
    turn_id: turnOf(place, state),
  };
  const started = tell(place, "tool.started", key, data);
  const todos = planOf(name, input);
  return {
    events: todos === undefined ? [started] : [started, tell(place, "todo.listed", key, { call_id: data.call_id, todos })],
    state: { ...state, counts, open: [...state.open, { content, key }].slice(-1_000) },
  };
}

function afterTool(hook: Fields, place: Place, state: HookState): Read {
  const name = str(hook["tool_name"]);
  if (name === undefined) return problem("AfterTool without tool_name");
  const input = hook["tool_input"];
  const content = callContent(name, input);
  const index = state.open.findIndex((call) => call.content === content);
  // A call whose beginning was not seen still gets a key of its own.
  const begun = index < 0 ? undefined : state.open[index]!.key;
  const { key, counts } = begun === undefined ? next(state.counts, content) : { key: begun, counts: state.counts };
  const response = fields(hook["tool_response"]);
  const error = fields(response?.["error"]);
  const output = response?.["llmContent"];
  const text = typeof output === "string" ? output : textOf(output);
  const message = str(error?.["message"]);
  const data = {
    call_id: toId("call", `${place.session}:${key}`),
    name,
    input,
    output,
    error: message,
    turn_id: turnOf(place, state),
    ...endingOf(name, error === undefined ? undefined : "error", str(error?.["type"]), error === undefined ? text : (message ?? text)),
  };
  const open = index < 0 ? state.open : state.open.toSpliced(index, 1);
  return { events: [tell(place, "tool.ended", key, data)], state: { ...state, counts, open } };
}

/** One hook per piece of an answer; the last one counts the tokens, the cached ones only where the provider says them. */
function afterModel(hook: Fields, place: Place, state: HookState): Read {
  const response = fields(hook["llm_response"]);
  const words = state.words + (str(response?.["text"]) ?? "");
  const told = fields(response?.["usageMetadata"]);
  const prompt = count(told?.["promptTokenCount"]);
  const answer = count(told?.["candidatesTokenCount"]);
  if (prompt === undefined || answer === undefined) return { events: [], state: { ...state, words } };
  const { key, counts } = next(state.counts, requestContent(prompt, answer));
  const cached = count(told?.["cachedContentTokenCount"]);
  const reasoning = count(told?.["thoughtsTokenCount"]);
  const output = answer + (reasoning ?? 0);
  const data = {
    request_id: toId("req", `${place.session}:${key}`),
    model: str(fields(hook["llm_request"])?.["model"]),
    usage: cached === undefined ? { output, reasoning } : { input: Math.max(0, prompt - cached), cache_read: cached, output, reasoning },
    prompt_tokens: prompt,
    turn_id: turnOf(place, state),
  };
  const events = [tell(place, "model.responded", key, data)];
  if (words.trim() !== "") {
    const message_id = toId("msg", `${place.session}:hook:${key}`);
    events.push(
      tell(place, "message.added", key, {
        message_id,
        role: "assistant",
        parts: [{ kind: "text", text: words }],
        request_id: data.request_id,
      }),
    );
  }
  return { events, state: { ...state, counts, words: "" } };
}

function turnOf(place: Place, state: HookState): TurnId | undefined {
  return state.turn === undefined ? undefined : toId("trn", `${place.session}:${state.turn}`);
}
