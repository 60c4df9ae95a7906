import { useEffect, useState } from "react";
import { useApp } from "./app-context.ts";
import type { Snapshot } from "./store.ts";

/**
 * A value of the store that is read at most every `ms`: for lists that would be dear to draw for each of 200 events a second.
 * The last change is never missed, and another moment on the strip is shown at once.
 */
export function useSteady<T>(select: (snapshot: Snapshot) => T, ms: number): T {
  const { store } = useApp();
  const [value, setValue] = useState(() => select(store.snapshot()));
  useEffect(() => {
    let timer: number | undefined;
    let past = store.snapshot().past;
    const read = () => {
      window.clearTimeout(timer);
      timer = undefined;
      past = store.snapshot().past;
      const next = select(store.snapshot());
      setValue(() => next);
    };
    const unsubscribe = store.subscribe(() => {
      if (store.snapshot().past !== past) read();
      else timer ??= window.setTimeout(read, ms);
    });
    read();
    return () => {
      unsubscribe();
      window.clearTimeout(timer);
    };
  }, [store, select, ms]);
  return value;
}
