import { useEffect, useLayoutEffect, useRef } from "react";
import { pan, zoom, type View } from "./scale.ts";

/** Turning the wheel over the axis, or with Ctrl anywhere, zooms at the pointer; sideways or with Shift it moves along. */
export function Wheel({
  view,
  length,
  onView,
  children,
}: {
  view: View;
  length: number;
  onView: (view: View) => void;
  children: React.ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const now = useRef({ view, length });
  useLayoutEffect(() => {
    now.current = { view, length };
  });
  useEffect(() => {
    const element = box.current!;
    const onWheel = (event: WheelEvent): void => {
      const axis = element.querySelector(".waterfall__axis");
      if (axis === null) return;
      const { left, width, bottom } = axis.getBoundingClientRect();
      const isOnAxis = event.clientY <= bottom && event.clientX >= left;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      const state = now.current;
      if (event.ctrlKey || event.metaKey || (isOnAxis && !event.shiftKey && Math.abs(event.deltaY) >= Math.abs(event.deltaX))) {
        event.preventDefault();
        const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
        onView(zoom(state.view, Math.exp(event.deltaY * 0.0016), share, state.length));
      } else if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY)) {
        event.preventDefault();
        onView(pan(state.view, sideways / width, state.length));
      }
    };
    // React listens passively, and then the page would zoom as well.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [onView]);
  return (
    <div ref={box} className="waterfall__box">
      {children}
    </div>
  );
}
