import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { UsageRow } from "../../../../src/contract/operations/money.ts";
import type { MoneySearch } from "../../app/search.ts";
import { tokenSum } from "../../app/selectors.ts";
import { clip, formatCount, formatModel, formatUsd, UNKNOWN, whole, wholeUsd } from "../../ui/format.ts";
import { CacheHit, Money } from "../../ui/money.tsx";
import { control } from "../../mirror/control.ts";

const SHOWN = 200;

/** What was spent by one thing or another, the dearest first; days in order. */
export function UsageTable({ items, by, isStale }: { items: readonly UsageRow[]; by: NonNullable<MoneySearch["by"]>; isStale: boolean }) {
  const most = Math.max(1, ...items.map(({ cost }) => cost.usd_micros ?? 0));
  return (
    <div className="table-box" data-stale={isStale || undefined} data-testid="usage">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{by === "app" ? "Program" : by[0]!.toUpperCase() + by.slice(1)}</th>
            <th scope="col" data-num>
              Requests
            </th>
            <th scope="col" data-num>
              Tokens
            </th>
            <th scope="col" data-num>
              Cache hits
            </th>
            <th scope="col" data-num>
              Reported
            </th>
            <th scope="col" data-num>
              Cost
            </th>
            <th scope="col">
              <span className="unseen">Share</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.slice(0, SHOWN).map((row) => (
            <tr key={row.key}>
              <td className="usage__key" title={row.label ?? row.key}>
                {nameOf(row, by)}
              </td>
              <td className="num">{whole(row.requests)}</td>
              <td className="num" title={whole(tokenSum(row.tokens))}>
                {formatCount(tokenSum(row.tokens))}
              </td>
              <td className="num">
                <CacheHit cache={row.cache} />
              </td>
              <td
                className="num"
                title={row.cost.reported_usd_micros === undefined ? "Not reported" : wholeUsd(row.cost.reported_usd_micros)}
              >
                {row.cost.reported_usd_micros === undefined ? UNKNOWN : formatUsd(row.cost.reported_usd_micros)}
              </td>
              <td className="num">
                <Money cost={row.cost} />
              </td>
              <td className="usage__share" aria-hidden>
                <i style={{ width: `${(100 * (row.cost.usd_micros ?? 0)) / most}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {by === "tool" && items.length > 0 && (
        <p className="dim usage__none">
          An estimate: each answer is divided by the calls that it asked for. Prompts are (context), answers without calls (no tool).
        </p>
      )}
      {items.length === 0 && <p className="dim usage__none">Nothing was spent on any {by === "app" ? "program" : by} here.</p>}
      {items.length > SHOWN && <p className="dim usage__none">{whole(items.length - SHOWN)} more are in the CSV.</p>}
    </div>
  );
}

function nameOf({ key, label }: UsageRow, by: string): ReactNode {
  if (by === "model") return <span className="mono">{formatModel(key)}</span>;
  if (by === "session" || by === "agent") {
    const [session = key, agent] = key.split(" ");
    return (
      <Link {...control("money.open_session", session)} to="/sessions/$sessionId" params={{ sessionId: session }} className="linkish">
        {clip(label ?? session, 60)}
        {agent !== undefined && <span className="dim"> {agent}</span>}
      </Link>
    );
  }
  return clip(label ?? key, 60);
}
