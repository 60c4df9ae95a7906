import { z } from "zod";
import { defineEvent } from "../event.ts";
import { AgentId, CallId } from "../ids.ts";
import { Text } from "../text.ts";

/** `edge` says how sure the parent is: `reported` by the agent program, or `inferred` until it reports. */
export const agentSpawned = defineEvent(
  "agent.spawned",
  z.looseObject({
    parent_agent_id: AgentId.optional(),
    name: z.string().optional(),
    agent_type: z.string().optional(),
    model: z.string().optional(),
    task: Text.optional(),
    background: z.boolean().optional(),
    call_id: CallId.optional(),
    depth: z.number().int().nonnegative().optional(),
    edge: z.enum(["reported", "inferred"]).optional(),
  }),
  {
    parent_agent_id: "agt_main" as AgentId,
    name: "Survey source",
    agent_type: "Explore",
    call_id: "call_toolu_01A" as CallId,
    edge: "reported",
  },
);

export const agentUpdated = defineEvent(
  "agent.updated",
  z.looseObject({ status: z.enum(["working", "idle", "stalled"]).optional(), reason: z.string().optional() }),
  { status: "idle", reason: "prompt" },
);

export const agentEnded = defineEvent(
  "agent.ended",
  z.looseObject({
    outcome: z.enum(["completed", "partial", "failed", "killed", "interrupted"]),
    summary: Text.optional(),
    duration_ms: z.number().nonnegative().optional(),
  }),
  { outcome: "completed", summary: "One module, src/app.js.", duration_ms: 1322 },
);
