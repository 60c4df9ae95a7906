import { Link } from "@tanstack/react-router";
import type { RefObject } from "react";
import { ArrowUpRight, X } from "lucide-react";
import type { Todo } from "../../../../src/projections/todos.ts";
import type { AgentView, CallView } from "../../../../src/projections/views.ts";
import { callCount, tokenSum } from "../../app/selectors.ts";
import { clip, formatCount, formatDuration, formatModel, UNKNOWN, whole } from "../../ui/format.ts";
import { AskList } from "../../ui/ask-list.tsx";
import { Outcome, outcomeOf } from "../../ui/outcome.tsx";
import { todoCounts, TodoList } from "../../ui/todo-list.tsx";
import { Provenance, provenanceText } from "../../ui/provenance.tsx";
import { FollowButton } from "../../app/follow-button.tsx";
import { AgentMoney } from "./agent-money.tsx";
import { useAgentCalls } from "./use-agent-calls.ts";
import { TokenBar } from "./token-bar.tsx";
import { ToolList } from "./tool-list.tsx";
import { control } from "../../mirror/control.ts";

const SHOWN_CALLS = 60;

export function Inspector(props: {
  frameRef: RefObject<HTMLElement | null>;
  agent: AgentView;
  calls: readonly CallView[];
  todos: readonly Todo[];
  parent: AgentView | undefined;
  nowMs: number;
  onClose: () => void;
  onSelect: (key: string) => void;
  isPast: boolean;
}) {
  const { frameRef, agent, todos, parent, nowMs, isPast, onClose, onSelect } = props;
  const { done, of } = todoCounts(todos);
  const made = callCount(agent);
  const calls = useAgentCalls(agent, props.calls, made, isPast);
  const endMs = agent.status === "ended" && agent.ended_at !== undefined ? Date.parse(agent.ended_at) : nowMs;
  // What somebody has to do something about stands before what there is to know.
  const asks = agent.asks.length > 0 && (
    <div className="inspector__part" data-testid="inspector-asks">
      <h3 className="heading">{agent.status === "waiting" ? "Waits for you" : "Asked"}</h3>
      <AskList asks={agent.asks} nowMs={nowMs} />
    </div>
  );
  return (
    <aside ref={frameRef} className="inspector" aria-label={`Agent ${agent.label}`} data-testid="inspector">
      <div className="inspector__part">
        <div className="inspector__head">
          <h2 className="inspector__name">
            {agent.label}{" "}
            {agent.agent_type !== undefined && agent.agent_type !== agent.label && <span className="dim">{agent.agent_type}</span>}
          </h2>
          <Link
            {...control("live.open_session", agent.session_id)}
            to="/sessions/$sessionId"
            params={{ sessionId: agent.session_id }}
            className="button button--icon"
            title="Open session"
            aria-label="Open session"
          >
            <ArrowUpRight size={15} />
          </Link>
          <FollowButton agentKey={`${agent.session_id} ${agent.agent_id}`} />
          <button
            {...control("live.close")}
            type="button"
            className="button button--icon"
            onClick={onClose}
            title="Close (Escape)"
            aria-label="Close inspector"
          >
            <X size={15} />
          </button>
        </div>
        <div className="inspector__facts">
          <span
            className="mono"
            title={agent.model === undefined ? "The model is not known" : lines(agent.model, provenanceText(agent, "model"))}
          >
            {formatModel(agent.model)}
          </span>
          <span>depth {agent.depth}</span>
          {agent.background === true && <span title={provenanceText(agent, "background")}>in the background</span>}
          <span className="num" title={`Appeared ${agent.spawned_at}`}>
            {formatDuration(endMs - Date.parse(agent.spawned_at))}
          </span>
          <StatusWord agent={agent} />
        </div>
      </div>
      {agent.status === "waiting" && asks}
      <div className="inspector__part">
        <dl>
          <div className="value">
            <dt>Tokens</dt>
            <dd className="num" title={agent.requests === 0 ? "No source has told the tokens" : whole(tokenSum(agent.tokens))}>
              {agent.requests === 0 ? UNKNOWN : formatCount(tokenSum(agent.tokens))}
            </dd>
          </div>
        </dl>
        {agent.requests > 0 && <TokenBar tokens={agent.tokens} />}
        <AgentMoney agent={agent} />
        <dl>
          <div className="value">
            <dt>Model requests</dt>
            <dd>
              <span className="num">{agent.requests === 0 ? UNKNOWN : whole(agent.requests)}</span>
            </dd>
          </div>
          {parent !== undefined && (
            <div className="value">
              <dt>Started by</dt>
              <dd>
                {agent.edge === "inferred" ? (
                  <span
                    className="provenance"
                    data-shown
                    title="No source has named the parent: it is worked out from the calls that were open then"
                  >
                    inferred
                  </span>
                ) : (
                  <Provenance of={agent} field="parent_agent_id" />
                )}
                <button
                  {...control("live.agent", `${parent.session_id} ${parent.agent_id}`)}
                  type="button"
                  onClick={() => onSelect(`${parent.session_id} ${parent.agent_id}`)}
                  className="linkish"
                >
                  {clip(parent.label, 28)}
                </button>
              </dd>
            </div>
          )}
        </dl>
      </div>
      {agent.task !== undefined && (
        <div className="inspector__part">
          <h3 className="heading">Task</h3>
          <p className="prose prose--clipped" title={agent.task}>
            {agent.task}
          </p>
        </div>
      )}
      {agent.summary !== undefined && (
        <div className="inspector__part">
          <h3 className="heading">Result</h3>
          <p className="prose prose--clipped" title={agent.summary}>
            {agent.summary}
          </p>
        </div>
      )}
      {agent.status !== "waiting" && asks}
      {todos.length > 0 && (
        <div className="inspector__part" data-testid="inspector-todos">
          <h3 className="heading">
            Todos{" "}
            <span className="num">
              {done} of {of}
            </span>
          </h3>
          <TodoList todos={todos} />
        </div>
      )}
      <ToolList tools={agent.tools} agent={agent} />
      <div className="inspector__part">
        <h3 className="heading">
          Calls <span className="num">{whole(made)}</span>
        </h3>
        {made === 0 && <p className="dim">None yet.</p>}
        <ul>
          {calls.slice(0, SHOWN_CALLS).map((call) => (
            <CallLine key={call.call_id} call={call} nowMs={nowMs} session={agent.session_id} />
          ))}
        </ul>
        {made > Math.min(calls.length, SHOWN_CALLS) && (
          <p className="dim">
            {whole(made - Math.min(calls.length, SHOWN_CALLS))} earlier calls are in the{" "}
            <Link
              {...control("live.open_session", agent.session_id)}
              to="/sessions/$sessionId"
              params={{ sessionId: agent.session_id }}
              className="linkish"
            >
              session
            </Link>
            .
          </p>
        )}
      </div>
    </aside>
  );
}

function CallLine({ call, nowMs, session }: { call: CallView; nowMs: number; session: string }) {
  const name = call.name ?? "call";
  const runningMs = call.started_at === undefined ? undefined : nowMs - Date.parse(call.started_at);
  const duration = call.state === "running" ? runningMs : call.duration_ms;
  return (
    <li data-testid={`call-row-${call.call_id}`} data-outcome={outcomeOf(call)}>
      <Link
        {...control("live.open_call", call.call_id)}
        to="/sessions/$sessionId"
        params={{ sessionId: session }}
        search={{ call: call.call_id }}
        className="call"
        title={`${name} ${call.title ?? ""}`}
      >
        <Outcome call={call} />
        <span className="call__title">
          <b>{name}</b> {call.title !== undefined && call.title !== name && <span>{call.title}</span>}
        </span>
        <span className="num" title={durationTitle(call, duration)}>
          {formatDuration(duration)}
        </span>
      </Link>
    </li>
  );
}

/** A duration to the digit, who told when the call began and ended, and how long a person was waited for. */
export function durationTitle(call: CallView, duration: number | undefined): string {
  if (duration === undefined) return "The duration is not known";
  const told =
    provenanceText(call, "latency_ms") ?? (call.settled === "inferred" ? "its end is inferred" : provenanceText(call, "outcome"));
  const waited = call.waited_ms === undefined ? undefined : `after ${whole(call.waited_ms)} ms of waiting for a person`;
  return lines(`${whole(duration)} ms`, told, waited);
}

function lines(...words: readonly (string | undefined)[]): string {
  return words.filter(Boolean).join("\n");
}

export function StatusWord({ agent }: { agent: AgentView }) {
  const words = agent.status === "waiting" ? "waiting for you" : agent.status === "ended" ? (agent.outcome ?? "ended") : agent.status;
  return (
    <span
      className="status"
      data-status={agent.status}
      data-outcome={agent.status === "ended" ? agent.outcome : undefined}
      title={agent.status === "waiting" ? agent.asks[0]?.prompt : agent.status === "ended" ? provenanceText(agent, "outcome") : undefined}
    >
      {words}
    </span>
  );
}
