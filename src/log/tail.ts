import type { StoredEvent } from "../contract/events/index.ts";
import type { EventLog, ReadQuery } from "./log.ts";

const PAGE = 500;

/**
 * Follows a log from any position (L4). Events come from the store, page by page; a commit is only a sign that there is more to read,
 * so a slow follower costs no memory and cannot miss or repeat anything.
 */
export function createTail(log: { read(query: ReadQuery): readonly StoredEvent[]; onCommit: EventLog["onCommit"] }): EventLog["tail"] {
  return async function* tail(after, signal) {
    let position = after;
    let wake: () => void = () => undefined;
    let hasMore = true;
    const stir = (): void => {
      hasMore = true;
      wake();
    };
    const stopListening = log.onCommit(stir);
    signal.addEventListener("abort", stir);
    try {
      while (!signal.aborted) {
        if (!hasMore) await new Promise<void>((resolve) => (wake = resolve));
        if (signal.aborted) return;
        hasMore = false;
        const page = log.read({ after: position, order: "oldest", limit: PAGE });
        if (page.length === PAGE) hasMore = true;
        if (page.length === 0) continue;
        position = page.at(-1)!.seq;
        yield page;
      }
    } finally {
      stopListening();
      signal.removeEventListener("abort", stir);
    }
  };
}
