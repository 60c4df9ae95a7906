import type { EventDraft } from "../../contract/events/index.ts";
import type { CallKind } from "../../contract/events/tool.ts";
import { toId, type CallId } from "../../contract/ids.ts";
import { fields, list, oneLine, str, tell, type Fields, type Place } from "../fields.ts";
import { planOf } from "../plan.ts";
import { endingOf, textOfUpdate } from "./ending.ts";
import { childrenOf, type Child, type Children } from "./children.ts";
import type { Profile } from "./profile.ts";
import { placeOf, turnOf, type Talk } from "./talk.ts";
import { imagesIn } from "../images.ts";

/** One tool call of a connection. Changed in place by its connection alone. */
export interface Call {
  readonly id: string;
  readonly talk: Talk;
  readonly at: string;
  /** In an agent without a session of its own: the call that started that agent. */
  readonly under: string | undefined;
  name?: string;
  kind?: CallKind;
  input?: Fields;
  /** What its content shows of changed files: its input, where it has told none. */
  diffs?: readonly Fields[];
  isTitled: boolean;
  isRefused: boolean;
  isUnavailable: boolean;
  isOver: boolean;
  waitsSince?: string;
  waitedMs?: number;
}

const kinds: ReadonlyMap<string, CallKind> = new Map([
  ["read", "read"],
  ["edit", "edit"],
  ["delete", "edit"],
  ["move", "edit"],
  ["search", "search"],
  ["execute", "run"],
  ["fetch", "web"],
  ["switch_mode", "plan"],
]);

/** Entries that look like calls of the model and are a reviewer's. */
const REVIEW = "guardian_assessment:";

export interface Calls {
  /** A `tool_call`, a `tool_call_update`, or the call inside a permission request. */
  update(talk: Talk, update: Fields, at: string): EventDraft[];
  /** Where what concerns a call belongs: to its agent. */
  placeOf(talk: Talk, call: string, at: string): Place;
  asked(call: string, at: string): void;
  answered(call: string, isRefused: boolean, at: string): void;
  /** Everything of a session that is still open was cut off. */
  cut(talk: Talk, at: string): EventDraft[];
}

/** What is known of the calls of a connection. Changed in place by it alone. */
export interface CallsState {
  readonly calls: Map<string, Call>;
  readonly children: Map<string, Child>;
}

export function createCalls(profile: () => Profile, only: boolean, { calls, children: byCall }: CallsState): Calls {
  const children: Children = childrenOf(profile, only, byCall);

  function placeAt(call: Call, at: string): Place {
    const place = placeOf(profile(), call.talk, at);
    return call.under === undefined ? place : { ...place, agent: children.agentOf(call.under) };
  }

  function begin(call: Call, update: Fields): EventDraft[] {
    const name = profile().nameOf(update);
    const told = fields(update["rawInput"]) ?? {};
    if (Object.keys(told).length > 0) call.input = told;
    const diffs = list(update["content"]).flatMap((block) => diffIn(fields(block)));
    if (diffs.length > 0) call.diffs = diffs;
    call.isUnavailable ||= str(told["tool"]) !== undefined && str(told["error"]) !== undefined && profile().app === "opencode";
    const isNamed = call.name !== undefined;
    call.name ??= name ?? nameless(update);
    if (call.name === undefined) return [];
    const asked = str(update["kind"]);
    const described = profile().describe(call.name, call.input);
    call.kind = described.kind === "other" ? (kinds.get(asked ?? "") ?? call.kind ?? "other") : described.kind;
    const paths = described.paths ?? pathsOf(update);
    // Input grows from update to update, and so would a title made from it: the first that there is, stays.
    const title = call.isTitled ? undefined : (described.title ?? clientTitle(call, update));
    call.isTitled ||= title !== undefined;
    if (isNamed && title === undefined) return [];
    const data = {
      call_id: callId(call),
      name: call.name,
      kind: call.kind,
      title,
      paths: paths === undefined || paths.length === 0 ? undefined : [...paths],
      turn_id: turnOf(call.talk),
    };
    return [tell(placeAt(call, call.at), "tool.started", isNamed ? `${call.id}:described` : call.id, data)];
  }

  /** Agents that have an input tell their title badly before it comes; the others have nothing but the title. */
  function clientTitle(call: Call, update: Fields): string | undefined {
    const title = str(update["title"]);
    return title === undefined || (update["rawInput"] !== undefined && call.input === undefined) ? undefined : oneLine(title);
  }

  function end(call: Call, update: Fields, at: string): EventDraft[] {
    call.isOver = true;
    const text = textOfUpdate(update);
    const ending = endingOf(profile(), update, text, {
      kind: call.kind,
      isRefused: call.isRefused,
      isCancelled: call.talk.cancelled,
      isUnavailable: call.isUnavailable,
    });
    const data = {
      call_id: callId(call),
      name: call.name,
      input: inputOf(call),
      output: outputOf(update, text),
      error: ending.outcome === "ok" ? undefined : str(text),
      client_status: str(update["status"]),
      waited_ms: call.waitedMs,
      turn_id: turnOf(call.talk),
      ...ending,
    };
    const ended = tell(placeAt(call, at), "tool.ended", call.id, data);
    // Its input is only whole now.
    const todos = planOf(call.name ?? "", call.input);
    return todos === undefined ? [ended] : [ended, tell(placeAt(call, at), "todo.listed", call.id, { call_id: data.call_id, todos })];
  }

  /** The adapter shows a program's decision about a call as a call of its own. */
  function reviewed(talk: Talk, id: string, update: Fields, at: string): EventDraft[] {
    const review = fields(update["rawOutput"]) ?? fields(update["rawInput"]);
    const targetId = str(review?.["targetItemId"]);
    if (targetId === undefined) return [];
    const target = calls.get(targetId);
    const status = str(fields(review?.["review"])?.["status"]);
    if (target !== undefined && status === "denied") target.isRefused = true;
    const place = target === undefined ? placeOf(profile(), talk, at) : placeAt(target, at);
    const ask = { ask_id: toId("ask", id), kind: "review" as const, call_id: toId("call", targetId) };
    if (status === "inProgress")
      return [tell(place, "ask.opened", id, { ...ask, prompt: str(fields(review?.["action"])?.["command"])?.slice(0, 400) })];
    const outcome = status === "denied" ? ("denied" as const) : status === "approved" ? ("allowed" as const) : ("unknown" as const);
    const message = str(fields(review?.["review"])?.["rationale"]);
    return [tell(place, "ask.answered", id, { ...ask, outcome, message, by: "reviewer" })];
  }

  return {
    update(talk, update, at) {
      const id = str(update["toolCallId"]);
      if (id === undefined) return [];
      if (id.startsWith(REVIEW)) return reviewed(talk, id, update, at);
      let call = calls.get(id);
      if (call === undefined) {
        const under = str(fields(fields(update["_meta"])?.["claudeCode"])?.["parentToolUseId"]);
        const isOwn = talk.parent !== undefined;
        call = { id, talk, at, under: isOwn ? undefined : under, isTitled: false, isRefused: false, isUnavailable: false, isOver: false };
        calls.set(id, call);
      }
      if (call.isOver) return [];
      const events = begin(call, update);
      const status = str(update["status"]);
      const isOver = status === "completed" || status === "failed";
      if (call.name !== undefined && profile().spawns(call.name))
        events.push(...children.learn(call, placeAt(call, at), update, isOver, calls));
      if (isOver) events.push(...end(call, update, at));
      return events;
    },
    placeOf(talk, id, at) {
      const call = calls.get(id);
      return call === undefined ? placeOf(profile(), talk, at) : placeAt(call, at);
    },
    asked(id, at) {
      const call = calls.get(id);
      if (call !== undefined) call.waitsSince = at;
    },
    answered(id, isRefused, at) {
      const call = calls.get(id);
      if (call === undefined) return;
      call.isRefused ||= isRefused;
      if (call.waitsSince !== undefined) call.waitedMs = Math.max(0, Date.parse(at) - Date.parse(call.waitsSince));
    },
    cut(talk, at) {
      const events: EventDraft[] = [];
      for (const call of calls.values()) {
        if (call.talk !== talk || call.isOver || call.name === undefined) continue;
        call.isOver = true;
        const outcome = call.isRefused ? ("denied" as const) : ("interrupted" as const);
        events.push(
          tell(placeAt(call, at), "tool.ended", call.id, { call_id: callId(call), outcome, certainty: "inferred", input: inputOf(call) }),
        );
      }
      return events;
    },
  };
}

/** The words of an answer; with its images, where it has some, as the blocks of an answer. */
function outputOf(update: Fields, text: string): unknown {
  const images = imagesIn(list(update["content"]).map((block) => fields(block)?.["content"]));
  const words = text === "" ? [] : [{ type: "text", text }];
  if (images.length > 0) return [...words, ...images];
  return text === "" ? undefined : text;
}

function inputOf({ input, diffs }: Call): Fields | undefined {
  return input ?? (diffs === undefined ? undefined : { diffs });
}

function diffIn(block: Fields | undefined): Fields[] {
  const { type, path, oldText, newText } = block ?? {};
  return type === "diff" ? [{ path, oldText: str(oldText), newText }] : [];
}

export function callId(call: { readonly id: string }): CallId {
  return toId("call", call.id);
}

function nameless(update: Fields): string | undefined {
  // What has neither name nor input yet may be told better in a moment.
  const isEmpty = Object.keys(fields(update["rawInput"]) ?? {}).length === 0;
  return isEmpty && update["title"] === "invalid" ? undefined : (str(update["kind"]) ?? "tool");
}

function pathsOf(update: Fields): string[] {
  return [
    ...new Set(
      [...list(update["locations"]), ...list(update["content"])]
        .map((place) => str(fields(place)?.["path"]))
        .filter((path) => path !== undefined),
    ),
  ].slice(0, 100);
}
