import type { AgentView } from "../../../../src/projections/views.ts";
import { useSessionCost } from "../../app/use-session-cost.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { CacheHit, Money } from "../../ui/money.tsx";

/** What the selected agent cost, how much of its prompts came from the cache, and how full its context is. */
export function AgentMoney({ agent }: { agent: AgentView }) {
  const told = useSessionCost(agent.requests === 0 ? undefined : agent.session_id, agent.requests);
  const own = told?.agents.find(({ agent_id }) => agent_id === agent.agent_id);
  const context = told?.contexts.find(({ agent_id }) => agent_id === agent.agent_id);
  return (
    <dl data-testid="agent-money">
      <div className="value">
        <dt>Cost</dt>
        <dd>
          <span className="provenance">{own?.cost.source}</span>
          <Money cost={own?.cost} />
        </dd>
      </div>
      {own !== undefined && (
        <div className="value">
          <dt>Cache hits</dt>
          <dd>
            <CacheHit cache={own.cache} />
          </dd>
        </div>
      )}
      {context !== undefined && (
        <div className="value">
          <dt>Context</dt>
          <dd>
            <ContextBar fill={context} />
          </dd>
        </div>
      )}
    </dl>
  );
}
