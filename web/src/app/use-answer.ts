import { useEffect, useState } from "react";
import type { CallInput } from "../../../src/client/index.ts";
import type { OperationName, OutputFor } from "../../../src/contract/operations/index.ts";
import { useApp, useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";

export interface Answer<T> {
  /** The last answer to this question, or to the one before it while a new one is on its way. */
  readonly value: T | undefined;
  readonly isLoading: boolean;
  /** Why the last attempt failed; an older answer stays. */
  readonly problem: string | undefined;
  readonly retry: () => void;
}

interface Options {
  /** Asks again this long after each answer, while the page is to be seen, and at once when it is again. */
  readonly everyMs?: number;
  /** Asks again when it changes. */
  readonly version?: unknown;
  /** Asks while the page is hidden too: for what is told by other means than the page. */
  readonly isForHidden?: boolean;
  /** There is nothing to ask yet. */
  readonly isIdle?: boolean;
}

const isOnline = ({ connection }: Snapshot): boolean => connection.state === "live";

/** The answer of the daemon to a query, asked anew when the input changes or the connection comes back. */
export function useAnswer<N extends OperationName>(name: N, input: CallInput<N>, options: Options = {}): Answer<OutputFor<N>> {
  const { everyMs, version, isIdle = false, isForHidden = false } = options;
  const { client } = useApp();
  const online = useSelected(isOnline);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<{ readonly to?: string; readonly value?: OutputFor<N>; readonly problem?: string }>({});
  const question = JSON.stringify(input);
  useEffect(() => {
    if (!online || isIdle) return undefined;
    const stale = new AbortController();
    let timer: number | undefined;
    const later = (): void => {
      if (everyMs !== undefined && !stale.signal.aborted) timer = window.setTimeout(ask, everyMs);
    };
    const ask = (): void => {
      // Nobody looks: what has changed by then is asked for when somebody does.
      if (document.hidden && !isForHidden) return document.addEventListener("visibilitychange", ask, { once: true, signal: stale.signal });
      client
        .call(name, JSON.parse(question) as CallInput<N>, { signal: stale.signal })
        .then(
          (value) => setState({ to: question, value }),
          (error: unknown) =>
            stale.signal.aborted ||
            setState((old) => ({ ...old, to: question, problem: error instanceof Error ? error.message : String(error) })),
        )
        .then(later, later);
    };
    ask();
    return () => {
      stale.abort();
      window.clearTimeout(timer);
    };
    // `version` and `attempt` say that the same question may have another answer now.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, name, question, online, isIdle, everyMs, isForHidden, version, attempt]);
  return { value: state.value, isLoading: state.to !== question, problem: state.problem, retry: () => setAttempt((old) => old + 1) };
}
