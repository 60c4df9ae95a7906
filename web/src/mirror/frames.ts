/** What frames of this page take, over the last second. */
export interface FrameFigures {
  readonly fps: number;
  readonly frame_ms: number;
  readonly p95_ms: number;
  readonly longest_ms: number;
}

const WINDOW_MS = 1_000;
const listeners = new Set<(figures: FrameFigures) => void>();
let request: number | undefined;

/** Tells once a second how the page draws, measured between the frames that the browser gives: nothing while the tab is hidden. */
export function onFrames(listener: (figures: FrameFigures) => void): () => void {
  listeners.add(listener);
  if (request === undefined) measure();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || request === undefined) return;
    cancelAnimationFrame(request);
    request = undefined;
  };
}

function measure(): void {
  let spans: number[] = [];
  let last: number | undefined;
  let sinceMs = performance.now();
  request = requestAnimationFrame(function next(atMs) {
    request = requestAnimationFrame(next);
    if (last !== undefined) spans.push(atMs - last);
    last = atMs;
    if (atMs - sinceMs < WINDOW_MS || spans.length === 0) return;
    const figures = figuresOf(spans);
    spans = [];
    sinceMs = atMs;
    for (const listener of listeners) listener(figures);
  });
}

function figuresOf(spans: readonly number[]): FrameFigures {
  const sorted = spans.toSorted((a, b) => a - b);
  const at = (part: number): number => tenths(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!);
  const sumMs = spans.reduce((sum, ms) => sum + ms, 0);
  return { fps: tenths((1_000 * spans.length) / Math.max(1, sumMs)), frame_ms: at(0.5), p95_ms: at(0.95), longest_ms: at(1) };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
