import { useEffect, useState } from "react";

/** The value as it was at most `ms` ago: the first change shows at once, those that follow wait. */
export function useRested<T>(value: T, ms: number): T {
  const [shown, setShown] = useState({ value, atMs: 0 });
  useEffect(() => {
    if (Object.is(shown.value, value)) return undefined;
    const timer = setTimeout(() => setShown({ value, atMs: performance.now() }), Math.max(0, shown.atMs + ms - performance.now()));
    return () => clearTimeout(timer);
  }, [value, shown, ms]);
  return shown.value;
}
