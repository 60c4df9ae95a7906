import type { StoredEvent } from "../../contract/events/index.ts";
import type { Picture } from "../picture.ts";
import { mpmEvents, type MpmEvent, type Place } from "./events.ts";
import { frameText } from "./frame-text.ts";
import { createTold } from "../told.ts";

/**
 * An event with its place in the order of broadcasting, so that who missed some can be given just those. `seq` climbs with gaps and outlives
 * a restart; `number` counts without gaps, in this process.
 */
export interface Numbered {
  readonly number: number;
  readonly seq: number;
  readonly type: string;
  readonly text: string;
}

const SIZE = 1_000;
/** Of long words fewer are kept: what the whole ring may be, in characters. */
const MAX_CHARS = 16 * 1024 * 1024;
/** So many that fell out of the ring are cut off at once, unless they are long: to copy the ring for each event would cost more than its telling. */
const CUT = 250;
/** What fills a new ring: the newest of the log. */
const READ = 3_000;
/** More than one event of ours ever is in the monitor's words. */
const PER_EVENT = 8;

/** The last events in the monitor's words, whoever was connected meanwhile. */
export function createRing({ readLog, session, body }: Pick<Picture, "readLog" | "session" | "body">, place: () => Place) {
  /** The ring begins at `from`. */
  let ring: Numbered[] = [];
  let from = 0;
  let chars = 0;
  const told = createTold();
  let count = 0;
  /** Up to here events may be gone. */
  let lostSeq = -1;

  function said(event: StoredEvent): (MpmEvent & { readonly seq: number })[] {
    const of = event.session_id === undefined ? undefined : session(event.session_id);
    return mpmEvents(event, of, place(), body).map((each, index) => ({ ...each, seq: event.seq * PER_EVENT + index }));
  }

  function add(events: readonly StoredEvent[]): Numbered[] {
    const added = events
      .filter((event) => told.isNew(event))
      .flatMap(said)
      .map((each): Numbered => ({ number: ++count, seq: each.seq, type: each.type, text: frameText(each) }));
    chars += charsOf(added);
    ring.push(...added);
    while (ring.length - from > SIZE || (chars > MAX_CHARS && from < ring.length - 1)) chars -= ring[from++]!.text.length;
    lostSeq = ring[from - 1]?.seq ?? lostSeq;
    if (from >= CUT || chars > MAX_CHARS / 2) [ring, from] = [held(), 0];
    return added;
  }

  function held(): Numbered[] {
    return ring.slice(from);
  }

  return {
    add,
    /** With the newest of the log. */
    fill(): void {
      const newest = readLog({ order: "newest", limit: READ });
      if (newest.length === READ) lostSeq = newest.at(-1)!.seq * PER_EVENT - 1;
      add(newest.toReversed());
    },
    /** Stored words were changed: each event says what is left of it. */
    readAnew(): void {
      const left = new Map<number, string>();
      const first = Math.floor((ring[from]?.seq ?? 0) / PER_EVENT);
      for (let after = first - 1; ;) {
        const page = readLog({ after, order: "oldest", limit: SIZE });
        for (const event of page) for (const each of said(event)) left.set(each.seq, frameText(each));
        if (page.length < SIZE) break;
        after = page.at(-1)!.seq;
      }
      ring = held().flatMap((each) => (left.has(each.seq) ? [{ ...each, text: left.get(each.seq)! }] : []));
      from = 0;
      chars = charsOf(ring);
    },
    /** The newest `limit` of those that are wanted and came after `after`, oldest first. */
    newest: (wanted: (type: string) => boolean, limit: number, after = -1): Numbered[] => {
      const chosen = held().filter(({ type, seq }) => seq > after && wanted(type));
      return limit <= 0 ? [] : chosen.slice(-limit);
    },
    /** Whether everything after `seq` is still here. */
    holdsAllAfter: (seq: number): boolean => seq >= lostSeq,
    /** The number of the last event that is not after `seq`. */
    numberAt: (seq: number): number => (held().find((each) => each.seq > seq)?.number ?? count + 1) - 1,
    after: (number: number): Numbered[] => held().filter((each) => each.number > number),
    head: () => count,
  };
}

function charsOf(list: readonly Numbered[]): number {
  return list.reduce((sum, { text }) => sum + text.length, 0);
}
