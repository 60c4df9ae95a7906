import type { StoredEvent } from "../contract/events/index.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { subjectFilter } from "../lib/subject.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";

/** Waits for events of the log: what is there already is looked for first, then each commit. */
export function createEventWait(deps: {
  readonly log: Pick<EventLog, "head" | "read" | "onCommit">;
  readonly clock: Pick<Clock, "after">;
}): Handlers["events.wait"] {
  const { log, clock } = deps;
  return async ({ type: types, after = log.head(), wait_ms }, { signal }) => {
    const isWanted = subjectFilter(types);
    const { promise, resolve } = Promise.withResolvers<StoredEvent | undefined>();
    const stopListening = log.onCommit((events) => {
      const next = events.find(({ seq, type }) => seq > after && isWanted(type));
      if (next !== undefined) resolve(next);
    });
    const cancel = clock.after(wait_ms, () => resolve(undefined));
    const giveUp = (): void => resolve(undefined);
    signal?.addEventListener("abort", giveUp, { once: true });
    const [known] = log.read({ types, after, order: "oldest", limit: 1 });
    if (known !== undefined) resolve(known);
    const found = await promise;
    stopListening();
    cancel();
    signal?.removeEventListener("abort", giveUp);
    return { event: found ?? null, seq: found?.seq ?? log.head() };
  };
}
