import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Handlers } from "../contract/operations/index.ts";

const RESOLUTION_MS = 10;
/** Two looks within this time get the same share of the processor: over less, it says nothing. */
const LEAST_SPAN_MS = 1_000;

/** How the process does. Each reading covers the time since the one before; the share of a processor is known after a second. */
export function createVitals(): { read(): { readonly cpu_percent?: number; readonly loop_lag_ms: number } } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let since = { atMs: performance.now(), usage: process.cpuUsage() };
  let percent: number | undefined;
  return {
    read() {
      const loop_lag_ms = tenths(Math.max(0, histogram.max / 1e6 - RESOLUTION_MS));
      histogram.reset();
      const spanMs = performance.now() - since.atMs;
      if (spanMs >= LEAST_SPAN_MS) {
        const { user, system } = process.cpuUsage(since.usage);
        percent = tenths((100 * (user + system)) / 1e3 / spanMs);
        since = { atMs: performance.now(), usage: process.cpuUsage() };
      }
      return { ...(percent === undefined ? {} : { cpu_percent: percent }), loop_lag_ms };
    },
  };
}

type Hook = Extract<keyof Handlers, `ingest.${string}`>;
const REMEMBERED = 1_000;

/** Measures how long agents wait for the answers to their hooks: what being watched costs them here. */
export function createHookTimes(): {
  timed<N extends Hook>(handlers: Pick<Handlers, N>): Pick<Handlers, N>;
  read(): { readonly answered: number; readonly median_ms?: number; readonly p95_ms?: number; readonly max_ms?: number };
} {
  const times: number[] = [];
  let answered = 0;
  const note = (ms: number): void => {
    times[answered++ % REMEMBERED] = ms;
  };
  return {
    timed: (handlers) =>
      Object.fromEntries(
        Object.entries(handlers).map(([name, handle]) => [
          name,
          async (...args: unknown[]): Promise<unknown> => {
            const startedMs = performance.now();
            try {
              return await (handle as (...args: unknown[]) => unknown)(...args);
            } finally {
              note(performance.now() - startedMs);
            }
          },
        ]),
      ) as typeof handlers,
    read() {
      if (times.length === 0) return { answered };
      const sorted = times.toSorted((a, b) => a - b);
      const at = (part: number): number => tenths(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!);
      return { answered, median_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) };
    },
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
