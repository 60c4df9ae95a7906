import { formatClock, formatMoment } from "../../ui/format.ts";
import type { StripWindow } from "./strip-window.ts";

export interface Tick {
  readonly atMs: number;
  readonly words: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const steps = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 30].map((count) => count * MINUTE),
  ...[1, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 10].map((count) => count * DAY),
];
/** More would run into each other on the narrowest strip that shows them all. */
const MOST = 9;
/** The part of the strip that the words of a time take. */
const ROOM = 0.04;

/** Round local times within a stretch, at most nine of them, each in as few words as tell it: a day, a minute, a second. */
export function ticksOf({ sinceMs, untilMs }: StripWindow): readonly Tick[] {
  const step = steps.find((each) => (untilMs - sinceMs) / each <= MOST) ?? (untilMs - sinceMs) / MOST;
  const offsetMs = -new Date(sinceMs).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((sinceMs + offsetMs) / step) * step - offsetMs;
  const ticks: Tick[] = [];
  const last = untilMs - (untilMs - sinceMs) * ROOM;
  for (let count = 0; first + count * step <= last; count++) {
    const atMs = Math.round(first + count * step);
    ticks.push({ atMs, words: wordsOf(atMs, step) });
  }
  return ticks;
}

function wordsOf(atMs: number, stepMs: number): string {
  const clock = formatClock(atMs, stepMs < SECOND);
  if (stepMs < SECOND) return clock.slice(3, -2);
  if (stepMs < MINUTE) return clock;
  const at = new Date(atMs);
  // Noon of another day than now, so that it is told as a day.
  return at.getHours() + at.getMinutes() === 0 ? formatMoment(atMs + DAY / 2, 0).slice(0, -6) : clock.slice(0, 5);
}
