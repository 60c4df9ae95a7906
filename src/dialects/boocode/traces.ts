import type { SessionId } from "../../contract/ids.ts";
import { MAIN_AGENT } from "../../contract/ids.ts";
import type { Session } from "../../projections/session.ts";
import { viewCalls, viewTurns, type CallView } from "../../projections/views.ts";
import type { Picture } from "../picture.ts";
import { namesOf } from "./ids.ts";
import { errorOf, nameOf } from "./tell-calls.ts";
import { argsOf, textOf, type BodyText } from "./words.ts";

/** A call, with every field of the original; what nobody told is null. */
export interface ToolTrace {
  readonly id: string;
  readonly session_id: string;
  readonly chat_id: string;
  readonly message_id: string | null;
  readonly turn_number: number;
  readonly tool_name: string;
  readonly tool_input: object;
  readonly tool_output: string | null;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly latency_ms: number | null;
  readonly tokens_used: number | null;
  readonly cache_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly error: string | null;
  readonly outcome: string | null;
  readonly created_at: string;
}

export interface TracePage {
  readonly data: readonly ToolTrace[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Calls of a chat by start, those that started together by id. The session is folded once for all pages of one state. */
export function createTraces({ readLog, sessionInFull, body }: Pick<Picture, "readLog" | "sessionInFull" | "body">) {
  let held: { readonly id: SessionId; readonly seq: number; readonly session: Session; readonly calls: readonly CallView[] } | undefined;

  function callsOf(id: SessionId) {
    const seq = readLog({ sessionId: id, order: "newest", limit: 1 })[0]?.seq ?? 0;
    if (held?.id === id && held.seq === seq) return held;
    const session = sessionInFull(id);
    held = session === undefined ? undefined : { id, seq, session, calls: viewCalls(session) };
    return held;
  }

  function page(id: SessionId, query: URLSearchParams): TracePage | undefined {
    const found = callsOf(id);
    if (found === undefined) return undefined;
    const limit = Math.min(MAX_LIMIT, Math.max(1, numberOf(query.get("limit"), DEFAULT_LIMIT)));
    const offset = Math.max(0, numberOf(query.get("offset"), 0));
    const turns = viewTurns(found.session).filter(({ agent_id }) => agent_id === MAIN_AGENT);
    const turnOf = ({ turn_id, started_at = "" }: CallView): number => {
      const named = turns.findIndex((turn) => turn.turn_id === turn_id);
      return named >= 0 ? named + 1 : turns.filter((turn) => (turn.started_at ?? "") <= started_at).length;
    };
    const data = found.calls.slice(offset, offset + limit).map((call) => traceOf(call, id, turnOf(call), body));
    return { data, total: found.calls.length, limit, offset };
  }

  return {
    page,
    /** Stored words were changed. */
    forget(): void {
      held = undefined;
    },
  };
}

function traceOf(call: CallView, session_id: SessionId, turn_number: number, body: BodyText): ToolTrace {
  const { call_id, state, outcome, duration_ms, input_run, input, output, ended_at } = call;
  const names = namesOf(session_id);
  const started_at = call.started_at ?? ended_at!;
  const isOver = state === "ended";
  return {
    id: names.trace(call_id),
    session_id: names.chat,
    chat_id: names.chat,
    message_id: names.calling(call_id),
    turn_number,
    tool_name: nameOf(call),
    tool_input: argsOf(input_run ?? input, body, Infinity),
    tool_output: output === undefined ? null : textOf(output, body),
    started_at,
    finished_at: isOver ? (ended_at ?? null) : null,
    latency_ms: isOver && duration_ms !== undefined ? Math.round(duration_ms) : null,
    tokens_used: null,
    cache_tokens: null,
    reasoning_tokens: null,
    error: isOver ? (errorOf(call, outcome ?? "ok") ?? null) : null,
    outcome: isOver ? (outcome ?? null) : null,
    created_at: started_at,
  };
}

/** Whole numbers only; anything else is the fallback. */
function numberOf(text: string | null, fallback: number): number {
  return text !== null && /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : fallback;
}
