import type { EventDraft } from "../../contract/events/index.ts";
import { asked, replied } from "./asks.ts";
import { toId, type TurnId } from "../../contract/ids.ts";
import { projectOf } from "../claude/project.ts";
import {
  agentId,
  fields,
  fingerprint,
  keep,
  list,
  nothing,
  problem,
  str,
  tell,
  time,
  timeOfMs,
  type Fields,
  type Place,
} from "../fields.ts";
import { planLines } from "../plan.ts";
import type { Translation } from "../translation.ts";
import { failure, ownerOf, translateMessage } from "./message.ts";
import { translatePart, type Owner } from "./part.ts";

/** What earlier records said that later ones need. Plain data. */
export interface OpencodeState {
  /** Parent of every session that is another one's child. */
  readonly parents: Readonly<Record<string, string>>;
  /** Recent messages by id: a part does not say who speaks. */
  readonly owners: Readonly<Record<string, Owner>>;
  /** What was last told of each session, so that a record that changes only sums says nothing. */
  readonly facts: Readonly<Record<string, string>>;
  /** The turn of the one process whose output is read. */
  readonly run?: string;
}

export interface Opencode {
  /** One event of `GET /event`. */
  event(record: unknown, receivedAt: string): Translation;
  /** One line of `opencode run --format json`. */
  line(record: unknown): Translation;
  /** Session records: `GET /session`, `GET /session/{id}/children`, the answer to `POST /session`. */
  sessions(records: unknown, receivedAt: string): Translation;
  /** A message list: `GET /session/{id}/message`; `opencode export` is `{info, messages}`. */
  messages(records: unknown, receivedAt: string): Translation;
  readonly state: OpencodeState;
}

const MAX_OWNERS = 2_000;
const empty: OpencodeState = { parents: {}, owners: {}, facts: {} };

/**
 * Reads what one opencode server or process tells. A child session is an agent of its root, and only a session's own record names its parent:
 * give `sessions` the server's list before its events. The output of `run` has no prompt and no id of one: only where no other source of
 * its session is read (`only`) are its turns told, under ids of that process.
 */
export function createOpencode({
  only = false,
  saved = empty,
}: { readonly only?: boolean; readonly saved?: OpencodeState } = {}): Opencode {
  let state = saved;

  function placeOf(session: string, at: string, word: "sse" | "run" | "list"): Place {
    let root = session;
    // A chain of parents that the client made is short; one that junk made may be a ring.
    for (let steps = 0; Object.hasOwn(state.parents, root) && steps < 64; steps++) root = state.parents[root]!;
    const way = word === "list" ? "transcript" : "stream";
    return { app: "opencode", way, word, session: root, agent: agentId(root === session ? undefined : session), at };
  }

  function learnMessage(id: string, owner: Owner): void {
    const known = Object.hasOwn(state.owners, id) ? state.owners[id] : undefined;
    if (known?.model === owner.model && known?.prompt === owner.prompt && known?.role === owner.role) return;
    const owners = { ...state.owners, [id]: owner };
    const ids = Object.keys(owners);
    if (ids.length > MAX_OWNERS) delete owners[ids[0]!];
    state = { ...state, owners };
  }

  /** A task call names its child before or after the child's own record does. */
  function learnChild(part: Fields): void {
    const metadata = fields(fields(part["state"])?.["metadata"]);
    const child = str(metadata?.["sessionId"]);
    const parent = str(part["sessionID"]);
    if (part["tool"] === "task" && child !== undefined && parent !== undefined && child !== parent)
      state = { ...state, parents: { ...state.parents, [child]: parent } };
  }

  function part(told: Fields, at: string, word: "sse" | "run" | "list"): Translation {
    const session = str(told["sessionID"]);
    const message = str(told["messageID"]) ?? "";
    if (session === undefined) return problem("a part without sessionID");
    learnChild(told);
    const known = Object.hasOwn(state.owners, message) ? state.owners[message] : undefined;
    const run = state.run === undefined ? {} : { prompt: state.run };
    // `run` shows answers only.
    return translatePart(told, known ?? (word === "run" ? { role: "assistant", ...run } : undefined), placeOf(session, at, word));
  }

  function message(info: Fields, at: string, word: "sse" | "list"): EventDraft[] {
    const id = str(info["id"]);
    const session = str(info["sessionID"]);
    const owner = ownerOf(info);
    if (id === undefined || session === undefined || owner === undefined) return [];
    learnMessage(id, owner);
    return translateMessage(info, owner, placeOf(session, at, word));
  }

  function session(info: Fields, at: string, word: "sse" | "list"): EventDraft[] {
    const id = str(info["id"]);
    if (id === undefined) return [];
    const parent = str(info["parentID"]);
    if (parent !== undefined && parent !== id) state = { ...state, parents: { ...state.parents, [id]: parent } };
    const place = placeOf(id, at, word);
    const times = fields(info["time"]);
    const created = { ...place, at: timeOfMs(times?.["created"]) ?? at };
    const title = str(info["title"]);
    const told = JSON.stringify([title, info["directory"], parent, info["agent"]]);
    if (state.facts[id] === told) return [];
    const isNew = state.facts[id] === undefined;
    state = { ...state, facts: { ...state.facts, [id]: told } };
    if (parent !== undefined) {
      const data = {
        parent_agent_id: agentId(parent === place.session ? undefined : parent),
        name: title?.replace(/ \(@\S+ subagent\)$/, ""),
        agent_type: str(info["agent"]) ?? /\(@(\S+) subagent\)$/.exec(title ?? "")?.[1],
        edge: "reported" as const,
      };
      return [tell(created, "agent.spawned", `${id}:${fingerprint("", told)}`, data)];
    }
    const cwd = str(info["directory"]);
    const project = projectOf(cwd, undefined);
    const facts = { app: "opencode", app_version: str(info["version"]), cwd, project: project?.name, title };
    const changed = { ...place, at: timeOfMs(times?.["updated"]) ?? at };
    return [
      {
        ...tell(created, "session.started", `${id}:${fingerprint("", told)}`, { ...facts, title: isNew ? title : undefined }),
        project_id: project?.id,
      },
      ...(isNew ? [] : [{ ...tell(changed, "session.updated", `${id}:${changed.at}`, facts), project_id: project?.id }]),
    ];
  }

  function sse(type: string, properties: Fields, at: string): Translation {
    const info = fields(properties["info"]);
    const id = str(properties["sessionID"]) ?? str(info?.["sessionID"]);
    switch (type) {
      case "session.created":
      case "session.updated":
        return { events: info === undefined ? [] : session(info, at, "sse") };
      case "message.updated":
        return { events: info === undefined ? [] : message(info, at, "sse") };
      case "message.part.updated": {
        const told = fields(properties["part"]);
        return told === undefined ? problem("message.part.updated without part") : part(told, timeOfMs(properties["time"]) ?? at, "sse");
      }
    }
    if (silent.has(type)) return nothing;
    if (id === undefined) return keepSessionless(type, properties, at);
    const place = placeOf(id, at, "sse");
    const key = fingerprint(at, properties);
    switch (type) {
      case "permission.asked":
      case "question.asked":
        return { events: [tell(place, "ask.opened", str(properties["id"]) ?? key, asked(type, properties, key))] };
      case "permission.replied":
      case "question.replied":
      case "question.rejected":
        return { events: [tell(place, "ask.answered", str(properties["requestID"]) ?? key, replied(type, properties, key))] };
      case "session.compacted":
        return { events: [tell(place, "context.compacted", key, { phase: "ended" })] };
      case "todo.updated": {
        const todos = planLines(properties["todos"]);
        return todos === undefined ? problem("todo.updated without todos") : { events: [tell(place, "todo.listed", key, { todos })] };
      }
      case "session.deleted":
        return { events: [tell(place, "session.ended", key, { reason: "deleted" })] };
      case "session.status": {
        const status = fields(properties["status"]);
        if (str(status?.["type"]) !== "retry") return nothing;
        const retry_at = timeOfMs(status?.["next"]);
        const attempt = typeof status?.["attempt"] === "number" && Number.isSafeInteger(status["attempt"]) ? status["attempt"] : undefined;
        return { events: [tell(place, "model.failed", key, { class: "retry", message: str(status?.["message"]), attempt, retry_at })] };
      }
      // The failed message says the same; an answer's end says that it rests.
      case "session.error":
      case "command.executed":
      case "message.removed":
        return keep(place, "unused", type, properties);
      default:
        return keep(place, "unknown", type, properties);
    }
  }

  function runTurn(): TurnId | undefined {
    return state.run === undefined ? undefined : toId("trn", state.run);
  }

  /** What a part of `run` says of turns: the last step ends the prompt's, a task is a turn of the agent that it starts. */
  function turns(told: Fields, place: Place): EventDraft[] {
    if (told["type"] === "step-finish" && told["reason"] === "stop")
      return [tell(place, "turn.ended", `${str(told["id"]) ?? place.at}`, { turn_id: runTurn(), stop_reason: "end_turn" })];
    const task = fields(told["state"]);
    const child = str(fields(task?.["metadata"])?.["sessionId"]);
    const prompt = str(fields(task?.["input"])?.["prompt"]);
    if (told["tool"] !== "task" || child === undefined || prompt === undefined) return [];
    const times = fields(task?.["time"]);
    const key = `${child}:task`;
    const turn_id = toId("trn", key);
    const start = { ...place, at: timeOfMs(times?.["start"]) ?? place.at };
    const begun = tell(start, "turn.started", key, { turn_id, prompt, origin: "agent" }, agentId(child));
    const end = timeOfMs(times?.["end"]);
    return end === undefined
      ? [begun]
      : [begun, tell({ ...place, at: end }, "turn.ended", key, { turn_id, stop_reason: "end_turn" }, agentId(child))];
  }

  function whole(record: unknown, at: string): EventDraft[] {
    const info = fields(fields(record)?.["info"]);
    if (info === undefined) return [];
    const created = timeOfMs(fields(info["time"])?.["created"]) ?? at;
    const parts = list(fields(record)?.["parts"])
      .map(fields)
      .filter((each) => each !== undefined);
    return [...message(info, created, "list"), ...parts.flatMap((each) => part(each, created, "list").events)];
  }

  return {
    get state() {
      return state;
    },
    event(record, receivedAt) {
      const at = time(receivedAt);
      const told = fields(record);
      const type = str(told?.["type"]);
      if (at === undefined) return problem("the time of receipt is not a time");
      if (told === undefined || type === undefined) return problem("not an event: it has no type");
      return sse(type, fields(told["properties"]) ?? {}, at);
    },
    line(record) {
      const told = fields(record);
      const type = str(told?.["type"]);
      const id = str(told?.["sessionID"]);
      const at = timeOfMs(told?.["timestamp"]);
      if (told === undefined || type === undefined || id === undefined || at === undefined)
        return problem("not a line of run --format json: type, timestamp or sessionID is missing");
      const own = fields(told["part"]);
      const place = placeOf(id, at, "run");
      const begun = state.facts[id] === undefined ? [tell(place, "session.started", `${id}:${at}`, { app: "opencode" })] : [];
      if (begun.length > 0) state = { ...state, facts: { ...state.facts, [id]: "run" } };
      if (only && state.run === undefined) {
        state = { ...state, run: `${id}:run:${Date.parse(at)}` };
        begun.push(tell(place, "turn.started", state.run!, { turn_id: toId("trn", state.run!), origin: "human" }));
      }
      if (own !== undefined) {
        const read = part(own, at, "run");
        return { ...read, events: [...begun, ...read.events, ...(only ? turns(own, place) : [])] };
      }
      if (type !== "error") return keep(place, "unknown", type, told);
      const error = fields(told["error"]) ?? {};
      const key = fingerprint(at, error);
      return {
        events: [...begun, tell(place, "model.failed", key, failure(error)), tell(place, "turn.ended", key, { stop_reason: "error" })],
      };
    },
    sessions(records, receivedAt) {
      const at = time(receivedAt);
      if (at === undefined) return problem("the time of receipt is not a time");
      const all = Array.isArray(records) ? records : [records];
      return { events: all.flatMap((record) => (fields(record) === undefined ? [] : session(fields(record)!, at, "list"))) };
    },
    messages(records, receivedAt) {
      const at = time(receivedAt);
      if (at === undefined) return problem("the time of receipt is not a time");
      const exported = fields(records);
      if (exported === undefined) return { events: list(records).flatMap((record) => whole(record, at)) };
      const info = fields(exported["info"]);
      if (exported["messages"] === undefined) return { events: whole(records, at) };
      const begun = info === undefined ? [] : session(info, at, "list");
      return { events: [...begun, ...list(exported["messages"]).flatMap((record) => whole(record, at))] };
    },
  };

  function keepSessionless(type: string, properties: Fields, at: string): Translation {
    const { session_id: _, ...event } = keep(placeOf("server", at, "sse"), "unknown", type, properties).events[0]!;
    return { events: [event as EventDraft] };
  }
}

/** Events of the server about itself, and pieces of what is told whole. */
const silent: ReadonlySet<string> = new Set([
  "server.connected",
  "server.heartbeat",
  "server.instance.disposed",
  "global.disposed",
  "plugin.added",
  "catalog.updated",
  "reference.updated",
  "integration.updated",
  "installation.updated",
  "installation.update-available",
  "project.updated",
  "file.edited",
  "file.watcher.updated",
  "lsp.updated",
  "lsp.client.diagnostics",
  "mcp.tools.changed",
  "vcs.branch.updated",
  "message.part.delta",
  "message.part.removed",
  "session.diff",
  "session.idle",
]);
