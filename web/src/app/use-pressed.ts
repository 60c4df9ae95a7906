import { useEffect, useState } from "react";
import { useApp } from "./app-context.ts";

/** Counts what is pressed of the controls whose ids begin so, here or by a program: what they change may have another answer then. */
export function usePressed(start: string): number {
  const { store } = useApp();
  const [count, setCount] = useState(0);
  useEffect(
    () =>
      store.onEvents((events) => {
        if (events.some(({ type, data }) => type === "ui.clicked" && data.control.startsWith(start))) setCount((old) => old + 1);
      }),
    [store, start],
  );
  return count;
}
