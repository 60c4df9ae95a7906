import { Link } from "@tanstack/react-router";
import { costText, costTitle } from "../ui/money-text.ts";
import { useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";
import { useAnswer } from "./use-answer.ts";
import { control } from "../mirror/control.ts";

const EVERY_MS = 10_000;
const select = ({ past, clockMs, hasSynced }: Snapshot): string =>
  past === undefined && hasSynced ? new Date(clockMs).toISOString().slice(0, 10) : "";

/** What was spent since midnight UTC, by which spending is counted. It is of the present: a past moment does not show it. */
export function SpendToday() {
  const day = useSelected(select);
  const { value } = useAnswer("usage.get", { group_by: "day", since: day, until: day }, { everyMs: EVERY_MS, isIdle: day === "" });
  if (day === "" || value === undefined) return null;
  const cost = value.total?.cost;
  const isNothing = cost === undefined || cost.requests === 0;
  return (
    <Link
      {...control("money.today")}
      to="/money"
      className="spend"
      title={isNothing ? "No model request is known of today (UTC)" : `Spent today (UTC)\n${costTitle(cost)}`}
      data-testid="spend-today"
    >
      <span className="spend__word">today</span>
      <span className="num">{isNothing ? "–" : costText(cost)}</span>
    </Link>
  );
}
