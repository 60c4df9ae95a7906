const WINDOW_MS = 500;
/** Beyond so many moves a second no eye follows one of them. */
const FLOOD = 150;
/** Every second frame of a usual screen. */
const EVERY_MS = 30;

export interface Flood {
  /** So many things moved. */
  moved(count: number, nowMs: number): void;
  /** Whether a frame may be left out: so much moves that the cores are better used to take it in. */
  skips(nowMs: number, drawnMs: number): boolean;
}

export function createFlood(): Flood {
  let fromMs = -Infinity;
  let count = 0;
  let before = 0;

  function turn(nowMs: number): void {
    const passed = Math.floor((nowMs - fromMs) / WINDOW_MS);
    if (passed < 1) return;
    before = passed === 1 ? count : 0;
    count = 0;
    fromMs = nowMs;
  }

  return {
    moved(more, nowMs) {
      turn(nowMs);
      count += more;
    },
    skips(nowMs, drawnMs) {
      turn(nowMs);
      return Math.max(count, before) > (FLOOD * WINDOW_MS) / 1_000 && nowMs - drawnMs < EVERY_MS;
    },
  };
}
