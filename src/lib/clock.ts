/** Time as a dependency: parts take a `Clock`, tests hand in a fake one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms`; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `task` when the input that is waiting now has been taken. */
  soon(task: () => void): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  soon(task) {
    if (typeof setImmediate === "function") setImmediate(task);
    else setTimeout(task, 0);
  },
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};

/** Between pieces of a long work: whatever waits is served first. */
export function pause(clock: Pick<Clock, "soon">): Promise<void> {
  return new Promise((resolve) => clock.soon(resolve));
}

const PIECE_MS = 2;

/** Made where a long work begins, called between its steps: pauses when the last pause is some milliseconds ago. */
export function createPacer(clock: Pick<Clock, "now" | "soon">): () => Promise<void> {
  let sinceMs = clock.now();
  return async () => {
    if (clock.now() - sinceMs < PIECE_MS) return;
    await pause(clock);
    sinceMs = clock.now();
  };
}

/** How many times as long as it worked a patient work rests. */
const REST_PARTS = 3;

/**
 * As `createPacer`, for work that nobody waits for: it takes a quarter of the time, so that a busy daemon stays quick meanwhile. It
 * rests no more once `signal` is aborted.
 */
export function createPatientPacer(clock: Pick<Clock, "now" | "sleep">, signal?: AbortSignal): () => Promise<void> {
  let sinceMs = clock.now();
  return async () => {
    const workedMs = clock.now() - sinceMs;
    if (workedMs < PIECE_MS) return;
    await clock.sleep(REST_PARTS * workedMs, signal).catch(() => undefined);
    sinceMs = clock.now();
  };
}

/** RFC 3339 UTC with milliseconds and `Z`, the one form of time on the wire. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
