import { useEffect, useRef, useState } from "react";
import { formatDuration } from "../../ui/format.ts";
import { ticks, tickWords, type Scale, type View } from "./scale.ts";

const APART = 84;

/** Time since the session began. */
export function Axis({ scale, view, startMs }: { scale: Scale; view: View; startMs: number }) {
  const box = useRef<HTMLSpanElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(60, entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const span = view.to - view.from;
  const share = (place: number) => `${(100 * (place - view.from)) / span}%`;
  return (
    <span ref={box} className="axis">
      {ticks(scale, view, startMs, APART / width).map(({ place, ms }) => (
        <span key={ms} className="axis__tick num" style={{ left: share(place) }}>
          {tickWords(ms)}
        </span>
      ))}
      {scale.breaks
        .filter(({ place, width: wide }) => place + wide > view.from && place < view.to)
        .map(({ place, width: wide, skippedMs }) => (
          <span
            key={place}
            className="axis__break"
            style={{ left: share(place), width: `${(100 * wide) / span}%` }}
            title={`${formatDuration(skippedMs)} in which nothing ran`}
          />
        ))}
    </span>
  );
}
