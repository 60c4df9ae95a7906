import { createHeap } from "./heap.ts";
import type { GraphSession, System } from "./layout.ts";

const GAP = 36;
/** Above this many suns all get a cell of the same size. */
const PACK_LIMIT = 48;

/**
 * Gives every sun its place. A session takes the lowest number that is free when it begins and keeps it until it leaves the picture;
 * numbers count outwards along a spiral, so a later session never moves an earlier one.
 */
export function arrangeSuns(sessions: readonly GraphSession[], systems: readonly System[]): System[] {
  const numbers = numbersOf(sessions);
  const order = systems.map((system, index) => ({ system, number: numbers[index]! })).toSorted((a, b) => a.number - b.number);
  const placed = order.length > PACK_LIMIT ? inCells(order) : packed(order);
  return systems.map((system) => ({ ...system, ...placed.get(system.session_id)! }));
}

interface Numbered {
  readonly system: System;
  readonly number: number;
}
type Centres = Map<string, { readonly x: number; readonly y: number }>;

function numbersOf(sessions: readonly GraphSession[]): number[] {
  const numbers = Array.from({ length: sessions.length }, () => 0);
  const free = createHeap<number>((a, b) => a < b);
  const leaving = createHeap<{ untilMs: number; number: number }>((a, b) => a.untilMs < b.untilMs);
  let used = 0;
  const order = sessions
    .map((session, index) => ({ session, index }))
    .toSorted((a, b) => a.session.firstMs - b.session.firstMs || (a.session.session_id < b.session.session_id ? -1 : 1));
  for (const { session, index } of order) {
    while ((leaving.peek()?.untilMs ?? Number.POSITIVE_INFINITY) <= session.firstMs) free.push(leaving.pop()!.number);
    const number = free.pop() ?? used++;
    numbers[index] = number;
    leaving.push({ untilMs: session.untilMs, number });
  }
  return numbers;
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

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The circles of the last picture and the box around each and those before it: a place depends only on the radii up to it. */
let known: { readonly circle: Circle; readonly box: Box }[] = [];

/** Each next circle goes where it touches none before it: of the innermost free places, the one that leaves the whole most compact. */
function packed(order: readonly Numbered[]): Centres {
  const radii = order.map(({ system }) => system.radius + GAP / 2);
  const isOther = radii.findIndex((radius, index) => known[index]?.circle.radius !== radius);
  if (isOther >= 0) {
    const placed = known.slice(0, isOther);
    for (const radius of radii.slice(isOther)) placed.push(placeNext(placed, radius));
    known = placed;
  }
  return new Map(order.map(({ system }, index) => [system.session_id, { x: known[index]!.circle.x, y: known[index]!.circle.y }]));
}

function placeNext(placed: typeof known, radius: number): (typeof known)[number] {
  const around = placed.at(-1)?.box ?? { left: 0, right: 0, top: 0, bottom: 0 };
  let best: Circle = { x: 0, y: 0, radius };
  let bestExtent = placed.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let step = 0, found = 0; placed.length > 0 && found < CANDIDATES; step++) {
    const distance = 14 * Math.sqrt(step);
    const circle = { x: distance * WIDE * Math.cos(step * 2.399963), y: distance * Math.sin(step * 2.399963), radius };
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

function inCells(order: readonly Numbered[]): Centres {
  const size = Math.max(...order.map(({ system }) => system.radius)) * 2 + GAP;
  return new Map(order.map(({ system, number }) => [system.session_id, hexCell(number, size)]));
}

/** Cell `k` of a hexagonal spiral. */
function hexCell(k: number, size: number): { x: number; y: number } {
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
