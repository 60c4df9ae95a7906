import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { WireEvent } from "./log.ts";
import { Flag, Id, Seq, Time, WholeNumber } from "./fields.ts";

/**
 * Whose events count: of all sessions, of those of a project, of one session, of one agent of it, or of that agent and all that descend
 * from it. Beside a session, the project says nothing.
 */
const Followed = {
  session_id: Id.optional(),
  agent_id: Id.optional(),
  descendants: Flag.optional(),
  project: z.string().min(1).max(300).optional(),
};

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
    "How much happened when: events, calls, errors, asks and spawns per time bucket, for the time strip; of all sessions, or of those of a project, of a session, an agent, or an agent and its descendants. `marks` names each error, ask and spawn where they are few enough.",
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

/** A time, and the last event that counts of that very millisecond. */
const Point = { at: Time.optional(), up_to: Seq.optional() };

export const stepMoment = defineOperation({
  name: "moments.step",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/moments/step",
  summary:
    "The moment at which the next or previous thing happened: any event of a session, or one that is the first to tell of an error, an ask, a new agent, or any of these (`mark`). `at` and `seq` of the answer name it exactly, as `at` and `up_to` do elsewhere. Without `at`, from the present; without an answer there is none.",
  input: z.object({
    ...Point,
    direction: z.enum(["next", "previous"]),
    kind: z.enum(["event", "mark", "error", "ask", "spawn"]).default("event"),
    ...Followed,
  }),
  output: z.object({
    moment: z
      .object({ at: z.string(), seq: z.number(), type: z.string(), session_id: z.string(), agent_id: z.string().optional() })
      .optional(),
  }),
});

export const listMomentsBetween = defineOperation({
  name: "moments.between",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/moments/between",
  summary:
    "Every event of a session after one moment and up to another, in the order in which pictures show them, each with the time from which it does: what leads from the picture of one moment to that of the other. `until` of the answer says up to when they are all.",
  input: z.object({
    at: Time,
    up_to: Seq.optional(),
    until: Time,
    limit: WholeNumber.pipe(z.number().int().min(1).max(5_000)).default(1_000),
  }),
  output: z.object({ until: z.string(), items: z.array(z.object({ at: z.string(), event: WireEvent })) }),
});
