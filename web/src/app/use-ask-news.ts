import { useEffect, useState } from "react";
import { useApp } from "./app-context.ts";

/** Many asks of one moment are one reason to look. */
const TOGETHER_MS = 150;

/** The `seq` of the last event about an ask that was looked at: of any session or none, and while the page is hidden too. */
export function useAskNews(): number {
  const { store } = useApp();
  const [seq, setSeq] = useState(0);
  useEffect(() => {
    let timer: number | undefined;
    let last = 0;
    const stop = store.onEvents((events) => {
      const news = events.findLast(({ type }) => type.startsWith("ask."));
      if (news === undefined) return;
      last = news.seq;
      timer ??= window.setTimeout(() => {
        timer = undefined;
        setSeq(last);
      }, TOGETHER_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [store]);
  return seq;
}
