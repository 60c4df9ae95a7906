import { Pause, Play, Radio, StepBack, StepForward } from "lucide-react";
import type { ReactNode } from "react";
import type { Step } from "./use-step.ts";

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
      <Tool word="Previous event" keys="," onClick={() => onStep("previous", "event")} isSmall>
        <StepBack size={14} aria-hidden />
      </Tool>
      {isPast && (
        <>
          <Tool word={isPlaying ? "Pause" : "Play"} keys="Space" onClick={onPlay}>
            {isPlaying ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
          </Tool>
          <Tool word="Next event" keys="." onClick={() => onStep("next", "event")} isSmall>
            <StepForward size={14} aria-hidden />
          </Tool>
          <button
            type="button"
            className="button strip__speed"
            onClick={onFaster}
            title="Playing speed"
            aria-label={`Speed ${speed} times`}
          >
            <span className="num">{speed}×</span>
          </button>
        </>
      )}
      <button
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
  word,
  keys,
  isSmall,
  onClick,
  children,
}: {
  word: string;
  keys: string;
  isSmall?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
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
