import type { StoredEvent } from "../../contract/events/index.ts";
import { foreignId, MAIN_AGENT } from "../../contract/ids.ts";
import { previewOf, type Text } from "../../contract/text.ts";
import type { Agent } from "../../projections/agents.ts";
import type { Session } from "../../projections/session.ts";
import { viewTodos } from "../../projections/todos.ts";
import type { Picture } from "../picture.ts";
import { cut } from "./frame-text.ts";
import { memoryWritten } from "./memory.ts";

export interface MpmEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
  /** Climbs from event to event: what a client names to get what came after. */
  readonly seq?: number;
}

/** What is longer is cut, and says so. */
const MAX_CONTENT = 200_000;
const MAX_TASK = 4_000;

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What an event of ours is in the monitor's words; often nothing. `session` is the picture of its session after the event. */
export function mpmEvents(event: StoredEvent, session: Session | undefined, place: Place, body: Picture["body"]): MpmEvent[] {
  const say = (type: string, data: object): MpmEvent => ({ type, timestamp: event.timestamp, data });
  const session_id = event.session_id === undefined ? undefined : foreignId(event.session_id);
  const agent = event.agent_id === undefined ? undefined : session?.agents.get(event.agent_id);
  switch (event.type) {
    case "session.started":
      return [
        say("session.start", {
          session_id,
          start_time: session?.facts.first_at ?? event.timestamp,
          launch_method: "observed",
          working_directory: session?.facts.cwd ?? null,
          git_branch: session?.facts.git_branch ?? "not a git repo",
          websocket_port: place.port,
          instance_info: instanceOf(session, place),
        }),
        say("claude.status", { session_id, status: "running", pid: null, message: "" }),
      ];
    case "session.ended":
      return [
        say("session.end", {
          session_id,
          end_time: event.timestamp,
          duration_seconds: secondsBetween(session?.facts.first_at, event.timestamp),
        }),
        say("claude.status", { session_id, status: "stopped", pid: null, message: event.data.reason ?? "" }),
      ];
    case "turn.started":
      return [say("claude.status", { session_id, status: "running", pid: null, message: "" })];
    case "model.failed":
      return [say("claude.status", { session_id, status: "error", pid: null, message: event.data.message ?? event.data.class })];
    case "message.added": {
      if (event.data.role !== "assistant") return [];
      const words = event.data.parts.flatMap((part) => (part.kind === "text" ? [wholeOf(part.text, body)] : [])).join("\n");
      return words === ""
        ? []
        : [say("claude.output", { session_id, agent: nameOf(agent), content: cut(words, MAX_CONTENT), stream: "stdout" })];
    }
    case "agent.spawned":
      return event.agent_id === undefined || event.agent_id === MAIN_AGENT
        ? []
        : [
            say("agent.delegation", {
              session_id,
              agent_id: foreignId(event.agent_id),
              agent: nameOf(agent),
              task: cut(agent?.task ?? textOf(event.data.task), MAX_TASK),
              status: "started",
              timestamp: event.timestamp,
            }),
          ];
    case "agent.updated":
    case "agent.ended": {
      if (event.agent_id === undefined || event.agent_id === MAIN_AGENT) return [];
      const isEnd = event.type === "agent.ended";
      const status = isEnd ? event.data.outcome : (event.data.status ?? "working");
      return [
        say("agent.status", {
          session_id,
          agent_id: foreignId(event.agent_id),
          agent: nameOf(agent),
          status,
          ...(isEnd && agent?.duration_ms !== undefined ? { duration_ms: agent.duration_ms } : {}),
        }),
      ];
    }
    case "tool.started":
      return [
        say("tool.start", { session_id, agent: nameOf(agent), tool: event.data.name ?? "unknown", id: foreignId(event.data.call_id) }),
      ];
    case "tool.ended":
      return [
        say("tool.end", {
          session_id,
          agent: nameOf(agent),
          tool: session?.calls.map.get(event.data.call_id)?.name ?? event.data.name ?? "unknown",
          id: foreignId(event.data.call_id),
          outcome: event.data.outcome,
        }),
        ...memoryWritten(event, session).map(({ type, data }) =>
          say(type, { session_id, agent_id: nameOf(agent), ...data, timestamp: event.timestamp }),
        ),
      ];
    case "todo.listed":
    case "todo.updated": {
      const todos = session === undefined ? [] : viewTodos(session);
      const count = (status: string) => todos.filter((todo) => todo.status === status).length;
      return [
        say("todo.update", {
          session_id,
          todos: todos.map(({ todo_id, title, status, active_form, priority }) => ({
            id: todo_id,
            content: title,
            status,
            activeForm: active_form ?? title,
            ...(priority === undefined ? {} : { priority }),
          })),
          stats: { total: todos.length, completed: count("completed"), in_progress: count("in_progress"), pending: count("pending") },
        }),
      ];
    }
    case "ticket.created":
      return [
        say("ticket.created", {
          id: foreignId(event.data.ticket_id),
          title: event.data.title,
          priority: event.data.priority ?? "medium",
          created_at: event.timestamp,
          ...(event.data.assignee === undefined ? {} : { assigned_to: event.data.assignee }),
        }),
      ];
    case "ticket.updated":
      return [say("ticket.updated", { id: foreignId(event.data.ticket_id), title: event.data.title, status: event.data.status })];
    case "context.injected":
      return [
        say("memory:loaded", {
          session_id,
          agent_id: nameOf(agent),
          memory_size: null,
          sections_count: null,
          timestamp: event.timestamp,
          path: event.data.path,
        }),
        say("memory:injected", {
          session_id,
          agent_id: nameOf(agent),
          context_size: null,
          timestamp: event.timestamp,
          what: event.data.what,
          path: event.data.path,
        }),
      ];
    case "context.delivered":
      return [
        say("memory:injected", {
          session_id,
          agent_id: nameOf(agent),
          context_size: event.data.chars,
          timestamp: event.timestamp,
          what: "context",
        }),
      ];
    case "system.failed":
      return [say("system.error", { part: event.data.part, message: event.data.message })];
    default:
      return [];
  }
}

const wordFields: ReadonlySet<string> = new Set(["content", "task", "message", "todos", "title", "path"]);

/** The same event without anything that somebody wrote. */
export function withoutWords(event: MpmEvent): MpmEvent {
  const data = Object.fromEntries(
    Object.entries(event.data).map(([key, value]) => [key, wordFields.has(key) ? (Array.isArray(value) ? [] : "") : value]),
  );
  return { ...event, data };
}

export function instanceOf(session: Session | undefined, { host, port }: Place) {
  return { port, host, working_dir: session?.facts.cwd ?? null };
}

function nameOf(agent: Agent | undefined): string {
  return agent === undefined ? "main" : (agent.agent_type ?? agent.name ?? foreignId(agent.agent_id));
}

/** A long text is stored apart; once it is let go, its beginning is left. */
function wholeOf(text: Text, body: Picture["body"]): string {
  return typeof text === "string" ? text : (body(text.body.sha256) ?? previewOf(text));
}

function textOf(text: Text | undefined): string {
  return text === undefined ? "" : previewOf(text);
}

function secondsBetween(start: string | undefined, end: string): number | null {
  return start === undefined ? null : Math.max(0, Date.parse(end) - Date.parse(start)) / 1_000;
}
