import { createContext, useContext, useMemo, useRef, useSyncExternalStore } from "react";
import type { Client } from "../../../src/client/index.ts";
import type { Snapshot, Store } from "./store.ts";

export interface App {
  readonly store: Store;
  readonly client: Client;
  /** Tries to connect at once instead of at the end of the waiting time. */
  readonly reconnect: () => void;
  /** The page is a file with one session in it: there is no daemon to ask. */
  readonly isRecording?: true;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error("rendered outside the app");
  return app;
}

/** Renders again only when what `select` returns has changed. */
export function useSelected<T>(select: (snapshot: Snapshot) => T, isSame: (a: T, b: T) => boolean = Object.is): T {
  const { store } = useApp();
  const last = useRef<{ snapshot: Snapshot; select: unknown; value: T } | undefined>(undefined);
  const read = useMemo(
    () => () => {
      const snapshot = store.snapshot();
      const known = last.current;
      if (known !== undefined && known.snapshot === snapshot && known.select === select) return known.value;
      const value = select(snapshot);
      const kept = known !== undefined && isSame(known.value, value) ? known.value : value;
      last.current = { snapshot, select, value: kept };
      return kept;
    },
    [store, select, isSame],
  );
  return useSyncExternalStore(store.subscribe, read);
}

/** Same keys, same values. */
export function isShallowSame<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[];
  return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}
