import { activityKinds, type ActivityCounts } from "../projections/activity.ts";

/** Counts per minute, counted in minutes since the epoch. An hour in which anything was counted takes 1.2 kB, however much it was. */
export interface MinuteCounts {
  add(minute: number, counts: ActivityCounts): void;
  /** What is known of a minute from before takes the place of what was counted. */
  put(minute: number, counts: ActivityCounts): void;
  /** The minutes of one hour since the epoch in which anything was counted, in order. */
  ofHour(hour: number): readonly Minute[];
  /** Every minute in which anything was counted, hour by hour, in no order of hours. */
  all(): Iterable<Minute>;
}

type Minute = readonly [minute: number, counts: ActivityCounts];

export const MINUTES_PER_HOUR = 60;
const KINDS = activityKinds.length;

/** A month of twenty projects at work all the time is 17 MB so; as an object for each minute it was 160. */
export function createMinuteCounts(): MinuteCounts {
  const hours = new Map<number, Uint32Array>();

  function change(minute: number, change: (known: number, kind: (typeof activityKinds)[number]) => number): void {
    const hour = Math.floor(minute / MINUTES_PER_HOUR);
    let counts = hours.get(hour);
    if (counts === undefined) hours.set(hour, (counts = new Uint32Array(MINUTES_PER_HOUR * KINDS)));
    const from = (minute - hour * MINUTES_PER_HOUR) * KINDS;
    for (const [at, kind] of activityKinds.entries()) counts[from + at] = change(counts[from + at]!, kind);
  }

  function* minutesOf(hour: number, counts: Uint32Array): Generator<Minute> {
    for (let offset = 0; offset < MINUTES_PER_HOUR; offset++) {
      const at = offset * KINDS;
      const told = (kind: number): number => counts[at + kind]!;
      // In the order of `activityKinds`.
      if (told(0) > 0)
        yield [hour * MINUTES_PER_HOUR + offset, { events: told(0), calls: told(1), errors: told(2), spawns: told(3), asks: told(4) }];
    }
  }

  return {
    add: (minute, counts) => change(minute, (known, kind) => known + counts[kind]),
    put: (minute, counts) => change(minute, (_, kind) => counts[kind]),
    ofHour(hour) {
      const counts = hours.get(hour);
      return counts === undefined ? [] : [...minutesOf(hour, counts)];
    },
    *all() {
      for (const [hour, counts] of hours) yield* minutesOf(hour, counts);
    },
  };
}
