import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { projectOf } from "../claude/project.ts";
import { agentId, count, fields, fingerprint, keep, nothing, problem, str, tell, time, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { readItem } from "./rollout-item.ts";
import { readResponse } from "./rollout-response.ts";
import type { Line, Read, RolloutState } from "./rollout-state.ts";
import { readUsage } from "./rollout-usage.ts";

/**
 * Reads one rollout file, from its first line on: the first line alone says whose thread it is. `saved` continues where an earlier
 * reading stopped. A file that begins with a copy of another thread's lines (a fork, a subagent that was given the history) tells only what
 * came after: turn ids grow with time, so a turn older than the thread was copied.
 */
export function createRollout(saved?: RolloutState): { translate(record: unknown): Translation; readonly state: RolloutState | undefined } {
  let state = saved;
  return {
    get state() {
      return state;
    },
    translate(record) {
      const line = fields(record);
      const payload = fields(line?.["payload"]);
      const type = str(line?.["type"]);
      const at = time(line?.["timestamp"]);
      if (payload === undefined || type === undefined || at === undefined)
        return problem("not a rollout line: type, timestamp or payload is missing");
      if (type === "session_meta") {
        if (state !== undefined) {
          if (str(payload["id"]) !== state.thread) state = { ...state, replaying: state.isCopy };
          return nothing;
        }
        const begun = begin(payload, at);
        if (begun === undefined) return problem("session_meta without an id");
        state = begun.learnt as RolloutState;
        return { events: begun.events };
      }
      if (state === undefined) return problem("the file does not begin with session_meta");
      const turn = turnOf(payload);
      if (turn !== undefined) state = { ...state, replaying: state.isCopy && isOlder(turn, state.thread) };
      const isForeign = str(payload["thread_id"]) !== undefined && str(payload["thread_id"]) !== state.thread;
      const place: Place = {
        app: "codex",
        way: "transcript",
        word: "rollout",
        session: state.session,
        agent: agentId(state.isChild ? state.thread : undefined),
        at,
      };
      const read = readLine(type, { state, place, payload, turn: turn ?? state.turn });
      // Totals go on over copied lines; nothing else does.
      const silent = state.replaying || isForeign;
      state = { ...state, ...(silent ? { totals: read.learnt?.totals ?? state.totals } : read.learnt) };
      return silent ? nothing : read.problem === undefined ? { events: read.events } : { events: read.events, problem: read.problem };
    },
  };
}

function readLine(type: string, line: Line): Read {
  const kind = str(line.payload["type"]) ?? "";
  if (type === "response_item") return readResponse(kind, line) ?? unknown(`response_item/${kind}`, line);
  if (type === "turn_context") return turnContext(line);
  if (type === "token_usage_record" || kind === "token_count") return readUsage(type, line);
  if (type === "compacted")
    return {
      events: [
        tell(line.place, "context.compacted", fingerprint(line.place.at, line.payload), {
          phase: "ended",
          summary: str(line.payload["message"]),
        }),
      ],
    };
  if (type === "event_msg") return readEvent(kind, line);
  return silent.has(type) ? nothing : unknown(type, line);
}

function readEvent(kind: string, line: Line): Read {
  const { payload, place, turn } = line;
  switch (kind) {
    case "task_started":
    case "turn_started": {
      if (turn === undefined) return nothing;
      const origin = line.state.isChild ? ("agent" as const) : ("human" as const);
      return { events: [tell(place, "turn.started", turn, { turn_id: toId("trn", turn), origin })], learnt: { turn } };
    }
    case "task_complete":
    case "turn_complete":
      return taskComplete(line);
    case "turn_aborted":
      return turnAborted(line);
    case "item_completed":
      return readItem(line);
    case "error":
    case "stream_error":
      return keep(place, "unused", `event_msg/${kind}`, payload);
    default:
      return silent.has(kind) ? nothing : unknown(`event_msg/${kind}`, line);
  }
}

function taskComplete({ state, place, payload, turn }: Line): Read {
  if (turn === undefined) return nothing;
  const turn_id = toId("trn", turn);
  const duration_ms = count(payload["duration_ms"]);
  const error = fields(payload["error"]);
  const events: EventDraft[] = [
    tell(place, "turn.ended", turn, { turn_id, stop_reason: error === undefined ? "end_turn" : "error", duration_ms }),
  ];
  if (error !== undefined) {
    const info = error["codex_error_info"];
    const cause = str(info) ?? Object.keys(fields(info) ?? {})[0] ?? "error";
    events.push(tell(place, "model.failed", turn, { class: cause, message: str(error["message"]), turn_id }));
  }
  if (state.isChild) {
    const outcome = error === undefined ? ("completed" as const) : ("failed" as const);
    events.push(tell(place, "agent.ended", turn, { outcome, summary: str(payload["last_agent_message"]), duration_ms }));
  }
  return { events };
}

function turnAborted({ state, place, payload, turn }: Line): Read {
  const reason = str(payload["reason"]) ?? "interrupted";
  const turn_id = turn === undefined ? undefined : toId("trn", turn);
  const key = turn ?? fingerprint(place.at, payload);
  const events = [tell(place, "turn.ended", key, { turn_id, stop_reason: reason, interrupted: reason === "interrupted" })];
  if (state.isChild) events.push(tell(place, "agent.ended", key, { outcome: "interrupted" }));
  return { events };
}

function turnContext({ state, place, payload, turn }: Line): Read {
  const model = str(payload["model"]);
  const learnt = { turn, ...(model === undefined ? {} : { model }) };
  if (model === undefined || turn === undefined || state.isChild) return { events: [], learnt };
  return { events: [tell(place, "session.updated", `context:${turn}:${place.at}`, { model })], learnt };
}

function begin(meta: Fields, writtenAt: string): { events: EventDraft[]; learnt: RolloutState } | undefined {
  const thread = str(meta["id"]);
  if (thread === undefined) return undefined;
  const spawn = fields(fields(fields(meta["source"])?.["subagent"])?.["thread_spawn"]);
  const parent = str(meta["parent_thread_id"]) ?? str(spawn?.["parent_thread_id"]);
  const forkedFrom = str(meta["forked_from_id"]);
  const session = str(meta["session_id"]) ?? parent ?? thread;
  const isChild = session !== thread;
  const at = time(meta["timestamp"]) ?? writtenAt;
  const place: Place = { app: "codex", way: "transcript", word: "rollout", session, agent: agentId(isChild ? thread : undefined), at };
  const isCopy = isChild || forkedFrom !== undefined;
  const learnt = { session, thread, isChild, isCopy, replaying: isCopy, hasRecords: false, tasks: {} };
  if (isChild) {
    const path = str(meta["agent_path"]) ?? str(spawn?.["agent_path"]);
    const data = {
      parent_agent_id: agentId(parent === undefined || parent === session ? undefined : parent),
      name: path?.split("/").at(-1),
      agent_type: str(meta["agent_role"]) ?? str(spawn?.["agent_role"]) ?? "default",
      depth: count(spawn?.["depth"]),
      // A spawn call answers at once; the parent waits with a call of its own.
      background: true,
      nickname: str(meta["agent_nickname"]),
      edge: "reported" as const,
    };
    return { events: [tell(place, "agent.spawned", thread, data)], learnt };
  }
  const cwd = str(meta["cwd"]);
  const project = projectOf(cwd, undefined);
  const data = {
    app: "codex",
    app_version: str(meta["cli_version"]),
    origin: forkedFrom === undefined ? ("startup" as const) : ("fork" as const),
    cwd,
    project: project?.name,
    git_branch: str(fields(meta["git"])?.["branch"]),
    resumed_from: forkedFrom === undefined ? undefined : toId("ses", forkedFrom),
  };
  return { events: [{ ...tell(place, "session.started", thread, data), project_id: project?.id }], learnt };
}

/** Records and events that say nothing which others do not say better. */
const silent: ReadonlySet<string> = new Set([
  "world_state",
  "inter_agent_communication_metadata",
  "thread_settings_applied",
  "user_message",
  "agent_message",
  "agent_reasoning",
  "agent_reasoning_raw_content",
  "item_started",
  "thread_name_updated",
  "context_compacted",
  "exec_command_begin",
  "exec_command_end",
  "ghost_snapshot",
]);

function unknown(type: string, { place, payload }: Line): Translation {
  return keep(place, "unknown", type, payload);
}

function turnOf(payload: Fields): string | undefined {
  return str(payload["turn_id"]) ?? str(fields(payload["internal_chat_message_metadata_passthrough"])?.["turn_id"]);
}

const TIME_ORDERED = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the turn began before the thread: both ids hold their time in front. */
function isOlder(turn: string, thread: string): boolean {
  return TIME_ORDERED.test(turn) && TIME_ORDERED.test(thread) && turn < thread;
}
