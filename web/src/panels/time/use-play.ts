import { useCallback, useEffect, useRef, useState } from "react";

const speeds = [0.5, 1, 2, 4, 8, 16, 64] as const;
const STEP_MS = 50;

/** Moves the moment by itself; the store asks for one picture at a time, so a slow daemon gives fewer of them, not later ones. */
export function usePlay({
  atMs,
  isPast,
  untilMs,
  goTo,
}: {
  atMs: number;
  isPast: boolean;
  untilMs: number;
  goTo: (ms: number | undefined) => void;
}) {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(1);
  const latest = useRef({ atMs, untilMs });
  latest.current = { atMs, untilMs };

  useEffect(() => {
    if (!isPast) setPlaying(false);
  }, [isPast]);
  useEffect(() => {
    if (!isPlaying) return undefined;
    let moment = latest.current.atMs;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      moment += (now - before) * speed;
      before = now;
      if (moment < latest.current.untilMs) return goTo(moment);
      setPlaying(false);
      goTo(latest.current.untilMs);
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed, goTo]);

  return {
    isPlaying,
    speed,
    toggle: useCallback(() => setPlaying((playing) => !playing), []),
    faster: useCallback(() => setSpeed((old) => speeds[(speeds.findIndex((one) => one === old) + 1) % speeds.length]!), []),
  };
}
