import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Cursor, Limit, Moment, Patterns, Seq, Time, page } from "./fields.ts";

/** An event as it lies in the log; `data` is described per type in the event reference. */
export const WireEvent = z.looseObject({
  seq: z.number(),
  id: z.string(),
  type: z.string(),
  timestamp: z.string(),
  source: z.string(),
  data: z.unknown(),
});

const AppendItem = z.object({
  index: z.number(),
  id: z.string().optional(),
  outcome: z.enum(["stored", "duplicate", "rejected"]),
  seq: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }).optional(),
});

export const appendEvents = defineOperation({
  name: "events.append",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/events",
  summary: "Stores events: one, an array, or NDJSON. Each item gets its own outcome; a rejected one does not stop the others.",
  body: "events",
  input: z.object({ events: z.array(z.unknown()).max(100_000) }),
  output: z.object({ stored: z.number(), duplicates: z.number(), rejected: z.number(), items: z.array(AppendItem) }),
});

export const listEvents = defineOperation({
  name: "events.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/events",
  summary: "Reads stored events by type pattern, session, agent, run, seq or time, a page at a time.",
  input: z.object({
    types: Patterns.optional(),
    session_id: z.string().max(200).optional(),
    agent_id: z.string().max(200).optional(),
    run_id: z.string().max(200).optional(),
    after: Seq.optional(),
    before: Seq.optional(),
    since: Time.optional(),
    until: Time.optional(),
    order: z.enum(["oldest", "newest"]).default("oldest"),
    limit: Limit,
    cursor: Cursor,
  }),
  output: page(WireEvent),
});

export const getState = defineOperation({
  name: "state.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/state",
  summary:
    "The picture at a moment: every session that was on screen then, its agents, calls and totals. Without `at`, the present. Where `at` is a time, `up_to` is the last `seq` that counts of that very millisecond. With `session_id` that session alone: what is open, and all of the last two and a half minutes before.",
  input: z.object({ at: Moment.optional(), up_to: Seq.optional(), session_id: z.string().max(200).optional() }),
  output: z.object({ seq: z.number(), at: z.string().optional(), state: z.unknown() }),
});

export const getBody = defineOperation({
  name: "bodies.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/bodies/:sha256",
  summary: "The whole of a text that was too long to travel with its event.",
  reply: "text",
  input: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: "must be 64 hexadecimal digits" }) }),
  output: z.string(),
});
