/** A disc on the screen. */
export interface Disc {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

const REACH = 8;
const REACH_MIN = 14;

/** The disc under a point: the nearest among those within reach, so that small ones can be hit too. */
export function hitTest(discs: Iterable<Disc>, x: number, y: number): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const disc of discs) {
    const distance = Math.hypot(disc.x - x, disc.y - y);
    if (distance > Math.max(REACH_MIN, disc.radius + REACH)) continue;
    const fromEdge = distance - disc.radius;
    if (fromEdge < bestDistance) {
      bestDistance = fromEdge;
      best = disc.key;
    }
  }
  return best;
}
