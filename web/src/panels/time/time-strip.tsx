import { useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { visibleSessions } from "../../../../src/projections/views.ts";
import { useKeys } from "../../app/use-keys.ts";
import type { PastMoment, Snapshot } from "../../app/store.ts";
import { followInput, useFollow } from "../../app/use-follow.ts";
import { useSteady } from "../../app/use-steady.ts";
import { formatClock, formatMoment } from "../../ui/format.ts";
import { keyOf, MarkList, MarkShape } from "./mark-list.tsx";
import { StepWords } from "./step-words.tsx";
import { stripMarks, type StripMark } from "./strip-marks.ts";
import { StripTools } from "./strip-tools.tsx";
import { autoWindow, including, isFine, windowAround, zoomWindow, type StripWindow } from "./strip-window.ts";
import { ticksOf } from "./ticks.ts";
import { barsEnd, useActivity } from "./use-activity.ts";
import { Following } from "./following.tsx";
import { useMoment } from "./use-moment.ts";
import { useStep } from "./use-step.ts";
import { usePlay } from "./use-play.ts";
import "./time-strip.css";
import { control } from "../../mirror/control.ts";

/** While something happens, the bars are asked for this often at most. */
const REFRESH_MS = 2_000;
const identity = (snapshot: Snapshot) => snapshot;

/** One scrubber under everything: drag it, and every screen shows that moment. */
export function TimeStrip() {
  const goTo = useMoment();
  const { follow, followable, setFollow } = useFollow();
  const { project } = useSearch({ strict: false });
  const whose = useMemo(() => followInput(follow, project), [follow, project]);
  const snapshot = useSteady(identity, 250);
  const track = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number>();
  const [chosen, setChosen] = useState<StripWindow>();
  const isPast = snapshot.past !== undefined;
  const atMs = snapshot.past?.atMs ?? snapshot.nowMs;

  const sessions = visibleSessions(snapshot.live, snapshot.nowMs);
  const auto = quantised(autoWindow(sessions, snapshot.nowMs));
  const [frozen, setFrozen] = useState(auto);
  if (!isPast && (auto.sinceMs !== frozen.sinceMs || auto.untilMs !== frozen.untilMs)) setFrozen(auto);
  // A link from elsewhere names a moment that the strip does not show: the stretch around it is chosen once its picture is here.
  const shown = snapshot.past?.shown;
  const [around, setAround] = useState<StripWindow>();
  if (isPast && around === undefined && shown?.atMs === atMs && (atMs < frozen.sinceMs || atMs > frozen.untilMs))
    setAround(windowAround(visibleSessions(shown.state, atMs), atMs, snapshot.nowMs));
  if (!isPast && around !== undefined) setAround(undefined);
  const span = isPast ? including(chosen ?? around ?? frozen, atMs) : (chosen ?? frozen);
  const version = useVersion(snapshot);
  const activity = useActivity(span, version, snapshot.connection.state === "live", whose);
  const marks = useMemo(() => stripMarks(activity), [activity]);
  const share = (ms: number) => (ms - span.sinceMs) / (span.untilMs - span.sinceMs);
  const fine = isFine(span);

  const goToMs = useCallback((ms: number) => goTo({ atMs: ms }), [goTo]);
  const { step, note, isQuietAfter } = useStep(whose, goTo);
  const play = usePlay({ atMs, isPast, nowMs: snapshot.nowMs, barsEndMs: barsEnd(activity), isQuietAfter, goTo: goToMs });
  const leave = () => goTo(undefined);
  useKeys({
    l: leave,
    ",": () => step("previous", "event"),
    ".": () => step("next", "event"),
    "[": () => step("previous", "mark"),
    "]": () => step("next", "mark"),
    E: () => step("previous", "error"),
    e: () => step("next", "error"),
    A: () => step("previous", "ask"),
    a: () => step("next", "ask"),
    S: () => step("previous", "spawn"),
    s: () => step("next", "spawn"),
    ...(isPast ? { Escape: leave, " ": play.toggle, "<": () => play.changeSpeed(-1), ">": () => play.changeSpeed(1) } : {}),
    f: () => setFollow(followable === follow?.key ? undefined : followable),
  });

  const momentAt = (event: PointerEvent | MouseEvent) => {
    const box = track.current!.getBoundingClientRect();
    return span.sinceMs + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (span.untilMs - span.sinceMs);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const width = span.untilMs - span.sinceMs;
    const by = event.shiftKey ? width / 20 : width / 200;
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: atMs - by,
      ArrowDown: atMs - by,
      ArrowRight: atMs + by,
      ArrowUp: atMs + by,
      PageDown: atMs - width / 10,
      PageUp: atMs + width / 10,
      Home: span.sinceMs,
    };
    const target = targets[event.key];
    if (event.key === "End") leave();
    else if (target !== undefined) goToMs(Math.min(target, snapshot.nowMs));
    else if (event.key === "+" || event.key === "-")
      setChosen(zoomWindow(span, share(atMs), event.key === "+" ? 0.6 : 1.6, snapshot.nowMs));
    else return;
    event.preventDefault();
  };

  const onWheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    const box = track.current!.getBoundingClientRect();
    const factor = Math.exp(Math.max(-80, Math.min(80, event.deltaY)) * 0.006);
    setChosen(zoomWindow(span, (event.clientX - box.left) / box.width, factor, snapshot.clockMs));
  });
  useEffect(() => {
    const element = track.current!;
    const wheel = (event: WheelEvent) => onWheel(event);
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);

  return (
    <div className="strip" data-past={isPast || undefined} data-testid="time-strip">
      <span className="strip__clock num" title={new Date(atMs).toISOString()} data-testid="strip-clock">
        {formatClock(atMs, isPast && (fine || snapshot.past?.seq !== undefined))}
      </span>
      {follow !== undefined && <Following follow={follow} setFollow={setFollow} />}
      <div
        ref={track}
        className="strip__track"
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a range input can hold neither bars nor marks
        role="slider"
        {...control("time.at")}
        tabIndex={0}
        aria-label="Moment"
        aria-valuemin={Math.round(span.sinceMs)}
        aria-valuemax={Math.round(span.untilMs)}
        aria-valuenow={Math.round(atMs)}
        aria-valuetext={isPast ? formatMoment(atMs, snapshot.nowMs) : "live"}
        data-testid="time-track"
        data-since={Math.round(span.sinceMs)}
        data-until={Math.round(span.untilMs)}
        onKeyDown={onKeyDown}
        onDoubleClick={() => setChosen(undefined)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          goToMs(momentAt(event));
        }}
        onPointerMove={(event) => {
          const ms = momentAt(event);
          setHover(ms);
          if (event.currentTarget.hasPointerCapture(event.pointerId)) goToMs(Math.min(ms, snapshot.clockMs));
        }}
        onPointerLeave={() => setHover(undefined)}
      >
        {ticksOf(span).map((tick) => (
          <span key={tick.atMs} className="strip__tick num" style={{ left: `${100 * share(tick.atMs)}%` }} aria-hidden>
            {tick.words}
          </span>
        ))}
        <Bars activity={activity} span={span} />
        <div className="strip__line" />
        {marks.map((mark) => {
          const at = share(mark.atMs);
          return at < 0 || at > 1 ? null : <MarkShape key={keyOf(mark)} kind={mark.kind} at={at} />;
        })}
        {(isPast || share(atMs) <= 1) && (
          <div className="strip__head" style={{ left: `${100 * Math.min(1, Math.max(0, share(atMs)))}%` }} />
        )}
        {hover === undefined && <StepWords at={share(atMs)} seq={snapshot.past?.seq} note={note} />}
        {hover !== undefined && (
          <div className="strip__hover num" style={{ left: `clamp(60px, ${100 * share(hover)}%, calc(100% - 60px))` }}>
            {formatClock(hover, fine)}
            {wordsNear(marks, hover, (span.untilMs - span.sinceMs) / 150)}
          </div>
        )}
      </div>
      <StripTools
        isPast={isPast}
        isPlaying={play.isPlaying}
        speed={play.speed}
        onPlay={play.toggle}
        onFaster={play.turnSpeed}
        onStep={step}
        onLive={leave}
        marks={
          <MarkList
            marks={marks}
            nowMs={snapshot.nowMs}
            isFine={fine}
            onGo={({ atMs: ms, seq }) => goTo(toMoment(ms, seq))}
            onStep={step}
          />
        }
      />
    </div>
  );
}

function toMoment(atMs: number, seq: number | undefined): PastMoment {
  return seq === undefined ? { atMs } : { atMs, seq };
}

function Bars({ activity, span }: { activity: ReturnType<typeof useActivity>; span: StripWindow }) {
  if (activity === undefined) return null;
  const width = span.untilMs - span.sinceMs;
  const most = Math.max(1, ...activity.buckets.map((bucket) => bucket.events));
  const path = activity.buckets
    .filter((bucket) => bucket.events > 0)
    .map((bucket) => {
      const x = (1000 * (Date.parse(bucket.at) - span.sinceMs)) / width;
      const w = Math.max(1, (1000 * activity.bucket_ms) / width - 1.6);
      // The square root keeps quiet moments visible beside a burst.
      const h = 100 * Math.max(0.06, Math.sqrt(bucket.events / most));
      return `M${x.toFixed(1)} 100v${(-h).toFixed(1)}h${w.toFixed(1)}V100z`;
    })
    .join("");
  return (
    <svg className="strip__bars" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden>
      <path d={path} />
    </svg>
  );
}

/** Changes when the log has grown, but not more often than the bars can be asked for. */
function useVersion({ live }: Snapshot): number {
  const [version, setVersion] = useState(live.seq);
  const look = useEffectEvent(() => setVersion(live.seq));
  useEffect(() => {
    const timer = setInterval(() => look(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return version === 0 ? live.seq : version;
}

/** Steps of the window's end, so that a running clock does not ask anew for every second of an hour. */
function quantised({ sinceMs, untilMs }: StripWindow): StripWindow {
  const step = Math.max(1, (untilMs - sinceMs) / 120);
  const grain = 10 ** Math.ceil(Math.log10(step));
  return { sinceMs: Math.floor(sinceMs / grain) * grain, untilMs: Math.ceil(untilMs / grain) * grain };
}

function wordsNear(marks: readonly StripMark[], ms: number, reach: number): string {
  const near = marks.filter((mark) => Math.abs(mark.atMs - ms) < reach);
  return near.length === 0 ? "" : ` · ${near[0]!.words}${near.length > 1 ? ` +${near.length - 1}` : ""}`;
}
