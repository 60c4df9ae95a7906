import type { EventDraft } from "../contract/events/index.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { translateHook } from "../formats/claude/hook.ts";
import { toTimestamp } from "../lib/clock.ts";
import { textHash } from "../lib/text-hash.ts";
import { appendApart } from "./append-apart.ts";
import { createReceiptTimes } from "./receipt-times.ts";
import { refusals, rejection, sampleOf, translated } from "./rejection.ts";
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
    const drafts = records.flatMap(translate);
    if (drafts.length === 0) return;
    const outcomes = await appendApart(append, drafts);
    tally.stored(drafts, outcomes, Date.parse(drafts.at(-1)!.timestamp));
    const refused = refusals(drafts, outcomes);
    if (refused.length > 0) await append(refused);
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
    const { events, problem } =
      typeof fields["$unparsable"] === "string"
        ? { events: [], problem: fields["$unparsable"] }
        : translated(() => translateHook(body, at));
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
