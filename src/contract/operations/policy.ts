import { z } from "zod";
import { defineOperation } from "../operation.ts";

const pattern = z.string().min(1).max(2_000);
const patterns = z.union([pattern, z.array(pattern).min(1).max(200)]);
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "must be a time of day such as 22:00" });

/**
 * One rule about what agents may do: it holds where everything that it names holds. In patterns, `*` is anything; in a `path`, `*` stays within a
 * folder and `**` does not. `path` is relative to the session's folder, or begins with `/` or `~/`. `agent` is `main` or a type of sub-agent.
 * `cost_over_usd`: the session has cost more. `from` and `to` are this machine's time of day; `reason` is told to the agent.
 */
export const PolicyRule = z.strictObject({
  effect: z.enum(["allow", "deny", "ask"]),
  tool: patterns.optional(),
  command: patterns.optional(),
  path: patterns.optional(),
  agent: patterns.optional(),
  project: patterns.optional(),
  cost_over_usd: z.number().nonnegative().max(1e9).optional(),
  from: clockTime.optional(),
  to: clockTime.optional(),
  reason: z.string().max(2_000).optional(),
});
export type PolicyRule = z.infer<typeof PolicyRule>;

/** `trust`: folders whose own policy may allow. Elsewhere a project's rules only deny and ask: a project that was just fetched allows nothing. */
export const PolicyFile = z.strictObject({
  rules: z.array(PolicyRule).max(1_000),
  trust: z.array(z.string().min(1).max(2_000)).max(1_000).optional(),
});
export type PolicyFile = z.infer<typeof PolicyFile>;

/** A rule that an answer asks to keep: for its session as long as the log lasts, in the project's file, or in the home's. */
export const KeptRule = z.strictObject({ scope: z.enum(["session", "project", "home"]), rule: PolicyRule });

const FileRow = z.looseObject({
  path: z.string(),
  is_trusted: z.boolean(),
  rules: z.array(PolicyRule),
  problem: z.string().optional(),
});

export const getPolicy = defineOperation({
  name: "policy.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/policy",
  summary:
    "The rules about what agents may do, in the order in which they are tried: the home's policy.json, then the project's .orrery/policy.json.",
  input: z.object({ cwd: z.string().max(4_000).optional() }),
  output: z.object({ files: z.array(FileRow) }),
});

const Example = z.looseObject({
  effect: z.string(),
  tool: z.string(),
  what: z.string(),
  session_id: z.string().optional(),
  at: z.string(),
  by: z.string().optional(),
});

export const testPolicy = defineOperation({
  name: "policy.test",
  kind: "query",
  scope: "read",
  method: "POST",
  path: "/policy/test",
  summary:
    "What rules would have decided about the latest recorded calls: counts by effect and by rule, with examples. Without rules, those in force. `none`: no rule holds, the agent program goes its usual way.",
  input: z.strictObject({
    rules: z.array(PolicyRule).max(1_000).optional(),
    limit: z.coerce.number().int().min(1).max(50_000).default(10_000),
    examples: z.coerce.number().int().min(0).max(50).default(5),
  }),
  output: z.object({
    calls: z.number(),
    allow: z.number(),
    deny: z.number(),
    ask: z.number(),
    none: z.number(),
    rules: z.array(z.looseObject({ by: z.string(), effect: z.string(), calls: z.number() })),
    items: z.array(Example),
  }),
});

/** What a kept rule would decide beside the ask that it was made for. */
export const previewRule = defineOperation({
  name: "policy.preview",
  kind: "query",
  scope: "read",
  method: "POST",
  path: "/policy/preview",
  summary:
    "What a rule that the answer to an ask would keep means: whether it holds for that ask, where it would stand and whether it counts there, which other open asks it would allow, and which of the latest recorded calls of its scope, each once with how often. What another rule denies is left out.",
  input: z.strictObject({
    ask_id: z.string().min(1).max(500),
    remember: KeptRule,
    limit: z.coerce.number().int().min(1).max(50_000).default(2_000),
  }),
  output: z.object({
    holds: z.boolean(),
    /** The file that keeps it; absent for a rule of the session. */
    path: z.string().optional(),
    /** False where the folder is not named under `trust`: what such a file allows is passed over. */
    counts: z.boolean(),
    asks: z.array(z.looseObject({ ask_id: z.string(), tool: z.string(), what: z.string(), session_id: z.string().optional() })),
    calls: z.number(),
    matching: z.number(),
    items: z.array(z.looseObject({ tool: z.string(), what: z.string(), times: z.number(), at: z.string() })),
  }),
});
