import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { readExport, type OtlpRecord, type Signal } from "../../formats/otlp/records.ts";
import { createOtlp } from "../../formats/otlp/translate.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { appendApart } from "../append-apart.ts";
import { refusals, rejection, sampleOf, translated } from "../rejection.ts";
import { createTally, doorSource, type Intake, type Source } from "../source.ts";

export type OtlpBody = { readonly protobuf: Uint8Array } | { readonly json: unknown };

/** What of an export was not taken; sending it again would not help. */
export interface Taken {
  readonly rejected: number;
  readonly reason?: string;
}

export interface OtlpDoor {
  /** One per program that we know and, where they differ in what they are good for, per signal; the last takes all others. */
  readonly sources: readonly Source[];
  /**
   * Takes one export. Resolves when what it says is on disk.
   * @throws OrreryError BAD_INPUT when nothing of it can be read, LOG_BUSY and its like when it should be sent again
   */
  take(signal: Signal, body: OtlpBody): Promise<Taken>;
}

const FORMAT = "otlp";
const OTHERS = "otlp";

/** What each program's telemetry is called, by its `service.name`. */
const known: readonly (readonly [service: RegExp, kinds: Readonly<Record<OtlpRecord["kind"], string>>])[] = [
  [/^claude-code/, { log: "claude-code otel logs", point: "claude-code otel metrics", span: "claude-code otel spans" }],
  [/^codex/i, { log: "codex otel", point: "codex otel", span: "codex otel" }],
  [/^gemini/i, { log: "gemini telemetry", point: "gemini telemetry", span: "gemini telemetry" }],
];
const names = [...new Set(known.flatMap(([, kinds]) => Object.values(kinds))), OTHERS];

function nameOf({ kind, resource }: OtlpRecord): string {
  const service = String(resource["service.name"] ?? "");
  return known.find(([pattern]) => pattern.test(service))?.[1][kind] ?? OTHERS;
}

/** Telemetry of any agent program. What came twice, as it does after a lost answer, has the same event ids and is stored once. */
export function createOtlpSource({ append, clock }: Pick<Intake, "append" | "clock">): OtlpDoor {
  const tallies = new Map(names.map((name) => [name, createTally(name, name === OTHERS ? FORMAT : `${name.split(" ")[0]!}/otel`, clock)]));
  const arrived = new Set<string>();
  const translate = createOtlp();

  function rejected(reason: string, record: unknown, at: string): EventDraft {
    const sample = sampleOf(record);
    return rejection({ format: FORMAT, reason, sample, key: `${reason} ${textHash(sample)}`, at });
  }

  async function store(told: readonly Told[], writtenMs: number): Promise<void> {
    if (told.length === 0) return;
    const drafts = told.map(({ draft }) => draft);
    const outcomes = await appendApart(append, drafts);
    for (const [name, own] of Map.groupBy(told.keys(), (at) => told[at]!.name))
      tallies.get(name)!.stored(
        own.map((at) => drafts[at]!),
        own.map((at) => outcomes[at]!),
        writtenMs,
      );
    const refused = refusals(drafts, outcomes);
    if (refused.length > 0) await append(refused);
  }

  return {
    async take(signal, body) {
      const receivedAt = toTimestamp(clock.now());
      const batch = readExport(signal, body);
      if ("problem" in batch) throw new OrreryError("BAD_INPUT", { problems: [{ field: "body", message: batch.problem }] });
      const told: Told[] = [];
      let count = batch.rejected;
      let reason = batch.reason;
      if (batch.rejected > 0) {
        took(OTHERS, batch.rejected);
        tallies.get(OTHERS)!.rejected(batch.rejected);
        told.push({ name: OTHERS, draft: rejected(batch.reason ?? "not a record", body, receivedAt) });
      }
      for (const record of batch.records) {
        const name = nameOf(record);
        took(name, 1);
        const { events, problem } = translated(() => translate(record, receivedAt));
        told.push(...events.map((draft) => ({ name, draft })));
        if (problem === undefined) continue;
        count++;
        reason ??= problem;
        tallies.get(name)!.rejected();
        told.push({ name, draft: rejected(problem, record, receivedAt) });
      }
      await store(told, latestOf(batch.records) ?? clock.now());
      return { rejected: count, ...(reason === undefined ? {} : { reason }) };
    },
    sources: names.map((name) => doorSource(tallies.get(name)!, () => arrived.has(name))),
  };

  function took(name: string, records: number): void {
    arrived.add(name);
    tallies.get(name)!.record(records);
  }
}

/** An event, and the source that it is counted for. */
interface Told {
  readonly name: string;
  readonly draft: EventDraft;
}

function latestOf(records: readonly OtlpRecord[]): number | undefined {
  let latest: number | undefined;
  for (const record of records) {
    const ms = record.kind === "span" ? record.endMs : record.atMs;
    if (ms !== undefined && (latest === undefined || ms > latest)) latest = ms;
  }
  return latest;
}
