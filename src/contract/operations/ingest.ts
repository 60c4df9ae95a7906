import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Flag, Seq } from "./fields.ts";

const Bodies = z.object({ bodies: z.array(z.unknown()).max(100_000) });

export const ingestClaudeCode = defineOperation({
  name: "ingest.claude_code",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/claude-code",
  summary:
    "Takes one Claude Code hook body, or an array or NDJSON of them. Answers at once, so the agent goes on: with an empty 200, or where context waits for the agent (context.inject) with the hook reply that carries it.",
  body: "raw",
  reply: "maybe",
  input: Bodies,
  output: z.unknown(),
});

const WaitingHook = z.looseObject({
  deadline_s: z.coerce.number().int().min(1).max(86_400),
  otherwise: z.enum(["ask", "deny"]),
  hook_event_name: z.string().optional(),
});

export const answerClaudeCode = defineOperation({
  name: "ingest.claude_code_answer",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/ingest/claude-code/answer/:deadline_s/:otherwise",
  summary:
    "Takes the body of a hook that decides about a call (PreToolUse, PermissionRequest) and answers in the hook's own form: by a rule or a budget at once, by a person within deadline_s. Without a decision the answer is {}, and the agent program asks at its own prompt; with otherwise=deny it is a denial.",
  input: WaitingHook,
  output: z.unknown(),
});

export const answerCodex = defineOperation({
  name: "ingest.codex_answer",
  kind: "command",
  scope: "control",
  method: "POST",
  path: "/ingest/codex/answer/:deadline_s/:otherwise",
  summary:
    "Takes the body of a hook of Codex that decides about a call (PreToolUse, PermissionRequest) and answers in Codex's form: by a rule or a budget at once, by a person within deadline_s. Without a decision about a permission the answer is {}, and Codex asks at its own prompt; with otherwise=deny it is a denial.",
  input: WaitingHook,
  output: z.unknown(),
});

export const ingestClaudeStatusLine = defineOperation({
  name: "ingest.claude_status_line",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/claude-code/status-line",
  summary:
    "Takes what Claude Code pipes to a status line, or an array or NDJSON of it: cost so far, how full the context is, what is left of the plan.",
  body: "raw",
  reply: "empty",
  input: Bodies,
  output: z.unknown(),
});

export const ingestCodex = defineOperation({
  name: "ingest.codex",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/codex",
  summary: "Takes one Codex hook body, or an array or NDJSON of them. Answers with an empty 200, so the agent goes on at once.",
  body: "raw",
  reply: "empty",
  input: Bodies,
  output: z.unknown(),
});

export const ingestGemini = defineOperation({
  name: "ingest.gemini",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/gemini",
  summary: "Takes one Gemini CLI hook body, or an array or NDJSON of them. Hooks that overtook each other are put in order by their times.",
  body: "raw",
  reply: "empty",
  input: Bodies,
  output: z.unknown(),
});

export const ingestOpencode = defineOperation({
  name: "ingest.opencode",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/opencode",
  summary: "Takes one event of an opencode server, or an array or NDJSON of them, as the plugin of `orrery connect opencode` sends them.",
  body: "raw",
  reply: "empty",
  input: Bodies,
  output: z.unknown(),
});

export const ingestKei = defineOperation({
  name: "ingest.kei",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/kei",
  summary: "Takes one line of a kei agent-events file, or an array or NDJSON of them.",
  body: "raw",
  reply: "empty",
  input: Bodies,
  output: z.unknown(),
});

export const ingestMpm = defineOperation({
  name: "ingest.mpm",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/mpm",
  summary: "Takes one Claude MPM event body, or an array or NDJSON of them.",
  body: "raw",
  reply: "empty",
  input: Bodies,
  output: z.unknown(),
});

/** Outputs of a process that are read line by line. */
export const streamFormats = ["claude-stream", "codex-exec", "opencode-run", "gemini-stream", "acp", "kei"] as const;
export type StreamFormat = (typeof streamFormats)[number];

export const ingestStream = defineOperation({
  name: "ingest.stream",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/ingest/stream/:format",
  summary:
    "Takes a piece of what one process prints, cut anywhere: stream-json, exec --json, ACP messages. `run` names the process, `from` is the piece's first byte in its output.",
  body: "bytes",
  input: z.object({
    format: z.enum(streamFormats),
    run: z.string().min(1).max(200),
    from: Seq.optional(),
    only: Flag,
    end: Flag,
    text: z.string().optional(),
    base64: z.base64().optional(),
  }),
  output: z.looseObject({ offset: z.number(), lines: z.number(), stored: z.number(), duplicates: z.number(), rejected: z.number() }),
});

export const replayIngest = defineOperation({
  name: "ingest.replay",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/ingest/replay",
  summary:
    "Reads again what no translator understood when it came, with the translators of today, and spans that an older table of names was used for (format `otlp/aliases`). What they say now is stored; twice is as once.",
  input: z.object({ format: z.string().max(100).optional() }),
  output: z.object({
    items: z.array(
      z.looseObject({
        format: z.string(),
        how: z.enum(["records", "files", "nothing"]),
        records: z.number(),
        understood: z.number(),
        unknown: z.number(),
        stored: z.number(),
        duplicates: z.number(),
      }),
    ),
  }),
});
