import { useCallback, useMemo } from "react";
import { useSelected } from "./app-context.ts";
import { sessionViewOf } from "./selectors.ts";
import { shownOf, type Snapshot } from "./store.ts";
import { useAnswer } from "./use-answer.ts";

const LISTED = 200;
const EVERY_MS = 30_000;
const stateOf = (snapshot: Snapshot) => shownOf(snapshot).state;

/** What sessions are called: those that are on screen, and the last ones of the log. Others stay ids. */
export function useSessionTitles(): (sessionId: string) => string {
  const { sessions } = useSelected(stateOf);
  const listed = useAnswer("sessions.list", { limit: LISTED }, { everyMs: EVERY_MS }).value?.items;
  const titles = useMemo(
    () => new Map((listed ?? []).map((row) => [row.session_id as string, String((row as { title?: unknown }).title ?? row.session_id)])),
    [listed],
  );
  return useCallback(
    (id) => {
      const live = sessions.get(id as never);
      return titles.get(id) ?? (live === undefined ? id : sessionViewOf(live, 0).title);
    },
    [sessions, titles],
  );
}
