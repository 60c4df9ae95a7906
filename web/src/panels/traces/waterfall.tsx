import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { TracesSearch } from "../../app/search.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { formatDuration, whole } from "../../ui/format.ts";
import { Notice, Problem } from "../../ui/states.tsx";
import { ColumnHead, VirtualRows } from "../../ui/virtual-rows.tsx";
import { Axis } from "./axis.tsx";
import { AxisDrag } from "./axis-drag.tsx";
import { RowsSkeleton } from "./paged-table.tsx";
import { nothing } from "./filter-chips.tsx";
import { openText } from "./open.ts";
import { viewOf } from "./range.ts";
import { agentIds, groupRows, isFailed, keyOf, treeRows, type TraceRow } from "./rows.ts";
import { createScale, pan, within, zoom, type View } from "./scale.ts";
import { GroupCells, SpanCells } from "./span-cells.tsx";
import type { Go } from "./traces.tsx";
import { useTrace } from "./use-trace.ts";
import { Wheel } from "./wheel.tsx";
import { control } from "../../mirror/control.ts";

const ROW = 28;
const ZOOM = 0.8;
const PAN = 0.15;

/** One session over time: turns, agents, requests and calls under what caused them, with the path that decided how long it all took. */
export function Waterfall(props: { sessionId: string; search: TracesSearch; nowMs: number; isPast: boolean; version: number; go: Go }) {
  const { sessionId, search, isPast, version, go } = props;
  const [attempt, setAttempt] = useState(0);
  const trace = useTrace(sessionId, version * 1_000 + attempt);
  const { head } = trace;
  const spans = useDeferredValue(trace.spans);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState(-1);
  const [isWhole, setWhole] = useState(false);

  const endMs = head?.end === undefined ? props.nowMs : Date.parse(head.end);
  const nowMs = isPast ? Math.min(props.nowMs, endMs) : endMs;
  const startMs = head?.start === undefined ? nowMs : Date.parse(head.start);
  const scale = useMemo(() => {
    const busy = spans.flatMap((span) =>
      span === undefined || span.depth > 0
        ? []
        : [[Date.parse(span.start), span.end === undefined ? endMs : Date.parse(span.end)] as const],
    );
    return createScale(
      trace.arrived < spans.length ? [] : busy,
      startMs,
      Math.max(startMs + 1, endMs),
      isWhole || trace.arrived < spans.length,
    );
  }, [spans, trace.arrived, startMs, endMs, isWhole]);
  const [chosen, setView] = useState<View>();
  const { agent, tool, outcome, min, q, since, until, by } = search;
  const ranged = viewOf(scale, since, until) ?? { from: 0, to: scale.length };
  const view = chosen === undefined ? ranged : within(chosen, scale.length);
  const found = useFound(sessionId, q, version);
  const rows = useMemo((): readonly TraceRow[] => {
    const agents = agent === undefined ? undefined : agentIds(spans, agent);
    const filter = { agent: agents, tool, outcome, min, q, found, since, until, nowMs };
    return by === "agent" || by === "tool" ? groupRows(spans, by, folded, filter) : treeRows(spans, folded, filter);
  }, [spans, folded, agent, tool, outcome, min, q, found, since, until, nowMs, by]);

  const toggle = (key: string) =>
    setFolded((old) => (old.has(key) ? new Set([...old].filter((one) => one !== key)) : new Set([...old, key])));
  const all = useMemo(
    (): readonly string[] =>
      by === "agent" || by === "tool"
        ? groupRows(spans, by, new Set(), { nowMs }).flatMap((row) => (row?.kind === "group" ? [row.key] : []))
        : spans.flatMap((span) => (span !== undefined && (span.kind === "turn" || span.kind === "agent") ? [keyOf(span)] : [])),
    [spans, by, nowMs],
  );

  useActiveOpen(rows, search.open, setActive);

  if (trace.problem !== undefined && spans.length === 0)
    return <Problem what="This session cannot be shown as a waterfall" why={trace.problem} onRetry={() => setAttempt((old) => old + 1)} />;
  if (head === undefined) return <RowsSkeleton />;
  if (head.total === 0)
    return (
      <Notice title="Nothing has been timed yet">
        <p className="notice__text">No source has told a turn, a request or a call of this session.</p>
      </Notice>
    );
  if (rows.length === 0 && trace.arrived === spans.length)
    return (
      <Notice title={isPast ? "Nothing had begun, or nothing matches" : "Nothing in this session matches"} testId="traces-empty">
        <p className="notice__text">The filters above let none of its {whole(head.total)} lines through.</p>
        <button {...control("traces.all")} type="button" className="button" onClick={() => go({ ...nothing, session: sessionId })}>
          Clear the filters
        </button>
      </Notice>
    );

  const choose = (range: { since: string; until: string }): void => {
    setView(undefined);
    go(range);
  };
  const openRow = (index: number): void => {
    const row = rows[index];
    if (row?.kind === "span") go({ open: openText({ session: sessionId, kind: row.span.kind, id: row.span.id }) });
    else if (row?.kind === "group") toggle(row.key);
  };
  const fit = (index: number): void => {
    const row = rows[index];
    if (row?.kind !== "span") return;
    const from = scale.place(Date.parse(row.span.start) - (row.span.queue_ms ?? 0));
    const to = scale.place(row.span.end === undefined ? nowMs : Date.parse(row.span.end));
    const margin = Math.max(2, (to - from) * 0.04);
    setView(within({ from: from - margin, to: to + margin }, scale.length));
  };
  const onKey = (event: KeyboardEvent): void => {
    const row = rows[active];
    const acts: Record<string, () => void> = {
      "+": () => setView(zoom(view, ZOOM, 0.5, scale.length)),
      "=": () => setView(zoom(view, ZOOM, 0.5, scale.length)),
      "-": () => setView(zoom(view, 1 / ZOOM, 0.5, scale.length)),
      "0": () => setView(undefined),
      z: () => fit(active),
      ArrowLeft: () => {
        if (event.shiftKey) return setView(pan(view, -PAN, scale.length));
        if (row === undefined) return undefined;
        if (row.below > 0 && !folded.has(row.key)) return toggle(row.key);
        const depth = row.kind === "group" ? 0 : row.depth;
        const above = rows.slice(0, active).findLastIndex((each) => each !== undefined && (each.kind === "group" || each.depth < depth));
        if (above >= 0) setActive(above);
      },
      ArrowRight: () => {
        if (event.shiftKey) return setView(pan(view, PAN, scale.length));
        if (row === undefined || row.below === 0) return undefined;
        if (folded.has(row.key)) toggle(row.key);
        else setActive(active + 1);
      },
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };

  const isFolded = all.length > 0 && all.every((key) => folded.has(key));
  return (
    <div className="waterfall" data-testid="waterfall" data-arrived={trace.arrived} data-total={head.total}>
      <Summary critical={head.critical} arrived={trace.arrived} total={head.total}>
        <button
          {...control("traces.fold_all")}
          type="button"
          className="linkish"
          onClick={() => setFolded(isFolded ? new Set() : new Set(all))}
        >
          {isFolded ? "Unfold all" : "Fold all"}
        </button>
        {(scale.breaks.length > 0 || isWhole) && (
          <button
            {...control("traces.idle")}
            type="button"
            className="linkish"
            onClick={() => {
              setView(undefined);
              setWhole(!isWhole);
            }}
          >
            {isWhole ? "Shorten idle time" : "Show idle time"}
          </button>
        )}
        {chosen !== undefined && (
          <button {...control("traces.everything")} type="button" className="linkish" onClick={() => setView(undefined)}>
            Show everything
          </button>
        )}
      </Summary>
      {trace.problem !== undefined && (
        <p className="traces__foot" role="alert">
          {trace.problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={() => setAttempt((old) => old + 1)}>
            Try again
          </button>
        </p>
      )}
      <Wheel view={view} length={scale.length} onView={setView}>
        <VirtualRows
          label="Waterfall. Arrows walk and fold, plus and minus zoom, Shift and arrows move along, z zooms to a line"
          role="treegrid"
          control="traces.open"
          testId="waterfall-rows"
          count={rows.length}
          rowHeight={ROW}
          active={active}
          onActive={setActive}
          onOpen={openRow}
          onKey={onKey}
          header={
            <>
              <ColumnHead>What</ColumnHead>
              <ColumnHead data-num>Took</ColumnHead>
              <ColumnHead className="waterfall__axis">
                <AxisDrag scale={scale} view={view} onRange={choose}>
                  <Axis scale={scale} view={view} startMs={startMs} />
                </AxisDrag>
              </ColumnHead>
            </>
          }
          rowProps={(index) => {
            const row = rows[index];
            if (row === undefined) return {};
            return {
              "aria-level": row.kind === "group" ? 1 : row.depth + 1,
              ...(row.below > 0 ? { "aria-expanded": !folded.has(row.key) } : {}),
              "data-kind": row.kind === "group" ? "group" : row.span.kind,
              "data-context": (row.kind === "span" && row.isContext) || undefined,
              "data-failed": (row.kind === "span" && isFailed(row.span.outcome)) || undefined,
              "data-testid": row.key,
            };
          }}
          renderRow={(index) => {
            const row = rows[index];
            if (row?.kind === "group")
              return <GroupCells row={row} scale={scale} view={view} nowMs={nowMs} isFolded={folded.has(row.key)} onToggle={toggle} />;
            return (
              <SpanCells
                row={row}
                scale={scale}
                view={view}
                nowMs={nowMs}
                isFolded={row !== undefined && folded.has(row.key)}
                onToggle={toggle}
              />
            );
          }}
        />
      </Wheel>
    </div>
  );
}

/** The calls that have the words, as the table finds them. */
function useFound(sessionId: string, q: string | undefined, version: number): ReadonlySet<string> | undefined {
  const { value } = useAnswer("traces.find", { session_id: sessionId, text: q ?? "" }, { isIdle: q === undefined, version });
  return useMemo(() => (q === undefined || value === undefined ? undefined : new Set(value.call_ids)), [q, value]);
}

/** What is linked to is the line one stands on, wherever it is. */
function useActiveOpen(rows: readonly TraceRow[], open: string | undefined, setActive: (index: number) => void): void {
  const shown = useRef<string>(undefined);
  useEffect(() => {
    if (open === undefined || shown.current === open) return;
    const key = open.slice(open.indexOf(" ") + 1);
    const index = rows.findIndex((row) => row?.key === key);
    if (index < 0) return;
    shown.current = open;
    setActive(index);
  }, [rows, open, setActive]);
}

function Summary({
  critical,
  arrived,
  total,
  children,
}: {
  critical: { readonly work_ms: number; readonly human_ms: number; readonly idle_ms: number };
  arrived: number;
  total: number;
  children: React.ReactNode;
}) {
  return (
    <div className="waterfall__summary">
      <p data-testid="critical" title="Along the path that decided how long it all took; the time between two turns is left out">
        <span className="shaped">
          <i className="mark-critical" data-mark="work" aria-hidden />
          work <span className="num">{formatDuration(critical.work_ms)}</span>
        </span>
        <span className="shaped">
          <i className="mark-critical" data-mark="human" aria-hidden />
          people <span className="num">{formatDuration(critical.human_ms)}</span>
        </span>
        <span className="shaped dim" title="Nothing was told to run: most of it is the model thinking, where no source times its requests">
          idle <span className="num">{formatDuration(critical.idle_ms)}</span>
        </span>
      </p>
      {arrived < total && (
        <label className="dim waterfall__progress">
          <progress max={total} value={arrived} />
          {whole(arrived)} of {whole(total)} lines
        </label>
      )}
      <span className="traces__gap" />
      {children}
    </div>
  );
}
