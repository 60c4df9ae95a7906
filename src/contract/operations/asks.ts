import { z } from "zod";
import { AskKind, AskOption, AskOutcome, AskQuestion, OnTimeout } from "../events/ask.ts";
import { AskId } from "../ids.ts";
import { defineOperation } from "../operation.ts";
import { Cursor, Id, Limit, Time } from "./fields.ts";

const words = (max: number) => z.string().max(max);

/** `session_id` and `agent_id` are absent where a program asked that works in no session. */
const AskRow = z.looseObject({
  ask_id: z.string(),
  session_id: z.string().optional(),
  session: z.string().optional(),
  project: z.string().optional(),
  agent_id: z.string().optional(),
  agent: z.string().optional(),
  kind: AskKind,
  state: z.enum(["open", "closed"]),
  /** Whoever asked waits for Orrery's answer: `asks.answer` takes it. Without it, the ask can be answered only where it was asked. */
  is_held: z.boolean(),
  call_id: z.string().optional(),
  /** `inferred`: no source names the call; tool and input lead to it. */
  joined: z.enum(["reported", "inferred"]).optional(),
  tool: z.string().optional(),
  prompt: z.string().optional(),
  /** The command, file or input that leave is asked for, where the prompt does not say it. */
  subject: z.string().optional(),
  /** `low`, `medium` or `high` where it was estimated by the words of the call; else what the program that asks says. */
  risk: z.string().optional(),
  risk_because: z.string().optional(),
  options: z.array(AskOption).optional(),
  /** False where whoever asked goes on with what was asked for or not at all: no other input can be given. */
  takes_input: z.boolean().optional(),
  /** Which rule wants it asked, where one does. */
  because: z.string().optional(),
  /** Who asked and at which door, where the answer goes through Orrery. */
  asked_by: z.string().optional(),
  asked_at_door: z.string().optional(),
  opened_at: z.string().optional(),
  deadline: z.string().optional(),
  on_timeout: OnTimeout.optional(),
  /** The deadline passed, and the ask stays open for somebody to see to. */
  escalated_at: z.string().optional(),
  decided_at: z.string().optional(),
  outcome: AskOutcome.optional(),
  by: z.string().optional(),
  door: z.string().optional(),
  wait_ms: z.number().optional(),
  /** The ids under which sources told of it. */
  told_as: z.array(z.string()).optional(),
});
export type AskRow = z.infer<typeof AskRow>;

/**
 * An answer by the kind of ask. `permission`: `decision`, with `input` to go on with instead of what was asked for, `message` as guidance,
 * `remember` for rules to keep. `question`: `value`, one of its options, valid for its `schema`, or for `questions` an object from each
 * question to its answer (of an only question the answer alone will do); or `decision` `deny`, with `message`: nobody will answer it. `plan`, `gate` and others: `approved`, with `message`.
 */
export const Answer = z.strictObject({
  decision: z.enum(["allow", "deny"]).optional(),
  input: z.unknown().optional(),
  message: words(20_000).optional(),
  remember: z.array(z.unknown()).max(50).optional(),
  value: z.unknown().optional(),
  approved: z.boolean().optional(),
});
export type Answer = z.infer<typeof Answer>;

/** `answer` is there once it was given here. */
const AskDetail = AskRow.extend({
  input: z.unknown().optional(),
  preview: z.string().optional(),
  questions: z.array(AskQuestion).optional(),
  schema: z.unknown().optional(),
  suggestions: z.array(z.unknown()).optional(),
  answer: Answer.optional(),
  reason: z.string().optional(),
});
export type AskDetail = z.infer<typeof AskDetail>;

const LONGEST_WAIT_MS = 600_000;
const waitMs = z.coerce.number().int().min(0).max(LONGEST_WAIT_MS);
/** Who does this and where, in place of what the door knows. */
const Doer = { actor: words(200).min(1).optional(), door: words(100).min(1).optional() };

export const listAsks = defineOperation({
  name: "asks.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/asks",
  summary:
    "What agents and programs wait for people for, newest first: who asks, what, since when, and how it was decided. Without a session, those that are over are looked for in the latest 2,000 events about asks.",
  input: z.object({
    state: z.enum(["open", "closed", "all"]).default("open"),
    session_id: Id.optional(),
    agent_id: Id.optional(),
    kind: AskKind.optional(),
    limit: Limit,
    cursor: Cursor,
  }),
  output: z.object({ items: z.array(AskRow), open: z.number(), next_cursor: z.string().optional() }),
});

export const getAsk = defineOperation({
  name: "asks.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/asks/:ask_id",
  summary: "One ask with everything needed to decide: the whole input, preview, questions, what could be allowed for good; and its answer.",
  input: z.object({ ask_id: Id }),
  output: AskDetail,
});

export const createAsk = defineOperation({
  name: "asks.create",
  kind: "command",
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/asks",
  summary:
    "Asks people for a decision. With wait_ms, answers when it is decided or that time is over. With an ask_id of your own the call can be repeated: it comes back to the same ask, also after a restart; with other words under that id it is refused. At the deadline on_timeout happens: deny, unless you say otherwise.",
  input: z.strictObject({
    ask_id: AskId.optional(),
    kind: AskKind.default("question"),
    prompt: words(100_000).min(1),
    session_id: Id.optional(),
    agent_id: Id.optional(),
    call_id: Id.optional(),
    tool: words(200).optional(),
    input: z.unknown().optional(),
    preview: words(1_000_000).optional(),
    risk: words(100).optional(),
    options: z
      .array(z.strictObject({ id: words(200).min(1), label: words(2_000).optional(), kind: words(100).optional() }))
      .max(100)
      .optional(),
    questions: z.array(AskQuestion).max(20).optional(),
    schema: z.record(z.string(), z.unknown()).optional(),
    suggestions: z.array(z.unknown()).max(50).optional(),
    /** False: whoever asks goes on with `input` as it is, or not at all. */
    takes_input: z.boolean().optional(),
    deadline: Time.optional(),
    /** A deadline so many milliseconds from now. */
    deadline_ms: z.coerce
      .number()
      .int()
      .min(1)
      .max(366 * 86_400_000)
      .optional(),
    on_timeout: OnTimeout.default("deny"),
    wait_ms: waitMs.default(0),
    ...Doer,
  }),
  output: AskDetail,
});

export const waitForAsk = defineOperation({
  name: "asks.wait",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/asks/:ask_id/wait",
  summary:
    "Waits until an ask is decided, for wait_ms at most, then answers with the ask as it is: state says whether it is still open. Whoever loses the connection asks again and gets the answer, also when it was given meanwhile.",
  input: z.object({ ask_id: Id, wait_ms: waitMs.default(50_000) }),
  output: AskDetail,
});

export const answerAsk = defineOperation({
  name: "asks.answer",
  kind: "command",
  isFinal: true,
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/asks/:ask_id/answer",
  summary:
    "Answers an ask, once: of several answers the first stands, and the others fail with ASK_ALREADY_ANSWERED, which says who answered, how, when and at which door.",
  input: z.strictObject({ ask_id: Id, answer: Answer, ...Doer }),
  output: AskDetail,
});

export const withdrawAsk = defineOperation({
  name: "asks.withdraw",
  kind: "command",
  isFinal: true,
  audit: "own",
  scope: "control",
  method: "POST",
  path: "/asks/:ask_id/withdraw",
  summary: "Takes an ask back: whoever asked no longer needs the answer. Fails with ASK_ALREADY_ANSWERED when it is over.",
  input: z.strictObject({ ask_id: Id, reason: words(2_000).optional(), ...Doer }),
  output: AskDetail,
});
