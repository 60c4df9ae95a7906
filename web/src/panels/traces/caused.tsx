import { Link } from "@tanstack/react-router";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { control } from "../../mirror/control.ts";
import { formatClock, formatModel, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { nothing } from "./filter-chips.tsx";
import { openText } from "./open.ts";
import type { Go } from "./traces.tsx";
import { calls as plural, requests } from "./words.ts";

/** What a call set off: the request that read its result, and agents, each with the way to its calls and requests. */
export function Caused({ value, sessionId, go }: { value: OutputFor<"calls.get">; sessionId: string; go: Go }) {
  const { agents, read_by: reader } = value.caused;
  if (agents.length === 0 && reader === undefined) return null;
  const open = reader === undefined ? "" : openText({ session: sessionId, kind: "request", id: reader.request_id });
  return (
    <div className="inspector__part" data-testid="call-caused">
      <h3 className="heading">
        {agents.length === 0 ? (
          "It caused"
        ) : (
          <>
            It caused <span className="num">{whole(agents.length)}</span> {agents.length === 1 ? "agent" : "agents"}
          </>
        )}
      </h3>
      {reader !== undefined && (
        <dl>
          <div className="value">
            <dt>Result read by</dt>
            <dd>
              <button
                {...control("traces.open", open)}
                type="button"
                className="linkish mono"
                title={`Inferred: the agent's next model request, answered ${formatClock(Date.parse(reader.at), true)}\n${reader.request_id}`}
                onClick={() => go({ open })}
              >
                {formatModel(reader.model)}
              </button>
            </dd>
          </div>
        </dl>
      )}
      <ul>
        {agents.map((agent) => (
          <li
            key={agent.agent_id}
            className="trace-panel__agent"
            style={{ paddingLeft: Math.max(0, Number(agent["depth"] ?? 1) - 1) * 12 }}
          >
            <Link
              {...control("traces.in_live")}
              to="/"
              search={{ session: sessionId, agent: `${sessionId} ${agent.agent_id}` }}
              className="linkish"
              title="In the graph"
            >
              {safeText(agent.label)}
            </Link>
            <span className="trace-panel__ways">
              <button
                {...control("traces.narrow", `calls ${agent.agent_id}`)}
                type="button"
                className="linkish dim"
                onClick={() => go({ ...onlyOf(sessionId, agent.agent_id), kind: undefined, table: true }, false)}
              >
                {plural(agent.calls)}
              </button>
              <button
                {...control("traces.narrow", `requests ${agent.agent_id}`)}
                type="button"
                className="linkish dim"
                onClick={() => go({ ...onlyOf(sessionId, agent.agent_id), kind: "requests" }, false)}
              >
                {requests(agent.requests)}
              </button>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Nothing else narrows what an agent did. */
function onlyOf(session: string, agent: string): Parameters<Go>[0] {
  return { ...nothing, by: undefined, session, agent };
}
