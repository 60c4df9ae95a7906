import { MAIN_AGENT } from "../../../../src/contract/ids.ts";
import { useSelected } from "../../app/app-context.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { usePast } from "../../app/use-past.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, formatDuration, formatModel, whole } from "../../ui/format.ts";
import { Outcome } from "../../ui/outcome.tsx";
import { safeText } from "../../ui/safe-text.ts";
import { Problem } from "../../ui/states.tsx";
import { RequestFacts } from "./request-facts.tsx";
import { asOf } from "./as-of.ts";
import { openText, type Open } from "./open.ts";
import { Close, PanelBones, PanelLinks } from "./panel-parts.tsx";
import type { Go } from "./traces.tsx";
import { agentName, calls as plural } from "./words.ts";
import { control } from "../../mirror/control.ts";

const LIMIT = 100;
const words = { turn: "Turn", agent: "Agent", request: "Model request", call: "Call" } as const;
const stateOf = (snapshot: Snapshot) => shownOf(snapshot).state;

/** A request, a turn or an agent, with the calls that it caused. */
export function SpanPanel({ open, nowMs, go }: { open: Open; nowMs: number; go: Go }) {
  const { session, kind, id } = open;
  const field = kind === "request" ? { request_id: id } : kind === "turn" ? { turn_id: id } : { agent_id: id };
  const past = usePast();
  const { value, problem, retry } = useAnswer("calls.list", {
    session_id: session,
    ...field,
    order: "oldest",
    limit: LIMIT,
    ...(past === undefined ? {} : { until: past }),
  });
  const rows = past === undefined ? (value?.items ?? []) : (value?.items ?? []).flatMap((row) => asOf(row, Date.parse(past)) ?? []);
  const known = useSelected(stateOf).sessions.get(session as never);
  const asked = useAnswer("requests.list", { session_id: session, request_id: id, limit: 1 }, { isIdle: kind !== "request" });
  const request = asked.value?.items[0];
  const agent = kind === "agent" ? known?.agents.get(id as never) : undefined;
  const agentId = agent?.agent_id ?? request?.agent_id;
  const title = request === undefined ? (agent === undefined ? clip(id, 40) : agentName(agent, id)) : formatModel(request.model);
  return (
    <aside className="inspector trace-panel" aria-label={words[kind]} data-testid="span-panel">
      <div className="inspector__part">
        <div className="inspector__head">
          <h2 className="inspector__name">
            {words[kind]} <span className="dim">{safeText(title)}</span>
          </h2>
          <Close go={go} />
        </div>
        <div className="inspector__facts">
          <span className="mono" title={id}>
            {clip(id, 36)}
          </span>
        </div>
        <PanelLinks
          session={session}
          agent={agentId}
          place={id === MAIN_AGENT ? {} : { hash: new URLSearchParams({ pin: `${kind} ${id}` }).toString() }}
          go={go}
        />
      </div>
      {request !== undefined && <RequestFacts request={request} go={go} />}
      {value === undefined && problem !== undefined && <Problem what="Its calls cannot be listed" why={problem} onRetry={retry} />}
      {value === undefined && problem === undefined && <PanelBones />}
      {value !== undefined && (
        <div className="inspector__part">
          <h3 className="heading">
            {kind === "request" ? "It asked for" : "Its calls"}{" "}
            <span className="num">
              {whole(rows.length)}
              {value.next_cursor === undefined ? "" : "+"}
            </span>
          </h3>
          {rows.length === 0 && <p className="dim">No call is known of it.</p>}
          <ul>
            {rows.map((row) => (
              <li key={row.call_id}>
                <button
                  {...control("traces.open", openText({ session, kind: "call", id: row.call_id }))}
                  type="button"
                  className="call"
                  onClick={() => go({ open: openText({ session, kind: "call", id: row.call_id }) })}
                >
                  <Outcome call={row} />
                  <span className="call__title">
                    <b>{row.name ?? "call"}</b> {row.title !== undefined && row.title !== row.name && <span>{safeText(row.title)}</span>}
                  </span>
                  <span className="num">
                    {formatDuration(
                      row.state === "running" && row.started_at !== undefined ? nowMs - Date.parse(row.started_at) : row.duration_ms,
                    )}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {value.next_cursor !== undefined && <p className="dim">The first {plural(LIMIT)}; the table has them all.</p>}
        </div>
      )}
    </aside>
  );
}
