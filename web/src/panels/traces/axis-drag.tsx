import { useState, type PointerEvent, type ReactNode } from "react";
import { rangeOf } from "./range.ts";
import type { Scale, View } from "./scale.ts";

/** Dragging along the axis chooses a range of time. */
export function AxisDrag({
  scale,
  view,
  onRange,
  children,
}: {
  scale: Scale;
  view: View;
  onRange: (range: { since: string; until: string }) => void;
  children: ReactNode;
}) {
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  const shareOf = (event: PointerEvent<HTMLSpanElement>): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
  };
  return (
    <span
      className="axis-drag"
      data-testid="axis"
      title="Drag to choose a time; turn the wheel to zoom"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: shareOf(event), to: shareOf(event) });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, to: shareOf(event) })}
      onPointerUp={(event) => {
        const range = drag === undefined ? undefined : rangeOf(scale, view, drag.from, shareOf(event));
        setDrag(undefined);
        if (range !== undefined) onRange(range);
      }}
      onPointerCancel={() => setDrag(undefined)}
    >
      {children}
      {drag !== undefined && (
        <i
          className="axis-drag__range"
          style={{ left: `${100 * Math.min(drag.from, drag.to)}%`, width: `${100 * Math.abs(drag.to - drag.from)}%` }}
        />
      )}
    </span>
  );
}
