import { useCallback, useEffect, useEffectEvent } from "react";
import { heldValue, useHeld } from "../../mirror/held.ts";

const speeds = [0.5, 1, 2, 4, 8, 16, 32, 64] as const;
const STEP_MS = 50;

interface Playing {
  readonly atMs: number;
  readonly isPast: boolean;
  readonly nowMs: number;
  /** The end of the last bar on the strip: if it stays quiet from there, playing stops there. From beyond it, playing stops at the present. */
  readonly barsEndMs: number | undefined;
  readonly isQuietAfter: (ms: number) => Promise<boolean>;
  readonly goTo: (ms: number) => void;
}

/** Moves the moment by itself; the store asks for one picture at a time, so a slow daemon gives fewer of them, not later ones. */
export function usePlay({ atMs, isPast, nowMs, barsEndMs, isQuietAfter, goTo }: Playing) {
  const [isPlaying, setPlaying] = useHeld("time.playing", false);
  const [held, setSpeed] = useHeld("time.speed", "1");
  const speed = Number(held);

  useEffect(() => {
    if (isPlaying && !isPast) setPlaying(false);
  }, [isPlaying, isPast, setPlaying]);
  const stopIfOver = async (endMs: number): Promise<void> => {
    if (!(await isQuietAfter(endMs)) || heldValue("time.playing") !== true) return;
    setPlaying(false);
    goTo(endMs);
  };
  const advance = useEffectEvent((byMs: number) => {
    const moment = Math.min(atMs + byMs, nowMs);
    goTo(moment);
    if (moment === nowMs) setPlaying(false);
    if (barsEndMs !== undefined && atMs < barsEndMs && moment >= barsEndMs) void stopIfOver(barsEndMs);
  });
  useEffect(() => {
    if (!isPlaying || !isPast) return undefined;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      advance((now - before) * speed);
      before = now;
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isPlaying, isPast, speed]);

  const at = speeds.findIndex((one) => one === speed);
  return {
    isPlaying,
    speed,
    toggle: useCallback(() => setPlaying(!isPlaying), [isPlaying, setPlaying]),
    /** To the next speed, and round to the slowest. */
    turnSpeed: () => setSpeed(String(speeds[(at + 1) % speeds.length]!)),
    /** Faster or slower by so many steps, as far as there are speeds. */
    changeSpeed: (by: 1 | -1) => setSpeed(String(speeds[Math.min(speeds.length - 1, Math.max(0, at + by))]!)),
  };
}
