import { Bot, ChevronRight, CornerDownRight, Sparkles, User, Wrench } from "lucide-react";
import type { TraceSpan } from "../../../../src/contract/operations/catalog.ts";
import { clip, formatDuration, formatModel, UNKNOWN, whole } from "../../ui/format.ts";
import { control } from "../../mirror/control.ts";
import { Outcome } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Bone } from "../../ui/states.tsx";
import { Cell } from "../../ui/virtual-rows.tsx";
import { heatOf } from "./heat.ts";
import { durationOf, isFailed, toolOf, type GroupRow, type SpanRow } from "./rows.ts";
import type { Scale, View } from "./scale.ts";
import { calls as plural } from "./words.ts";

const INDENT = 14;
const MOST_INDENTED = 8;
/** Bars of a group drawn at most. */
const MARKS = 300;

interface Place {
  readonly scale: Scale;
  readonly view: View;
  readonly nowMs: number;
  readonly isFolded: boolean;
  onToggle(key: string): void;
}

export function SpanCells({ row, scale, view, nowMs, isFolded, onToggle }: Place & { row: SpanRow | undefined }) {
  if (row === undefined)
    return (
      <Cell className="waterfall__name">
        <Bone width="55%" />
      </Cell>
    );
  const { span } = row;
  const duration = durationOf(span, nowMs);
  const isTimed = span.kind !== "request" || span.run_ms !== undefined;
  return (
    <>
      <Cell className="waterfall__name" style={{ paddingLeft: Math.min(MOST_INDENTED, row.depth) * INDENT }} title={span.name}>
        <Fold row={row} isFolded={isFolded} onToggle={onToggle} />
        {span.critical !== undefined && (
          <i
            className="mark-critical"
            data-mark={span.critical}
            title={span.critical === "human" ? "Critical path: a person was waited for" : "Critical path"}
          >
            <span className="unseen">{span.critical === "human" ? "critical, a person" : "critical"}</span>
          </i>
        )}
        <KindIcon span={span} />
        <span className="waterfall__words">{words(span)}</span>
      </Cell>
      <Cell
        className="num heat"
        data-heat={heatOf(duration)}
        title={isTimed ? splitTitle(span, duration) : "No source has told how long this request took"}
      >
        {isTimed ? formatDuration(duration) : UNKNOWN}
      </Cell>
      <Cell className="waterfall__lane">
        <Bar span={span} scale={scale} view={view} nowMs={nowMs} />
      </Cell>
    </>
  );
}

export function GroupCells({ row, scale, view, nowMs, isFolded, onToggle }: Place & { row: GroupRow }) {
  const step = Math.max(1, Math.ceil(row.spans.length / MARKS));
  return (
    <>
      <Cell className="waterfall__name" title={row.name}>
        <Fold row={row} isFolded={isFolded} onToggle={onToggle} />
        <span className="waterfall__words">
          <b>{clip(row.name, 60)}</b>{" "}
          <span className="dim">
            {row.calls > 0 ? plural(row.calls) : `${whole(row.below)} requests`}
            {row.failed > 0 && `, ${whole(row.failed)} went wrong`}
          </span>
        </span>
      </Cell>
      <Cell className="num" title={`${whole(row.totalMs)} ms together`}>
        {formatDuration(row.totalMs)}
      </Cell>
      <Cell className="waterfall__lane">
        {row.spans
          .filter((_, index) => index % step === 0)
          .map((span) => (
            <Bar key={span.id} span={span} scale={scale} view={view} nowMs={nowMs} />
          ))}
      </Cell>
    </>
  );
}

function Fold({ row, isFolded, onToggle }: { row: SpanRow | GroupRow; isFolded: boolean; onToggle: (key: string) => void }) {
  if (row.below === 0) return <span className="waterfall__nofold" />;
  return (
    // The arrow keys do the same, and the row says whether it is open.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <span
      {...control("traces.fold", row.key)}
      className="waterfall__fold"
      data-open={!isFolded || undefined}
      title={isFolded ? `Unfold ${whole(row.below)} lines` : "Fold"}
      onClick={(event) => {
        event.stopPropagation();
        onToggle(row.key);
      }}
    >
      <ChevronRight size={13} aria-hidden />
    </span>
  );
}

function KindIcon({ span }: { span: TraceSpan }) {
  if (span.kind === "call")
    return span.end === undefined || span.outcome !== "ok" ? (
      <Outcome call={{ state: span.end === undefined ? "running" : "ended", outcome: span.outcome }} />
    ) : (
      <Wrench size={12} className="waterfall__icon" aria-hidden />
    );
  const Icon = span.kind === "turn" ? User : span.kind === "agent" ? Bot : span.kind === "request" ? Sparkles : CornerDownRight;
  return <Icon size={12} className="waterfall__icon" aria-hidden />;
}

function words(span: TraceSpan) {
  if (span.kind === "request") return <span className="dim">{formatModel(span.name)}</span>;
  if (span.kind !== "call") return <b>{safeText(clip(span.name, 160))}</b>;
  const tool = toolOf(span);
  return (
    <>
      <b>{tool}</b> <span className="mono dim">{safeText(span.name.slice(tool.length + 1))}</span>
    </>
  );
}

function splitTitle({ queue_ms, human_ms, run_ms }: TraceSpan, duration: number): string {
  const part = (word: string, ms: number | undefined) => ms !== undefined && `${word} ${whole(ms)} ms`;
  return [`${whole(duration)} ms`, part("queued before it", queue_ms), part("waited for a person", human_ms), part("ran", run_ms)]
    .filter(Boolean)
    .join("\n");
}

/** Queue before the beginning, then the person's part, then the run. */
function Bar({ span, scale, view, nowMs }: { span: TraceSpan; scale: Scale; view: View; nowMs: number }) {
  const startMs = Date.parse(span.start);
  const endMs = Math.max(startMs, Math.min(nowMs, span.end === undefined ? nowMs : Date.parse(span.end)));
  const queuedMs = startMs - (span.queue_ms ?? 0);
  const humanMs = Math.min(endMs, startMs + (span.human_ms ?? 0));
  const width = view.to - view.from;
  const piece = (part: string, fromMs: number, toMs: number) => {
    const from = Math.max(view.from, scale.place(fromMs));
    const to = Math.min(view.to, scale.place(toMs));
    if (to < view.from || from > view.to) return null;
    return (
      <i
        key={part}
        className="bar"
        data-part={part}
        data-kind={span.kind}
        data-critical={span.critical}
        data-failed={isFailed(span.outcome) || undefined}
        data-running={span.end === undefined || undefined}
        data-heat={heatOf(endMs - startMs)}
        style={{ left: `${(100 * (from - view.from)) / width}%`, width: `${(100 * Math.max(0, to - from)) / width}%` }}
      />
    );
  };
  return (
    <>
      {queuedMs < startMs && piece("queue", queuedMs, startMs)}
      {humanMs > startMs && piece("human", startMs, humanMs)}
      {piece("run", humanMs, endMs)}
    </>
  );
}
