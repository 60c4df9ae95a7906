import type { StoredEvent } from "../../contract/events/index.ts";
import type { Picture } from "../picture.ts";
import { factOf, mpmEvents, type MpmEvent, type Place } from "./events.ts";

/**
 * An event with its place in the order of broadcasting, so that who missed some can be given just those. `seq` climbs with gaps and outlives
 * a restart; `number` counts without gaps, in this process.
 */
export interface Numbered {
  readonly number: number;
  readonly seq: number;
  readonly event: MpmEvent;
  readonly text: string;
}

const SIZE = 1_000;
/** What fills a new ring: the newest of the log. */
const READ = 3_000;
const SEEN_LIMIT = 20_000;
/** More than one event of ours ever is in the monitor's words. */
const PER_EVENT = 8;

/** The last events in the monitor's words, whoever was connected meanwhile. */
export function createRing({ readLog, session }: Pick<Picture, "readLog" | "session">, place: () => Place) {
  const ring: Numbered[] = [];
  const seen = new Set<string>();
  let count = 0;
  /** Up to here events may be gone. */
  let lostSeq = -1;

  function add(events: readonly StoredEvent[]): Numbered[] {
    const added: Numbered[] = [];
    for (const event of events) {
      const fact = factOf(event);
      if (fact !== undefined) {
        if (seen.has(fact)) continue;
        seen.add(fact);
        if (seen.size > SEEN_LIMIT) seen.delete(seen.values().next().value!);
      }
      const all = mpmEvents(event, event.session_id === undefined ? undefined : session(event.session_id), place());
      for (const [index, each] of all.entries()) {
        const told = { ...each, seq: event.seq * PER_EVENT + index };
        added.push({ number: ++count, seq: told.seq, event: told, text: JSON.stringify(told) });
      }
    }
    ring.push(...added);
    const lost = ring.splice(0, Math.max(0, ring.length - SIZE));
    lostSeq = lost.at(-1)?.seq ?? lostSeq;
    return added;
  }

  const newest = readLog({ order: "newest", limit: READ });
  if (newest.length === READ) lostSeq = newest.at(-1)!.seq * PER_EVENT - 1;
  add(newest.toReversed());

  return {
    add,
    /** The newest `limit` of those that are wanted and came after `after`, oldest first. */
    newest: (wanted: (type: string) => boolean, limit: number, after = -1): Numbered[] => {
      const chosen = ring.filter(({ event, seq }) => seq > after && wanted(event.type));
      return limit <= 0 ? [] : chosen.slice(-limit);
    },
    /** Whether everything after `seq` is still here. */
    holdsAllAfter: (seq: number): boolean => seq >= lostSeq,
    /** The number of the last event that is not after `seq`. */
    numberAt: (seq: number): number => (ring.find((each) => each.seq > seq)?.number ?? count + 1) - 1,
    after: (number: number): Numbered[] => ring.filter((each) => each.number > number),
    head: () => count,
  };
}
