import { z } from "zod";

/** What a caller may do, least first: each may also do what those before it may. */
export const Scope = z.enum(["ingest", "read", "control", "admin"]);
export type Scope = z.infer<typeof Scope>;

/** Whether a token of this scope may do what needs that one. */
export function allows(scope: Scope, needed: Scope): boolean {
  return Scope.options.indexOf(scope) >= Scope.options.indexOf(needed);
}

/**
 * Something that can be asked or done, declared once. Every door serves it from this declaration alone.
 * `path` is under `/api`; its `:name` parts are fields of `input`. GET and DELETE take the rest of `input` from the query, others from the body.
 * Of every command but ingest the log is told who ran it; one of `audit: "own"` has that in the events that it makes.
 * `body: "events"` marks the operation whose HTTP body is one event, an array or NDJSON; that of `body: "bytes"` is `text`, or `base64` where it
 * is no whole UTF-8, and its other fields stand in the query. `reply: "empty"` answers 200 with no body when all went well, as agent hooks need it; `reply: "maybe"`
 * does so where there is nothing to say, else with JSON. What an `isFinal` command did cannot be taken back: the palette asks once more, and MCP
 * says so of the tool.
 */
export interface Operation<N extends string = string, I extends z.ZodObject = z.ZodObject, O extends z.ZodType = z.ZodType> {
  readonly name: N;
  readonly kind: "query" | "command";
  readonly scope: Scope;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly summary: string;
  readonly input: I;
  readonly output: O;
  readonly audit?: "own";
  readonly isFinal?: true;
  readonly body?: "json" | "events" | "raw" | "bytes";
  readonly reply?: "json" | "empty" | "maybe" | "text";
}

/** Declares an operation; its input and output are known by their types from then on. */
export function defineOperation<N extends string, I extends z.ZodObject, O extends z.ZodType>(
  operation: Operation<N, I, O>,
): Operation<N, I, O> {
  return operation;
}

/** Its input as the daemon gets it: checked, with defaults filled in. */
export type InputOf<O extends Operation> = z.infer<O["input"]>;
export type OutputOf<O extends Operation> = z.infer<O["output"]>;
