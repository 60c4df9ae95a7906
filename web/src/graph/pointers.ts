import type { Graph } from "./create-graph.ts";

interface Chosen {
  select(key: string | undefined): void;
  open(key: string): void;
}

const CLICK_REACH = 5;

/** Wheel and pinch zoom, dragging pans, a click selects, a double click opens. Returns how to stop. */
export function watchPointers(element: HTMLElement, graph: Graph, chosen: Chosen): () => void {
  const down = new Map<number, { x: number; y: number }>();
  let travelled = 0;

  const at = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = at(event);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
    graph.zoomUnder(x, y, Math.exp(-Math.max(-120, Math.min(120, pixels)) * (event.ctrlKey ? 0.01 : 0.0022)));
  };
  const press = (event: PointerEvent) => {
    if (event.button !== 0) return;
    if (down.size === 0) travelled = 0;
    down.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  };
  const drag = (event: PointerEvent) => {
    const now = at(event);
    const before = down.get(event.pointerId);
    if (before === undefined) {
      const key = graph.hit(now.x, now.y);
      graph.hover(key);
      element.style.cursor = key === undefined ? "" : "pointer";
      return;
    }
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)![1];
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      graph.zoomUnder((now.x + other.x) / 2, (now.y + other.y) / 2, factor);
      graph.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (travelled > CLICK_REACH) graph.pan(now.x - before.x, now.y - before.y);
    down.set(event.pointerId, now);
  };
  const release = (event: PointerEvent) => {
    if (!down.delete(event.pointerId) || travelled > CLICK_REACH) return;
    const { x, y } = at(event);
    chosen.select(graph.hit(x, y));
  };
  const leave = (event: PointerEvent) => {
    down.delete(event.pointerId);
    graph.hover(undefined);
  };
  const twice = (event: MouseEvent) => {
    const { x, y } = at(event);
    const key = graph.hit(x, y);
    if (key === undefined) graph.fit();
    else chosen.open(key);
  };

  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("pointerdown", press);
  element.addEventListener("pointermove", drag);
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", leave);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("dblclick", twice);
  return () => {
    element.removeEventListener("wheel", wheel);
    element.removeEventListener("pointerdown", press);
    element.removeEventListener("pointermove", drag);
    element.removeEventListener("pointerup", release);
    element.removeEventListener("pointercancel", leave);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("dblclick", twice);
  };
}
