/** Where every agent stands: a pure function of who was there when. The rules are in SPEC.md, numbered G1 to G10. */
import { arrangeSuns, type Region } from "./constellation.ts";
import { createHeap } from "./heap.ts";
import { createRing, ringRadius, slotTurn, type Ring, type RingPlace } from "./rings.ts";
import { settleTree, type TreeNode } from "./tree.ts";

export interface GraphNode {
  readonly agent_id: string;
  readonly parent_agent_id?: string;
  readonly spawnedMs: number;
  /** Absent while it lives. */
  readonly endedMs?: number;
}

export interface GraphSession {
  readonly session_id: string;
  readonly project?: string | undefined;
  readonly rootId: string;
  readonly firstMs: number;
  /** When the session leaves the picture, if nothing more happens. */
  readonly untilMs: number;
  readonly nodes: readonly GraphNode[];
}

/** One agent relative to its sun. `ring` 0 is the sun itself. */
export interface Spot {
  readonly agent_id: string;
  /** Absent for the sun and for its own children. */
  readonly parent_id?: string;
  readonly ring: number;
  readonly turn: number;
  readonly x: number;
  readonly y: number;
  /** Not ended, ended less than a fade ago, or kept for a child that lives. */
  readonly isPresent: boolean;
}

export interface System {
  readonly session_id: string;
  readonly x: number;
  readonly y: number;
  /** The outermost ring in use, 0 when the sun is alone. */
  readonly rings: number;
  readonly radius: number;
  readonly spots: ReadonlyMap<string, Spot>;
  /** Agents that were too many to be placed. */
  readonly unplaced: number;
}

/** A flash of 200 ms, then 800 ms of fading. */
export const FADE_MS = 1_000;
/** Above this many agents ever, those that are gone no longer hold places. */
const EXACT_LIMIT = 20_000;
/** More than this many present at once are not placed one by one. */
const PLACE_LIMIT = 4_000;

export function layoutGraph(sessions: readonly GraphSession[], nowMs: number): { readonly systems: System[]; readonly regions: Region[] } {
  const laid = sessions.map((session) => systemOf(session, nowMs));
  return arrangeSuns(sessions, laid);
}

/** A system as it stands from one moment of arriving or leaving to the next. */
interface Standing {
  readonly system: System;
  readonly fromMs: number;
  readonly untilMs: number;
}

const standing = new WeakMap<readonly GraphNode[], Standing>();

function systemOf(session: GraphSession, nowMs: number): System {
  const known = standing.get(session.nodes);
  if (known !== undefined && nowMs >= known.fromMs && nowMs < known.untilMs && known.system.session_id === session.session_id)
    return known.system;
  const made = layOut(session, nowMs);
  standing.set(session.nodes, made);
  return made.system;
}

/** One sun with its agents, around the origin. */
export function layoutSystem(session: GraphSession, nowMs: number): System {
  return layOut(session, nowMs).system;
}

function layOut(session: GraphSession, nowMs: number): Standing {
  const { kept, unplaced } = bounded(session.nodes, nowMs);
  const order = settleTree(kept, session.rootId, FADE_MS);
  const turns = placeAll(order);
  const spots = new Map<string, Spot>([[session.rootId, { agent_id: session.rootId, ring: 0, turn: 0, x: 0, y: 0, isPresent: true }]]);
  let rings = 0;
  let [fromMs, nextMs] = kept === session.nodes ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [nowMs, nowMs + 1];
  for (const { node, parent, ring, untilMs } of order) {
    const turn = turns.get(node.agent_id)!;
    const isPresent = untilMs > nowMs;
    if (isPresent) nextMs = Math.min(nextMs, untilMs);
    else fromMs = Math.max(fromMs, untilMs);
    if (isPresent) rings = Math.max(rings, ring);
    const radius = ringRadius(ring);
    spots.set(node.agent_id, {
      agent_id: node.agent_id,
      ...(parent === undefined ? {} : { parent_id: parent.node.agent_id }),
      ring,
      turn,
      x: radius * Math.cos(turn * 2 * Math.PI),
      y: radius * Math.sin(turn * 2 * Math.PI),
      isPresent,
    });
  }
  const system = { session_id: session.session_id, x: 0, y: 0, rings, radius: systemRadius(rings), spots, unplaced };
  return { system, fromMs, untilMs: nextMs };
}

/** Room for a system with its labels. */
function systemRadius(rings: number): number {
  return rings === 0 ? 84 : ringRadius(rings) + 52;
}

function placeAll(order: readonly TreeNode[]): Map<string, number> {
  const turns = new Map<string, number>();
  const rings = new Map<number, Ring>();
  const freeSlots = createHeap<number>((a, b) => a < b);
  let slots = 0;
  const leaving = createHeap<{ readonly untilMs: number; readonly leave: () => void }>((a, b) => a.untilMs < b.untilMs);
  for (const entry of order) {
    while ((leaving.peek()?.untilMs ?? Number.POSITIVE_INFINITY) <= entry.fromMs) leaving.pop()!.leave();
    const { node, parent, ring, untilMs } = entry;
    if (ring === 1) {
      const slot = freeSlots.pop() ?? slots++;
      turns.set(node.agent_id, slotTurn(slot));
      leaving.push({ untilMs, leave: () => freeSlots.push(slot) });
      continue;
    }
    const places = rings.get(ring) ?? createRing(ring);
    rings.set(ring, places);
    const place: RingPlace = places.take(turns.get(parent!.node.agent_id) ?? 0);
    turns.set(node.agent_id, place.turn);
    leaving.push({ untilMs, leave: () => places.free(place) });
  }
  return turns;
}

function bounded(nodes: readonly GraphNode[], nowMs: number): { kept: readonly GraphNode[]; unplaced: number } {
  if (nodes.length <= PLACE_LIMIT) return { kept: nodes, unplaced: 0 };
  const present = nodes.filter((node) => node.endedMs === undefined || node.endedMs + FADE_MS > nowMs);
  if (present.length <= PLACE_LIMIT) return { kept: nodes.length <= EXACT_LIMIT ? nodes : present, unplaced: 0 };
  const first = present.toSorted((a, b) => a.spawnedMs - b.spawnedMs || (a.agent_id < b.agent_id ? -1 : 1)).slice(0, PLACE_LIMIT);
  return { kept: first, unplaced: present.length - first.length };
}
