/** Distance of a ring from its sun, in world units. */
export function ringRadius(ring: number): number {
  return ring === 0 ? 0 : 150 + 110 * (ring - 1);
}

/** Turns between two slots of the first ring: any number of them in a row lies evenly, and none ever moves for a later one. */
const GOLDEN_TURN = (3 - Math.sqrt(5)) / 2;
const FIRST_TURN = -0.11;

/** Where slot `k` of the first ring lies, in turns. */
export function slotTurn(k: number): number {
  return wrap(FIRST_TURN + k * GOLDEN_TURN);
}

/** How many places of a ring lie side by side before finer ones are used. */
const coarsePlaces = (ring: number) => 24 + 16 * (ring - 1);
const LEVELS = 8;
/** A finer place is taken when the next coarse one is this much farther away, in turns. */
const CROWDING_TURNS = 0.06;

export interface RingPlace {
  readonly turn: number;
  readonly level: number;
  readonly index: number;
}

/** The places of an outer ring. Level 0 is a coarse circle of places; every further level lies halfway between all those before it. */
export interface Ring {
  /** Takes the free place nearest to `turn`. */
  take(turn: number): RingPlace;
  free(place: RingPlace): void;
}

export function createRing(ring: number): Ring {
  const coarse = coarsePlaces(ring);
  // Finer levels are seldom needed: each is made when it is.
  const levels: { readonly taken: Uint8Array; left: number }[] = [];
  const levelAt = (level: number) => {
    const count = level === 0 ? coarse : coarse * 2 ** (level - 1);
    return (levels[level] ??= { taken: new Uint8Array(count), left: count });
  };
  const turnOf = (level: number, index: number) => (level === 0 ? index / coarse : (index + 0.5) / (coarse * 2 ** (level - 1)));
  return {
    take(turn) {
      let best: RingPlace | undefined;
      let bestCost = Number.POSITIVE_INFINITY;
      for (let level = 0; level < LEVELS && level * CROWDING_TURNS < bestCost; level++) {
        const { taken, left } = levelAt(level);
        if (left === 0) continue;
        const index = nearestFree(taken, turn * taken.length - (level === 0 ? 0 : 0.5));
        const cost = Math.abs(difference(turnOf(level, index), turn)) + level * CROWDING_TURNS;
        if (cost < bestCost - 1e-9) {
          bestCost = cost;
          best = { turn: turnOf(level, index), level, index };
        }
      }
      if (best === undefined) return { turn, level: -1, index: -1 };
      levels[best.level]!.taken[best.index] = 1;
      levels[best.level]!.left--;
      return best;
    },
    free({ level, index }) {
      if (level < 0) return;
      levels[level]!.taken[index] = 0;
      levels[level]!.left++;
    },
  };
}

/** From `from` to `to` the short way round, in turns: between -0.5 and 0.5. */
export function difference(to: number, from: number): number {
  const d = wrap(to - from);
  return d > 0.5 ? d - 1 : d;
}

function wrap(turn: number): number {
  return turn - Math.floor(turn);
}

function nearestFree(taken: Uint8Array, position: number): number {
  const count = taken.length;
  const start = Math.round(position);
  for (let step = 0; step <= count; step++) {
    const clockwise = (((start + step) % count) + count) % count;
    if (taken[clockwise] === 0) return clockwise;
    const back = (((start - step) % count) + count) % count;
    if (taken[back] === 0) return back;
  }
  return 0;
}
