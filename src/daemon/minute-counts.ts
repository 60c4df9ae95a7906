import { activityKinds, type ActivityCounts } from "../projections/activity.ts";

/** Counts per minute, counted in minutes since the epoch. An hour in which anything was counted takes 1.2 kB, however much it was. */
export interface MinuteCounts {
  add(minute: number, counts: ActivityCounts): void;
  /** What is known of a minute from before takes the place of what was counted. */
  put(minute: number, counts: ActivityCounts): void;
  /** The minutes of one hour since the epoch in which anything was counted, in order. */
  ofHour(hour: number): readonly Minute[];
  /** The minutes from one to another in which anything was counted, in no order of hours. */
  between(first: number, last: number): Iterable<Minute>;
  /** Every minute in which anything was counted, hour by hour, in no order of hours. */
  all(): Iterable<Minute>;
}

type Minute = readonly [minute: number, counts: ActivityCounts];

export const MINUTES_PER_HOUR = 60;
const KINDS = activityKinds.length;

/** A month of twenty projects at work all the time is 17 MB so; as an object for each minute it was 160. */
export function createMinuteCounts(): MinuteCounts {
  /** Of each hour its minutes one after another, of each minute its counts in the order of `activityKinds`. */
  const hours = new Map<number, Uint32Array>();

  function placeOf(minute: number): { readonly counts: Uint32Array; readonly from: number } {
    const hour = Math.floor(minute / MINUTES_PER_HOUR);
    let counts = hours.get(hour);
    if (counts === undefined) hours.set(hour, (counts = new Uint32Array(MINUTES_PER_HOUR * KINDS)));
    return { counts, from: (minute - hour * MINUTES_PER_HOUR) * KINDS };
  }

  function* minutesOf(hour: number, counts: Uint32Array): Generator<Minute> {
    for (let at = 0; at < counts.length; at += KINDS) {
      const [events, calls, errors, spawns, asks] = [counts[at]!, counts[at + 1]!, counts[at + 2]!, counts[at + 3]!, counts[at + 4]!];
      if (events > 0) yield [hour * MINUTES_PER_HOUR + at / KINDS, { events, calls, errors, spawns, asks }];
    }
  }

  return {
    add(minute, more) {
      const { counts, from } = placeOf(minute);
      for (let kind = 0; kind < KINDS; kind++) counts[from + kind]! += more[activityKinds[kind]!];
    },
    put(minute, known) {
      const { counts, from } = placeOf(minute);
      for (let kind = 0; kind < KINDS; kind++) counts[from + kind] = known[activityKinds[kind]!];
    },
    ofHour(hour) {
      const counts = hours.get(hour);
      return counts === undefined ? [] : [...minutesOf(hour, counts)];
    },
    *between(first, last) {
      const [from, until] = [Math.floor(first / MINUTES_PER_HOUR), Math.floor(last / MINUTES_PER_HOUR)];
      const isLong = until - from >= hours.size;
      const wanted = isLong ? hours.keys() : Array.from({ length: until - from + 1 }, (_, index) => from + index);
      for (const hour of wanted) {
        const counts = hours.get(hour);
        if (counts === undefined || hour < from || hour > until) continue;
        for (const told of minutesOf(hour, counts)) if (told[0] >= first && told[0] <= last) yield told;
      }
    },
    *all() {
      for (const [hour, counts] of hours) yield* minutesOf(hour, counts);
    },
  };
}
