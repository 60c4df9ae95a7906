import type { EventDraft } from "../../contract/events/index.ts";
import { toId, type RequestId, type TurnId } from "../../contract/ids.ts";
import { textHash } from "../../lib/text-hash.ts";
import { agentId, count, fields, integer, keep, nothing, problem, str, tell, timeOfMs, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { planOf } from "../plan.ts";
import { describeCall, outcomeOfError, outcomeOfOutput } from "./describe-call.ts";
import { imagesIn } from "../images.ts";

/** What is known of the message that a part belongs to. */
export interface Owner {
  readonly role: "user" | "assistant";
  readonly model?: string;
  /** The user's message that an answer is for. */
  readonly prompt?: string;
}

/** One part of a message: words, a call, or the end of a model request. The same parts come in the event stream, in `run` and in lists. */
export function translatePart(part: Fields, owner: Owner | undefined, place: Place): Translation {
  const type = str(part["type"]);
  const message = str(part["messageID"]);
  const id = str(part["id"]);
  if (type === undefined || message === undefined || id === undefined) return problem("a part without type, id or messageID");
  const of = { part, id, message, place, request: toId("req", message), turn: turnOf(owner, message) };
  switch (type) {
    case "text":
    case "reasoning":
      return words(of, owner, type === "reasoning");
    case "tool":
      return tool(of);
    case "step-finish":
      return stepFinish(of, owner);
    case "compaction": {
      const trigger = part["auto"] === true ? "auto" : "manual";
      return { events: [tell(place, "context.compacted", id, { phase: "started", trigger })] };
    }
    case "file":
      return attached(of, owner);
    case "step-start":
    case "snapshot":
    case "patch":
    case "agent":
      return nothing;
    case "subtask":
    case "retry":
      return keep(place, "unused", `part/${type}`, part);
    default:
      return keep(place, "unknown", `part/${type}`, part);
  }
}

interface Part {
  readonly part: Fields;
  readonly id: string;
  readonly message: string;
  readonly place: Place;
  readonly request: RequestId;
  readonly turn: TurnId | undefined;
}

function turnOf(owner: Owner | undefined, message: string): TurnId | undefined {
  if (owner?.role === "user") return toId("trn", message);
  return owner?.prompt === undefined ? undefined : toId("trn", owner.prompt);
}

/** What a person puts beside the words of a prompt. Text files are told by the words that the client makes of them. */
function attached({ part, id, message, place }: Part, owner: Owner | undefined): Translation {
  const images = imagesIn([part]);
  if (owner?.role !== "user" || images.length === 0) return nothing;
  const data = { message_id: toId("msg", id), role: "user" as const, parts: images, turn_id: turnOf(owner, message) };
  return { events: [tell(place, "message.added", id, data)] };
}

/** Words are told once, when they are whole: an answer's text has an end time then. */
function words({ part, id, message, place, request, turn }: Part, owner: Owner | undefined, isThought: boolean): Translation {
  const text = str(part["text"]);
  const time = fields(part["time"]);
  if (owner === undefined || text === undefined || part["synthetic"] === true || part["ignored"] === true) return nothing;
  const message_id = toId("msg", id);
  if (owner.role === "user") {
    const turn_id = toId("trn", message);
    return {
      events: [
        tell(place, "turn.started", `${message}:prompt`, { turn_id, prompt: text, origin: originOf(place) }),
        tell(place, "message.added", id, { message_id, role: "user", parts: [{ kind: "text", text }], turn_id }),
      ],
    };
  }
  const at = timeOfMs(time?.["end"]);
  if (at === undefined) return nothing;
  const said = { kind: isThought ? ("thinking" as const) : ("text" as const), text };
  const data = { message_id, role: "assistant" as const, parts: [said], request_id: request, turn_id: turn };
  return { events: [tell({ ...place, at }, "message.added", id, data)] };
}

export function originOf(place: Place): "human" | "agent" {
  return place.agent === agentId(undefined) ? "human" : "agent";
}

function tool(of: Part): Translation {
  const { part, place } = of;
  const call = str(part["callID"]);
  const asked = str(part["tool"]);
  const state = fields(part["state"]);
  if (call === undefined || asked === undefined || state === undefined) return problem("a tool part without callID, tool or state");
  const status = str(state["status"]);
  const given = fields(state["input"]) ?? {};
  // A tool that does not exist is rewritten; the name that the model asked for is in the input.
  const name = asked === "invalid" ? (str(given["tool"]) ?? asked) : asked;
  const input = Object.keys(given).length === 0 ? undefined : given;
  const time = fields(state["time"]);
  const startedAt = timeOfMs(time?.["start"]);
  // Before it runs, neither name nor input are final.
  if (status === "pending" && asked === "invalid") return nothing;
  const told = { call_id: toId("call", call), name, ...describeCall(name, input), input, request_id: of.request, turn_id: of.turn };
  const start = { ...place, at: startedAt ?? place.at };
  const key = status === "pending" ? `${call}:asked` : `${call}:${textHash(`${start.at} ${JSON.stringify(told)}`)}`;
  const events: EventDraft[] = [tell(start, "tool.started", key, told)];
  const todos = planOf(name, input);
  if (todos !== undefined) events.push(tell(start, "todo.listed", key, { call_id: told.call_id, todos }));
  const child = fields(state["metadata"])?.["sessionId"];
  if (asked === "task" && typeof child === "string" && child !== "") events.push(...task(of, call, child, state));
  if (status === "completed" || status === "error") events.push(ended(of, call, { name, asked, input, state }));
  return { events };
}

interface Answered {
  readonly name: string;
  readonly asked: string;
  readonly input: Fields | undefined;
  readonly state: Fields;
}

function ended({ place, turn }: Part, call: string, { name, asked, input, state }: Answered): EventDraft {
  const time = fields(state["time"]);
  const from = integer(time?.["start"]);
  const to = integer(time?.["end"]);
  const status = str(state["status"])!;
  const exit_code = integer(fields(state["metadata"])?.["exit"]);
  const error = str(state["error"]);
  const output = str(state["output"]);
  const data = {
    call_id: toId("call", call),
    outcome: status === "error" ? outcomeOfError(error ?? "") : outcomeOfOutput(asked, exit_code, output ?? ""),
    name,
    input,
    output,
    error: error ?? (asked === "invalid" ? output : undefined),
    exit_code,
    client_status: status,
    latency_ms: from !== undefined && to !== undefined && to >= from ? to - from : undefined,
    turn_id: turn,
  };
  return tell({ ...place, at: timeOfMs(to) ?? place.at }, "tool.ended", call, data);
}

/** A call that starts an agent: the agent is a session of its own, whose id the call's metadata names. */
function task({ place }: Part, call: string, child: string, state: Fields): EventDraft[] {
  const given = fields(state["input"]) ?? {};
  const metadata = fields(state["metadata"]) ?? {};
  const agent = agentId(child);
  const time = fields(state["time"]);
  const background = given["background"] === true || metadata["background"] === true;
  const data = {
    parent_agent_id: place.agent,
    call_id: toId("call", call),
    name: str(given["description"]),
    agent_type: str(given["subagent_type"]),
    model: str(fields(metadata["model"])?.["modelID"]),
    task: str(given["prompt"]),
    background,
    edge: "reported" as const,
  };
  const start = { ...place, at: timeOfMs(time?.["start"]) ?? place.at };
  const spawned = tell(start, "agent.spawned", `${child}:${call}:${textHash(`${start.at} ${JSON.stringify(data)}`)}`, data, agent);
  const status = str(state["status"]);
  if (background || (status !== "completed" && status !== "error")) return [spawned];
  const error = str(state["error"]);
  const failed = error !== undefined && outcomeOfError(error) === "interrupted" ? ("interrupted" as const) : ("failed" as const);
  const summary = /<task_result>\s*([\s\S]*?)\s*<\/task_result>/.exec(str(state["output"]) ?? "")?.[1];
  const end = { ...place, at: timeOfMs(time?.["end"]) ?? place.at };
  return [
    spawned,
    tell(end, "agent.ended", `${child}:${call}`, { outcome: status === "completed" ? "completed" : failed, summary: str(summary) }, agent),
  ];
}

const stops: ReadonlyMap<string, string> = new Map([
  ["stop", "end_turn"],
  ["tool-calls", "tool_use"],
  ["length", "max_tokens"],
  ["content-filter", "refusal"],
]);

export function stopReason(reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : (stops.get(reason) ?? reason);
}

function stepFinish({ part, id, place, request, turn }: Part, owner: Owner | undefined): Translation {
  const tokens = fields(part["tokens"]);
  const cost = part["cost"];
  const output = count(tokens?.["output"]);
  const reasoning = count(tokens?.["reasoning"]);
  const cache = fields(tokens?.["cache"]);
  const usage = {
    input: count(tokens?.["input"]),
    cache_read: count(cache?.["read"]),
    cache_write_5m: count(cache?.["write"]),
    cache_write_1h: tokens === undefined ? undefined : 0,
    output: output === undefined ? undefined : output + (reasoning ?? 0),
    reasoning,
  };
  const hasCost = typeof cost === "number" && cost >= 0 && cost < 1e9;
  const data = {
    request_id: request,
    model: owner?.model,
    usage,
    cost_usd_micros: hasCost ? Math.round(cost * 1_000_000) : undefined,
    cost_source: hasCost ? ("reported" as const) : undefined,
    stop_reason: stopReason(str(part["reason"])),
    turn_id: turn,
  };
  return { events: [tell(place, "model.responded", id, data)] };
}
