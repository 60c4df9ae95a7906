import type { RequestRow } from "../../../../src/contract/operations/requests.ts";
import type { TracesSearch } from "../../app/search.ts";
import { useSessionTitles } from "../../app/use-session-titles.ts";
import { clip, formatCount, formatDuration, formatModel, formatMoment, UNKNOWN, whole } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Notice } from "../../ui/states.tsx";
import { Cell, ColumnHead } from "../../ui/virtual-rows.tsx";
import { requestFilterOf } from "./filter.ts";
import { heatOf } from "./heat.ts";
import { openText } from "./open.ts";
import { NoRows, PagedTable } from "./paged-table.tsx";
import type { Go } from "./traces.tsx";
import { usePages } from "./use-pages.ts";
import { bucketWords } from "./words.ts";

const buckets = ["input", "cache_read", "cache_write", "output"] as const;
type Bucket = (typeof buckets)[number];

/** Answered model requests of every session that match, as many as there are. */
export function RequestTable(props: {
  search: TracesSearch;
  until: string | undefined;
  nowMs: number;
  isPast: boolean;
  version: number;
  onListed: (seq: number) => void;
  go: Go;
}) {
  const { search, until, nowMs, isPast, version, onListed, go } = props;
  const requests = usePages("requests.list", { ...requestFilterOf(search, until), order: search.order ?? "newest" }, version, onListed);
  const { rows } = requests;
  const sessionTitle = useSessionTitles();
  if (rows.length === 0)
    return (
      <NoRows
        pages={requests}
        many="model requests"
        one="model request"
        isFiltered={Object.keys(requestFilterOf(search, undefined)).length > 0}
        go={go}
      >
        <Notice title={isPast ? "No model request had been answered yet" : "No model request has been answered yet"}>
          <p className="notice__text">
            Each answer of a model becomes a line here, with its tokens and what it cost. They are told by transcripts and telemetry.
          </p>
        </Notice>
      </NoRows>
    );
  return (
    <PagedTable
      pages={requests}
      rows={rows}
      label="Model requests"
      testId="request-table"
      className="traces__list--requests"
      header={
        <>
          <ColumnHead>Model</ColumnHead>
          {buckets.map((bucket) => (
            <ColumnHead key={bucket} data-num className={bucket.startsWith("cache") ? "traces__wide" : undefined}>
              {bucketWords[bucket]}
            </ColumnHead>
          ))}
          <ColumnHead data-num>Cost</ColumnHead>
          <ColumnHead className="traces__wide traces__place traces__place--first">Session</ColumnHead>
          <ColumnHead className="traces__wide traces__place">Turn</ColumnHead>
          <ColumnHead data-num className="traces__wide">
            Answered
          </ColumnHead>
          <ColumnHead data-num>Took</ColumnHead>
        </>
      }
      openOf={(row) => openText({ session: row.session_id, kind: "request", id: row.request_id })}
      opened={search.open}
      rowProps={(row) => ({ "data-testid": `trace-${row.request_id}` })}
      renderCells={(row) => <Cells row={row} title={sessionTitle(row.session_id)} nowMs={nowMs} />}
      go={go}
    />
  );
}

function Cells({ row, title, nowMs }: { row: RequestRow; title: string; nowMs: number }) {
  const { model, duration_ms: took } = row;
  return (
    <>
      <Cell className="traces__tool" title={[model, row.purpose, row.stop_reason].filter(Boolean).join("\n") || undefined}>
        <b>{formatModel(model)}</b> {row.purpose !== undefined && <span className="dim">{safeText(row.purpose)}</span>}
      </Cell>
      {buckets.map((bucket) => {
        const { tokens, words } = bucketOf(row, bucket);
        return (
          <Cell key={bucket} className={`num${bucket.startsWith("cache") ? " traces__wide" : ""}`} title={words}>
            {tokens === undefined ? UNKNOWN : formatCount(tokens)}
          </Cell>
        );
      })}
      <Cell className="num">
        <Money cost={row.cost} />
      </Cell>
      <Cell className="dim traces__wide traces__place traces__place--first" title={title}>
        {title}
      </Cell>
      <Cell className="dim mono traces__wide traces__place" title={row.turn_id}>
        {row.turn_id === undefined ? UNKNOWN : clip(row.turn_id.replace(/^trn_/, ""), 12)}
      </Cell>
      <Cell className="num dim traces__wide" title={row.at}>
        {formatMoment(Date.parse(row.at), nowMs)}
      </Cell>
      <Cell
        className="num heat"
        data-heat={heatOf(took)}
        title={took === undefined ? "No source has told how long it took" : `${whole(took)} ms`}
      >
        {formatDuration(took)}
      </Cell>
    </>
  );
}

/** The tokens of one column; what was written to the cache is of two lifetimes. */
function bucketOf({ usage }: Pick<RequestRow, "usage">, bucket: Bucket): { tokens: number | undefined; words: string } {
  if (bucket !== "cache_write") {
    const tokens = usage?.[bucket];
    const thought = bucket === "output" && usage?.reasoning !== undefined ? `, ${whole(usage.reasoning)} of them thinking` : "";
    return { tokens, words: tokens === undefined ? "No source has told them" : `${whole(tokens)} tokens${thought}` };
  }
  const { cache_write_5m: short, cache_write_1h: long } = usage ?? {};
  if (short === undefined && long === undefined) return { tokens: undefined, words: "No source has told them" };
  return { tokens: (short ?? 0) + (long ?? 0), words: `${whole(short ?? 0)} for 5 minutes, ${whole(long ?? 0)} for an hour` };
}
