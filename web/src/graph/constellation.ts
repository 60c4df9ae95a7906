import { createHeap } from "./heap.ts";
import type { GraphSession, System } from "./layout.ts";
import { hexCells, packBoxes, packCircles, shift, type Box, type Point } from "./pack.ts";

/** Where the sessions of one project stand, with room for its name above them. */
export interface Region extends Box {
  /** Empty for sessions of no known project. */
  readonly project: string;
}

const GAP = 36;
/** Above this many, all get a cell of the same size. */
const PACK_LIMIT = 48;
/** A region grows by so much at a time, so that it seldom pushes others away. */
const ROOM_STEP = 60;
const NAME_ROOM = 44;

/**
 * Gives every sun its place, beside the others of its project. A session takes the lowest number of its project that is free when it begins
 * and keeps it until it leaves the picture; projects take numbers in the same way. Numbers count outwards along a spiral: whoever comes later
 * moves nobody of its own project, and no project that was there before.
 */
export function arrangeSuns(
  sessions: readonly GraphSession[],
  systems: readonly System[],
): { readonly systems: System[]; readonly regions: Region[] } {
  const groups = [...groupsOf(sessions, systems)].map(([project, members]) => ({ project, ...inside(project, members) }));
  const numbers = numbersOf(groups.map(({ project, firstMs, untilMs }) => ({ id: project, firstMs, untilMs })));
  const order = groups.map((group, index) => ({ ...group, number: numbers[index]! })).toSorted((a, b) => a.number - b.number);
  const origins = originsOf(order);
  const placed = new Map<string, Point>();
  for (const [index, { at }] of order.entries())
    for (const [id, { x, y }] of at) placed.set(id, { x: origins[index]!.x + x, y: origins[index]!.y + y });
  return {
    systems: systems.map((system) => ({ ...system, x: placed.get(system.session_id)!.x, y: placed.get(system.session_id)!.y })),
    regions: order.map(({ project, room }, index) => ({ project, ...shift(room, origins[index]!.x, origins[index]!.y) })),
  };
}

interface Member {
  readonly session: GraphSession;
  readonly system: System;
}

function groupsOf(sessions: readonly GraphSession[], systems: readonly System[]): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const [index, session] of sessions.entries()) {
    const member = { session, system: systems[index]! };
    const group = groups.get(session.project ?? "");
    if (group === undefined) groups.set(session.project ?? "", [member]);
    else group.push(member);
  }
  return groups;
}

/** The suns of one project around its origin. */
function inside(project: string, members: readonly Member[]) {
  const numbers = numbersOf(members.map(({ session }) => ({ id: session.session_id, firstMs: session.firstMs, untilMs: session.untilMs })));
  const order = members.map((member, index) => ({ ...member, number: numbers[index]! })).toSorted((a, b) => a.number - b.number);
  const radii = order.map(({ system }) => system.radius + GAP / 2);
  const points =
    order.length > PACK_LIMIT
      ? hexCells(
          order.map(({ number }) => number),
          Math.max(...radii) * 2,
        )
      : packCircles(radii, project);
  return {
    firstMs: Math.min(...members.map(({ session }) => session.firstMs)),
    untilMs: Math.max(...members.map(({ session }) => session.untilMs)),
    at: new Map(order.map(({ session }, index) => [session.session_id, points[index]!])),
    room: roomOf(points, radii),
  };
}

function roomOf(points: readonly Point[], radii: readonly number[]): Box {
  const low = (value: number) => Math.floor(value / ROOM_STEP) * ROOM_STEP;
  const high = (value: number) => Math.ceil(value / ROOM_STEP) * ROOM_STEP;
  return {
    left: low(Math.min(...points.map(({ x }, index) => x - radii[index]!))),
    right: high(Math.max(...points.map(({ x }, index) => x + radii[index]!))),
    top: low(Math.min(...points.map(({ y }, index) => y - radii[index]!)) - NAME_ROOM),
    bottom: high(Math.max(...points.map(({ y }, index) => y + radii[index]!))),
  };
}

function originsOf(order: readonly { readonly room: Box; readonly number: number }[]): Point[] {
  const rooms = order.map(({ room: { left, right, top, bottom } }) => ({
    left: left - GAP / 2,
    right: right + GAP / 2,
    top: top - GAP / 2,
    bottom: bottom + GAP / 2,
  }));
  if (order.length <= PACK_LIMIT) return packBoxes(rooms);
  const reach = Math.max(...rooms.map(({ left, right, top, bottom }) => Math.hypot(Math.max(-left, right), Math.max(-top, bottom))));
  return hexCells(
    order.map(({ number }) => number),
    reach * 2,
  );
}

/** Each takes the lowest number that is free when it begins, and leaves it when it ends. */
function numbersOf(spans: readonly { readonly id: string; readonly firstMs: number; readonly untilMs: number }[]): number[] {
  const numbers = Array.from({ length: spans.length }, () => 0);
  const free = createHeap<number>((a, b) => a < b);
  const leaving = createHeap<{ untilMs: number; number: number }>((a, b) => a.untilMs < b.untilMs);
  let used = 0;
  const order = spans
    .map((span, index) => ({ span, index }))
    .toSorted((a, b) => a.span.firstMs - b.span.firstMs || (a.span.id < b.span.id ? -1 : 1));
  for (const { span, index } of order) {
    while ((leaving.peek()?.untilMs ?? Number.POSITIVE_INFINITY) <= span.firstMs) free.push(leaving.pop()!.number);
    const number = free.pop() ?? used++;
    numbers[index] = number;
    leaving.push({ untilMs: span.untilMs, number });
  }
  return numbers;
}
