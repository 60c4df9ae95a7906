import { useCallback, useEffect, useRef, useState } from "react";
import type { CallInput } from "../../../../src/client/index.ts";
import type { CallRow } from "../../../../src/contract/operations/catalog.ts";
import type { RequestRow } from "../../../../src/contract/operations/requests.ts";
import { useApp, useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";

const PAGE = 200;
/** Between two looks at a list that is empty because the catalog has not come to it yet. */
const AGAIN_MS = 1_000;
const isOnline = ({ connection }: Snapshot): boolean => connection.state === "live";

interface Rows {
  readonly "calls.list": CallRow;
  readonly "requests.list": RequestRow;
}
type Lists = keyof Rows;

interface Page<N extends Lists> {
  readonly items: readonly Rows[N][];
  readonly next_cursor?: string;
  readonly searched_to?: string;
  readonly indexed_to: number;
  readonly lag: number;
}

interface PagesState<N extends Lists> {
  readonly question: string;
  readonly rows: readonly Rows[N][];
  readonly cursor: string | undefined;
  readonly lag: number;
  /** Where very many calls have the words: those up to here were looked at, and `more` goes on. */
  readonly searchedTo: string | undefined;
  readonly problem: string | undefined;
}

const nothing = { rows: [], cursor: undefined, lag: 0, searchedTo: undefined };

export interface Pages<N extends Lists> extends PagesState<N> {
  readonly isLoading: boolean;
  readonly more: () => void;
  readonly retry: () => void;
}

/**
 * The rows of a filter, page after page as they are scrolled to. What came later is not put in front: that is what `version` asks for.
 * `onListed` is told up to which event the catalog knew when the first page was read.
 */
export function usePages<N extends Lists>(
  list: N,
  input: Omit<CallInput<N>, "limit" | "cursor">,
  version: number,
  onListed: (seq: number) => void,
): Pages<N> {
  const { client } = useApp();
  const online = useSelected(isOnline);
  const [state, setState] = useState<PagesState<N>>();
  const reading = useRef<string>(undefined);
  const [again, setAgain] = useState(0);
  const question = JSON.stringify(input);

  const read = useCallback(
    async (cursor: string | undefined, signal?: AbortSignal): Promise<void> => {
      const mark = `${question} ${cursor ?? ""}`;
      if (cursor !== undefined && reading.current === mark) return;
      reading.current = mark;
      try {
        const asked = { ...(JSON.parse(question) as object), limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
        // What is answered goes with what is asked for.
        const page = (await client.call<Lists>(list, asked, signal === undefined ? {} : { signal })) as unknown as Page<N>;
        if (signal?.aborted === true) return;
        if (cursor === undefined) onListed(page.indexed_to);
        setState((old) => {
          const { next_cursor, lag, searched_to: searchedTo } = page;
          if (cursor === undefined) return { question, rows: page.items, cursor: next_cursor, lag, searchedTo, problem: undefined };
          // A page of another question comes too late.
          if (old?.question !== question || old.cursor !== cursor) return old;
          return { ...old, rows: [...old.rows, ...page.items], cursor: next_cursor, lag, searchedTo, problem: undefined };
        });
      } catch (error) {
        if (signal?.aborted === true) return;
        const problem = error instanceof Error ? error.message : String(error);
        setState((old) => ({ ...(old ?? nothing), question, problem }));
      } finally {
        if (reading.current === mark) reading.current = undefined;
      }
    },
    [client, list, question, onListed],
  );
  useEffect(() => {
    if (!online) return undefined;
    const stale = new AbortController();
    void Promise.resolve().then(() => read(undefined, stale.signal));
    return () => stale.abort();
    // `version` and `again` say that the same question may have another answer now.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [read, online, version, again]);

  const isBehind = state !== undefined && state.rows.length === 0 && state.lag > 0;
  useEffect(() => {
    if (!isBehind) return undefined;
    const timer = window.setInterval(() => setAgain((old) => old + 1), AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [isBehind]);

  const cursor = state?.question === question ? state.cursor : undefined;
  const more = useCallback(() => void (cursor === undefined || read(cursor)), [cursor, read]);
  const isEmpty = state?.rows.length === 0 && state.problem === undefined;
  useEffect(() => {
    if (isEmpty) void Promise.resolve().then(more);
  }, [isEmpty, more]);
  return {
    ...(state ?? { ...nothing, question, problem: undefined }),
    isLoading: state?.question !== question,
    more,
    retry: () => setAgain((old) => old + 1),
  };
}
