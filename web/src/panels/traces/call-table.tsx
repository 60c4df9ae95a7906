import { useCallback, useMemo, useState } from "react";
import type { CallRow } from "../../../../src/contract/operations/catalog.ts";
import { useSelected } from "../../app/app-context.ts";
import type { TracesSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useSessionTitles } from "../../app/use-session-titles.ts";
import { formatDuration, formatMoment, whole } from "../../ui/format.ts";
import { Outcome, outcomeOf } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Bone, FirstRun, Notice, Problem } from "../../ui/states.tsx";
import { Cell, ColumnHead, VirtualRows } from "../../ui/virtual-rows.tsx";
import { asOf } from "./as-of.ts";
import { nothing } from "./filter-chips.tsx";
import { callOrder, filterOf } from "./filter.ts";
import { heatOf } from "./heat.ts";
import { openText } from "./open.ts";
import type { Go } from "./traces.tsx";
import { usePages } from "./use-pages.ts";
import { control } from "../../mirror/control.ts";

export const ROW = 32;
/** Rows from the end at which the next page is asked for. */
export const AHEAD = 60;
const hasAny = (snapshot: Snapshot): boolean => shownOf(snapshot).state.sessions.size > 0;

/** Calls of every session that match, as many as there are. */
export function CallTable(props: {
  search: TracesSearch;
  until: string | undefined;
  atMs: number;
  nowMs: number;
  version: number;
  go: Go;
}) {
  const { search, until, atMs, nowMs, version, go } = props;
  const calls = usePages("calls.list", { ...filterOf(search, until), order: callOrder(search.order) }, version);
  const { cursor, more } = calls;
  const rows = useMemo(() => (atMs === 0 ? calls.rows : calls.rows.flatMap((row) => asOf(row, atMs) ?? [])), [calls.rows, atMs]);
  const known = useSelected(hasAny);
  const sessionTitle = useSessionTitles();
  const [place, setPlace] = useState({ question: "", index: -1 });
  const active = place.question === calls.question ? place.index : -1;
  const onRange = useCallback((_first: number, last: number) => last > rows.length - AHEAD && more(), [rows.length, more]);

  if (rows.length === 0 && calls.problem !== undefined)
    return <Problem what="The calls cannot be listed" why={calls.problem} onRetry={calls.retry} />;
  if (rows.length === 0 && (calls.isLoading || calls.lag > 0)) return <RowsSkeleton note={calls.lag > 0 ? calls.lag : undefined} />;
  if (rows.length === 0 && calls.searchedTo !== undefined && cursor !== undefined)
    return <SearchedTo at={calls.searchedTo} order={search.order} nowMs={nowMs} onMore={more} />;
  const isFiltered = Object.keys(filterOf(search, undefined)).length > 0;
  if (rows.length === 0)
    return isFiltered ? (
      <Notice title="No call matches" testId="traces-empty">
        <p className="notice__text">The filters above let none through. Take one away, or all of them.</p>
        <button {...control("traces.all")} type="button" className="button" onClick={() => go(nothing)}>
          Clear the filters
        </button>
      </Notice>
    ) : known || atMs !== 0 ? (
      <Notice title={atMs === 0 ? "No call has been made yet" : "No call had been made yet"}>
        <p className="notice__text">Each tool call of an agent becomes a line here, with how long it took and how it ended.</p>
      </Notice>
    ) : (
      <FirstRun />
    );

  const openRow = (index: number): void => {
    const row = rows[index];
    if (row !== undefined) go({ open: openText({ session: row.session_id, kind: "call", id: row.call_id }) });
  };
  return (
    <div className="traces__list" aria-busy={calls.isLoading}>
      <VirtualRows
        label="Calls"
        role="grid"
        control="traces.open"
        testId="call-table"
        count={rows.length + (cursor === undefined ? 0 : 1)}
        rowHeight={ROW}
        active={active}
        onActive={(index) => setPlace({ question: calls.question, index })}
        onOpen={openRow}
        onRange={onRange}
        header={
          <>
            <ColumnHead>Tool</ColumnHead>
            <ColumnHead>What</ColumnHead>
            <ColumnHead className="traces__wide">Session</ColumnHead>
            <ColumnHead className="traces__wide" data-num>
              Begun
            </ColumnHead>
            <ColumnHead data-num>Took</ColumnHead>
          </>
        }
        rowProps={(index) => {
          const row = rows[index];
          if (row === undefined) return {};
          return {
            "data-outcome": outcomeOf(row),
            "data-open": search.open === openText({ session: row.session_id, kind: "call", id: row.call_id }) || undefined,
            "data-testid": `trace-${row.call_id}`,
          };
        }}
        renderRow={(index) => {
          const row = rows[index];
          return row === undefined ? <More /> : <Cells row={row} title={sessionTitle(row.session_id)} nowMs={nowMs} />;
        }}
      />
      {calls.problem === undefined && calls.searchedTo !== undefined && cursor !== undefined && (
        <SearchedTo at={calls.searchedTo} order={search.order} nowMs={nowMs} onMore={more} />
      )}
      {calls.problem !== undefined && (
        <p className="traces__foot" role="alert">
          {calls.problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={more}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

function Cells({ row, title, nowMs }: { row: CallRow; title: string; nowMs: number }) {
  const startMs = row.started_at === undefined ? undefined : Date.parse(row.started_at);
  const duration = row.state === "running" && startMs !== undefined ? nowMs - startMs : row.duration_ms;
  const begun = startMs ?? (row.ended_at === undefined ? undefined : Date.parse(row.ended_at));
  return (
    <>
      <Cell className="traces__tool">
        <Outcome call={row} /> <b>{row.name ?? "call"}</b>
      </Cell>
      <Cell className="mono traces__what" title={row.title}>
        {row.title === undefined || row.title === row.name ? "" : safeText(row.title)}
      </Cell>
      <Cell className="dim traces__wide" title={title}>
        {title}
      </Cell>
      <Cell className="num dim traces__wide" title={row.started_at}>
        {begun === undefined ? "?" : formatMoment(begun, nowMs)}
      </Cell>
      <Cell
        className="num heat"
        data-heat={heatOf(duration)}
        title={duration === undefined ? "The duration is not known" : `${whole(duration)} ms`}
      >
        {row.state === "running" && "› "}
        {formatDuration(duration)}
      </Cell>
    </>
  );
}

/** So many calls have the words that the list looks for them page by page. */
function SearchedTo(props: { at: string; order: TracesSearch["order"]; nowMs: number; onMore: () => void }) {
  const { at, order, nowMs, onMore } = props;
  const moment = formatMoment(Date.parse(at), nowMs);
  return (
    <p className="traces__foot" data-testid="searched-to">
      {order === "longest"
        ? "The longest calls were looked at, shorter ones not yet."
        : order === "oldest"
          ? `Calls until ${moment} were looked at, newer ones not yet.`
          : `Calls since ${moment} were looked at, older ones not yet.`}{" "}
      <button {...control("traces.more")} type="button" className="linkish" onClick={onMore}>
        Look on
      </button>
    </p>
  );
}

export function More() {
  return (
    <Cell className="traces__more">
      <Bone width="60%" />
    </Cell>
  );
}

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
