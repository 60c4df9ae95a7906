import { useMemo } from "react";
import type { CallRow } from "../../../../src/contract/operations/catalog.ts";
import { useSelected } from "../../app/app-context.ts";
import type { TracesSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useSessionTitles } from "../../app/use-session-titles.ts";
import { formatDuration, formatMoment, whole } from "../../ui/format.ts";
import { Outcome, outcomeOf } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { FirstRun, Notice } from "../../ui/states.tsx";
import { Cell, ColumnHead } from "../../ui/virtual-rows.tsx";
import { asOf } from "./as-of.ts";
import { callOrder, filterOf } from "./filter.ts";
import { heatOf } from "./heat.ts";
import { openText } from "./open.ts";
import { NoRows, PagedTable } from "./paged-table.tsx";
import type { Go } from "./traces.tsx";
import { usePages } from "./use-pages.ts";
import { control } from "../../mirror/control.ts";

const hasAny = (snapshot: Snapshot): boolean => shownOf(snapshot).state.sessions.size > 0;

/** Calls of every session that match, as many as there are. */
export function CallTable(props: {
  search: TracesSearch;
  until: string | undefined;
  atMs: number;
  nowMs: number;
  version: number;
  onListed: (seq: number) => void;
  go: Go;
}) {
  const { search, until, atMs, nowMs, version, onListed, go } = props;
  const calls = usePages("calls.list", { ...filterOf(search, until), order: callOrder(search.order) }, version, onListed);
  const rows = useMemo(() => (atMs === 0 ? calls.rows : calls.rows.flatMap((row) => asOf(row, atMs) ?? [])), [calls.rows, atMs]);
  const known = useSelected(hasAny);
  const sessionTitle = useSessionTitles();
  const searched =
    calls.searchedTo === undefined || calls.cursor === undefined ? undefined : (
      <SearchedTo at={calls.searchedTo} order={search.order} nowMs={nowMs} onMore={calls.more} />
    );
  if (rows.length === 0)
    return (
      <NoRows
        pages={calls}
        many="calls"
        one="call"
        isFiltered={Object.keys(filterOf(search, undefined)).length > 0}
        searched={searched}
        go={go}
      >
        {known || atMs !== 0 ? (
          <Notice title={atMs === 0 ? "No call has been made yet" : "No call had been made yet"}>
            <p className="notice__text">Each tool call of an agent becomes a line here, with how long it took and how it ended.</p>
          </Notice>
        ) : (
          <FirstRun />
        )}
      </NoRows>
    );
  return (
    <PagedTable
      pages={calls}
      rows={rows}
      label="Calls"
      testId="call-table"
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
      openOf={(row) => openText({ session: row.session_id, kind: "call", id: row.call_id })}
      opened={search.open}
      rowProps={(row) => ({ "data-outcome": outcomeOf(row), "data-testid": `trace-${row.call_id}` })}
      renderCells={(row) => <Cells row={row} title={sessionTitle(row.session_id)} nowMs={nowMs} />}
      foot={searched}
      go={go}
    />
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
