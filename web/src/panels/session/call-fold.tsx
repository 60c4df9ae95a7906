import { Link, useParams } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import type { CallView } from "../../../../src/projections/views.ts";
import { useApp } from "../../app/app-context.ts";
import { durationTitle } from "../live/inspector.tsx";
import { formatDuration } from "../../ui/format.ts";
import { Outcome, outcomeOf, outcomeWord } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { readFrom, Value } from "../../ui/value.tsx";
import { Picture } from "./picture.tsx";
import { picturesIn } from "./pictures.ts";
import { EditCounts, EditDiffs, hasDiff } from "../../ui/edit-diff.tsx";
import { control } from "../../mirror/control.ts";

/** One call: a line, and behind it what went in and what came out. */
export function CallFold({
  call,
  nowMs,
  isTarget,
  isOpen,
  onToggle,
}: {
  call: CallView;
  nowMs: number;
  isTarget: boolean;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}) {
  const running = call.state === "running" && call.started_at !== undefined ? nowMs - Date.parse(call.started_at) : undefined;
  const duration = running ?? call.duration_ms;
  const { sessionId } = useParams({ strict: false });
  const { isRecording } = useApp();
  const isEdit = isOpen && hasDiff(call);
  const { pictures, rest: output } = useMemo(() => picturesIn(isOpen ? call.output : undefined), [isOpen, call.output]);
  return (
    <details
      className="fold"
      open={isOpen}
      onToggle={(event) => event.currentTarget.open !== isOpen && onToggle(event.currentTarget.open)}
      data-testid={`call-row-${call.call_id}`}
      data-outcome={outcomeOf(call)}
      data-target={isTarget || undefined}
    >
      <summary {...control("session.open_call", call.call_id)}>
        <ChevronRight size={13} className="fold__arrow" aria-hidden />
        <Outcome call={call} />
        <span className="call__title">
          <b>{call.name ?? "call"}</b> {call.title !== undefined && call.title !== call.name && <span>{safeText(call.title)}</span>}
        </span>
        <EditCounts call={call} />
        <span className="num" title={durationTitle(call, duration)}>
          {outcomeOf(call) === "ok" ? "" : `${outcomeWord(call)} · `}
          {formatDuration(duration)}
        </span>
      </summary>
      {isOpen && (
        <div className="fold__body">
          <EditDiffs call={call} />
          {pictures.length > 0 && (
            <div className="pictures">
              {pictures.map((text, index) => (
                <Picture key={index} text={text} name={`Image ${index + 1} of ${call.name ?? "the call"}`} />
              ))}
            </div>
          )}
          {!isEdit && call.input !== undefined && <Value label="Input" value={call.input} />}
          {call.error !== undefined && (
            <Value label={`Error${call.exit_code === undefined ? "" : `, exit code ${call.exit_code}`}`} value={call.error} />
          )}
          {!isEdit && call.output !== undefined && <Value label="Output" value={output} path={readFrom(call)} />}
          {isEdit && <AsTold call={call} />}
          {call.input === undefined && call.output === undefined && call.error === undefined && (
            <p className="dim">No source has told what went in or came out.</p>
          )}
          {sessionId !== undefined && isRecording !== true && (
            <p>
              <Link
                {...control("session.call_traces", call.call_id)}
                to="/traces"
                search={{ session: sessionId, open: `${sessionId} call:${call.call_id}` }}
                className="linkish"
              >
                In the trace
              </Link>
              {" · "}
              <Link
                {...control("session.call_live", call.call_id)}
                to="/"
                search={{ session: sessionId, agent: `${sessionId} ${call.agent_id}` }}
                className="linkish"
              >
                Its agent in the graph
              </Link>
            </p>
          )}
        </div>
      )}
    </details>
  );
}

/** Behind the diff of an edit: the words that it was read from. */
function AsTold({ call }: { call: CallView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="fold" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary {...control("view.fold")}>
        <ChevronRight size={13} className="fold__arrow" aria-hidden />
        <span className="fold__words">Input and output as told</span>
      </summary>
      {isOpen && (
        <div className="fold__body">
          {call.input !== undefined && <Value label="Input" value={call.input} />}
          {call.output !== undefined && <Value label="Output" value={call.output} />}
        </div>
      )}
    </details>
  );
}
