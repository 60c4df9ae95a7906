import type { Session } from "../../../../src/projections/session.ts";
import { isOver } from "../../../../src/projections/views.ts";

/** The span of time that the strip shows. */
export interface StripWindow {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const LONGEST_MS = 24 * 3_600_000;
const SHORTEST_MS = 400;
const QUIET_MS = 15 * 60_000;

/** The span of what is in the picture, with a little air: from its first event to now while anyone works, else to its last. */
export function autoWindow(sessions: readonly Session[], nowMs: number): StripWindow {
  const firsts = sessions.map(({ facts }) => Date.parse(facts.first_at ?? "")).filter((ms) => !Number.isNaN(ms));
  const lasts = sessions.map(({ facts }) => Date.parse(facts.last_at ?? "")).filter((ms) => !Number.isNaN(ms));
  if (firsts.length === 0) return { sinceMs: nowMs - QUIET_MS, untilMs: nowMs };
  const isGoing = sessions.some((session) => !isOver(session)) && nowMs - Math.max(...lasts) < 60_000;
  const last = Math.max(...lasts);
  const until = isGoing ? Math.max(nowMs, last) : last;
  const since = Math.max(Math.min(...firsts), until - LONGEST_MS);
  const air = Math.max((until - since) * 0.03, SHORTEST_MS / 4);
  return { sinceMs: since - air, untilMs: isGoing ? until : until + air };
}

/** The same window, made larger until it holds the moment. */
export function including(window: StripWindow, atMs: number): StripWindow {
  const air = (window.untilMs - window.sinceMs) * 0.05;
  return {
    sinceMs: atMs < window.sinceMs ? atMs - air : window.sinceMs,
    untilMs: atMs > window.untilMs ? atMs + air : window.untilMs,
  };
}

/** Zooms around one point of the strip, 0 to 1. */
export function zoomWindow(window: StripWindow, at: number, factor: number, nowMs: number): StripWindow {
  const width = window.untilMs - window.sinceMs;
  const next = Math.min(LONGEST_MS * 30, Math.max(SHORTEST_MS, width * factor));
  const fixed = window.sinceMs + width * at;
  const until = Math.min(fixed + next * (1 - at), nowMs + next * 0.03);
  return { sinceMs: until - next, untilMs: until };
}

/** Whether the strip's times need milliseconds to tell them apart. */
export function isFine(window: StripWindow): boolean {
  return window.untilMs - window.sinceMs < 120_000;
}
