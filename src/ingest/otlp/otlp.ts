import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { readExport, type OtlpRecord, type Signal } from "../../formats/otlp/records.ts";
import { createOtlp } from "../../formats/otlp/translate.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { appendApart } from "../append-apart.ts";
import { refusals, rejection, sampleOf, translated } from "../rejection.ts";
import { createTally, type Intake, type Source } from "../source.ts";

export type OtlpBody = { readonly protobuf: Uint8Array } | { readonly json: unknown };

/** What of an export was not taken; sending it again would not help. */
export interface Taken {
  readonly rejected: number;
  readonly reason?: string;
}

export interface OtlpSource extends Source {
  /**
   * Takes one export. Resolves when what it says is on disk.
   * @throws OrreryError BAD_INPUT when nothing of it can be read, LOG_BUSY and its like when it should be sent again
   */
  take(signal: Signal, body: OtlpBody): Promise<Taken>;
}

const FORMAT = "otlp";

/** Telemetry of any agent program. What came twice, as it does after a lost answer, has the same event ids and is stored once. */
export function createOtlpSource({ append, clock }: Pick<Intake, "append" | "clock">): OtlpSource {
  const tally = createTally("otlp", FORMAT, clock);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const translate = createOtlp();
  let isStopped = false;
  let hasArrived = false;

  function rejected(reason: string, record: unknown, at: string): EventDraft {
    tally.rejected();
    const sample = sampleOf(record);
    return rejection({ format: FORMAT, reason, sample, key: `${reason} ${textHash(sample)}`, at });
  }

  async function store(drafts: readonly EventDraft[], writtenMs: number): Promise<void> {
    if (drafts.length === 0) return;
    const outcomes = await appendApart(append, drafts);
    tally.stored(drafts, outcomes, writtenMs);
    const refused = refusals(drafts, outcomes);
    if (refused.length > 0) await append(refused);
  }

  return {
    async take(signal, body) {
      const receivedAt = toTimestamp(clock.now());
      const batch = readExport(signal, body);
      if ("problem" in batch) throw new OrreryError("BAD_INPUT", { problems: [{ field: "body", message: batch.problem }] });
      hasArrived = true;
      tally.record(batch.records.length + batch.rejected);
      const drafts: EventDraft[] = [];
      let count = batch.rejected;
      let reason = batch.reason;
      if (batch.rejected > 0) drafts.push(rejected(batch.reason ?? "not a record", body, receivedAt));
      for (const record of batch.records) {
        const { events, problem } = translated(() => translate(record, receivedAt));
        drafts.push(...events);
        if (problem === undefined) continue;
        count++;
        reason ??= problem;
        drafts.push(rejected(problem, record, receivedAt));
      }
      await store(drafts, latestOf(batch.records) ?? clock.now());
      return { rejected: count, ...(reason === undefined ? {} : { reason }) };
    },
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

function latestOf(records: readonly OtlpRecord[]): number | undefined {
  let latest: number | undefined;
  for (const record of records) {
    const ms = record.kind === "span" ? record.endMs : record.atMs;
    if (ms !== undefined && (latest === undefined || ms > latest)) latest = ms;
  }
  return latest;
}
