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

/** Each next circle goes where it touches none before it: of the innermost free places, the one that leaves the whole most compact. */
function packed(order: readonly Numbered[]): Centres {
  const circles: Circle[] = [];
  const centres: Centres = new Map();
  for (const { system } of order) {
    const radius = system.radius + GAP / 2;
    let best: Circle = { x: 0, y: 0, radius };
    let bestExtent = circles.length === 0 ? 0 : Number.POSITIVE_INFINITY;
    for (let step = 0, found = 0; circles.length > 0 && found < CANDIDATES; step++) {
      const distance = 14 * Math.sqrt(step);
      const circle = { x: distance * WIDE * Math.cos(step * 2.399963), y: distance * Math.sin(step * 2.399963), radius };
      if (circles.some((other) => Math.hypot(other.x - circle.x, other.y - circle.y) < other.radius + radius)) continue;
      found++;
      const extent = extentOf([...circles, circle]);
      if (extent >= bestExtent - 1e-6) continue;
      best = circle;
      bestExtent = extent;
    }
    circles.push(best);
    centres.set(system.session_id, { x: best.x, y: best.y });
  }
  return centres;
}

function extentOf(circles: readonly Circle[]): number {
  let [left, right, top, bottom] = [0, 0, 0, 0];
  for (const { x, y, radius } of circles) {
    left = Math.min(left, x - radius);
    right = Math.max(right, x + radius);
    top = Math.min(top, y - radius);
    bottom = Math.max(bottom, y + radius);
  }
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
