import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Cursor, Id, Limit, Moment, Seq, Time, page } from "./fields.ts";

const row = z.looseObject({});

export const listSessions = defineOperation({
  name: "sessions.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions",
  summary: "Sessions, the most recently active first.",
  input: z.object({
    status: z.enum(["working", "waiting", "idle", "ended"]).optional(),
    project: z.string().max(300).optional(),
    /** Only those whose last event is not later. */
    until: Time.optional(),
    limit: Limit,
    cursor: Cursor,
  }),
  output: page(row),
});

export const getSession = defineOperation({
  name: "sessions.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id",
  summary: "One session: its facts, agents and totals. `tools` counts the calls by tool and outcome, of each agent and of all together.",
  input: z.object({ session_id: Id }),
  output: row,
});

export const getSessionState = defineOperation({
  name: "sessions.state",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/state",
  summary:
    "The whole folded state of one session at a moment, untrimmed: what a replica needs when it meets a fact about something it has let go. Without `session` where it had not begun by then.",
  input: z.object({ session_id: Id, at: Moment.optional(), up_to: Seq.optional() }),
  output: z.object({ seq: z.number(), session: z.unknown().optional() }),
});

export const listMessages = defineOperation({
  name: "sessions.messages",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/messages",
  summary: "The conversation of a session, oldest first; `agent_id` narrows it to one agent.",
  input: z.object({ session_id: Id, agent_id: z.string().max(200).optional(), limit: Limit, cursor: Cursor }),
  output: page(row),
});

export const listTurns = defineOperation({
  name: "sessions.turns",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/turns",
  summary: "The turns of a session, oldest first.",
  input: z.object({ session_id: Id, limit: Limit, cursor: Cursor }),
  output: page(row),
});

export const listSessionCalls = defineOperation({
  name: "sessions.calls",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/calls",
  summary:
    "The tool calls of a session by start, or by turn and start, oldest first. A call that names no turn belongs to the last that its agent had begun; calls of no known turn come last.",
  input: z.object({
    session_id: Id,
    agent_id: z.string().max(200).optional(),
    turn_id: z.string().max(200).optional(),
    order: z.enum(["start", "turn"]).default("start"),
    outcome: z.string().max(20).optional(),
    limit: Limit,
    cursor: Cursor,
  }),
  output: page(row),
});

export const exportSession = defineOperation({
  name: "sessions.export",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/export",
  summary:
    "A whole session as text: `jsonl`, its events one a line with long texts in place, as `POST /api/events` takes them; `otlp`, spans by the GenAI conventions as OTLP/JSON; or `html`, a page in one file that plays the session without a daemon or a network.",
  input: z.object({ session_id: Id, format: z.enum(["jsonl", "otlp", "html"]).default("jsonl") }),
  output: z.string(),
  reply: "text",
});
