import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId } from "../../contract/ids.ts";
import {
  agentId,
  fields,
  fingerprint,
  integer,
  keep,
  list,
  nothing,
  problem,
  str,
  tell,
  time,
  type Fields,
  type Place,
} from "../fields.ts";
import type { Translation } from "../translation.ts";
import { planLines } from "../plan.ts";
import { describeCall, unwrapped } from "./describe-call.ts";
import { endingOfItem } from "./outcome.ts";
import { bucketsOf, totalsOf } from "./rollout-usage.ts";

/** What earlier lines of a process said that later ones need. Plain data; changed in place by its reader alone. */
export interface ExecState {
  place?: Place;
  run: string;
  turns: number;
}

/**
 * Reads the output of one `codex exec --json` process. Its lines have no time: `receivedAt` is when each arrived.
 *
 * The items of this output have ids of their own, and its turns none at all, so no other record of the same thread can be joined to
 * them. `only` says that no other source of the thread (rollout, hooks) is read: then calls and turns are told under ids of this process.
 * Otherwise those are left to the other sources, and this one tells what joins without an id: the session, words, agents, rest.
 */
export function createExec(
  options: { readonly only: boolean },
  state: ExecState = { run: "", turns: 0 },
): { translate(record: unknown, receivedAt: string): Translation; readonly state: ExecState } {
  return {
    state,
    translate(record, receivedAt) {
      const at = time(receivedAt);
      const line = fields(record);
      const type = str(line?.["type"]);
      if (at === undefined) return problem("the time of receipt is not a time");
      if (line === undefined || type === undefined) return problem("not a line of exec --json: it has no type");
      if (type === "thread.started") {
        const thread = str(line["thread_id"]);
        if (thread === undefined) return problem("thread.started without thread_id");
        state.place = { app: "codex", way: "stream", session: thread, agent: MAIN_AGENT, at };
        state.run = String(Date.parse(at));
        return { events: [tell(state.place, "session.started", state.run, { app: "codex" })] };
      }
      if (type === "turn.started") state.turns++;
      const { place, run, turns } = state;
      if (place === undefined) return problem("no thread.started before this line");
      const here = { ...place, at };
      const key = `${run}:${turns}`;
      const turn_id = toId("trn", `${place.session}:${key}`);
      switch (type) {
        case "turn.started":
          return options.only
            ? {
                events: [
                  tell(here, "turn.started", `${run}:${turns}`, {
                    turn_id: toId("trn", `${place.session}:${run}:${turns}`),
                    origin: "human",
                  }),
                ],
              }
            : nothing;
        case "turn.completed": {
          const totals = totalsOf(fields(line["usage"]));
          // A running total of the thread, not of the turn: it says nothing about single requests.
          const ended = { stop_reason: "end_turn", thread_usage: totals === undefined ? undefined : bucketsOf(totals) };
          return { events: [tell(here, "turn.ended", key, options.only ? { turn_id, ...ended } : ended)] };
        }
        case "turn.failed": {
          const message = str(fields(line["error"])?.["message"]);
          if (!options.only) return { events: [tell(here, "turn.ended", key, { stop_reason: "error" })] };
          return {
            events: [
              tell(here, "turn.ended", key, { turn_id, stop_reason: "error" }),
              tell(here, "model.failed", key, { class: "error", message, turn_id }),
            ],
          };
        }
        case "item.started":
        case "item.updated":
        case "item.completed":
          return readItem(type, line, here, { run, only: options.only });
        // The same words follow in turn.failed.
        case "error":
          return keep(here, "unused", type, line);
        default:
          return keep(here, "unknown", type, line);
      }
    },
  };
}

function readItem(type: string, line: Fields, place: Place, { run, only }: { run: string; only: boolean }): Translation {
  const item = fields(line["item"]);
  const id = str(item?.["id"]);
  const kind = str(item?.["type"]);
  if (item === undefined || id === undefined || kind === undefined) return problem(`${type} without an item`);
  const key = `${run}:${id}`;
  const isOver = type === "item.completed";
  switch (kind) {
    case "agent_message":
    case "reasoning": {
      const text = str(item["text"]);
      if (!isOver || text === undefined) return nothing;
      const part = { kind: kind === "reasoning" ? ("thinking" as const) : ("text" as const), text };
      const message_id = toId("msg", `${place.session}:${key}`);
      return { events: [tell(place, "message.added", key, { message_id, role: "assistant", parts: [part] })] };
    }
    case "command_execution":
    case "file_change":
    case "mcp_tool_call":
    case "collab_tool_call":
    case "web_search": {
      const events = kind === "collab_tool_call" ? spawned(item, place, key) : [];
      return { events: only ? [...events, ...call(isOver, kind, item, place, key)] : events };
    }
    // The item has no id of the call that wrote it: it stands for itself, at its own time.
    case "todo_list": {
      const todos = planLines(item["items"]);
      const print = fingerprint(place.at, item);
      return todos === undefined
        ? problem("a todo_list without items")
        : { events: [tell(place, "todo.listed", `${key}:${print}`, { todos })] };
    }
    // Warnings.
    case "error":
      return keep(place, "unused", `item/${kind}`, item);
    default:
      return keep(place, "unknown", `item/${kind}`, item);
  }
}

function call(isOver: boolean, kind: string, item: Fields, place: Place, key: string): EventDraft[] {
  const call_id = toId("call", `${place.session}:${key}`);
  const server = str(item["server"]);
  const tool = str(item["tool"]);
  const name = server === undefined ? (tool ?? kind) : `mcp__${server}__${tool ?? ""}`;
  const input = item["arguments"] ?? inputOf(item);
  const { kind: does, title, paths } = describeCall(name, input);
  const started = tell(place, "tool.started", key, { call_id, name, kind: does, title, paths, input });
  if (!isOver) return [started];
  const output = str(item["aggregated_output"]) ?? item["result"];
  const status = str(item["status"]);
  const error = str(fields(item["error"])?.["message"]) ?? str(item["error"]);
  const ending = endingOfItem(error === undefined ? status : "failed", integer(item["exit_code"]));
  // An item may be told only when it is over; its beginning is then its end.
  return [
    { ...started, id: `${started.id}:late` },
    tell(place, "tool.ended", key, { call_id, name, output, error, client_status: status, ...ending }),
  ];
}

function inputOf(item: Fields): Fields {
  const command = str(item["command"]);
  const script = command === undefined ? undefined : /^(\S*sh) (-l?c) (['"])([\s\S]*)\3$/.exec(command);
  if (command !== undefined) return { command: script == null ? command : unwrapped([script[1]!, script[2]!, script[4]!]) };
  const { changes, query, prompt } = item;
  return Object.fromEntries(Object.entries({ changes, query, prompt }).filter(([, value]) => value !== undefined && value !== null));
}

function spawned(item: Fields, place: Place, key: string): EventDraft[] {
  if (str(item["tool"])?.startsWith("spawn") !== true) return [];
  const task = str(item["prompt"]);
  const sender = str(item["sender_thread_id"]);
  const parent_agent_id = agentId(sender === undefined || sender === place.session ? undefined : sender);
  return list(item["receiver_thread_ids"])
    .filter((thread) => typeof thread === "string" && thread !== "")
    .map((thread) =>
      tell(
        place,
        "agent.spawned",
        `${thread as string}:${key}`,
        { parent_agent_id, task, background: true, edge: "reported" },
        agentId(thread as string),
      ),
    );
}
