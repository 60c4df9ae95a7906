import { useCallback, useEffect, useRef, useState } from "react";
import { useApp } from "../../app/app-context.ts";
import type { TracesSearch } from "../../app/search.ts";

/** How often the count on the screen may change. */
const EVERY_MS = 500;

export interface NewCalls {
  readonly count: number;
  /** The list is read anew: what has begun until now is taken to be in it. */
  readonly onRefresh: () => void;
  /** The list has what began up to this `seq`: the catalog may be behind. */
  readonly onListed: (seq: number) => void;
}

/** Calls that have begun and are not in the list, as far as their first event tells whether they belong to it. */
export function useNewCalls(search: TracesSearch): NewCalls {
  const { store } = useApp();
  const [state, setState] = useState({ key: "", count: 0 });
  const begun = useRef<number[]>([]);
  const listedTo = useRef(0);
  const { open: _open, ...filter } = search;
  const key = JSON.stringify(filter);
  const recount = useCallback(() => {
    const count = begun.current.filter((seq) => seq > listedTo.current).length;
    setState((old) => (old.key === key && old.count === count ? old : { key, count }));
  }, [key]);

  useEffect(() => {
    const { session, agent, tool, project, until } = JSON.parse(key) as TracesSearch;
    begun.current = [];
    const stop = store.onBatch((_before, after, events) => {
      for (const event of events) {
        if (event.type !== "tool.started") continue;
        if (session !== undefined && event.session_id !== session) continue;
        if (agent !== undefined && event.agent_id !== agent) continue;
        if (tool !== undefined && (event.data as { name?: unknown }).name !== tool) continue;
        if (project !== undefined && after.sessions.get(event.session_id as never)?.facts.project !== project) continue;
        if (until !== undefined && event.timestamp > until) continue;
        begun.current.push(event.seq);
      }
    });
    const timer = window.setInterval(recount, EVERY_MS);
    return () => {
      stop();
      window.clearInterval(timer);
    };
  }, [store, key, recount]);

  return {
    count: state.key === key ? state.count : 0,
    onRefresh: useCallback(() => {
      listedTo.current = store.snapshot().live.seq;
      recount();
    }, [store, recount]),
    onListed: useCallback((to) => {
      listedTo.current = to;
      begun.current = begun.current.filter((seq) => seq > to);
    }, []),
  };
}
