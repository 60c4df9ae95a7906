// How lists of the catalog are narrowed, whatever they list.
import { z } from "zod";
import { Id, Time } from "./fields.ts";

/** How far the catalog follows the log: it is written behind it. */
export const level = { indexed_to: z.number(), lag: z.number() };

/** Whose it is, and when it was. */
export const FoundFilter = {
  /** Its id, or its title. */
  session_id: z.string().min(1).max(500).optional(),
  /** Its id, or the name or type that agents have, of every session. */
  agent_id: z.string().min(1).max(300).optional(),
  project: z.string().max(300).optional(),
  since: Time.optional(),
  until: Time.optional(),
};

/** What calls and model requests are narrowed by alike. */
export const TraceFilter = {
  ...FoundFilter,
  turn_id: Id.optional(),
  request_id: Id.optional(),
  /** What the events say in their envelope. */
  run_id: Id.optional(),
  min_ms: z.coerce.number().int().nonnegative().optional(),
  /** Words of which each must be found. */
  text: z.string().max(200).optional(),
};

/** What calls are narrowed by wherever they are found. */
export const ToolFilter = {
  tool: z.string().max(200).optional(),
  /** `ok`, `error` … or `running`, or `failed` for all that went wrong. */
  outcome: z.string().max(20).optional(),
};
