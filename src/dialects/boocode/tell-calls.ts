import type { EventOf } from "../../contract/events/index.ts";
import type { CallOutcome } from "../../contract/events/tool.ts";
import type { CallId, RequestId } from "../../contract/ids.ts";
import { previewOf } from "../../contract/text.ts";
import type { Call } from "../../projections/calls.ts";
import { hasEnded, isOver } from "../../projections/ended.ts";
import type { Session } from "../../projections/session.ts";
import type { Standing } from "./frames.ts";
import type { Names } from "./ids.ts";
import type { Tape } from "./tape.ts";
import { metadataOf } from "./tell-messages.ts";
import { argsOf, outputOf, type BodyText } from "./words.ts";

type State = "running" | CallOutcome;

interface Shown {
  readonly name: string;
  readonly state: State;
  /** Absent until the other side has it. */
  readonly args?: object;
  readonly result?: Result;
}

interface Result {
  readonly output: string;
  readonly truncated: boolean;
  readonly error?: string;
}

/** What a call is now: one that was open when its agent or session ended was interrupted, until it turns out otherwise. */
export function stateOf(call: Call, session: Session): State {
  if (call.outcome !== undefined) return call.outcome;
  const agent = session.agents.get(call.agent_id);
  return isOver(session) || (agent !== undefined && hasEnded(agent, session)) ? "interrupted" : "running";
}

function endOf(call: Call, session: Session): string {
  const stopped = isOver(session) ? session.facts.ended_at : session.agents.get(call.agent_id)?.ended_at;
  return call.ended_at ?? stopped ?? call.started_at!;
}

/** Why a call that did not end well has no proper result. */
export function errorOf(call: Pick<Call, "error">, state: State): string | undefined {
  if (state === "ok" || state === "running") return undefined;
  const told = call.error === undefined ? "" : previewOf(call.error);
  return told === "" ? state : told;
}

/** Tells each call as a message of its own that makes it, one that answers it, and a trace. */
export function createCallTeller(tape: Tape, names: Names, body: BodyText) {
  const shown = new Map<CallId, Shown>();
  /** Those without a reported end: a session's end settles them, and its new beginning unsettles them. */
  const open = new Set<CallId>();
  const byRequest = new Map<RequestId, string>();

  function start(call: Call, input: unknown): void {
    const { call_id, agent_id, started_at } = call;
    const name = nameOf(call);
    const message_id = names.calling(call_id);
    const about = { trace_id: names.trace(call_id), message_id, chat_id: names.chat, tool_name: name };
    const args = argsOf(input, body);
    const at = started_at ?? call.ended_at!;
    tape.add({
      riders: [
        { type: "message_started", message_id, chat_id: names.chat, role: "assistant" },
        { type: "tool_trace_start", ...about, tool_input: args, started_at: at },
      ],
      delta: { channel: "tool_call", message_id, tool_call: { id: toolCallId(call_id), name, args } },
    });
    status(call, { status: "running", started_at: at, ...metadataOf(agent_id) });
    shown.set(call_id, { name, state: "running", ...(input === undefined ? {} : { args }) });
  }

  function status(call: Call, standing: Standing, ending?: ReturnType<typeof finish>): void {
    const message_id = names.calling(call.call_id);
    const riders = ending === undefined ? [] : [{ type: "message_complete", message_id, chat_id: names.chat, ...standing }, ending];
    tape.add({ riders, delta: { channel: "status", message_id, ...standing } });
  }

  function finish(call: Call, state: State, finished_at: string) {
    const { call_id, latency_ms } = call;
    const error = errorOf(call, state);
    return {
      type: "tool_trace_finish",
      trace_id: names.trace(call_id),
      message_id: names.calling(call_id),
      chat_id: names.chat,
      tool_name: nameOf(call),
      tool_output: shown.get(call_id)?.result?.output ?? null,
      ...latencyOf(call, latency_ms),
      tokens_used: null,
      cache_tokens: null,
      reasoning_tokens: null,
      ...(error === undefined ? {} : { error }),
      outcome: state,
      finished_at,
    };
  }

  function end(call: Call, session: Session, output: unknown): void {
    const { call_id } = call;
    const before = shown.get(call_id)!;
    const state = stateOf(call, session);
    const error = errorOf(call, state);
    const told = { ...outputOf(output, body), ...(error === undefined ? {} : { error }) };
    const { result } = before;
    if (call.outcome !== undefined && result === undefined) {
      tape.add({
        riders: [],
        delta: { channel: "tool_result", tool_message_id: names.answering(call_id), tool_call_id: toolCallId(call_id), ...told },
      });
      shown.set(call_id, { ...before, result: told });
    } else if (result !== undefined && isBetter(told, result)) {
      const { error: _, ...rest } = result.output === "" ? told : result;
      const better = { ...rest, ...(error === undefined ? {} : { error }) };
      tape.correct(names.answering(call_id), { tool_results: { tool_call_id: toolCallId(call_id), ...better } });
      shown.set(call_id, { ...before, result: better });
    }
    if (state === before.state) return;
    shown.set(call_id, { ...shown.get(call_id)!, state });
    if (state === "running") return status(call, { status: "running" });
    const finished_at = endOf(call, session);
    status(call, { status: state === "interrupted" ? "cancelled" : "complete", finished_at }, finish(call, state, finished_at));
  }

  return {
    told({ type, data }: EventOf<"tool.started"> | EventOf<"tool.ended">, session: Session): void {
      const call = session.calls.map.get(data.call_id)!;
      const { call_id } = call;
      const name = nameOf(call);
      const before = shown.get(call_id);
      // A source that tells only an end may not know what ended.
      if (before === undefined) start(call, data.input);
      else if (before.name !== name || (before.args === undefined && data.input !== undefined)) {
        const args = before.args ?? argsOf(data.input, body);
        tape.correct(names.calling(call_id), { tool_calls: [{ id: toolCallId(call_id), name, args: { ...args } }] });
        shown.set(call_id, { ...before, name, ...(before.args === undefined && data.input === undefined ? {} : { args }) });
      }
      if (call.request_id !== undefined && !byRequest.has(call.request_id)) byRequest.set(call.request_id, names.calling(call_id));
      if (call.outcome === undefined) open.add(call_id);
      else open.delete(call_id);
      end(call, session, type === "tool.ended" ? data.output : undefined);
    },
    /** The message with the first call of a request. */
    asking: (request_id: RequestId): string | undefined => byRequest.get(request_id),
    /** Somebody ended or went on: calls that nobody told the end of may stand otherwise. */
    settle(session: Session): void {
      for (const id of open) end(session.calls.map.get(id)!, session, undefined);
    },
  };
}

/** A second telling that is not only other words for the same result. */
function isBetter(told: Result, shown: Result): boolean {
  return (told.error === undefined) !== (shown.error === undefined) || (shown.output === "" && told.output !== "");
}

/** The other side takes no empty name. */
export function nameOf({ name = "" }: Pick<Call, "name">): string {
  return name === "" ? "unknown" : name;
}

function toolCallId(call_id: CallId): string {
  return call_id.slice(call_id.indexOf("_") + 1);
}

function latencyOf({ started_at, ended_at }: Call, reported: number | undefined): { latency_ms: number } | undefined {
  const between =
    started_at === undefined || ended_at === undefined ? undefined : Math.max(0, Date.parse(ended_at) - Date.parse(started_at));
  const latency = reported ?? between;
  return latency === undefined ? undefined : { latency_ms: Math.round(latency) };
}
