import type { Logger } from "pino";
import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { SourceStatus } from "../contract/operations/system.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import type { Service } from "../lib/service.ts";
import type { Appended, EventLog, Notes } from "../log/log.ts";

/** A place that facts come from. It never throws past its edge: what goes wrong becomes an event and shows in `status`. */
export interface Source extends Service {
  status(): SourceStatus;
}

export type SourceState = SourceStatus["state"];

/** What every source is handed by the daemon. */
export interface Intake {
  readonly append: EventLog["append"];
  readonly notes: Notes;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "debug" | "warn" | "error">;
}

/** The running figures of one source. */
export interface Tally {
  /** Counts records that were read, whatever they gave. */
  record(count?: number): void;
  rejected(count?: number): void;
  /** Counts what the log answered; `writtenMs` is when the last record was written. */
  stored(drafts: readonly EventDraft[], outcomes: readonly (Appended | OrreryError)[], writtenMs?: number): void;
  status(state: SourceState, detail?: string): SourceStatus;
}

export function createTally(name: string, format: string, clock: Clock): Tally {
  const counts = { records: 0, events: 0, duplicates: 0, kept: 0, rejected: 0 };
  let lastRecordMs: number | undefined;
  let lagMs: number | undefined;
  return {
    record(count = 1) {
      counts.records += count;
      lastRecordMs = clock.now();
    },
    rejected(count = 1) {
      counts.rejected += count;
    },
    stored(drafts, outcomes, writtenMs) {
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome instanceof OrreryError) counts.rejected++;
        else if (outcome.duplicate) counts.duplicates++;
        else {
          counts.events++;
          if (drafts[index]?.type === "source.kept") counts.kept++;
        }
      }
      if (writtenMs !== undefined) lagMs = Math.max(0, clock.now() - writtenMs);
    },
    status: (state, detail) => ({
      name,
      format,
      state,
      ...(lastRecordMs === undefined ? {} : { last_record_at: toTimestamp(lastRecordMs) }),
      ...counts,
      ...(lagMs === undefined ? {} : { lag_ms: lagMs }),
      ...(detail === undefined ? {} : { detail }),
    }),
  };
}

/** A source that a door feeds: it has nothing to do itself. */
export function doorSource(tally: Tally, hasArrived: () => boolean): Source {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let isStopped = false;
  return {
    status: () => tally.status(isStopped ? "stopped" : hasArrived() ? "connected" : "waiting"),
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
