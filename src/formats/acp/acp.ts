import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { projectOf } from "../claude/project.ts";
import { fields, fingerprint, keep, list, nothing, problem, str, tell, textOf, time, type Fields } from "../fields.ts";
import { planLines } from "../plan.ts";
import type { Translation } from "../translation.ts";
import { createCalls, type CallsState } from "./calls.ts";
import { profileOf, type Profile } from "./profile.ts";
import { subagentMessage, subagentUpdate } from "./subagents.ts";
import { addWords, flush, newTalk, placeOf, turnOf, type Talk } from "./talk.ts";
import { bucketsOf, usageOf } from "./usage.ts";
import { imagesIn } from "../images.ts";

export type Direction = "to_agent" | "to_client";

interface Request {
  readonly method: string;
  readonly params: Fields;
  readonly at: string;
}

/** What earlier messages of a connection said that later ones need. Plain data; changed in place by its reader alone. */
export interface AcpState extends CallsState {
  readonly talks: Map<string, Talk>;
  // Each side counts its own requests.
  readonly fromClient: Map<string, Request>;
  readonly fromAgent: Map<string, Request>;
  agentInfo?: Fields;
}

/**
 * Reads every JSON-RPC message of one connection, both directions, from its `initialize` on. Messages have no time: `receivedAt` is when each
 * passed.
 *
 * Prompts have no id that another source of the same session knows. `only` says that no other source is read (the agent's own files or
 * hooks): then turns are told under ids of this connection; otherwise they are left to the others. Calls, agents and, where the agent gives
 * them, requests have the agent's own ids. What an agent tells between `session/load` and its answer is history told again: it gives nothing.
 */
export function createAcp(
  options: { readonly only: boolean },
  state: AcpState = { talks: new Map(), fromClient: new Map(), fromAgent: new Map(), calls: new Map(), children: new Map() },
): {
  translate(message: unknown, direction: Direction, receivedAt: string): Translation;
  readonly state: AcpState;
} {
  const { talks, fromClient, fromAgent } = state;
  let profile: Profile = profileOf(state.agentInfo);
  const calls = createCalls(() => profile, options.only, state);

  function talkOf(id: string): Talk {
    const known = talks.get(id) ?? newTalk(id);
    talks.set(id, known);
    return known;
  }

  function readRequest(method: string, id: unknown, params: Fields, direction: Direction, at: string): Translation {
    if (id !== undefined) (direction === "to_agent" ? fromClient : fromAgent).set(JSON.stringify(id), { method, params, at });
    const session = str(params["sessionId"]);
    if (session === undefined) return nothing;
    if (direction === "to_client") {
      if (method === "session/update") return readUpdate(talkOf(session), fields(params["update"]) ?? {}, at);
      return method === "session/request_permission" ? askPermission(talkOf(session), params, at) : nothing;
    }
    switch (method) {
      case "session/load":
        talkOf(session).replaying = true;
        return nothing;
      case "session/prompt":
        return prompt(talkOf(session), params, at, id);
      case "session/cancel":
        for (const talk of talks.values()) if (talk.root === session) talk.cancelled = true;
        return nothing;
      default:
        return nothing;
    }
  }

  function prompt(talk: Talk, params: Fields, at: string, id: unknown): Translation {
    talk.cancelled = false;
    const said = flush(profile, talk);
    const text = textOf(params["prompt"]);
    const turn = `${Date.parse(at)}.${String(id)}`;
    delete talk.lastAnswer;
    if (options.only) talk.turn = turn;
    const place = placeOf(profile, talk, at);
    const parts = [...(text === "" ? [] : [{ kind: "text" as const, text }]), ...imagesIn(params["prompt"])];
    const message = tell(place, "message.added", `prompt:${turn}`, {
      message_id: toId("msg", `acp:${talk.root}:${turn}`),
      role: "user",
      parts,
      turn_id: turnOf(talk),
    });
    const events = parts.length === 0 ? said : [...said, message];
    if (!options.only) return { events };
    const origin = /^\/[\w:.-]+(?:\s|$)/.test(text) ? ("command" as const) : ("human" as const);
    return { events: [...events, tell(place, "turn.started", turn, { turn_id: turnOf(talk)!, prompt: text, origin })] };
  }

  function askPermission(talk: Talk, params: Fields, at: string): Translation {
    const call = fields(params["toolCall"]) ?? {};
    const said = flush(profile, talk);
    // For some agents this is the first that is heard of the call.
    const events = [...said, ...calls.update(talk, call, at)];
    const id = str(call["toolCallId"]) ?? "";
    calls.asked(id, at);
    const options = list(params["options"]).flatMap((each) => {
      const option = fields(each);
      const optionId = str(option?.["optionId"]);
      return optionId === undefined ? [] : [{ id: optionId, label: str(option?.["name"]), kind: str(option?.["kind"]) }];
    });
    const data = {
      ask_id: toId("ask", `${id}:${at}`),
      kind: "permission" as const,
      call_id: id === "" ? undefined : toId("call", id),
      prompt: str(call["title"])?.slice(0, 400),
      input: call["rawInput"],
      options,
    };
    return { events: [...events, tell(calls.placeOf(talk, id, at), "ask.opened", `${id}:${at}`, data)] };
  }

  function readAnswer(request: Request, message: Fields, direction: Direction, at: string): Translation {
    const { method, params } = request;
    const result = fields(message["result"]);
    const error = fields(message["error"]);
    const session = str(params["sessionId"]) ?? str(result?.["sessionId"]);
    if (direction === "to_agent") {
      if (method !== "session/request_permission" || session === undefined) return nothing;
      const chosen = fields(result?.["outcome"]);
      const option = list(params["options"])
        .map(fields)
        .find((each) => each !== undefined && each["optionId"] === chosen?.["optionId"]);
      const isRefused = error !== undefined || chosen?.["outcome"] !== "selected" || str(option?.["kind"])?.startsWith("allow") !== true;
      const call = str(fields(params["toolCall"])?.["toolCallId"]) ?? "";
      calls.answered(call, isRefused, at);
      const isCancelled = error !== undefined || chosen?.["outcome"] === "cancelled";
      const isAlways = str(option?.["kind"]) === "allow_always";
      const decided = {
        ask_id: toId("ask", `${call}:${request.at}`),
        outcome: isCancelled
          ? ("cancelled" as const)
          : isRefused
            ? ("denied" as const)
            : isAlways
              ? ("always" as const)
              : ("allowed" as const),
        answer: str(chosen?.["optionId"]),
        by: "user",
        door: "acp",
      };
      return { events: [tell(calls.placeOf(talkOf(session), call, at), "ask.answered", `${call}:${request.at}`, decided)] };
    }
    switch (method) {
      case "initialize":
        state.agentInfo = fields(result?.["agentInfo"]) ?? {};
        profile = profileOf(state.agentInfo);
        return nothing;
      case "session/new":
      case "session/load":
      case "session/resume":
      case "session/fork":
        return session === undefined || result === undefined
          ? nothing
          : began(method, str(result["sessionId"]) ?? session, params, result, at);
      case "session/prompt":
        return session === undefined ? nothing : answered(talkOf(session), result, error, at, request);
      case "session/close":
        return session === undefined || result === undefined
          ? nothing
          : { events: [tell(placeOf(profile, talkOf(session), at), "session.ended", at, { reason: "closed" })] };
      case "session/set_mode": {
        const permission_mode = str(params["modeId"]);
        if (session === undefined || permission_mode === undefined || result === undefined) return nothing;
        return { events: [tell(placeOf(profile, talkOf(session), at), "session.updated", `mode:${at}`, { permission_mode })] };
      }
      default:
        return nothing;
    }
  }

  function began(method: string, session: string, params: Fields, result: Fields, at: string): Translation {
    const talk = talkOf(session);
    talk.replaying = false;
    delete talk.words;
    const cwd = str(params["cwd"]);
    const project = projectOf(cwd, undefined);
    const origins = { "session/new": "startup", "session/load": "resume", "session/resume": "resume", "session/fork": "fork" } as const;
    const origin = origins[method as keyof typeof origins];
    const from = str(params["sessionId"]);
    const data = {
      app: profile.app,
      // The adapter's own version where it is not the agent's.
      app_version: profile.app === "claude-code" || profile.app === "codex" ? undefined : str(state.agentInfo?.["version"]),
      origin,
      cwd,
      project: project?.name,
      model: str(fields(result["models"])?.["currentModelId"]),
      permission_mode: str(fields(result["modes"])?.["currentModeId"]),
      resumed_from: origin === "fork" && from !== undefined ? toId("ses", from) : undefined,
    };
    return { events: [{ ...tell(placeOf(profile, talk, at), "session.started", at, data), project_id: project?.id }] };
  }

  function answered(talk: Talk, result: Fields | undefined, error: Fields | undefined, at: string, request: Request): Translation {
    const place = placeOf(profile, talk, at);
    const events = flush(profile, talk);
    const key = `${Date.parse(request.at)}:end`;
    const turn_id = turnOf(talk);
    if (error !== undefined || result === undefined) {
      const message = str(error?.["message"]);
      const cause = `rpc ${String(error?.["code"] ?? "error")}`.slice(0, 100);
      events.push(
        tell(place, "turn.ended", key, { turn_id, stop_reason: "error" }),
        tell(place, "model.failed", key, { class: cause, message, turn_id }),
      );
    } else {
      const stop_reason = str(result["stopReason"]);
      const interrupted = stop_reason === "cancelled";
      if (interrupted) events.push(...calls.cut(talk, at));
      const cost = talk.costUsd === undefined ? undefined : Math.round(talk.costUsd * 1_000_000);
      const spent = profile.isUsageOfLastRequest === true ? {} : usageOf(result);
      // Sums of a prompt, and of the whole session so far: no single request has them.
      events.push(tell(place, "turn.ended", key, { turn_id, stop_reason, interrupted, ...spent, session_cost_usd_micros: cost }));
      // A total that runs on over the session's prompts, its subagents' among them.
      if (cost !== undefined && talk.parent === undefined) events.push(tell(place, "cost.reported", key, { usd_micros: cost }));
      const last = profile.isUsageOfLastRequest === true ? bucketsOf(fields(result["usage"])) : undefined;
      if (last !== undefined && talk.lastAnswer !== undefined)
        events.push(
          tell(place, "model.responded", `${talk.lastAnswer}:last`, {
            request_id: toId("req", talk.lastAnswer),
            usage: { ...last, cache_write_5m: last.cache_write_5m ?? 0 },
          }),
        );
    }
    talk.cancelled = false;
    delete talk.turn;
    return { events };
  }

  function readUpdate(talk: Talk, update: Fields, at: string): Translation {
    const kind = str(update["sessionUpdate"]) ?? "";
    const place = placeOf(profile, talk, at);
    if (talk.replaying && kind !== "session_info_update") return nothing;
    switch (kind) {
      case "agent_message_chunk":
      case "agent_thought_chunk":
      case "user_message_chunk":
        return { events: words(talk, kind, update, at) };
      case "tool_call":
      case "tool_call_update":
        return { events: [...flush(profile, talk), ...calls.update(talk, update, at)] };
      case "session_info_update": {
        const title = str(update["title"]);
        return title === undefined
          ? nothing
          : {
              events: [
                tell({ ...place, at: time(update["updatedAt"]) ?? at }, "session.updated", `title:${fingerprint(at, title)}`, { title }),
              ],
            };
      }
      case "current_mode_update": {
        const permission_mode = str(update["currentModeId"]);
        return permission_mode === undefined ? nothing : { events: [tell(place, "session.updated", `mode:${at}`, { permission_mode })] };
      }
      case "usage_update":
        return { events: usage(talk, update, at) };
      case "subagent_update":
        return { events: subagentUpdate({ profile, only: options.only, talks }, talk, update, at) };
      case "session_message":
        return { events: subagentMessage({ profile, only: options.only, talks }, talk, update, at) };
      case "compaction_update": {
        const status = str(update["status"]);
        const phase = status === "completed" || status === "failed" ? ("ended" as const) : ("started" as const);
        return {
          events: [
            tell(place, "context.compacted", `${str(update["compactionId"]) ?? at}:${phase}`, { phase, summary: str(update["summary"]) }),
          ],
        };
      }
      case "available_commands_update":
      case "config_option_update":
        return nothing;
      case "plan": {
        const todos = planLines(update["entries"]);
        return todos === undefined
          ? problem("a plan without entries")
          : { events: [tell(place, "todo.listed", fingerprint(at, update), { todos })] };
      }
      case "plan_update":
      case "plan_removed":
      case "notice":
        return keep(place, "unused", kind, update);
      default:
        return keep(place, "unknown", kind, update);
    }
  }

  function words(talk: Talk, kind: string, update: Fields, at: string): EventDraft[] {
    const text = str(fields(update["content"])?.["text"]);
    if (text === undefined) return [];
    const key = str(update["messageId"]);
    const under = str(fields(fields(update["_meta"])?.["claudeCode"])?.["parentToolUseId"]);
    // In a session that subagents share, their words come without a name that is known yet.
    const agent = under !== undefined && talk.parent === undefined ? undefined : talk.agent;
    const isAnswer = kind === "agent_message_chunk" && key?.startsWith("msg_") === true;
    const role = kind === "user_message_chunk" ? ("user" as const) : ("assistant" as const);
    const piece = { key, role, kind: kind === "agent_thought_chunk" ? ("thinking" as const) : ("text" as const), agent, at, text };
    return addWords(profile, talk, isAnswer ? { ...piece, answer: key } : piece);
  }

  /** Only the model's name and the running cost are of use; the end of work that nobody prompted is told here alone. */
  function usage(talk: Talk, update: Fields, at: string): EventDraft[] {
    const meta = fields(update["_meta"]);
    const model = str(meta?.["_claude/model"]);
    if (model !== undefined) talk.model = model;
    const amount = fields(update["cost"])?.["amount"];
    if (typeof amount === "number" && amount >= 0 && amount < 1e9) talk.costUsd = amount;
    const origin = fields(meta?.["_claude/origin"]);
    const kind = str(origin?.["kind"]);
    if (!options.only || kind === undefined || kind === "human") return [];
    const key = `${str(origin?.["runId"]) ?? at}`;
    const turn_id = toId("trn", `${talk.root}:${key}`);
    const said = flush(profile, talk);
    const place = placeOf(profile, talk, at);
    return [
      ...said,
      tell(place, "turn.started", key, { turn_id, origin: "notification" }),
      tell(place, "turn.ended", key, { turn_id, stop_reason: "end_turn" }),
    ];
  }

  return {
    state,
    translate(message, direction, receivedAt) {
      const at = time(receivedAt);
      const told = fields(message);
      if (at === undefined) return problem("the time of receipt is not a time");
      if (told === undefined) return problem("not a JSON-RPC message");
      const method = str(told["method"]);
      const id = told["id"] ?? undefined;
      if (method !== undefined) return readRequest(method, id, fields(told["params"]) ?? {}, direction, at);
      if (id === undefined) return problem("neither a request nor an answer: it has no method and no id");
      const pending = direction === "to_agent" ? fromAgent : fromClient;
      const request = pending.get(JSON.stringify(id));
      if (request === undefined) return nothing;
      pending.delete(JSON.stringify(id));
      return readAnswer(request, told, direction, at);
    },
  };
}
