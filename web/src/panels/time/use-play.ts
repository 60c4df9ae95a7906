import { useCallback, useEffect, useEffectEvent, useState } from "react";

const speeds = [0.5, 1, 2, 4, 8, 16, 64] as const;
const STEP_MS = 50;

/** Moves the moment by itself; the store asks for one picture at a time, so a slow daemon gives fewer of them, not later ones. */
export function usePlay({ atMs, isPast, untilMs, goTo }: { atMs: number; isPast: boolean; untilMs: number; goTo: (ms: number) => void }) {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(1);

  if (isPlaying && !isPast) setPlaying(false);
  const advance = useEffectEvent((byMs: number) => {
    const moment = Math.min(atMs + byMs, untilMs);
    goTo(moment);
    if (moment === untilMs) setPlaying(false);
  });
  useEffect(() => {
    if (!isPlaying) return undefined;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      advance((now - before) * speed);
      before = now;
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed]);

  return {
    isPlaying,
    speed,
    toggle: useCallback(() => setPlaying((playing) => !playing), []),
    faster: useCallback(() => setSpeed((old) => speeds[(speeds.findIndex((one) => one === old) + 1) % speeds.length]!), []),
  };
}
