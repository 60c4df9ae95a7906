import { useAnswer } from "../../app/use-answer.ts";
import { safeText } from "../../ui/safe-text.ts";
import type { StoredEvent } from "../../../../src/contract/events/index.ts";
import { eventWords } from "./event-words.ts";

/** Over the playhead: what happened at the step that is shown, or why there is none. */
export function StepWords({ at, seq, note }: { at: number; seq: number | undefined; note: string | undefined }) {
  const { value } = useAnswer("events.list", { after: (seq ?? 1) - 1, before: (seq ?? 1) + 1, limit: 1 }, { isIdle: seq === undefined });
  const event = value?.items[0] as StoredEvent | undefined;
  const words = note ?? (seq !== undefined && event?.seq === seq ? eventWords(event) : undefined);
  return (
    <output className="strip__said" data-testid="step-words">
      {words !== undefined && (
        <span className="strip__hover num" style={{ left: `clamp(120px, ${100 * Math.min(1, Math.max(0, at))}%, calc(100% - 120px))` }}>
          {seq !== undefined && note === undefined && <span className="dim">#{seq} </span>}
          {safeText(words)}
        </span>
      )}
    </output>
  );
}
