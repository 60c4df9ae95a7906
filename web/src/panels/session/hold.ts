import { useCallback, useEffect, useEffectEvent, useRef, useState, type RefObject } from "react";
import type { VirtuosoHandle } from "react-virtuoso";
import type { Row } from "./row.ts";

/** Nearer than this to its end, a list stands at it. */
const END_PX = 40;
/** Frames in which a row that is not drawn yet is asked for again. */
const TRIES = 120;
const gestures = ["wheel", "touchmove", "pointerdown", "click", "keydown"] as const;

/** What stays in its place while rows are measured, put in front or added; undefined: whatever the reader looks at. */
export type Held =
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "row"; readonly key: string; readonly align: "center" | "start" }
  | undefined;

export interface Hold {
  hold(what: Held): void;
  stop(): void;
}

/**
 * Keeps the scroller of a virtual list where it was sent, until a person moves it: whoever scrolls, clicks or presses a key there has it from
 * then on, and whoever comes back to the end follows it again. The list's own late corrections (`scrollTo`) reach the scroller only on the
 * way to something that is held.
 *
 * @param ask has the list draw a row near where it will stand; false if there is no such row
 */
export function createHold(deps: {
  readonly scroller: HTMLElement;
  readonly startsAtEnd: boolean;
  readonly ask: (key: string, align: "center" | "start") => boolean;
  readonly onAtEnd: (isAtEnd: boolean) => void;
}): Hold {
  const { scroller, ask, onAtEnd } = deps;
  let held: Held = deps.startsAtEnd ? { kind: "end" } : undefined;
  /** The list is still on its way to where it begins: what a person does to it before is not seen by them either. */
  let hasArrived = false;
  let frame = 0;
  let left = 0;
  /** As it was left by us, or by the list. */
  let seen = { top: scroller.scrollTop, height: scroller.scrollHeight, view: scroller.clientHeight };

  const look = (): void => {
    seen = { top: scroller.scrollTop, height: scroller.scrollHeight, view: scroller.clientHeight };
  };
  const rowOf = (key: string): Element | null => scroller.querySelector(`[data-row="${CSS.escape(key)}"]`);
  const tell = (): void => onAtEnd(held?.kind === "end" || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= END_PX);
  const letGo = (): void => {
    if (!hasArrived && scroller.scrollTop === 0) return;
    held = undefined;
    cancelAnimationFrame(frame);
    // What was done moves the list by the next frame, or not at all.
    frame = requestAnimationFrame(() => (frame = requestAnimationFrame(settle)));
  };
  const settle = (): void => {
    if (held === undefined && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= END_PX) held = { kind: "end" };
    tell();
  };
  const place = (): void => {
    if (held?.kind === "start") scroller.scrollTop = 0;
    if (held?.kind === "end") scroller.scrollTop = scroller.scrollHeight;
    if (held?.kind === "row") {
      const row = rowOf(held.key);
      cancelAnimationFrame(frame);
      if (row !== null) scroller.scrollTop += offset(scroller, row, held.align);
      else if (left-- > 0 && ask(held.key, held.align)) frame = requestAnimationFrame(place);
    }
    look();
  };

  const onScroll = (): void => {
    const isOurs =
      Math.abs(scroller.scrollTop - seen.top) < 2 || scroller.scrollHeight !== seen.height || scroller.clientHeight !== seen.view;
    hasArrived = true;
    if (!isOurs) held = undefined;
    look();
    if (held?.kind === "row") place();
    settle();
  };
  const sizes = new ResizeObserver(() => {
    left = TRIES;
    place();
    tell();
  });
  sizes.observe(scroller);
  for (const part of scroller.firstElementChild?.children ?? []) sizes.observe(part, { box: "border-box" });
  scroller.addEventListener("scroll", onScroll, { passive: true });
  for (const name of gestures) scroller.addEventListener(name, letGo, { passive: true });
  const isLed = (): boolean => !hasArrived || held?.kind === "end" || (held?.kind === "row" && rowOf(held.key) === null);
  for (const name of ["scrollTo", "scrollBy"] as const) {
    const move = Element.prototype[name] as (to?: ScrollToOptions) => void;
    scroller[name] = (to?: unknown) => {
      if (name === "scrollTo" && !isLed()) return;
      move.call(scroller, to as ScrollToOptions);
      look();
    };
  }

  return {
    hold(what) {
      held = what;
      left = TRIES;
      cancelAnimationFrame(frame);
      place();
      tell();
    },
    stop() {
      cancelAnimationFrame(frame);
      sizes.disconnect();
      scroller.removeEventListener("scroll", onScroll);
      for (const name of gestures) scroller.removeEventListener(name, letGo);
    },
  };
}

/** How far a row stands from where it should: in the middle if it fits, else with its beginning at the upper edge. */
function offset(scroller: HTMLElement, row: Element, align: "center" | "start"): number {
  const [outer, inner] = [scroller.getBoundingClientRect(), row.getBoundingClientRect()];
  const room = align === "center" ? Math.max(0, (outer.height - inner.height) / 2) : 0;
  return Math.round(inner.top - outer.top - room);
}

/** The hold of the list whose scroller `ref` is given to. `isAtEnd` while it stands at its end or is held there. */
export function useHold({
  list,
  rows,
  startsAtEnd,
}: {
  readonly list: RefObject<VirtuosoHandle | null>;
  readonly rows: readonly Row[];
  readonly startsAtEnd: boolean;
}): { readonly ref: (scroller: HTMLElement | Window | null) => void; readonly isAtEnd: boolean; readonly hold: (what: Held) => void } {
  const [isAtEnd, setAtEnd] = useState(startsAtEnd);
  const [scroller, setScroller] = useState<HTMLElement>();
  const wanted = useRef<Held>(undefined);
  const made = useRef<Hold>(undefined);
  const ask = useEffectEvent((key: string, align: "center" | "start") => {
    const index = rows.findIndex((row) => row.key === key);
    if (index >= 0) list.current?.scrollToIndex({ index, align });
    return index >= 0;
  });
  const begin = useEffectEvent((element: HTMLElement) =>
    createHold({ scroller: element, startsAtEnd, ask: (key, align) => ask(key, align), onAtEnd: setAtEnd }),
  );
  useEffect(() => {
    if (scroller === undefined) return undefined;
    const own = begin(scroller);
    made.current = own;
    if (wanted.current !== undefined) own.hold(wanted.current);
    wanted.current = undefined;
    return () => {
      own.stop();
      made.current = undefined;
    };
  }, [scroller]);
  const ref = useCallback((element: HTMLElement | Window | null) => setScroller(element instanceof HTMLElement ? element : undefined), []);
  const hold = useCallback((what: Held) => {
    if (made.current === undefined) wanted.current = what;
    else made.current.hold(what);
  }, []);
  return { ref, isAtEnd, hold };
}
