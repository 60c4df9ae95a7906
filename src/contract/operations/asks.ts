import { z } from "zod";
import { AskKind, AskOutcome } from "../events/ask.ts";
import { defineOperation } from "../operation.ts";
import { Cursor, Limit } from "./paging.ts";

const id = z.string().min(1).max(200);

const AskRow = z.looseObject({
  ask_id: z.string(),
  session_id: z.string(),
  session: z.string(),
  project: z.string().optional(),
  agent_id: z.string(),
  agent: z.string(),
  kind: AskKind,
  state: z.enum(["open", "closed"]),
  call_id: z.string().optional(),
  /** `inferred`: no source names the call; tool and input lead to it. */
  joined: z.enum(["reported", "inferred"]).optional(),
  tool: z.string().optional(),
  prompt: z.string().optional(),
  opened_at: z.string().optional(),
  decided_at: z.string().optional(),
  outcome: AskOutcome.optional(),
  by: z.string().optional(),
  wait_ms: z.number().optional(),
});
export type AskRow = z.infer<typeof AskRow>;

export const listAsks = defineOperation({
  name: "asks.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/asks",
  summary:
    "What agents wait for people for, newest first: who asks, what, since when, and how it was decided. Without a session, those that are over are looked for in the latest 2,000 events about asks.",
  input: z.object({
    state: z.enum(["open", "closed", "all"]).default("open"),
    session_id: id.optional(),
    agent_id: id.optional(),
    kind: AskKind.optional(),
    limit: Limit,
    cursor: Cursor,
  }),
  output: z.object({ items: z.array(AskRow), open: z.number(), next_cursor: z.string().optional() }),
});
