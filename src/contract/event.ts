import { z } from "zod";
import { AgentId, ProjectId, RunId, SessionId } from "./ids.ts";

/**
 * What an event says about itself, whatever its type.
 * `id` is accepted once per log; sources make it from what they saw, so seeing it twice stores it once.
 * `timestamp` is when it happened, RFC 3339 UTC with milliseconds. `source` is `<app>/<way>`, such as `claude-code/hook`,
 * with `@<version>` behind it where a record was read anew by a later table.
 */
export const Envelope = z.object({
  id: z.string().min(1).max(300),
  type: z.string().regex(/^[a-z_]+(\.[a-z0-9_-]+)+$/, { error: "must be dotted lower-case words, such as tool.started" }),
  timestamp: z.iso.datetime({
    offset: false,
    precision: 3,
    error: "must be RFC 3339 UTC with milliseconds, such as 2026-11-20T09:46:24.031Z",
  }),
  source: z.string().min(1).max(100),
  project_id: ProjectId.optional(),
  session_id: SessionId.optional(),
  agent_id: AgentId.optional(),
  run_id: RunId.optional(),
});
export type Envelope = z.infer<typeof Envelope>;

/** A declared event type: its name, the schema of its `data`, an example that every projection must survive, its current version. */
export interface EventType<T extends string = string, D extends z.ZodType = z.ZodType> {
  readonly type: T;
  readonly data: D;
  readonly example: z.input<D>;
  readonly version: number;
}

/**
 * Declares an event type. Fields are only ever added, and added fields are optional.
 * @example defineEvent("ask.opened", z.looseObject({ ask_id: AskId }), { ask_id: "ask_1" })
 */
export function defineEvent<T extends string, D extends z.ZodType>(type: T, data: D, example: z.input<D>): EventType<T, D> {
  return { type, data, example, version: 1 };
}

/** An event before it has its place in the log. */
export type DraftOf<E extends EventType> =
  E extends EventType<infer T, infer D> ? Omit<Envelope, "type"> & { readonly type: T; readonly data: z.infer<D> } : never;
/** An event in the log: a draft with its `seq`. */
export type StoredOf<E extends EventType> = DraftOf<E> & { readonly seq: number };
