import type { StoredEvent } from "../../contract/events/index.ts";
import type { Picture } from "../picture.ts";
import { factOf, mpmEvents, type MpmEvent, type Place } from "./events.ts";

/** An event with its place in the order of broadcasting, so that who missed some can be given just those. */
export interface Numbered {
  readonly number: number;
  readonly event: MpmEvent;
  readonly text: string;
}

const SIZE = 1_000;
/** What fills a new ring: the newest of the log. */
const READ = 3_000;
const SEEN_LIMIT = 20_000;

/** The last events in the monitor's words, whoever was connected meanwhile. */
export function createRing({ readLog, session }: Pick<Picture, "readLog" | "session">, place: () => Place) {
  const ring: Numbered[] = [];
  const seen = new Set<string>();
  let count = 0;

  function add(events: readonly StoredEvent[]): Numbered[] {
    const added: Numbered[] = [];
    for (const event of events) {
      const fact = factOf(event);
      if (fact !== undefined) {
        if (seen.has(fact)) continue;
        seen.add(fact);
        if (seen.size > SEEN_LIMIT) seen.delete(seen.values().next().value!);
      }
      for (const told of mpmEvents(event, event.session_id === undefined ? undefined : session(event.session_id), place()))
        added.push({ number: ++count, event: told, text: JSON.stringify(told) });
    }
    ring.push(...added);
    if (ring.length > SIZE) ring.splice(0, ring.length - SIZE);
    return added;
  }

  add(readLog({ order: "newest", limit: READ }).toReversed());

  return {
    add,
    /** The newest `limit` of those that are wanted, oldest first. */
    newest: (wanted: (type: string) => boolean, limit: number): Numbered[] => {
      const chosen = ring.filter(({ event }) => wanted(event.type));
      return limit <= 0 ? [] : chosen.slice(-limit);
    },
    after: (number: number): Numbered[] => ring.filter((each) => each.number > number),
    head: () => count,
  };
}
