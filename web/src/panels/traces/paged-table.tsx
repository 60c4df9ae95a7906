import { useCallback, useState, type ReactNode } from "react";
import { control } from "../../mirror/control.ts";
import { whole } from "../../ui/format.ts";
import { Bone, Notice, Problem } from "../../ui/states.tsx";
import { Cell, VirtualRows } from "../../ui/virtual-rows.tsx";
import { nothing } from "./filter-chips.tsx";
import type { Go } from "./traces.tsx";
import type { Pages } from "./use-pages.ts";

const ROW = 32;
/** Rows from the end at which the next page is asked for. */
const AHEAD = 60;

/** Rows that are read page after page as they are scrolled to, each of which opens beside them. */
export function PagedTable<Row>(props: {
  pages: Pages<"calls.list"> | Pages<"requests.list">;
  /** Those of the pages that are shown. */
  rows: readonly Row[];
  label: string;
  testId: string;
  className?: string;
  header: ReactNode;
  /** What a row opens, as the address has it. */
  openOf: (row: Row) => string;
  opened: string | undefined;
  rowProps: (row: Row) => Readonly<Record<`data-${string}`, string | undefined>>;
  renderCells: (row: Row) => ReactNode;
  foot?: ReactNode;
  go: Go;
}) {
  const { pages, rows, label, testId, className = "", header, openOf, opened, rowProps, renderCells, foot, go } = props;
  const { question, cursor, more, problem } = pages;
  const [place, setPlace] = useState({ question: "", index: -1 });
  const onRange = useCallback((_first: number, last: number) => last > rows.length - AHEAD && more(), [rows.length, more]);
  return (
    <div className={`traces__list ${className}`} aria-busy={pages.isLoading}>
      <VirtualRows
        label={label}
        role="grid"
        control="traces.open"
        testId={testId}
        count={rows.length + (cursor === undefined ? 0 : 1)}
        rowHeight={ROW}
        active={place.question === question ? place.index : -1}
        onActive={(index) => setPlace({ question, index })}
        onOpen={(index) => rows[index] !== undefined && go({ open: openOf(rows[index]) })}
        onRange={onRange}
        header={header}
        rowProps={(index) => {
          const row = rows[index];
          return row === undefined ? {} : { ...rowProps(row), "data-open": opened === openOf(row) || undefined };
        }}
        renderRow={(index) => (rows[index] === undefined ? <More /> : renderCells(rows[index]))}
      />
      {problem === undefined && foot}
      {problem !== undefined && (
        <p className="traces__foot" role="alert">
          {problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={more}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** What stands where there are no rows: why not, that they are still read, or `children` where nothing was filtered out. */
export function NoRows(props: {
  pages: Pages<"calls.list"> | Pages<"requests.list">;
  /** `calls`, in sentences. */
  many: string;
  one: string;
  isFiltered: boolean;
  /** What was looked at so far, where matches are looked for part by part. */
  searched?: ReactNode;
  go: Go;
  children: ReactNode;
}) {
  const { pages, many, one, isFiltered, searched, go, children } = props;
  const { problem, isLoading, lag, retry } = pages;
  if (problem !== undefined) return <Problem what={`The ${many} cannot be listed`} why={problem} onRetry={retry} />;
  if (isLoading || lag > 0) return <RowsSkeleton note={lag > 0 ? lag : undefined} />;
  if (searched !== undefined) return searched;
  if (!isFiltered) return children;
  return (
    <Notice title={`No ${one} matches`} testId="traces-empty">
      <p className="notice__text">The filters above let none through. Take one away, or all of them.</p>
      <button {...control("traces.all")} type="button" className="button" onClick={() => go(nothing)}>
        Clear the filters
      </button>
    </Notice>
  );
}

function More() {
  return (
    <Cell className="traces__more">
      <Bone width="60%" />
    </Cell>
  );
}

/** Rows to come; `note` is how many events the catalog is behind. */
export function RowsSkeleton({ note }: { note?: number | undefined }) {
  return (
    <div className="traces__bones" aria-busy="true">
      <span className="unseen">Loading</span>
      {note !== undefined && <p className="dim">The lists are being written: {whole(note)} events to go.</p>}
      {[62, 48, 70, 40, 55, 66, 44].map((width) => (
        <Bone key={width} width={`${width}%`} height={14} />
      ))}
    </div>
  );
}
