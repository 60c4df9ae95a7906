import type { WireState } from "../../../src/projections/encode.ts";

/** What tests read on `window.__orrery`: that every call pulsed once, what is drawn and how smoothly, and what this page has folded. */
export interface Probe {
  state?: () => WireState;
  pulses: Record<string, number>;
  frames: number;
  fps: number;
  /** What the graph draws now. */
  picture?: () => Picture;
}

export interface Picture {
  /** Screen pixels per world unit. */
  readonly zoom: number;
  /** In pixels of the graph's own box. */
  readonly discs: readonly { readonly key: string; readonly x: number; readonly y: number; readonly radius: number }[];
  /** The words that are written, each with whose they are. */
  readonly labels: readonly { readonly key: string; readonly words: string }[];
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

export function createProbe(picture: () => Picture): { pulsed(calls: readonly string[]): void; drew(nowMs: number): void } {
  const probe = probeOf();
  probe.picture = picture;
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
