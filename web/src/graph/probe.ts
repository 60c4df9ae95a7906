import type { WireState } from "../../../src/projections/encode.ts";

/** What tests read on `window.__orrery`: that every call pulsed once, how smoothly the picture is drawn, and what this page has folded. */
export interface Probe {
  state?: () => WireState;
  pulses: Record<string, number>;
  frames: number;
  fps: number;
}

declare global {
  interface Window {
    __orrery?: Probe;
  }
}

export function probeOf(): Probe {
  // oxlint-disable-next-line no-underscore-dangle -- a name that no library takes
  return (window.__orrery ??= { pulses: {}, frames: 0, fps: 0 });
}

/** Counts stay bounded on a page that is open for days. */
const PULSES_KEPT = 20_000;

export function createProbe(): { pulsed(calls: readonly string[]): void; drew(nowMs: number): void } {
  const probe = probeOf();
  let counted = 0;
  let sinceMs = 0;
  let framesThen = probe.frames;
  return {
    pulsed(calls) {
      for (const call of calls) {
        if (probe.pulses[call] === undefined && ++counted > PULSES_KEPT) {
          probe.pulses = {};
          counted = 1;
        }
        probe.pulses[call] = (probe.pulses[call] ?? 0) + 1;
      }
    },
    drew(nowMs) {
      probe.frames++;
      if (nowMs - sinceMs < 1_000) return;
      probe.fps = Math.round(((probe.frames - framesThen) * 10_000) / (nowMs - sinceMs)) / 10;
      framesThen = probe.frames;
      sinceMs = nowMs;
    },
  };
}
