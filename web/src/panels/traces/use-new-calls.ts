import { useEffect, useState } from "react";
import { useApp } from "../../app/app-context.ts";
import type { TracesSearch } from "../../app/search.ts";

/** How often the count on the screen may change. */
const EVERY_MS = 500;

/** Calls that have begun since the list was read, as far as their first event tells whether they belong to it. */
export function useNewCalls(search: TracesSearch, version: number): number {
  const { store } = useApp();
  const [state, setState] = useState({ key: "", count: 0 });
  const { open: _open, ...filter } = search;
  const key = JSON.stringify([filter, version]);
  useEffect(() => {
    const [{ session, agent, tool, project, until }] = JSON.parse(key) as [TracesSearch];
    let count = 0;
    const stop = store.onBatch((_before, after, events) => {
      for (const event of events) {
        if (event.type !== "tool.started") continue;
        if (session !== undefined && event.session_id !== session) continue;
        if (agent !== undefined && event.agent_id !== agent) continue;
        if (tool !== undefined && (event.data as { name?: unknown }).name !== tool) continue;
        if (project !== undefined && after.sessions.get(event.session_id as never)?.facts.project !== project) continue;
        if (until !== undefined && event.timestamp > until) continue;
        count++;
      }
    });
    const timer = window.setInterval(() => setState((old) => (old.key === key && old.count === count ? old : { key, count })), EVERY_MS);
    return () => {
      stop();
      window.clearInterval(timer);
    };
  }, [store, key]);
  return state.key === key ? state.count : 0;
}
