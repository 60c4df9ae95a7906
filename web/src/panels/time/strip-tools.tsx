import { Pause, Play, Radio, StepBack, StepForward } from "lucide-react";
import type { ReactNode } from "react";
import type { Step } from "./use-step.ts";
import { control } from "../../mirror/control.ts";

/** Beside the strip: the list of marks, steps, play with its speed, and the way back to the present. */
export function StripTools({
  isPast,
  isPlaying,
  speed,
  marks,
  onPlay,
  onFaster,
  onStep,
  onLive,
}: {
  isPast: boolean;
  isPlaying: boolean;
  speed: number;
  marks: ReactNode;
  onPlay: () => void;
  onFaster: () => void;
  onStep: Step;
  onLive: () => void;
}) {
  return (
    <div className="strip__tools">
      {marks}
      <Tool id="time.previous" word="Previous event" keys="," onClick={() => onStep("previous", "event")} isSmall>
        <StepBack size={14} aria-hidden />
      </Tool>
      {isPast && (
        <>
          <Tool id="time.play" word={isPlaying ? "Pause" : "Play"} keys="Space" onClick={onPlay}>
            {isPlaying ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
          </Tool>
          <Tool id="time.next" word="Next event" keys="." onClick={() => onStep("next", "event")} isSmall>
            <StepForward size={14} aria-hidden />
          </Tool>
          <button
            {...control("time.faster")}
            type="button"
            className="button strip__speed"
            onClick={onFaster}
            title="Playing speed (< and >)"
            aria-label={`Speed ${speed} times`}
          >
            <span className="num">{speed}×</span>
          </button>
        </>
      )}
      <button
        {...control("time.live")}
        type="button"
        className={isPast ? "button button--primary" : "button"}
        data-testid="live-button"
        aria-pressed={!isPast}
        disabled={!isPast}
        onClick={onLive}
        title="Return to the present (l)"
      >
        <Radio size={14} aria-hidden />
        Live
      </button>
    </div>
  );
}

function Tool({
  id,
  word,
  keys,
  isSmall,
  onClick,
  children,
}: {
  id: "time.previous" | "time.play" | "time.next";
  word: string;
  keys: string;
  isSmall?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      {...control(id)}
      type="button"
      className={isSmall === true ? "button button--icon strip__step" : "button button--icon"}
      onClick={onClick}
      title={`${word} (${keys})`}
      aria-label={word}
    >
      {children}
    </button>
  );
}
