import { OrreryError } from "../../contract/errors.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { toTimestamp, type Clock } from "../../lib/clock.ts";
import type { Service } from "../../lib/service.ts";
import { rejection } from "../rejection.ts";
import type { SourceStatus } from "../../contract/operations/system.ts";
import type { Intake, Source } from "../source.ts";
import type { Outbox, Waiting } from "./outbox.ts";
import { sendEvents, type Sent } from "./send-events.ts";

interface Options {
  readonly url: string;
  readonly token?: string | undefined;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Intake["logger"];
  /** The sources of this machine, on the outbox. */
  readonly sources: (intake: Intake) => readonly Source[];
}

export interface ForwardStatus {
  /** Events that the other daemon took as new, and those that it had. */
  readonly sent: number;
  readonly known: number;
  readonly rejected: number;
  readonly waiting: number;
  /** Why nothing can be sent just now. */
  readonly problem?: string;
  readonly sources: readonly SourceStatus[];
}

export interface Forward extends Service {
  status(): ForwardStatus;
}

const EVENTS_PER_POST = 500;
const BYTES_PER_POST = 1024 * 1024;
const IDLE_MS = 60_000;

/**
 * Sends what the sources of this machine tell to a daemon elsewhere, in order. Everything is on disk here until the other daemon has
 * acknowledged it; what is sent twice, because an answer was lost, it stores once by its id.
 */
export function createForward({ url, token, outbox, clock, logger, sources: open }: Options): Forward {
  const abort = new AbortController();
  const sources = open({ append: outbox.append, notes: outbox.notes, clock, logger });
  const counts = { sent: 0, known: 0, rejected: 0 };
  let problem: string | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let wake: () => void = () => undefined;
  outbox.onAdded(() => wake());

  async function ship(): Promise<void> {
    for (let attempt = 0; !abort.signal.aborted;) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const batch = outbox.oldest(EVENTS_PER_POST, BYTES_PER_POST);
      if (batch.length === 0) {
        const idle = new AbortController();
        await Promise.race([woken, clock.sleep(IDLE_MS, AbortSignal.any([abort.signal, idle.signal]))]).catch(() => undefined);
        idle.abort();
        continue;
      }
      try {
        await deliver(batch);
        attempt = 0;
        problem = undefined;
      } catch (error) {
        if (abort.signal.aborted) return;
        problem = (error as Error).message;
        logger.warn({ error, url }, "not sent");
        await clock.sleep(backoffMs(attempt++, 0), abort.signal).catch(() => undefined);
      }
    }
  }

  async function deliver(batch: readonly Waiting[]): Promise<void> {
    try {
      const lines = batch.map(({ line }) => line);
      await settle(batch, await sendEvents({ url, token }, lines, abort.signal));
    } catch (error) {
      if (!(error instanceof OrreryError && (error.code === "BODY_TOO_LARGE" || error.code === "BAD_INPUT"))) throw error;
      // Too much at once, or one event among them that is refused whole: the half without it goes through.
      if (batch.length === 1) return settle(batch, undefined, error.message);
      const middle = batch.length >> 1;
      await deliver(batch.slice(0, middle));
      await deliver(batch.slice(middle));
    }
  }

  async function settle(batch: readonly Waiting[], told: Sent | undefined, refusal = ""): Promise<void> {
    counts.sent += told?.stored ?? 0;
    counts.known += told?.duplicates ?? 0;
    const refused = batch.flatMap(({ line }, index) => {
      const item = told?.items[index];
      if (told !== undefined && item?.outcome !== "rejected") return [];
      return [
        rejection({
          format: "orrery/forward",
          reason: item?.error?.message ?? refusal,
          sample: line,
          key: line.slice(0, 200),
          at: toTimestamp(clock.now()),
        }),
      ];
    });
    counts.rejected += refused.length;
    // A refusal that is itself refused is let go.
    const news = refused.filter((_, index) => !batch[index]!.line.includes('"source":"orrery/forward"'));
    if (news.length > 0) await outbox.append(news).catch((error: unknown) => logger.error({ error }, "refusal not told"));
    outbox.sent(batch.at(-1)!.row);
  }

  return {
    async run(signal) {
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      const all = Promise.all([
        ship(),
        ...sources.map((source) =>
          source.run(abort.signal).catch((error: unknown) => logger.error({ error, source: source.status().name }, "source ended")),
        ),
      ]);
      running = all;
      await all;
    },
    async stop() {
      abort.abort();
      await running;
      await Promise.all(sources.map((source) => source.stop()));
    },
    status: () => ({
      ...counts,
      waiting: outbox.waiting(),
      ...(problem === undefined ? {} : { problem }),
      sources: sources.map((source) => source.status()),
    }),
  };
}
