import { useEffect, useState } from "react";
import type { TraceSpan } from "../../../../src/contract/operations/catalog.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import { useApp, useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";

const PAGE = 2_000;
/** So that the rows are on screen before the rest is read. */
const FIRST_PAGE = 200;
const isOnline = ({ connection }: Snapshot): boolean => connection.state === "live";

export interface TraceState {
  readonly key: string;
  /** As long as the trace is; what has not arrived is undefined. */
  readonly spans: readonly (TraceSpan | undefined)[];
  readonly arrived: number;
  readonly head: Omit<OutputFor<"traces.get">, "items"> | undefined;
  readonly problem: string | undefined;
}

const empty = { spans: [], arrived: 0, head: undefined, problem: undefined };

/** A session's spans, page after page. They stay as they are read until `version` changes: nothing moves under the eyes of a reader. */
export function useTrace(sessionId: string, version: number): TraceState & { readonly isLoading: boolean } {
  const { client } = useApp();
  const online = useSelected(isOnline);
  const [state, setState] = useState<TraceState>({ key: "", ...empty });
  useEffect(() => {
    if (!online) return undefined;
    const stale = new AbortController();
    const read = async (): Promise<void> => {
      const spans: TraceSpan[] = [];
      let shownAt = 0;
      for (let total = Infinity; spans.length < total;) {
        const limit = spans.length === 0 ? FIRST_PAGE : PAGE;
        const page = await client.call("traces.get", { session_id: sessionId, offset: spans.length, limit }, { signal: stale.signal });
        if (stale.signal.aborted) return;
        const { items, ...head } = page;
        total = items.length === 0 ? spans.length : head.total;
        spans.push(...items);
        const rest = Math.max(0, total - spans.length);
        // What is shown doubles each time: the work of showing it stays in proportion to its length, however many pages it comes in.
        if (rest > 0 && spans.length < 2 * shownAt) continue;
        shownAt = spans.length;
        // A second reading of the same session replaces the first when it is whole.
        const shown: TraceState = {
          key: sessionId,
          spans: rest === 0 ? spans : Array.from({ length: total }, (_, at) => spans[at]),
          arrived: spans.length,
          head,
          problem: undefined,
        };
        setState((old) => (old.key === sessionId && old.arrived > shown.arrived && rest > 0 ? old : shown));
      }
    };
    read().catch((error: unknown) => {
      if (stale.signal.aborted) return;
      const problem = error instanceof Error ? error.message : String(error);
      setState((old) => (old.key === sessionId ? { ...old, problem } : { key: sessionId, ...empty, problem }));
    });
    return () => stale.abort();
    // `version` is the wish to read it all again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, online, sessionId, version]);
  const own = state.key === sessionId ? state : { key: sessionId, ...empty };
  return { ...own, isLoading: own.head === undefined && own.problem === undefined };
}
