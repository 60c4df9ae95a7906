import { useEffect, useState } from "react";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { useApp } from "../../app/app-context.ts";
import type { FollowInput } from "../../app/use-follow.ts";
import type { StripWindow } from "./strip-window.ts";

type Activity = OutputFor<"activity.get">;

const BUCKETS = 160;

/** The end of the last bar; none without bars. */
export function barsEnd(activity: Activity | undefined): number | undefined {
  const last = activity?.buckets.findLast(({ events }) => events > 0);
  return last === undefined ? undefined : Math.ceil(Date.parse(last.at) + activity!.bucket_ms);
}

/** How much happened in the window; asked for again when the window or `version` changes, one request at a time. */
export function useActivity(window: StripWindow, version: number, isOnline: boolean, whose: FollowInput): Activity | undefined {
  const { client } = useApp();
  const [activity, setActivity] = useState<Activity>();
  const since = new Date(window.sinceMs).toISOString();
  const until = new Date(Math.max(window.untilMs, window.sinceMs + 1)).toISOString();
  useEffect(() => {
    if (!isOnline) return undefined;
    const stale = new AbortController();
    const timer = setTimeout(() => {
      client.call("activity.get", { since, until, buckets: BUCKETS, ...whose }, { signal: stale.signal }).then(
        (found) => setActivity(found),
        // The strip stays as it was; the connection badge says why nothing new comes.
        () => undefined,
      );
    }, 60);
    return () => {
      clearTimeout(timer);
      stale.abort();
    };
    // `version` says that the log has grown: the same question has another answer then.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, since, until, version, isOnline, whose]);
  return activity;
}
