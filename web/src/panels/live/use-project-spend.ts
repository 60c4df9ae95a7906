import { useMemo } from "react";
import { useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { costText } from "../../ui/money-text.ts";

const EVERY_MS = 15_000;
const none: ReadonlyMap<string, string> = new Map();
const dayOf = ({ past, clockMs, hasSynced }: Snapshot): string =>
  past === undefined && hasSynced ? new Date(clockMs).toISOString().slice(0, 10) : "";

/** What each project has cost since midnight UTC, in words. It is of the present: a past moment does not show it. */
export function useProjectSpend(isWanted: boolean): ReadonlyMap<string, string> {
  const day = useSelected(dayOf);
  const isIdle = !isWanted || day === "";
  const { value } = useAnswer("usage.get", { group_by: "project", since: day, until: day }, { everyMs: EVERY_MS, isIdle });
  return useMemo(
    () =>
      isIdle || value === undefined
        ? none
        : new Map(
            value.items.flatMap(({ key, cost }) => (cost.usd_micros === undefined ? [] : [[key, `${costText(cost)} today`] as const])),
          ),
    [isIdle, value],
  );
}
