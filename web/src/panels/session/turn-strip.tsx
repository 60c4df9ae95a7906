// oxlint-disable jsx-a11y/prefer-tag-over-role -- columns stand where their index says, which no list of options does
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { tokenSum } from "../../app/selectors.ts";
import { familyColour } from "../../graph/families.ts";
import { sentenceOf, tokenParts, type Column } from "./turn-columns.ts";
import { control } from "../../mirror/control.ts";

/** Pixels from one column to the next. */
export const STEP = 13;
const OVERSCAN = 12;

export interface StripProps {
  readonly columns: readonly Column[];
  /** All turns, also where several share a column. */
  readonly count: number;
  /** The column of the turn in view. */
  readonly current: number;
  readonly nowMs: number;
  onPick(index: number): void;
  /** The column that is pointed at or walked to, and how far it is from the left of the strip. */
  onPoint(point: { readonly index: number; readonly left: number } | undefined): void;
}

/** Columns of turns, of which only those on screen exist. Walked by arrows, pages, Home and End; Enter goes there. */
export function TurnStrip({ columns, count, current, nowMs, onPick, onPoint }: StripProps) {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [view, setView] = useState({ first: 0, last: 160 });
  const [active, setActive] = useState<number>();
  const scale = {
    tokens: Math.max(1, ...columns.map(({ tokens }) => tokenSum(tokens))),
    usd: Math.max(1, ...columns.map(({ usd_micros = 0 }) => usd_micros)),
    context: Math.max(1, ...columns.map(({ context }) => context?.window ?? context?.tokens ?? 0)),
  };

  const measure = useCallback((): void => {
    const { scrollLeft = 0, clientWidth = 0 } = box.current ?? {};
    const first = Math.max(0, Math.floor(scrollLeft / STEP) - OVERSCAN);
    const last = Math.ceil((scrollLeft + clientWidth) / STEP) + OVERSCAN;
    setView((old) => (old.first === first && old.last === last ? old : { first, last }));
  }, []);
  useLayoutEffect(measure);
  useEffect(() => {
    const observer = new ResizeObserver(() => measure());
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [measure]);

  const shown = active ?? current;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || shown < 0) return;
    const left = shown * STEP;
    const margin = Math.min(4 * STEP, element.clientWidth / 4);
    if (left - margin < element.scrollLeft) element.scrollLeft = Math.max(0, left - margin);
    else if (left + STEP + margin > element.scrollLeft + element.clientWidth)
      element.scrollLeft = left + STEP + margin - element.clientWidth;
    // When another turn comes into view; who scrolls the strip away from it stays there.
  }, [shown]);

  const point = (index: number | undefined): void =>
    onPoint(index === undefined ? undefined : { index, left: index * STEP - (box.current?.scrollLeft ?? 0) });
  const walk = (index: number): void => {
    const next = Math.min(columns.length - 1, Math.max(0, index));
    setActive(next);
    // The strip scrolls to it first.
    requestAnimationFrame(() => point(next));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const page = Math.max(1, Math.floor((box.current?.clientWidth ?? 0) / STEP) - 2);
    const to: Record<string, number> = {
      ArrowRight: shown + 1,
      ArrowLeft: shown - 1,
      PageDown: shown + page,
      PageUp: shown - page,
      Home: 0,
      End: columns.length - 1,
    };
    const next = to[event.key];
    if (next !== undefined) walk(next);
    else if (event.key === "Enter" || event.key === " ") onPick(shown);
    else return;
    event.preventDefault();
  };
  const indexAt = (clientX: number): number | undefined => {
    const element = box.current!;
    const index = Math.floor((clientX - element.getBoundingClientRect().left + element.scrollLeft) / STEP);
    return index >= 0 && index < columns.length ? index : undefined;
  };

  const last = Math.min(columns.length, view.last);
  return (
    <div
      ref={box}
      className="turns__strip"
      {...control("session.turn")}
      role="listbox"
      tabIndex={0}
      aria-label="Turns"
      aria-orientation="horizontal"
      aria-activedescendant={shown >= view.first && shown < last ? `${id}-${shown}` : undefined}
      data-testid="turn-strip"
      onScroll={() => {
        measure();
        onPoint(undefined);
      }}
      onKeyDown={onKeyDown}
      onFocus={(event) => event.currentTarget.matches(":focus-visible") && walk(current)}
      onBlur={() => {
        setActive(undefined);
        onPoint(undefined);
      }}
      onPointerMove={(event) => event.pointerType === "mouse" && point(indexAt(event.clientX))}
      onPointerLeave={() => onPoint(undefined)}
      onClick={(event) => {
        const index = indexAt(event.clientX);
        if (index === undefined) return;
        point(index);
        onPick(index);
      }}
    >
      <div className="turns__all" style={{ width: columns.length * STEP }}>
        {columns.slice(view.first, last).map((column, at) => {
          const index = view.first + at;
          return (
            <div
              key={column.key}
              id={`${id}-${index}`}
              role="option"
              className="turn"
              aria-label={sentenceOf(column, count, nowMs)}
              aria-selected={index === current}
              aria-posinset={index + 1}
              aria-setsize={columns.length}
              data-active={index === active || undefined}
              data-testid={`turn-column-${column.key}`}
              style={{ left: index * STEP }}
            >
              <Lanes column={column} scale={scale} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Lanes({ column, scale }: { column: Column; scale: { tokens: number; usd: number; context: number } }) {
  const { tokens, requests, usd_micros, hit_rate, context, compactions } = column;
  const full = context?.window === undefined ? 0 : context.tokens / context.window;
  const [mark, kind] =
    column.failed > 0 ? ["✕", "failed"] : column.interrupted > 0 ? ["⏹", "interrupted"] : column.isRunning ? ["●", "running"] : ["", ""];
  return (
    <>
      <span className="turn__mark" data-kind={kind}>
        {mark}
      </span>
      <span className="turn__lane turn__tokens">
        {requests === 0 && <i className="turn__unknown" />}
        {tokenParts.map(({ word, colour, of }) => {
          const part = of(tokens);
          return part > 0 && <i key={word} style={{ height: `${(100 * part) / scale.tokens}%`, background: colour }} />;
        })}
      </span>
      <span className="turn__lane turn__cost">
        {usd_micros === undefined ? <i className="turn__unknown" /> : <i style={{ height: `${(100 * usd_micros) / scale.usd}%` }} />}
      </span>
      <span className="turn__lane turn__cache">
        {hit_rate === undefined ? <i className="turn__unknown" /> : <i style={{ height: `${100 * hit_rate}%` }} />}
      </span>
      <span className="turn__lane turn__context" data-full={full >= 0.9 ? "nearly" : full >= 0.7 ? "much" : undefined}>
        {context !== undefined && <i style={{ height: `${Math.min(100, (100 * context.tokens) / (context.window ?? scale.context))}%` }} />}
        {compactions > 0 && <b className="turn__compacted">◆</b>}
      </span>
      <span className="turn__models">
        {column.models.slice(0, 3).map((model) => (
          <i key={model} style={{ background: `var(--family-${familyColour(model)})` }} />
        ))}
      </span>
    </>
  );
}
