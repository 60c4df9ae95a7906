import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Cursor, Id, Limit, Patterns } from "./fields.ts";
import { FoundFilter, ToolFilter, TraceFilter, level } from "./filters.ts";

/** The words are those of a call's title, input, output or error. */
const CallFilter = { ...TraceFilter, ...ToolFilter };

const CallRow = z.looseObject({
  session_id: z.string(),
  call_id: z.string(),
  agent_id: z.string(),
  /** The turn that was told, else the last that its agent had begun. */
  turn_id: z.string().optional(),
  name: z.string().optional(),
  title: z.string().optional(),
  state: z.enum(["running", "ended"]),
  outcome: z.string().optional(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  duration_ms: z.number().optional(),
});
export type CallRow = z.infer<typeof CallRow>;

export const listCalls = defineOperation({
  name: "calls.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/calls",
  summary:
    "Tool calls of every session, by start or by duration, filtered by session, agent, turn, run, tool, outcome, latency, time and words.",
  input: z.object({
    ...CallFilter,
    order: z.enum(["newest", "oldest", "longest"]).default("newest"),
    limit: Limit,
    cursor: Cursor,
  }),
  output: z.object({
    items: z.array(CallRow),
    next_cursor: z.string().optional(),
    /** Words that very many calls have are looked for so far, in the order of the list; `next_cursor` goes on there, even after no item. */
    searched_to: z.string().optional(),
    ...level,
  }),
});

const Share = z.object({
  /** How the share was worked out: no agent program reports it. */
  method: z.enum(["request_split"]),
  estimated: z.literal(true),
  output_tokens: z.number(),
  usd_micros: z.number().optional(),
});

export const getCall = defineOperation({
  name: "calls.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/calls/:call_id",
  summary:
    "One call whole: input, output, error, the request that asked for it with its other calls, what it caused (agents, with their calls and requests as counts, and the request that read its result), and its share of tokens and money with the method named.",
  input: z.object({ session_id: Id, call_id: Id }),
  output: z.looseObject({
    call: z.looseObject({ call_id: z.string() }),
    request: z.looseObject({ request_id: z.string() }).optional(),
    siblings: z.array(CallRow),
    caused: z.object({
      agents: z.array(z.looseObject({ agent_id: z.string(), label: z.string(), calls: z.number(), requests: z.number() })),
      /** The request of its own agent that read the result, by order: the first of the conversation that was answered after the call ended. */
      read_by: z
        .looseObject({ request_id: z.string(), at: z.string(), model: z.string().optional(), inferred: z.literal(true) })
        .optional(),
    }),
    share: Share.optional(),
  }),
});

const Group = z.enum(["tool", "outcome", "agent", "session", "turn", "project"]);

export const aggregateCalls = defineOperation({
  name: "calls.aggregate",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/calls/aggregate",
  summary: "Calls counted by tool, outcome, agent, session, turn or project, with how many failed and how long they took.",
  input: z.object({ ...CallFilter, group_by: Group.default("tool"), limit: Limit }),
  output: z.object({
    items: z.array(
      z.object({
        key: z.string(),
        session_id: z.string().optional(),
        /** What the agent is called, or what the turn was asked. */
        name: z.string().optional(),
        count: z.number(),
        running: z.number(),
        failed: z.number(),
        total_ms: z.number(),
        p50_ms: z.number().optional(),
        p95_ms: z.number().optional(),
        max_ms: z.number().optional(),
      }),
    ),
    total: z.number(),
    /** Words match more calls than are counted: only the newest so many matches are. */
    newest_matches: z.number().optional(),
    ...level,
  }),
});

const Span = z.looseObject({
  kind: z.enum(["turn", "agent", "request", "call"]),
  id: z.string(),
  session_id: z.string(),
  agent_id: z.string(),
  parent: z.string().optional(),
  depth: z.number(),
  name: z.string(),
  start: z.string(),
  end: z.string().optional(),
  /** Milliseconds: waiting before it could begin, waiting for a person, running. Absent where no source tells. */
  queue_ms: z.number().optional(),
  human_ms: z.number().optional(),
  run_ms: z.number().optional(),
  outcome: z.string().optional(),
  /** On the path that decided how long it all took; `human` where a person was waited for. */
  critical: z.enum(["work", "human"]).optional(),
});
export type TraceSpan = z.infer<typeof Span>;

export const getTrace = defineOperation({
  name: "traces.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/trace",
  summary:
    "A session as a waterfall: turns, agents, requests and calls in order of their start, each under what caused it, with the critical path and what was spent waiting for people apart.",
  input: z.object({
    session_id: Id,
    turn_id: Id.optional(),
    offset: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(2_000).default(500),
  }),
  output: z.object({
    items: z.array(Span),
    total: z.number(),
    start: z.string().optional(),
    end: z.string().optional(),
    critical: z.object({ work_ms: z.number(), human_ms: z.number(), idle_ms: z.number() }),
  }),
});

export const findInTrace = defineOperation({
  name: "traces.find",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/sessions/:session_id/trace/find",
  summary: "Which calls of a session have words in their title, input, output or error: the newest 50,000 of them.",
  input: z.object({ session_id: Id, text: z.string().max(200) }),
  output: z.object({ call_ids: z.array(z.string()), ...level }),
});

/** What agents said and did, as far as it is searched. */
export const FoundKind = z.enum(["message", "call", "error", "file", "session"]);
export type FoundKind = z.infer<typeof FoundKind>;
const SearchKind = z.enum([...FoundKind.options, "operation"]);

export const search = defineOperation({
  name: "search.query",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/search",
  summary:
    'Full text over messages, calls, errors, files and sessions, best and newest first, and over what can be asked of Orrery (`operation`). Words are all required; "a phrase", -without, begin* are understood.',
  input: z.object({
    q: z.string().max(500),
    kinds: Patterns.optional(),
    ...FoundFilter,
    ...ToolFilter,
    limit: Limit,
    cursor: Cursor,
  }),
  output: z.object({
    items: z.array(
      z.discriminatedUnion("kind", [
        z.looseObject({
          kind: FoundKind,
          id: z.string(),
          session_id: z.string(),
          agent_id: z.string().optional(),
          title: z.string(),
          at: z.string(),
          seq: z.number(),
          /** Plain text; `marks` are pairs of where in it a match begins and ends. */
          snippet: z.string(),
          marks: z.array(z.tuple([z.number(), z.number()])),
        }),
        /** An operation by its name; only where nothing but words is asked for, behind what else the first page has. */
        z.looseObject({ kind: z.literal("operation"), id: z.string(), title: z.string(), snippet: z.string() }),
      ]),
    ),
    next_cursor: z.string().optional(),
    /** How much is found of each kind, whichever kinds were asked for; on the first page only. */
    totals: z.record(SearchKind, z.number()).optional(),
    /** More is found than is counted: only the newest so many matches are. */
    newest_matches: z.number().optional(),
    /** For each filter that names nothing known, the nearest names; what to give in its place is `value`. */
    did_you_mean: z.array(z.object({ field: z.string(), value: z.string(), name: z.string() })).optional(),
    ...level,
  }),
});

export const getCatalog = defineOperation({
  name: "catalog.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/catalog",
  summary: "How the catalog behind lists and search stands: how far it follows the log, how large it is, whether it is being made anew.",
  input: z.object({}),
  output: z.object({
    ...level,
    state: z.enum(["level", "behind", "failing"]),
    sessions: z.number(),
    calls: z.number(),
    documents: z.number(),
    bytes: z.number(),
    detail: z.string().optional(),
  }),
});

export const rebuildCatalog = defineOperation({
  name: "catalog.rebuild",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/catalog/rebuild",
  summary: "Throws the catalog away and makes it anew from the log, behind everything else.",
  input: z.object({}),
  output: z.object({ started: z.boolean() }),
});
