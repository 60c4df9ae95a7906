import { useEffect, useState } from "react";

/** What a frame of this page takes, over the last two seconds. Milliseconds. */
export interface FrameTime {
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
}

const WINDOW_MS = 2_000;

/** Measured between the frames that the browser gives; undefined until a window is full, and where the tab is hidden. */
export function useFrameTime(): FrameTime | undefined {
  const [time, setTime] = useState<FrameTime>();
  useEffect(() => {
    let spans: number[] = [];
    let last: number | undefined;
    let sinceMs = performance.now();
    let frame = requestAnimationFrame(function next(atMs) {
      if (last !== undefined) spans.push(atMs - last);
      last = atMs;
      if (atMs - sinceMs >= WINDOW_MS && spans.length > 10) {
        const sorted = spans.toSorted((a, b) => a - b);
        const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
        setTime({ median: at(0.5), p95: at(0.95), worst: at(1) });
        spans = [];
        sinceMs = atMs;
      }
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  return time;
}
