import { useCallback, useEffect, useRef, useState } from "react";
import type { InputFor } from "../../../../src/contract/operations/index.ts";
import { useApp } from "../../app/app-context.ts";
import type { PastMoment } from "../../app/store.ts";
import type { FollowInput } from "../../app/use-follow.ts";

export type StepKind = InputFor<"moments.step">["kind"];
export type Direction = InputFor<"moments.step">["direction"];
export type Step = (direction: Direction, kind: StepKind) => void;

/** Steps that wait while one is on its way: a key held down runs no further than this after it is let go. */
const WAITING = 3;
const NOTE_MS = 2_500;
/** Nothing for so long, and what went on is over. */
const QUIET_MS = 15 * 60_000;
const words: Readonly<Record<StepKind, string>> = { event: "event", mark: "mark", error: "error", ask: "wait for you", spawn: "new agent" };

/**
 * Goes from thing to thing, one after the other, exactly: the daemon says where the next one is. `note` says for a moment that there is none.
 * `isQuietAfter` says whether what went on is over by a moment.
 */
export function useStep(
  whose: FollowInput,
  goTo: (moment: PastMoment | undefined) => void,
): { readonly step: Step; readonly note: string | undefined; readonly isQuietAfter: (ms: number) => Promise<boolean> } {
  const { client, store } = useApp();
  const [note, setNote] = useState<string>();
  const queue = useRef({ waiting: 0, last: Promise.resolve() });

  useEffect(() => {
    if (note === undefined) return undefined;
    const timer = window.setTimeout(() => setNote(undefined), NOTE_MS);
    return () => window.clearTimeout(timer);
  }, [note]);

  const step = useCallback<Step>(
    (direction, kind) => {
      const line = queue.current;
      const take = async (): Promise<void> => {
        try {
          const { past } = store.snapshot();
          if (past === undefined && direction === "next") return setNote("This is the present");
          const from =
            past === undefined ? {} : { at: new Date(past.atMs).toISOString(), ...(past.seq === undefined ? {} : { up_to: past.seq }) };
          const { moment } = await client.call("moments.step", { ...from, direction, kind, ...whose });
          setNote(moment === undefined ? `No ${direction === "next" ? "later" : "earlier"} ${words[kind]}` : undefined);
          if (moment !== undefined) goTo({ atMs: Date.parse(moment.at), seq: moment.seq });
        } catch (error) {
          setNote(error instanceof Error ? error.message : String(error));
        } finally {
          line.waiting--;
        }
      };
      if (line.waiting >= WAITING) return;
      line.waiting++;
      line.last = line.last.then(take);
    },
    [client, store, whose, goTo],
  );
  const isQuietAfter = useCallback(
    async (ms: number) => {
      try {
        const { moment } = await client.call("moments.step", {
          at: new Date(ms).toISOString(),
          direction: "next",
          kind: "event",
          ...whose,
        });
        return moment === undefined || Date.parse(moment.at) - ms > QUIET_MS;
      } catch {
        return true; // Nobody can say: whoever watches can go on.
      }
    },
    [client, whose],
  );
  return { step, note, isQuietAfter };
}
