import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { translateHook } from "../formats/claude/hook.ts";
import type { Translation } from "../formats/translation.ts";
import { toTimestamp } from "../lib/clock.ts";
import { textHash } from "../lib/text-hash.ts";
import { createReceiptTimes } from "./receipt-times.ts";
import { rejection } from "./rejection.ts";
import { createTally, type Intake, type Source } from "./source.ts";

/** One hook body; `received_at` when its sender received it earlier, and delivers it now. */
export interface HookRecord {
  readonly body: unknown;
  readonly received_at?: string;
}

export interface ClaudeHooks extends Source {
  /** Takes what was POSTed: `{bodies}`, each a hook body, or `{received_at, body}` from a sender. */
  readonly handle: Handlers["ingest.claude_code"];
  /** Takes bodies that waited in the spool. */
  readonly take: (records: readonly HookRecord[]) => Promise<void>;
}

const FORMAT = "claude-code/hook";
const CANARY = "OrreryCanary";

/**
 * The hook bodies of Claude Code. Whatever was sent is answered with success, so that the agent is never held up: what cannot be read
 * becomes `source.rejected`. Only a log that cannot take more is an error to the sender.
 */
export function createClaudeHooks({ append, clock }: Pick<Intake, "append" | "clock">): ClaudeHooks {
  const tally = createTally("claude-code hooks", FORMAT, clock);
  const receipts = createReceiptTimes(clock);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let isStopped = false;
  let hasArrived = false;

  async function take(records: readonly HookRecord[]): Promise<void> {
    tally.record(records.length);
    hasArrived ||= records.length > 0;
    const said = records.map(translate);
    try {
      await store(said.flat());
    } catch (error) {
      if (error instanceof OrreryError) throw error;
      // One record that the log cannot write, such as one nested too deeply, must not keep the others out.
      for (const [index, drafts] of said.entries()) await store(drafts).catch((cause: unknown) => refuse(records[index]!, cause));
    }
  }

  async function store(drafts: readonly EventDraft[]): Promise<void> {
    if (drafts.length > 0) tally.stored(drafts, await append(drafts), Date.parse(drafts.at(-1)!.timestamp));
  }

  async function refuse({ body }: HookRecord, cause: unknown): Promise<void> {
    if (cause instanceof OrreryError) throw cause;
    await store([rejected((cause as Error).message, body, toTimestamp(clock.now()))]);
  }

  function rejected(reason: string, body: unknown, at: string): EventDraft {
    tally.rejected();
    const sample = sampleOf(body);
    return rejection({ format: FORMAT, reason, sample, key: `${at} ${textHash(sample)}`, at });
  }

  function translate({ body, received_at }: HookRecord): readonly EventDraft[] {
    const fields = typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
    const at = carriedTime(received_at) ?? receipts.next(fields["session_id"]);
    if (fields["hook_event_name"] === CANARY) return [canaryArrived(String(fields["canary"]).slice(0, 100), at)];
    const { events, problem } = typeof fields["$unparsable"] === "string" ? { events: [], problem: fields["$unparsable"] } : read(body, at);
    return problem === undefined ? events : [...events, rejected(problem, body, at)];
  }

  return {
    take,
    handle: ({ bodies }) => take((Array.isArray(bodies) ? bodies : []).map(opened)),
    status: () => tally.status(isStopped ? "stopped" : hasArrived ? "connected" : "waiting"),
    async run(signal) {
      if (signal.aborted) end();
      signal.addEventListener("abort", () => end(), { once: true });
      await ended;
      isStopped = true;
    },
    async stop() {
      end();
    },
  };
}

/** A body nested so deeply that it cannot be walked is one more that cannot be read. */
function read(body: unknown, at: string): Translation {
  try {
    return translateHook(body, at);
  } catch (error) {
    return { events: [], problem: (error as Error).message };
  }
}

function sampleOf(body: unknown): string {
  try {
    return JSON.stringify(body) ?? String(body);
  } catch {
    return "";
  }
}

/** The envelope in which the sender posts a body together with the time it had it. */
function opened(item: unknown): HookRecord {
  const { body, received_at } = (item ?? {}) as Partial<HookRecord>;
  return typeof received_at === "string" && body !== undefined ? { body, received_at } : { body: item };
}

/** A time that came with its body stands as it is: delivered twice, the body must give the same events. */
function carriedTime(at: string | undefined): string | undefined {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? undefined : toTimestamp(ms);
}

function canaryArrived(canary: string, at: string): EventDraft {
  return { id: `source:${canary}:connected`, type: "source.connected", timestamp: at, source: FORMAT, data: { format: FORMAT, canary } };
}
