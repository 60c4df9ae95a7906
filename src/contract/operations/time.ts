import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Flag, WholeNumber } from "./paging.ts";

const id = z.string().min(1).max(200);
const Time = z.iso.datetime({ offset: true });

/** Whose events count: of all sessions, of one, of one agent of it, or of that agent and all that descend from it. */
const Followed = { session_id: id.optional(), agent_id: id.optional(), descendants: Flag.optional() };

/** A moment worth finding: something that went wrong, an agent that began to wait for a person, an agent that appeared. */
const MarkRow = z.object({
  at: z.string(),
  seq: z.number(),
  kind: z.enum(["error", "ask", "spawn"]),
  session_id: z.string(),
  agent_id: z.string(),
  words: z.string(),
});

export const getActivity = defineOperation({
  name: "activity.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/activity",
  summary:
    "How much happened when: events, calls, errors, asks and spawns per time bucket, for the time strip; of all sessions, or of a session, an agent, or an agent and its descendants. `marks` names each error, ask and spawn where they are few enough.",
  input: z.object({
    since: Time.optional(),
    until: Time.optional(),
    buckets: WholeNumber.pipe(z.number().int().min(1).max(1_000)).default(160),
    ...Followed,
  }),
  output: z.object({
    since: z.string(),
    until: z.string(),
    bucket_ms: z.number(),
    buckets: z.array(
      z.object({ at: z.string(), events: z.number(), calls: z.number(), errors: z.number(), spawns: z.number(), asks: z.number() }),
    ),
    marks: z.array(MarkRow).optional(),
  }),
});
