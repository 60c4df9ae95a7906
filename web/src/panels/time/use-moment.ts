import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useRef } from "react";
import { useApp } from "../../app/app-context.ts";
import type { PastMoment } from "../../app/store.ts";

const URL_DELAY_MS = 150;

/** The way to a moment. The address holds it; while it is dragged or played the store runs ahead, and the address follows when it rests. */
export function useMoment(): (moment: PastMoment | undefined) => void {
  const { store } = useApp();
  const { at, seq } = useSearch({ strict: false });
  const navigate = useNavigate();
  useEffect(
    () => store.goTo(at === undefined ? undefined : { atMs: Date.parse(at), ...(seq === undefined ? {} : { seq }) }),
    [store, at, seq],
  );
  const pending = useRef<number>(undefined);
  // One navigation waits for the other: a second one that starts before the first has settled is lost.
  const navigated = useRef(Promise.resolve());
  return useCallback(
    (wish) => {
      const moment = wish === undefined ? undefined : { ...wish, atMs: Math.round(wish.atMs) };
      store.goTo(moment);
      window.clearTimeout(pending.current);
      pending.current = window.setTimeout(
        () => {
          navigated.current = navigated.current.then(() =>
            navigate({ to: ".", search: (old: Record<string, unknown>) => withMoment(old, moment), replace: true }),
          );
        },
        moment === undefined ? 0 : URL_DELAY_MS,
      );
    },
    [store, navigate],
  );
}

function withMoment(search: Record<string, unknown>, moment: PastMoment | undefined): Record<string, unknown> {
  return { ...search, at: moment === undefined ? undefined : new Date(moment.atMs).toISOString(), seq: moment?.seq };
}
