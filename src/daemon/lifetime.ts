import type { Logger } from "pino";
import type { Clock } from "../lib/clock.ts";

type Close = () => Promise<void> | void;

/** What is open and is closed again, and what is done time and again meanwhile. */
export interface Lifetime {
  /** What opens later closes earlier. */
  add(...closes: readonly Close[]): void;
  /**
   * Runs `task` time and again, `ms` after its last end: never twice at a time. `what` names it where its failure is told; it goes on all the same.
   * The end aborts `signal` and waits for one that is under way.
   */
  every(ms: number, what: string, task: (signal: AbortSignal) => Promise<unknown> | void): void;
  /** Closes everything; a part that hangs or fails does not keep the others open. `last` runs just before the first of all closes. */
  end(last?: () => void): Promise<void>;
}

const CLOSE_WITHIN_MS = 1_500;

export function createLifetime({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }): Lifetime {
  const closing: Close[] = [];
  return {
    add: (...closes) => void closing.push(...closes),

    every(ms, what, task) {
      const over = new AbortController();
      let running: Promise<void> | undefined;
      const start = (): void => void (running = run());
      let cancel = clock.after(ms, start);
      async function run(): Promise<void> {
        try {
          await task(over.signal);
        } catch (error) {
          logger.error({ error }, what);
        }
        if (!over.signal.aborted) cancel = clock.after(ms, start);
      }
      closing.push(() => {
        over.abort();
        cancel();
        return running;
      });
    },

    async end(last) {
      for (const [index, close] of closing.toReversed().entries()) {
        if (index === closing.length - 1) last?.();
        const limit = new AbortController();
        await Promise.race([
          Promise.resolve()
            .then(close)
            .catch((error: unknown) => logger.error({ error }, "close")),
          clock.sleep(CLOSE_WITHIN_MS, limit.signal).catch(() => undefined),
        ]);
        limit.abort();
      }
    },
  };
}
