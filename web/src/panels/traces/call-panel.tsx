import type { Request } from "../../../../src/projections/usage.ts";
import type { Cost } from "../../../../src/contract/operations/money.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import type { CallView } from "../../../../src/projections/views.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, formatClock, formatCount, formatDuration, formatModel, formatUsd, UNKNOWN, whole, wholeUsd } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { Outcome, outcomeWord } from "../../ui/outcome.tsx";
import { provenanceText } from "../../ui/provenance.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Problem } from "../../ui/states.tsx";
import { readFrom, Value } from "../../ui/value.tsx";
import { durationTitle } from "../live/inspector.tsx";
import { Split } from "./split.tsx";
import { openText } from "./open.ts";
import { Close, Fact, PanelBones, PanelLinks } from "./panel-parts.tsx";
import type { Go } from "./traces.tsx";
import { Caused } from "./caused.tsx";
import { calls as plural } from "./words.ts";
import { control } from "../../mirror/control.ts";

type Answer = OutputFor<"calls.get">;
type Whole = CallView & { readonly error?: unknown };

const EVERY_MS = 2_000;

/** One call whole: what went in and came out, when, what asked for it, what it caused, what it cost. */
export function CallPanel({ sessionId, callId, nowMs, go }: { sessionId: string; callId: string; nowMs: number; go: Go }) {
  const first = useAnswer("calls.get", { session_id: sessionId, call_id: callId });
  const isRunning = (first.value?.call as Whole | undefined)?.state === "running";
  const later = useAnswer("calls.get", { session_id: sessionId, call_id: callId }, { everyMs: EVERY_MS, isIdle: !isRunning });
  const { problem, retry } = first;
  const value = later.value ?? first.value;
  const call = value?.call as Whole | undefined;
  const openCall = (id: string) => go({ open: openText({ session: sessionId, kind: "call", id }) });
  return (
    <aside className="inspector trace-panel" aria-label="Call" data-testid="call-panel">
      <div className="inspector__part">
        <div className="inspector__head">
          <h2 className="inspector__name">
            {call?.name ?? "Call"}{" "}
            {call?.title !== undefined && call.title !== call.name && <span className="dim mono">{safeText(clip(call.title, 240))}</span>}
          </h2>
          <Close go={go} />
        </div>
        {call !== undefined && (
          <div className="inspector__facts">
            <span className="shaped">
              <Outcome call={call} /> {outcomeWord(call)}
            </span>
            {call.exit_code !== undefined && <span>exit code {call.exit_code}</span>}
            {call.settled === "inferred" && <span title="No source has told its end">its end is inferred</span>}
            <span className="mono" title={call.call_id}>
              {clip(call.call_id, 18)}
            </span>
          </div>
        )}
        {Date.parse(call?.ended_at ?? "") > nowMs && (
          <p className="section__note" data-testid="now-note">
            It ended after the moment on the strip: this is the call as it is known now.
          </p>
        )}
        <PanelLinks session={sessionId} agent={call?.agent_id} place={{ call: callId }} go={go} />
      </div>
      {value === undefined && problem !== undefined && <Problem what="This call cannot be shown" why={problem} onRetry={retry} />}
      {value === undefined && problem === undefined && <PanelBones />}
      {value !== undefined && call !== undefined && (
        <>
          <Times call={call} request={value.request} nowMs={nowMs} />
          <div className="inspector__part trace-panel__values">
            {call.error !== undefined && (
              <Value label={`Error${call.exit_code === undefined ? "" : `, exit code ${call.exit_code}`}`} value={call.error} />
            )}
            {call.input !== undefined && <Value label="Input" value={call.input} />}
            {call.output !== undefined && <Value label="Output" value={call.output} path={readFrom(call)} />}
            {call.input === undefined && call.output === undefined && call.error === undefined && (
              <p className="dim">No source has told what went in or came out.</p>
            )}
          </div>
          <Cause value={value} sessionId={sessionId} onOpen={openCall} go={go} />
          <Caused value={value} sessionId={sessionId} go={go} />
        </>
      )}
    </aside>
  );
}

function Times({ call, request, nowMs }: { call: Whole; request: Answer["request"]; nowMs: number }) {
  const running = call.state === "running" && call.started_at !== undefined ? nowMs - Date.parse(call.started_at) : undefined;
  const duration = running ?? call.duration_ms;
  const answered = (request as { at?: string } | undefined)?.at;
  const queue =
    answered === undefined || call.started_at === undefined ? undefined : Math.max(0, Date.parse(call.started_at) - Date.parse(answered));
  const whole_ms =
    call.ended_at === undefined || call.started_at === undefined ? duration : Date.parse(call.ended_at) - Date.parse(call.started_at);
  const run = call.latency_ms ?? (whole_ms === undefined ? undefined : Math.max(0, whole_ms - (call.permission_wait_ms ?? 0)));
  return (
    <div className="inspector__part">
      <Split queue={queue} human={call.permission_wait_ms} run={run} outcome={call.outcome} />
      <dl>
        <Fact word="Begun" title={lines(call.started_at, provenanceText(call, "started_at"))}>
          {call.started_at === undefined ? UNKNOWN : formatClock(Date.parse(call.started_at), true)}
        </Fact>
        <Fact word="Ended" title={lines(call.ended_at, provenanceText(call, "ended_at"))}>
          {call.ended_at === undefined ? (call.state === "running" ? "runs" : UNKNOWN) : formatClock(Date.parse(call.ended_at), true)}
        </Fact>
        <Fact word="Took" title={durationTitle(call, duration)}>
          {formatDuration(duration)}
        </Fact>
      </dl>
    </div>
  );
}

function lines(...words: readonly (string | undefined)[]): string | undefined {
  return words.filter(Boolean).join("\n") || undefined;
}

/** The model request that asked for it, with what else it asked for, and the part of its price. */
function Cause({ value, sessionId, onOpen, go }: { value: Answer; sessionId: string; onOpen: (id: string) => void; go: Go }) {
  const request = value.request as (Request & { readonly cost?: Cost }) | undefined;
  const { share, siblings } = value;
  return (
    <div className="inspector__part">
      <h3 className="heading">Asked for by</h3>
      {request === undefined ? (
        <p className="dim">No source has told which model request asked for it.</p>
      ) : (
        <dl>
          <div className="value">
            <dt>Model request</dt>
            <dd>
              <button
                {...control("traces.open", openText({ session: sessionId, kind: "request", id: request.request_id }))}
                type="button"
                className="linkish mono"
                title={request.request_id}
                onClick={() => go({ open: openText({ session: sessionId, kind: "request", id: request.request_id }) })}
              >
                {formatModel(request.model)}
              </button>
            </dd>
          </div>
          <div className="value">
            <dt>Its cost</dt>
            <dd>
              <Money cost={request.cost} />
            </dd>
          </div>
          <Fact word="This call's share" title={shareTitle(share, siblings.length + 1)}>
            {share === undefined ? UNKNOWN : `≈ ${formatCount(share.output_tokens)} tokens · ≈ ${formatUsd(share.usd_micros)}`}
          </Fact>
        </dl>
      )}
      {siblings.length > 0 && (
        <>
          <p className="fold__label trace-panel__label">Asked for at the same time</p>
          <ul>
            {siblings.map((row) => (
              <li key={row.call_id}>
                <button
                  {...control("traces.open", openText({ session: sessionId, kind: "call", id: row.call_id }))}
                  type="button"
                  className="call"
                  onClick={() => onOpen(row.call_id)}
                >
                  <Outcome call={row} />
                  <span className="call__title">
                    <b>{row.name ?? "call"}</b> {row.title !== undefined && row.title !== row.name && <span>{safeText(row.title)}</span>}
                  </span>
                  <span className="num">{formatDuration(row.duration_ms)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function shareTitle(share: Answer["share"], calls: number): string {
  if (share === undefined) return "Neither tokens nor price of its request are known";
  const money = share.usd_micros === undefined ? "its price is not known" : wholeUsd(share.usd_micros);
  return `Estimated: no agent program tells what a call cost. The request's output tokens and price are divided by the ${plural(calls)} that it asked for.\n${whole(share.output_tokens)} output tokens\n${money}`;
}
