import { APART_MS, ways, type Way } from "./fuse.ts";

/**
 * When some words were told and by which way, in order: each time in milliseconds since 1970, times eight, plus the number of the way.
 *
 * Tellings none of which is further than `APART_MS` from the one before it are one occasion. Ways that told the words on one occasion told the
 * same messages: as many as the way that told most. Words that are told again later are said again, so that nothing which was let go of long
 * before needs to be known to count them.
 */
export type Tellings = readonly number[];

const WAYS = 8;
const timeOf = (telling: number): number => Math.floor(telling / WAYS);

/** Something that was told at a time and by a way. */
interface Told {
  readonly at: string;
  readonly way: Way;
}

export function withTelling(tellings: Tellings, told: Told): Tellings {
  const telling = tellingOf(told);
  const after = tellings.slice();
  after.push(telling);
  for (let place = tellings.length; place > 0 && after[place - 1]! > telling; place--) {
    after[place] = after[place - 1]!;
    after[place - 1] = telling;
  }
  return after;
}

export function withoutTelling(tellings: Tellings, told: Told): Tellings {
  const after = tellings.slice();
  after.splice(tellings.lastIndexOf(tellingOf(told)), 1);
  return after;
}

/** How many messages are real, over all occasions. */
export function realOf(tellings: Tellings = []): number {
  if (tellings.length < 2) return tellings.length;
  let real = 0;
  let most = 0;
  let beforeMs = 0;
  const told = new Uint32Array(WAYS);
  for (let at = 0; at < tellings.length; at++) {
    const telling = tellings[at]!;
    const ms = timeOf(telling);
    if (ms - beforeMs > APART_MS) {
      real += most;
      most = 0;
      told.fill(0);
    }
    const count = ++told[telling - ms * WAYS]!;
    if (count > most) most = count;
    beforeMs = ms;
  }
  return real + most;
}

/** When the occasion began on which something was told, in milliseconds. */
export function beganMs(tellings: Tellings, told: Told): number {
  let from = tellings.lastIndexOf(tellingOf(told));
  while (from > 0 && timeOf(tellings[from]!) - timeOf(tellings[from - 1]!) <= APART_MS) from--;
  return timeOf(tellings[from]!);
}

/** What was told of some words, oldest first, by occasion. */
export function byOccasion<T extends Told>(told: readonly T[]): T[][] {
  const parts: T[][] = [];
  let beforeMs = -Infinity;
  for (const each of told) {
    const ms = Date.parse(each.at);
    if (ms - beforeMs > APART_MS) parts.push([]);
    parts.at(-1)!.push(each);
    beforeMs = ms;
  }
  return parts;
}

function tellingOf({ at, way }: Told): number {
  return Date.parse(at) * WAYS + ways.indexOf(way);
}
