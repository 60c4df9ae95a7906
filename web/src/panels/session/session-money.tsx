import { Link } from "@tanstack/react-router";
import type { SessionView } from "../../../../src/projections/views.ts";
import { useApp } from "../../app/app-context.ts";
import { tokenSum } from "../../app/selectors.ts";
import type { SessionCost } from "../../app/use-session-cost.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { formatCount, formatMoment, formatPercent, UNKNOWN, whole } from "../../ui/format.ts";
import { CacheHit, Money } from "../../ui/money.tsx";
import { control } from "../../mirror/control.ts";

/** Under a session's title: what it cost, its tokens, how well the cache served it, how full the main context is, and how plan limits stand. */
export function SessionMoney({
  view,
  cost,
  compactions,
  nowMs,
}: {
  view: SessionView;
  cost: SessionCost | undefined;
  compactions: number;
  nowMs: number;
}) {
  const { isRecording } = useApp();
  const main = cost?.contexts.find(({ agent_id }) => agent_id === "agt_main");
  const spent = tokenSum(view.tokens) + (view.input_unsplit ?? 0);
  return (
    <dl className="session__money" data-testid="session-money">
      <div>
        <dt>Cost</dt>
        <dd>
          {isRecording === true ? (
            <Money cost={cost?.cost} />
          ) : (
            <Link
              {...control("session.requests")}
              to="/traces"
              search={{ session: view.session_id, table: true, kind: "requests", order: "oldest" }}
              className="linkish"
              title="Its model requests one by one, each with its cost"
            >
              <Money cost={cost?.cost} />
            </Link>
          )}
          {cost !== undefined && cost.cost.source !== "unknown" && <span className="session__source">{cost.cost.source}</span>}
        </dd>
      </div>
      <div>
        <dt>Tokens</dt>
        <dd className="num" title={tokensTitle(view, spent)}>
          {spent === 0 && view.requests === 0 ? UNKNOWN : formatCount(spent)}
        </dd>
      </div>
      <div>
        <dt>Cache hits</dt>
        <dd>
          <CacheHit cache={cost?.cache} />
          {cost !== undefined && cost.drops.length > 0 && (
            <span className="session__source" title="Requests that paid again for what had been in the cache">
              {whole(cost.drops.length)} {cost.drops.length === 1 ? "drop" : "drops"}
            </span>
          )}
        </dd>
      </div>
      {main !== undefined && (
        <div>
          <dt>Context</dt>
          <dd>
            <ContextBar fill={main} compactions={compactions} />
          </dd>
        </div>
      )}
      {cost?.limits.map(({ limit, used_percent, resets_at, exhausted_at }) => (
        <div key={limit}>
          <dt>Plan, {limit.replaceAll("_", " ")}</dt>
          <dd
            className="num"
            title={[
              resets_at !== undefined && `begins anew ${formatMoment(Date.parse(resets_at), nowMs)}`,
              exhausted_at !== undefined && `≈ used up ${formatMoment(Date.parse(exhausted_at), nowMs)} at this pace`,
            ]
              .filter(Boolean)
              .join("\n")}
            data-bad={exhausted_at !== undefined || undefined}
          >
            {formatPercent(used_percent, 100)}
            {exhausted_at !== undefined && (
              <span className="session__source">≈ used up {formatMoment(Date.parse(exhausted_at), nowMs)}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function tokensTitle({ requests, input_unsplit }: SessionView, spent: number): string {
  if (spent === 0 && requests === 0) return "No source has told the tokens";
  const unsplit =
    input_unsplit === undefined ? "" : `\n${whole(input_unsplit)} of the prompts: no source tells how many of them were cached`;
  return `${whole(spent)} in ${requests === 0 ? "an unknown number of" : whole(requests)} requests${unsplit}`;
}
