import { useEffect, useEffectEvent, useState, type RefObject } from "react";
import type { Row } from "./row.ts";
import { turnOfRow } from "./turn-rows.ts";

/** Below the upper edge: what stands here is being read. */
const READ_AT_PX = 60;
const ours = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/**
 * The turn that the conversation in `box` is scrolled to: the last one at its end. A turn that was gone to stays the one in view until the
 * reader moves on, also where it is too short to come to the top.
 */
export function useTurnInView(
  box: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  isAtEnd: boolean,
): { readonly turn: string | undefined; readonly goTo: (turn: string) => void } {
  const [seen, setSeen] = useState<string>();
  const [gone, setGone] = useState<string>();
  const look = useEffectEvent(() => {
    const element = box.current;
    if (element === null) return;
    const { left, top, width } = element.getBoundingClientRect();
    const at = document.elementFromPoint(left + width / 2, top + READ_AT_PX)?.closest<HTMLElement>("[data-row]")?.dataset["row"];
    const key = isAtEnd ? rows.at(-1)?.key : at;
    if (key !== undefined) setSeen(turnOfRow(rows, key));
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let frame = 0;
    const soon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => look());
    };
    const moved = () => setGone(undefined);
    element.addEventListener("scroll", soon, { capture: true, passive: true });
    for (const name of ours) element.addEventListener(name, moved, { passive: true });
    soon();
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", soon, { capture: true });
      for (const name of ours) element.removeEventListener(name, moved);
    };
    // New rows or the end of the list may put another turn in view without scrolling.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [box, rows, isAtEnd]);
  return { turn: gone ?? seen, goTo: setGone };
}
