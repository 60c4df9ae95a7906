import { Link } from "@tanstack/react-router";
import type { CallRow } from "../../../../src/contract/operations/catalog.ts";
import type { CallView } from "../../../../src/projections/views.ts";
import { clip, formatDuration, formatMoment } from "../../ui/format.ts";
import { Outcome, outcomeOf, outcomeWord } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { barOf, type windowOf } from "./waterfall.ts";

/** One call of the list, with its bar; it leads to its place in the conversation. */
export function CallLine({ row, window, nowMs }: { row: CallRow; window: ReturnType<typeof windowOf>; nowMs: number }) {
  const call = row as unknown as CallView;
  const startMs = Date.parse(row.started_at ?? "");
  const bar = window && barOf(row, window, nowMs);
  const duration = row.state === "running" && row.started_at !== undefined ? nowMs - startMs : row.duration_ms;
  return (
    <li>
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: row.session_id }}
        search={{ call: row.call_id }}
        className="trace"
        data-outcome={outcomeOf(call)}
        data-testid={`trace-${row.call_id}`}
      >
        <Outcome call={call} />
        <span className="trace__name">
          <b>{row.name ?? "call"}</b> {row.title !== undefined && row.title !== row.name && safeText(clip(row.title, 120))}
        </span>
        <span className="trace__start num dim" title={row.started_at ?? "No source has told when it began"}>
          {Number.isNaN(startMs) ? "?" : formatMoment(startMs, nowMs)}
        </span>
        <span className="trace__track" aria-hidden>
          {bar !== undefined && (
            <span className="trace__bar" style={{ left: `${100 * bar.left}%`, width: `max(2px, ${100 * bar.width}%)` }} />
          )}
        </span>
        <span className="trace__time num">
          {outcomeOf(call) === "ok" ? "" : `${outcomeWord(call)} · `}
          {formatDuration(duration)}
        </span>
      </Link>
    </li>
  );
}
