import type { CacheDrop, CacheRate, Cost } from "../../../../src/contract/operations/money.ts";
import { tokenSum } from "../../app/selectors.ts";
import { dropReasons } from "../../ui/drop-reasons.ts";
import { formatCount, formatDuration, formatUsd, UNKNOWN, whole } from "../../ui/format.ts";
import { cacheText, cacheTitle, costText, costTitle } from "../../ui/money-text.ts";
import type { TurnRow } from "./row.ts";

/** What the daemon knows of a turn's money. */
export interface TurnMoney {
  readonly cost: Cost;
  readonly cache: CacheRate;
  readonly drops: readonly CacheDrop[];
}

/** The end of a turn: what it took. */
export function TurnLine({ row, money, nowMs }: { row: TurnRow; money: TurnMoney | undefined; nowMs: number }) {
  const { turn, requests, tokens } = row;
  const endMs = turn.ended_at === undefined ? nowMs : Date.parse(turn.ended_at);
  const duration = turn.duration_ms ?? (turn.started_at === undefined ? undefined : endMs - Date.parse(turn.started_at));
  const spent = tokenSum(tokens);
  return (
    <div className="turn-line" data-testid={`turn-${turn.turn_id}`}>
      <span>{turn.ended_at === undefined ? "Turn so far" : turn.interrupted === true ? "Turn, interrupted" : "Turn"}</span>
      <span className="num">{formatDuration(duration)}</span>
      <span title={requests === 0 ? "No source has told the tokens" : `${whole(spent)} tokens in ${whole(requests)} requests`}>
        <span className="num">{requests === 0 ? UNKNOWN : formatCount(spent)}</span> tokens
      </span>
      {money?.cache.hit_rate !== undefined && (
        <span title={cacheTitle(money.cache)}>
          cache <span className="num">{cacheText(money.cache)}</span>
        </span>
      )}
      <span className="num" title={costTitle(money?.cost)}>
        {costText(money?.cost)}
      </span>
      {[...Map.groupBy(money?.drops ?? [], ({ reason }) => reason)].map(([reason, drops]) => (
        <span key={reason} className="turn-line__drop" title={drops.map(dropTitle).join("\n")}>
          ≈ cache missed{drops.length > 1 && <span className="num"> ×{whole(drops.length)}</span>}: {dropReasons[reason]}
        </span>
      ))}
    </div>
  );
}

function dropTitle({ lost, cost_usd_micros }: CacheDrop): string {
  const paid = cost_usd_micros === undefined ? "" : `, which cost ≈ ${formatUsd(cost_usd_micros)} more than reading them`;
  return `${whole(lost)} tokens were paid again${paid}. The reason is worked out from what surrounds it.`;
}
