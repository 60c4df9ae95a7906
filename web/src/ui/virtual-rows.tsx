// oxlint-disable jsx-a11y/prefer-tag-over-role -- rows stand where their index says, which no table does
import {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type HTMLAttributes,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import type { ElementId } from "../../../src/contract/ui/index.ts";
import { control } from "../mirror/control.ts";
import "./virtual-rows.css";

const OVERSCAN = 8;
/** Browsers stop at a height of about 17 million pixels: rows beyond that many are reached by filters. */
const MOST_PIXELS = 15_000_000;

export interface VirtualRowsProps {
  readonly label: string;
  readonly role: "grid" | "treegrid";
  readonly count: number;
  /** Pixels: every row is as high as the others, so that any of a million is found without measuring. */
  readonly rowHeight: number;
  readonly active: number;
  readonly header?: ReactNode;
  readonly testId?: string;
  /** The list that its rows are items of. */
  readonly control: ElementId;
  renderRow(index: number): ReactNode;
  rowProps?(index: number): HTMLAttributes<HTMLDivElement> & Readonly<Record<`data-${string}`, unknown>>;
  onActive(index: number): void;
  onOpen(index: number): void;
  /** Keys that the list itself does not know. */
  onKey?(event: KeyboardEvent): void;
  /** The rows on screen, from first to last. */
  onRange?(first: number, last: number): void;
}

/** Rows of one height, of which only those on screen exist. Walked by arrows, pages, Home and End; Enter opens. */
export function VirtualRows(props: VirtualRowsProps) {
  const {
    label,
    role,
    count,
    rowHeight,
    active,
    header,
    testId,
    control: list,
    renderRow,
    rowProps,
    onActive,
    onOpen,
    onKey,
    onRange,
  } = props;
  const box = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const id = useId();
  const [view, setView] = useState({ first: 0, last: 40 });
  const shown = Math.min(count, Math.floor(MOST_PIXELS / rowHeight));

  const measure = useCallback((): void => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const last = Math.ceil((scrollTop + clientHeight) / rowHeight) + OVERSCAN;
    setView((old) => (old.first === first && old.last === last ? old : { first, last }));
  }, [rowHeight]);
  useLayoutEffect(measure);
  useEffect(() => {
    const observer = new ResizeObserver(() => measure());
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [measure]);
  const last = Math.min(shown, view.last);
  useEffect(() => {
    // Whatever it gives back would be taken for the way to undo the effect.
    onRange?.(view.first, last);
  }, [onRange, view.first, last]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || active < 0) return;
    const room = element.clientHeight - (head.current?.offsetHeight ?? 0);
    const top = active * rowHeight;
    if (top < element.scrollTop) element.scrollTo({ top });
    else if (top + rowHeight > element.scrollTop + room) element.scrollTo({ top: top + rowHeight - room });
    // Only when another row becomes the active one: who scrolls away from it stays there.
  }, [active, rowHeight]);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -shown, End: shown };
    const step = event.shiftKey ? undefined : steps[event.key];
    if (step !== undefined && shown > 0) {
      event.preventDefault();
      onActive(Math.min(shown - 1, Math.max(0, active + step)));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      onOpen(active);
    } else onKey?.(event);
  };

  const indices = Array.from({ length: Math.max(0, last - view.first) }, (_, at) => view.first + at);
  const rows = indices.map((index) => (
    // The grid takes the keys; a row is pointed at.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      key={index}
      {...rowProps?.(index)}
      id={`${id}-${index}`}
      role="row"
      className="vrow"
      aria-rowindex={index + 2}
      aria-selected={index === active}
      style={{ top: index * rowHeight, height: rowHeight }}
      onClick={() => {
        onActive(index);
        onOpen(index);
      }}
    >
      {renderRow(index)}
    </div>
  ));
  return (
    // Its role is a grid of one of two kinds.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      {...control(list)}
      ref={box}
      role={role}
      tabIndex={0}
      className="vrows"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-activedescendant={active >= view.first && active < last ? `${id}-${active}` : undefined}
      data-testid={testId}
      onScroll={measure}
      onKeyDown={onKeyDown}
    >
      <div ref={head} className="vrows__head" role="rowgroup">
        <div role="row" className="vrow__head" aria-rowindex={1}>
          {header}
        </div>
      </div>
      <div role="rowgroup" className="vrows__body" style={{ height: shown * rowHeight }}>
        {rows}
      </div>
    </div>
  );
}

/** A cell of a row. */
export function Cell(props: HTMLAttributes<HTMLSpanElement> & Readonly<Record<`data-${string}`, unknown>>) {
  return <span {...props} role="gridcell" />;
}

/** The head of a column. */
export function ColumnHead(props: HTMLAttributes<HTMLSpanElement> & Readonly<Record<`data-${string}`, unknown>>) {
  return <span {...props} role="columnheader" />;
}
