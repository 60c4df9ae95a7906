import type { Clock } from "../lib/clock.ts";

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Moves on, running what falls due in its order; what that starts runs too if it falls due. */
  advance(ms: number): void;
  /** Tasks that wait. */
  waiting(): number;
}

export function createFakeClock(startMs = Date.UTC(2026, 10, 20, 10)): FakeClock {
  let now = startMs;
  const tasks = new Set<{ readonly at: number; readonly task: () => void }>();

  function after(ms: number, task: () => void): () => void {
    const entry = { at: now + Math.max(0, ms), task };
    tasks.add(entry);
    return () => tasks.delete(entry);
  }

  return {
    now: () => now,
    after,
    soon: (task) => void setImmediate(task),
    waiting: () => tasks.size,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = after(ms, resolve);
        signal?.addEventListener("abort", () => (cancel(), reject(signal.reason)), { once: true });
      });
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [due] = [...tasks].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (due === undefined) break;
        tasks.delete(due);
        now = Math.max(now, due.at);
        due.task();
      }
      now = end;
    },
  };
}
