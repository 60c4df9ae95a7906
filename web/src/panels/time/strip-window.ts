import type { Session } from "../../../../src/projections/session.ts";
import { isOver } from "../../../../src/projections/ended.ts";

/** The span of time that the strip shows. */
export interface StripWindow {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const LONGEST_MS = 24 * 3_600_000;
const SHORTEST_MS = 400;
const QUIET_MS = 15 * 60_000;
const AHEAD_MS = 60_000;
const SILENCE_MS = 3 * 60_000;

/**
 * The span of the latest activity, with a little air: from its first event to now while anyone works, else to its last. Sessions with a
 * long silence before the next one belong to an earlier span; zooming out shows them.
 */
export function autoWindow(sessions: readonly Session[], nowMs: number): StripWindow {
  const spans = sessions
    .map((session) => ({
      firstMs: Date.parse(session.facts.first_at ?? ""),
      lastMs: Date.parse(session.facts.last_at ?? ""),
      isOver: isOver(session),
    }))
    .filter(({ firstMs, lastMs }) => !Number.isNaN(firstMs) && !Number.isNaN(lastMs))
    .toSorted((a, b) => b.lastMs - a.lastMs);
  if (spans.length === 0) return { sinceMs: nowMs - QUIET_MS, untilMs: nowMs };
  const last = spans[0]!.lastMs;
  const isGoing = spans.some((span) => !span.isOver) && nowMs - last < 60_000;
  const until = isGoing ? Math.max(nowMs, last) : last;
  let since = until;
  for (const span of spans) if (span.lastMs >= since - SILENCE_MS) since = Math.min(since, span.firstMs);
  since = Math.max(since, until - LONGEST_MS);
  const air = Math.max((until - since) * 0.03, SHORTEST_MS / 4);
  return { sinceMs: since - air, untilMs: isGoing ? until : until + air };
}

/** The span around a moment that somebody came to from elsewhere: what went on then from its beginning, and as much again after it. */
export function windowAround(sessions: readonly Session[], atMs: number, nowMs: number): StripWindow {
  const { sinceMs } = autoWindow(sessions, atMs);
  const ahead = Math.max(atMs - sinceMs, AHEAD_MS);
  return { sinceMs: Math.min(sinceMs, atMs - SHORTEST_MS), untilMs: Math.min(atMs + ahead, Math.max(nowMs, atMs + SHORTEST_MS)) };
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
