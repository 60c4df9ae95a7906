import { ChevronRight } from "lucide-react";
import { isBodyRef, type Text } from "../../../../src/contract/text.ts";
import type { CallView } from "../../../../src/projections/views.ts";
import { Code } from "../../ui/code.tsx";
import { durationTitle } from "../live/inspector.tsx";
import { formatDuration } from "../../ui/format.ts";
import { Outcome, outcomeOf, outcomeWord } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { LongText } from "./long-text.tsx";

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
  return (
    <details
      className="fold"
      open={isOpen}
      onToggle={(event) => event.currentTarget.open !== isOpen && onToggle(event.currentTarget.open)}
      data-testid={`call-row-${call.call_id}`}
      data-outcome={outcomeOf(call)}
      data-target={isTarget || undefined}
    >
      <summary>
        <ChevronRight size={13} className="fold__arrow" aria-hidden />
        <Outcome call={call} />
        <span className="call__title">
          <b>{call.name ?? "call"}</b> {call.title !== undefined && call.title !== call.name && <span>{safeText(call.title)}</span>}
        </span>
        <span className="num" title={durationTitle(call, duration)}>
          {outcomeOf(call) === "ok" ? "" : `${outcomeWord(call)} · `}
          {formatDuration(duration)}
        </span>
      </summary>
      {isOpen && (
        <div className="fold__body">
          {call.input !== undefined && <Value label="Input" value={call.input} />}
          {call.error !== undefined && (
            <Value label={`Error${call.exit_code === undefined ? "" : `, exit code ${call.exit_code}`}`} value={call.error} />
          )}
          {call.output !== undefined && <Value label="Output" value={call.output} />}
          {call.input === undefined && call.output === undefined && call.error === undefined && (
            <p className="dim">No source has told what went in or came out.</p>
          )}
        </div>
      )}
    </details>
  );
}

function Value({ label, value }: { label: string; value: unknown }) {
  const { text, language } = readable(value);
  return (
    <div>
      <div className="fold__label">{label}</div>
      <LongText text={text}>{(words) => <Code text={safeText(words)} language={language} wrap />}</LongText>
    </div>
  );
}

/** Text as it is; the one thing that an input is about, as itself; everything else as JSON. */
function readable(value: unknown): { text: Text; language?: string } {
  if (typeof value === "string") return { text: value };
  if (isBodyRef(value)) return { text: value };
  const command = (value as { command?: unknown }).command;
  if (typeof command === "string") return { text: command, language: "bash" };
  return { text: JSON.stringify(value, undefined, 2) ?? String(value), language: "json" };
}
