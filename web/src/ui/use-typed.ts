import { useEffect, useEffectEvent, useState } from "react";

/** What is being typed into a box; `onRest` gets it when the typing rests. A new `value` from elsewhere replaces it. */
export function useTyped(value: string, onRest: (words: string) => void, restMs = 200): [string, (words: string) => void] {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (typed.trim() !== value) setTyped(value);
  }
  const tell = useEffectEvent((words: string) => words !== value && onRest(words));
  useEffect(() => {
    const timer = window.setTimeout(() => tell(typed.trim()), restMs);
    return () => window.clearTimeout(timer);
  }, [typed, restMs]);
  return [typed, setTyped];
}
