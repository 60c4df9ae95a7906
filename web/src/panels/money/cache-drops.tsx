import { Link } from "@tanstack/react-router";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { dropReasons } from "../../ui/drop-reasons.ts";
import { clip, formatCount, formatDuration, formatMoment, formatUsd, UNKNOWN, whole } from "../../ui/format.ts";
import { Bone } from "../../ui/states.tsx";
import { control } from "../../mirror/control.ts";

const SHOWN = 12;

/** Why the cache missed, what that cost, and where. */
export function CacheDrops({
  history,
  problem,
  onRetry,
}: {
  history: OutputFor<"cache.get"> | undefined;
  problem: string | undefined;
  onRetry: () => void;
}) {
  return (
    <section className="section" aria-labelledby="drops">
      <div className="section__head">
        <h2 className="section__title" id="drops">
          Why the cache missed
        </h2>
        <span className="section__note">
          ≈ worked out from what surrounds each request
          {history !== undefined &&
            history.left_out > 0 &&
            `; of the latest ${whole(history.looked_into)} sessions, ${whole(history.left_out)} more were left out`}
        </span>
      </div>
      {history === undefined && problem === undefined && <Bone width="100%" height={60} />}
      {history === undefined && problem !== undefined && (
        <p role="alert">
          The drops cannot be told: {problem}{" "}
          <button {...control("view.retry")} type="button" className="linkish" onClick={onRetry}>
            Try again
          </button>
        </p>
      )}
      {history?.items.length === 0 && <p className="dim">No request paid again for what had been in the cache.</p>}
      {history !== undefined && history.items.length > 0 && (
        <>
          <ul className="reasons">
            {history.reasons.map(({ reason, drops, lost, cost_usd_micros, unpriced }) => (
              <li key={reason}>
                <b>{dropReasons[reason]}</b>
                <span>
                  <span className="num">{whole(drops)}</span> times, <span className="num">{formatCount(lost)}</span> tokens
                </span>
                <span
                  className="num"
                  title={unpriced > 0 ? `${whole(unpriced)} of them have no known price` : "Beyond reading them from the cache"}
                >
                  {cost_usd_micros === undefined ? UNKNOWN : `${unpriced > 0 ? "≥" : "≈"} ${formatUsd(cost_usd_micros)}`}
                </span>
              </li>
            ))}
          </ul>
          <div className="table-box">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">Session</th>
                  <th scope="col">Reason</th>
                  <th scope="col" data-num>
                    Idle before
                  </th>
                  <th scope="col" data-num>
                    Tokens paid again
                  </th>
                  <th scope="col" data-num>
                    Cost
                  </th>
                </tr>
              </thead>
              <tbody>
                {history.items.slice(0, SHOWN).map((drop) => (
                  <tr key={`${drop.session_id} ${drop.request_id}`}>
                    <td className="drops__when" title={drop.at}>
                      {formatMoment(Date.parse(drop.at), 0)}
                    </td>
                    <td>
                      <Link
                        {...control("money.open_session", drop.session_id)}
                        to="/sessions/$sessionId"
                        params={{ sessionId: drop.session_id }}
                        className="linkish"
                      >
                        {clip(drop.title, 44)}
                      </Link>
                    </td>
                    <td>{dropReasons[drop.reason]}</td>
                    <td className="num">{formatDuration(drop.idle_ms)}</td>
                    <td className="num" title={whole(drop.lost)}>
                      {formatCount(drop.lost)}
                    </td>
                    <td className="num">{drop.cost_usd_micros === undefined ? UNKNOWN : `≈ ${formatUsd(drop.cost_usd_micros)}`}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
