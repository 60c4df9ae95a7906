import { useCallback, useEffect, useEffectEvent } from "react";
import { useHeld } from "../../mirror/held.ts";

const speeds = [0.5, 1, 2, 4, 8, 16, 64] as const;
const STEP_MS = 50;

/** Moves the moment by itself; the store asks for one picture at a time, so a slow daemon gives fewer of them, not later ones. */
export function usePlay({ atMs, isPast, untilMs, goTo }: { atMs: number; isPast: boolean; untilMs: number; goTo: (ms: number) => void }) {
  const [isPlaying, setPlaying] = useHeld("time.playing", false);
  const [held, setSpeed] = useHeld("time.speed", "1");
  const speed = Number(held);

  useEffect(() => {
    if (isPlaying && !isPast) setPlaying(false);
  }, [isPlaying, isPast, setPlaying]);
  const advance = useEffectEvent((byMs: number) => {
    const moment = Math.min(atMs + byMs, untilMs);
    goTo(moment);
    if (moment === untilMs) setPlaying(false);
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

  return {
    isPlaying,
    speed,
    toggle: useCallback(() => setPlaying(!isPlaying), [isPlaying, setPlaying]),
    faster: useCallback(() => setSpeed(String(speeds[(speeds.findIndex((one) => one === speed) + 1) % speeds.length]!)), [speed, setSpeed]),
  };
}
