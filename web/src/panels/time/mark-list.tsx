import { Popover } from "@base-ui/react/popover";
import { Flag } from "lucide-react";
import { formatClock, formatMoment, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import type { Step } from "./use-step.ts";
import { countWords, type StripMark } from "./strip-marks.ts";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

const kinds = ["error", "ask", "spawn"] as const;
const jumps = [
  ["Previous error", "previous", "error", "E"],
  ["Next error", "next", "error", "e"],
  ["Previous ask", "previous", "ask", "A"],
  ["Next ask", "next", "ask", "a"],
  ["Previous new agent", "previous", "spawn", "S"],
  ["Next new agent", "next", "spawn", "s"],
] as const;

/** The marks of the strip in words, oldest first; each leads to its moment. */
export function MarkList({
  marks,
  nowMs,
  isFine,
  onGo,
  onStep,
}: {
  marks: readonly StripMark[];
  nowMs: number;
  isFine: boolean;
  onGo: (mark: StripMark) => void;
  onStep: Step;
}) {
  const [isOpen, setOpen] = useHeld("time.marks_open", false);
  const title = `Marks of this stretch: ${whole(marks.length)}`;
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger
        {...control("time.marks")}
        className="button button--icon strip__flag"
        title={title}
        aria-label={title}
        data-testid="marks-button"
      >
        <Flag size={14} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="end" sideOffset={8} style={{ zIndex: 15 }}>
          <Popover.Popup className="marks" aria-label="Marks of this stretch" data-testid="marks">
            <h2 className="heading">Marks of this stretch</h2>
            <div className="marks__jumps">
              {jumps.map(([word, direction, kind, key]) => (
                <button
                  {...control(`time.${direction}_${kind}`)}
                  key={word}
                  type="button"
                  className="button"
                  title={`${word} (${key})`}
                  onClick={() => onStep(direction, kind)}
                >
                  <MarkShape kind={kind} />
                  {word}
                </button>
              ))}
            </div>
            {marks.length === 0 ? (
              <p className="marks__none">Nothing went wrong, nobody waited for you, no agent appeared.</p>
            ) : (
              <>
                <p className="marks__sum">{sum(marks)}</p>
                <ol>
                  {marks.map((mark) => (
                    <li key={keyOf(mark)}>
                      <Popover.Close {...control("time.mark", keyOf(mark))} className="marks__row" onClick={() => onGo(mark)}>
                        <MarkShape kind={mark.kind} />
                        <span className="num dim">{isFine ? formatClock(mark.atMs, true) : formatMoment(mark.atMs, nowMs)}</span>
                        <span className="marks__words">{safeText(mark.words)}</span>
                      </Popover.Close>
                    </li>
                  ))}
                </ol>
              </>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** A diamond went wrong, a ring waits, a triangle appeared. */
export function MarkShape({ kind, at }: { kind: StripMark["kind"]; at?: number }) {
  return (
    <i
      className={at === undefined ? "mark" : "mark mark--strip"}
      data-kind={kind}
      aria-hidden
      {...(at === undefined ? {} : { style: { left: `${100 * at}%` } })}
    />
  );
}

export function keyOf({ kind, atMs, seq, words }: StripMark): string {
  return `${kind} ${atMs} ${seq ?? words}`;
}

/** Of a long window each mark counts several. */
function sum(marks: readonly StripMark[]): string {
  return kinds
    .flatMap((kind) => {
      const count = marks
        .filter((mark) => mark.kind === kind)
        .reduce((total, { seq, words }) => total + (seq === undefined ? Number.parseInt(words, 10) : 1), 0);
      return count === 0 ? [] : [countWords(kind, count)];
    })
    .join(", ");
}
