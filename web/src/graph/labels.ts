export interface LabelWish {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  /** Distance from the disc's middle to where a label may begin. */
  readonly clear: number;
  readonly width: number;
  readonly height: number;
  /** Lower goes first. */
  readonly priority: number;
  /** -1 to place it above first, 1 below first. */
  readonly side: 1 | -1;
  /** The label that it continues: without that one on this side, it is left out. */
  readonly under?: string;
  /** It is asked for: where there is no room beside discs, it is written over them. */
  readonly isAsked?: boolean;
}

export interface PlacedLabel {
  readonly key: string;
  /** Middle of the top edge. */
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const CELL = 64;
const GAP = 3;

/** Places labels so that none touches another, a disc or the frame. The less important one is left out; one that is asked for may cover discs. */
export function placeLabels(
  wishes: readonly LabelWish[],
  discs: readonly { x: number; y: number; radius: number }[],
  frame: Box,
  covered: readonly Box[] = [],
): PlacedLabel[] {
  const taken = new Map<string, Box[]>();
  const words = new Map<string, Box[]>();
  for (const disc of discs)
    add(taken, { left: disc.x - disc.radius, top: disc.y - disc.radius, right: disc.x + disc.radius, bottom: disc.y + disc.radius });
  const write = (box: Box): void => {
    add(taken, box);
    add(words, box);
  };
  covered.forEach(write);
  const placed: PlacedLabel[] = [];
  const preferred = new Set<string>();
  for (const wish of wishes.toSorted((a, b) => a.priority - b.priority || (a.key < b.key ? -1 : 1))) {
    if (wish.under !== undefined && !preferred.has(wish.under)) continue;
    const spots = spotsFor(wish, frame);
    const within = (wish.under === undefined ? spots : spots.slice(0, 1)).filter((box) => inside(box, frame));
    const spot = within.find((box) => isFree(taken, box)) ?? (wish.isAsked === true ? within.find((box) => isFree(words, box)) : undefined);
    if (spot === undefined) continue;
    if (spot === spots[0]) preferred.add(wish.key);
    write(spot);
    placed.push({ key: wish.key, x: (spot.left + spot.right) / 2, y: spot.top });
  }
  return placed;
}

function spotsFor({ x, y, clear, width, height, side }: LabelWish, frame: Box): Box[] {
  // Near the frame a label shifts sideways before it goes elsewhere.
  const middle = Math.min(Math.max(x, frame.left + width / 2), Math.max(frame.right - width / 2, frame.left + width / 2));
  const box = (cx: number, top: number): Box => ({ left: cx - width / 2, top, right: cx + width / 2, bottom: top + height });
  const below = box(middle, y + clear);
  const above = box(middle, y - clear - height);
  const beside = [box(x + clear + width / 2, y - height / 2), box(x - clear - width / 2, y - height / 2)];
  return side === 1 ? [below, above, ...beside] : [above, below, ...beside];
}

function inside(box: Box, frame: Box): boolean {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}

function isFree(taken: ReadonlyMap<string, readonly Box[]>, box: Box): boolean {
  return cellsOf(box).every((cell) =>
    (taken.get(cell) ?? []).every(
      (other) => other.right + GAP <= box.left || other.left >= box.right + GAP || other.bottom <= box.top || other.top >= box.bottom,
    ),
  );
}

function add(taken: Map<string, Box[]>, box: Box): void {
  for (const cell of cellsOf(box)) {
    const boxes = taken.get(cell);
    if (boxes === undefined) taken.set(cell, [box]);
    else boxes.push(box);
  }
}

function cellsOf(box: Box): string[] {
  const cells: string[] = [];
  for (let cx = Math.floor((box.left - GAP) / CELL); cx <= Math.floor((box.right + GAP) / CELL); cx++)
    for (let cy = Math.floor(box.top / CELL); cy <= Math.floor(box.bottom / CELL); cy++) cells.push(`${cx} ${cy}`);
  return cells;
}
