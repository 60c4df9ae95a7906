import { z } from "zod";
import { defineEvent } from "../event.ts";
import { AgentId, SessionId } from "../ids.ts";

export const AlertKind = z.enum(["stuck", "loop", "orphan", "error_burst", "spend_rate", "quota_near", "source_silent", "event"]);
export type AlertKind = z.infer<typeof AlertKind>;

/**
 * Something that a rule watches for has become true. `subject` is what it is true of; `why` and `advice` are for people. It belongs to no
 * session's events, so that no old session wakes up by it: `session_id` is in the data.
 */
export const alertRaised = defineEvent(
  "alert.raised",
  z.looseObject({
    alert_id: z.string().min(1).max(200),
    rule_id: z.string().min(1).max(100),
    kind: AlertKind,
    subject: z.string().max(400),
    why: z.string().max(1_000),
    advice: z.string().max(1_000),
    session_id: SessionId.optional(),
    agent_id: AgentId.optional(),
    event_seq: z.number().int().optional(),
  }),
  {
    alert_id: "alr_1q0x7",
    rule_id: "stuck",
    kind: "stuck",
    subject: "ses_6a653eab agt_main",
    why: "main has been working for 12 min without a sign of life.",
    advice: "Look at its last call; interrupt the agent if it hangs.",
    session_id: "ses_6a653eab" as SessionId,
    agent_id: "agt_main" as AgentId,
  },
);

/** It is not true any more, or nobody watches for it any more. */
export const alertCleared = defineEvent(
  "alert.cleared",
  z.looseObject({ alert_id: z.string().min(1).max(200), reason: z.enum(["over", "rule_changed", "told"]) }),
  { alert_id: "alr_1q0x7", reason: "over" },
);

/** A person wants to hear nothing of it until then. */
export const alertSnoozed = defineEvent(
  "alert.snoozed",
  z.looseObject({ alert_id: z.string().min(1).max(200), until: z.iso.datetime({ offset: true }) }),
  { alert_id: "alr_1q0x7", until: "2026-11-20T11:00:00.000Z" },
);
