import { setImmediate as turn } from "node:timers/promises";
import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { appendApart } from "../append-apart.ts";
import { refusals } from "../rejection.ts";
import type { Reading } from "./read-session.ts";

/** Collects events and appends them in large pieces; while one piece is being stored the next is collected. */
export interface Store {
  /** `at` is when the record was written; `done` runs when the events are stored. */
  add(events: readonly EventDraft[], done?: () => void, at?: string): void;
  isFull(): boolean;
  /** Sends what was collected. `capture` is called now and gives what to do when it is stored. */
  flush(capture: () => () => void): Promise<void>;
  settled(): Promise<void>;
}

const EVENTS_PER_APPEND = 250;
const BUSY_MS = 50;

export function createStore({
  append,
  clock,
  tally,
  signal,
  isLive,
}: Pick<Reading, "append" | "clock" | "tally" | "signal" | "isLive">): Store {
  let drafts: EventDraft[] = [];
  let tasks: (() => void)[] = [];
  let lastAt: string | undefined;
  let inFlight: Promise<void> = Promise.resolve();

  async function send(batch: readonly EventDraft[], after: readonly (() => void)[], writtenMs: number | undefined): Promise<void> {
    if (batch.length > 0) {
      for (;;) {
        try {
          const outcomes = await appendApart(append, batch);
          tally.stored(batch, outcomes, writtenMs);
          const refused = refusals(batch, outcomes);
          if (refused.length > 0) await append(refused);
          break;
        } catch (error) {
          if (!(error instanceof OrreryError && error.code === "LOG_BUSY")) throw error;
          await clock.sleep(BUSY_MS, signal);
        }
      }
    }
    for (const task of after) task();
  }

  return {
    add(events, done, at) {
      for (const event of events) drafts.push(event);
      if (done !== undefined) tasks.push(done);
      if (at !== undefined) lastAt = at;
    },
    isFull: () => drafts.length >= EVENTS_PER_APPEND,
    async flush(capture) {
      const batch = drafts;
      const after = [...tasks, capture()];
      drafts = [];
      tasks = [];
      await inFlight;
      await turn(); // Hooks and other files first: what was written long ago can wait.
      inFlight = send(batch, after, isLive && lastAt !== undefined ? Date.parse(lastAt) : undefined);
      // A failure is thrown by the next flush or by settled(); until then nobody else waits for it.
      inFlight.catch(() => undefined);
    },
    settled: () => inFlight,
  };
}
