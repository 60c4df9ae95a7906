/** From moments to a place on the axis and back. Time in which nothing ran takes little room, and says so. */
export interface Scale {
  /** The length of the axis: milliseconds in which something ran, and what the breaks take. */
  readonly length: number;
  readonly breaks: readonly { readonly place: number; readonly width: number; readonly skippedMs: number }[];
  place(ms: number): number;
  moment(place: number): number;
}

interface Piece {
  readonly ms: number;
  readonly place: number;
  readonly perMs: number;
}

/** Of all time in which something ran. */
const BREAK_WIDTH = 0.015;
const LEAST_GAP = 0.06;
const LEAST_GAP_MS = 2_000;

/** `busy` are pairs of when something began and ended; where they leave a long gap, the axis breaks. */
export function createScale(busy: readonly (readonly [number, number])[], startMs: number, endMs: number, isWhole = false): Scale {
  const gaps: [number, number][] = [];
  let reached = startMs;
  for (const [from, to] of busy.toSorted((a, b) => a[0] - b[0])) {
    if (from > reached) gaps.push([reached, Math.min(from, endMs)]);
    reached = Math.max(reached, to);
  }
  if (reached < endMs) gaps.push([reached, endMs]);
  const idle = gaps.reduce((sum, [from, to]) => sum + to - from, 0);
  const worked = Math.max(1, endMs - startMs - idle);
  const long = isWhole ? [] : gaps.filter(([from, to]) => to - from > Math.max(LEAST_GAP_MS, worked * LEAST_GAP));
  const width = worked * BREAK_WIDTH;

  const pieces: Piece[] = [{ ms: startMs, place: 0, perMs: 1 }];
  const breaks: { place: number; width: number; skippedMs: number }[] = [];
  let place = 0;
  let at = startMs;
  for (const [from, to] of long) {
    place += from - at;
    breaks.push({ place, width, skippedMs: to - from });
    pieces.push({ ms: from, place, perMs: width / (to - from) }, { ms: to, place: place + width, perMs: 1 });
    place += width;
    at = to;
  }
  const length = Math.max(1, place + endMs - at);

  const find = (by: "ms" | "place", value: number): Piece => {
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (pieces[middle]![by] <= value) low = middle;
      else high = middle - 1;
    }
    return pieces[low]!;
  };
  return {
    length,
    breaks,
    place(ms) {
      const piece = find("ms", ms);
      return piece.place + (ms - piece.ms) * piece.perMs;
    },
    moment(value) {
      const piece = find("place", value);
      return piece.ms + (value - piece.place) / piece.perMs;
    },
  };
}

/** A part of the axis. */
export interface View {
  readonly from: number;
  readonly to: number;
}

const LEAST_VIEW = 5;

/** Nearer by `factor` below 1, with the point at `share` of the width standing still. */
export function zoom({ from, to }: View, factor: number, share: number, length: number): View {
  const width = Math.min(length, Math.max(LEAST_VIEW, (to - from) * factor));
  return within({ from: from + share * (to - from - width), to: from + share * (to - from - width) + width }, length);
}

export function pan({ from, to }: View, share: number, length: number): View {
  const by = share * (to - from);
  return within({ from: from + by, to: to + by }, length);
}

export function within({ from, to }: View, length: number): View {
  const width = Math.min(to - from, length);
  const start = Math.max(0, Math.min(from, length - width));
  return { from: start, to: start + width };
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5, 432e5, 864e5,
];

/** Round times since `startMs` in view, at most one in `apart` of its width. */
export function ticks(
  scale: Scale,
  view: View,
  startMs: number,
  apart: number,
): readonly { readonly place: number; readonly ms: number }[] {
  const least = (view.to - view.from) * apart;
  const step = steps.find((each) => each >= least) ?? steps.at(-1)!;
  const found: { place: number; ms: number }[] = [];
  const fromMs = scale.moment(view.from);
  const toMs = scale.moment(view.to);
  let ms = Math.ceil((fromMs - startMs) / step) * step;
  while (startMs + ms <= toMs) {
    const place = scale.place(startMs + ms);
    const last = found.at(-1);
    const gap = scale.breaks.find((each) => place > each.place && place < each.place + each.width);
    if (gap !== undefined) {
      ms = Math.ceil((scale.moment(gap.place + gap.width) - startMs) / step) * step;
      if (startMs + ms <= scale.moment(gap.place)) break;
      if (scale.place(startMs + ms) === place) ms += step;
      continue;
    }
    if (last === undefined || place - last.place >= least * 0.7) found.push({ place, ms });
    ms += step;
  }
  return found;
}

/** 0 s, 250 ms, 1.5 s, 2 m 30 s: as exact as the steps of the axis are. */
export function tickWords(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} m${ms % 60_000 === 0 ? "" : ` ${(ms % 60_000) / 1_000} s`}`;
  return `${Math.floor(ms / 3_600_000)} h${ms % 3_600_000 === 0 ? "" : ` ${Math.round((ms % 3_600_000) / 60_000)} m`}`;
}
