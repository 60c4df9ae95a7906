import { Worker } from "node:worker_threads";
import { OrreryError } from "../contract/errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Answer, Question } from "./messages.ts";

/** The catalog of one home, in a thread of its own. */
export interface Catalog {
  /** Resolves with what the thread answers; rejects with `INTERNAL` when it cannot. */
  ask<R>(question: Question): Promise<R>;
  /** There are new events. */
  wake(): void;
  close(): Promise<void>;
}

interface Options {
  readonly home: string;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly onError: (error: unknown) => void;
}

/** Commits that come in so long are told to the thread together: soon after a quiet time; while they pour in, rarely, as many at once cost less. */
const WAKE_MS = 100;
const POURING_WAKE_MS = 400;
const QUIET_MS = 1_000;
/** Room for new objects. By itself it grows to 200 MB, for nobody's benefit: the thread takes as long with this. */
const YOUNG_MB = 48;

/** Starts the thread. When it dies it is started again by the next question: it goes on where its file stands. */
export function openCatalogThread({ home, clock, onError }: Options): Catalog {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let worker: Worker | undefined;
  let isClosed = false;
  let waking: (() => void) | undefined;
  let wokeAt = -Infinity;

  function start(): Worker {
    const started = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: { home },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // The catalog keeps no daemon alive.
    started.unref();
    started.on("message", (answer: Answer) => {
      const waiter = waiting.get(answer.no);
      waiting.delete(answer.no);
      if ("error" in answer) {
        onError(new Error(answer.error));
        waiter?.reject(new OrreryError("INTERNAL", { reference: "catalog" }));
      } else waiter?.resolve(answer.value);
    });
    started.on("error", onError);
    started.on("exit", () => {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values()) reject(new OrreryError(isClosed ? "STOPPING" : "INTERNAL", { reference: "catalog" }));
      waiting.clear();
    });
    return started;
  }

  worker = start();
  return {
    ask<R>(question: Question): Promise<R> {
      if (isClosed) return Promise.reject(new OrreryError("STOPPING"));
      const no = ++asked;
      const waiter = Promise.withResolvers<unknown>();
      waiting.set(no, waiter);
      (worker ??= start()).postMessage({ ...question, no }, []);
      return waiter.promise as Promise<R>;
    },
    wake() {
      waking ??= clock.after(clock.now() - wokeAt < QUIET_MS ? POURING_WAKE_MS : WAKE_MS, () => {
        waking = undefined;
        wokeAt = clock.now();
        worker?.postMessage("wake", []);
      });
    },
    async close() {
      isClosed = true;
      waking?.();
      const ending = worker;
      if (ending === undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      ending.on("exit", () => resolve());
      ending.postMessage("stop", []);
      await promise;
    },
  };
}
