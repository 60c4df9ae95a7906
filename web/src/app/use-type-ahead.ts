import { useEffect, useEffectEvent } from "react";
import { useHeld } from "../mirror/held.ts";

/** Who opens the palette types on at once: what is typed before its box is there is put into it, and is nobody else's key. */
export function useTypeAhead(isOpen: boolean): void {
  const [words, setWords] = useHeld("palette.query", "");
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || (target instanceof Element && target.closest("[role=dialog]") !== null)) return;
    if (key === "Backspace") setWords(words.slice(0, -1));
    else if (key.length === 1) setWords(words + key);
    else if (key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  });
  useEffect(() => {
    if (!isOpen) return;
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [isOpen]);
}
