import { z } from "zod";
import { defineEvent } from "../event.ts";
import { SessionId } from "../ids.ts";

/** Content was let go because of its age. `session_ids` names those whose stored words changed, at most 1,000 in one event. */
export const retentionApplied = defineEvent(
  "retention.applied",
  z.looseObject({
    kind: z.enum(["bodies", "texts", "raw"]),
    after_days: z.number().nonnegative(),
    items: z.number().int().nonnegative(),
    bytes: z.number().int().nonnegative(),
    session_ids: z.array(SessionId).max(1_000).optional(),
  }),
  { kind: "bodies", after_days: 7, items: 212, bytes: 18_344_120 },
);
