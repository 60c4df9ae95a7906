/** Places things one after another along a spiral, the innermost first: what comes later moves nothing that is there. */

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How much wider than high the windows are that the picture should fill. */
const WIDE = 1.15;
/** So many free places along the spiral are compared. */
const CANDIDATES = 40;

interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

type Placed = { readonly circle: Circle; readonly box: Box }[];

/** The circles of the last pictures and the box around each and those before it: a place depends only on the radii up to it. */
const known = new Map<string, Placed>();
const KNOWN_LIMIT = 200;

/**
 * Each next circle goes where it touches none before it: of the innermost free places, the one that leaves the whole most compact.
 * @param memo names the group, so that what it placed the last time is not placed again
 */
export function packCircles(radii: readonly number[], memo: string): Point[] {
  let placed = known.get(memo) ?? [];
  const isOther = radii.findIndex((radius, index) => placed[index]?.circle.radius !== radius);
  if (isOther >= 0) {
    placed = placed.slice(0, isOther);
    for (const radius of radii.slice(isOther)) placed.push(placeNext(placed, radius));
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(memo, placed);
  }
  return radii.map((_, index) => placed[index]!.circle);
}

const SPIRAL = 2.399963;
const BOX_STEP = 60;
/** The last picture's: a place depends only on the boxes up to it. */
let knownBoxes: { readonly boxes: readonly Box[]; readonly origins: readonly Point[] } = { boxes: [], origins: [] };

/** Each next box, given around its own origin, goes where it overlaps none before it. Returns where the origins are. */
export function packBoxes(boxes: readonly Box[]): Point[] {
  const isOther = boxes.findIndex((box, index) => !isSameBox(box, knownBoxes.boxes[index]));
  const same = isOther < 0 ? boxes.length : isOther;
  const origins: Point[] = knownBoxes.origins.slice(0, same);
  const placed: Box[] = origins.map(({ x, y }, index) => shift(boxes[index]!, x, y));
  for (const box of boxes.slice(same)) {
    const around = placed.reduce((all, other) => union(all, other), placed[0] ?? box);
    let best: Point = { x: 0, y: 0 };
    let bestExtent = placed.length === 0 ? 0 : Number.POSITIVE_INFINITY;
    for (let step = 0, found = 0; placed.length > 0 && found < CANDIDATES; step++) {
      const distance = BOX_STEP * Math.sqrt(step);
      const x = Math.round((distance * WIDE * Math.cos(step * SPIRAL)) / BOX_STEP) * BOX_STEP;
      const y = Math.round((distance * Math.sin(step * SPIRAL)) / BOX_STEP) * BOX_STEP;
      const at = shift(box, x, y);
      if (placed.some((other) => overlaps(other, at))) continue;
      found++;
      const extent = extentOf(union(around, at));
      if (extent >= bestExtent - 1e-6) continue;
      best = { x, y };
      bestExtent = extent;
    }
    placed.push(shift(box, best.x, best.y));
    origins.push(best);
  }
  knownBoxes = { boxes, origins };
  return origins;
}

/** Cells of one size, by number along a hexagonal spiral. */
export function hexCells(numbers: readonly number[], size: number): Point[] {
  return numbers.map((number) => hexCell(number, size));
}

export function shift({ left, right, top, bottom }: Box, x: number, y: number): Box {
  return { left: left + x, right: right + x, top: top + y, bottom: bottom + y };
}

function union(a: Box, b: Box): Box {
  return {
    left: Math.min(a.left, b.left),
    right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function isSameBox(a: Box, b: Box | undefined): boolean {
  return a.left === b?.left && a.right === b.right && a.top === b.top && a.bottom === b.bottom;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function placeNext(placed: Placed, radius: number): Placed[number] {
  const around = placed.at(-1)?.box ?? { left: 0, right: 0, top: 0, bottom: 0 };
  let best: Circle = { x: 0, y: 0, radius };
  let bestExtent = placed.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let step = 0, found = 0; placed.length > 0 && found < CANDIDATES; step++) {
    const distance = 14 * Math.sqrt(step);
    const circle = { x: distance * WIDE * Math.cos(step * SPIRAL), y: distance * Math.sin(step * SPIRAL), radius };
    if (placed.some(({ circle: other }) => Math.hypot(other.x - circle.x, other.y - circle.y) < other.radius + radius)) continue;
    found++;
    const extent = extentOf(boxAround(around, circle));
    if (extent >= bestExtent - 1e-6) continue;
    best = circle;
    bestExtent = extent;
  }
  return { circle: best, box: boxAround(around, best) };
}

function boxAround({ left, right, top, bottom }: Box, { x, y, radius }: Circle): Box {
  return {
    left: Math.min(left, x - radius),
    right: Math.max(right, x + radius),
    top: Math.min(top, y - radius),
    bottom: Math.max(bottom, y + radius),
  };
}

function extentOf({ left, right, top, bottom }: Box): number {
  return Math.max((right - left) / WIDE, bottom - top);
}

/** Cell `k` of a hexagonal spiral. */
function hexCell(k: number, size: number): Point {
  if (k === 0) return { x: 0, y: 0 };
  const ring = Math.ceil((Math.sqrt(12 * k + 9) - 3) / 6);
  const inRing = k - 1 - 3 * ring * (ring - 1);
  const corners = [
    [1, 0],
    [0, 1],
    [-1, 1],
    [-1, 0],
    [0, -1],
    [1, -1],
  ] as const;
  const side = Math.floor(inRing / ring);
  const along = inRing % ring;
  const [cq, cr] = corners[side]!;
  const [nq, nr] = corners[(side + 1) % 6]!;
  const q = cq * (ring - along) + nq * along;
  const r = cr * (ring - along) + nr * along;
  return { x: size * (q + r / 2), y: size * r * (Math.sqrt(3) / 2) };
}
