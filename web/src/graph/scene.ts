import type { GoneAgent } from "../../../src/projections/session.ts";
import type { AgentStatus, AgentView, SessionView } from "../../../src/projections/views.ts";
import { PICTURE_MS } from "../../../src/projections/views.ts";
import { clip, formatCount, formatModel } from "../ui/format.ts";
import { familyColour, type FamilyColour } from "./families.ts";
import type { Region } from "./constellation.ts";
import { FADE_MS, layoutGraph, type GraphNode, type Spot, type System } from "./layout.ts";
import { projectSums, type ProjectSums } from "./projects.ts";
import { ringRadius } from "./rings.ts";
import { nodeKey } from "./transitions.ts";

export interface SceneSession {
  readonly view: SessionView;
  readonly agents: readonly AgentView[];
  /** Agents that the picture has let go of: others stand where they do because of them. */
  readonly gone?: readonly GoneAgent[];
}

/** One disc of the picture, in world units. */
export interface SceneNode {
  readonly key: string;
  readonly session_id: string;
  readonly agent_id: string;
  readonly parentKey: string | undefined;
  readonly ring: number;
  readonly x: number;
  readonly y: number;
  readonly turn: number;
  readonly radius: number;
  readonly label: string;
  /** A second line: the call that has been running for a while, or what kind of sun it is. */
  readonly sublabel: string;
  /** The tools that it called most, with how often. */
  readonly tools: readonly string[];
  readonly colour: FamilyColour | "brass";
  readonly status: AgentStatus;
  readonly outcome: AgentView["outcome"];
  readonly isInferred: boolean;
  /** Calls that run now: their ids give the moons their phases. */
  readonly running: readonly { readonly call_id: string; readonly name: string }[];
  /** 1 while it lives, then down to `trail` or 0. */
  readonly alpha: number;
  /** 0 to 1 during the flash after its end. */
  readonly flash: number;
}

export interface Sun {
  readonly session_id: string;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly rings: readonly number[];
  readonly isOver: boolean;
}

/** One project of several, with what goes on in it. */
export type SceneRegion = Region & ProjectSums;

export interface Scene {
  /** Parents before children. */
  readonly nodes: readonly SceneNode[];
  readonly byKey: ReadonlyMap<string, SceneNode>;
  readonly suns: readonly Sun[];
  /** Empty where everything belongs to one project. */
  readonly regions: readonly SceneRegion[];
  readonly bounds: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  /** Agents that the layout could not place one by one. */
  readonly unplaced: number;
}

export interface SceneOptions {
  readonly nowMs: number;
  /** Whether agents that ended stay as faint dots. */
  readonly trail: boolean;
  /** Ended agents whose farewell is still being drawn. */
  readonly leaving: ReadonlySet<string>;
}

export const emptyScene: Scene = {
  nodes: [],
  byKey: new Map(),
  suns: [],
  regions: [],
  bounds: { left: -100, top: -100, right: 100, bottom: 100 },
  unplaced: 0,
};

const TRAIL_ALPHA = 0.3;
const FLASH_MS = 200;
/** The part of its share of the ring that a disc may fill, as a radius: full size up to about 40 on the first ring. */
const ROOM = 0.45;
const MIN_DISC = 0.25;
const LONG_CALL_MS = 1_200;
const TOOLS_NAMED = 3;
const discs = [14, 11, 9, 8] as const;

export function buildScene(sessions: readonly SceneSession[], options: SceneOptions): Scene {
  const inputs = sessions.map(({ view, agents, gone }) => ({
    session_id: view.session_id,
    project: view.facts.project,
    rootId: "agt_main",
    firstMs: Date.parse(view.facts.first_at ?? "") || 0,
    untilMs: (Date.parse(view.facts.last_at ?? "") || 0) + PICTURE_MS,
    nodes: graphNodesOf(agents, gone, view),
  }));
  const { systems, regions } = layoutGraph(inputs, options.nowMs);
  const nodes: SceneNode[] = [];
  const suns: Sun[] = [];
  for (const [index, system] of systems.entries()) {
    const session = sessions[index]!;
    for (const node of nodesOf(system, session, inputs[index]!.nodes, options, sessions.length > 1)) nodes.push(node);
    suns.push({
      session_id: system.session_id,
      x: system.x,
      y: system.y,
      radius: system.radius,
      rings: Array.from({ length: system.rings }, (_, ring) => ringRadius(ring + 1)),
      isOver: session.view.status === "ended",
    });
  }
  const several = regions.length > 1 ? regions : [];
  return {
    nodes,
    byKey: new Map(nodes.map((node) => [node.key, node])),
    suns,
    regions: several.map((region) => ({ ...region, ...projectSums(region.project, sessions) })),
    bounds: boundsOf(suns, several),
    unplaced: systems.reduce((sum, system) => sum + system.unplaced, 0),
  };
}

const graphNodes = new WeakMap<readonly AgentView[], { readonly endedAt: string | undefined; readonly nodes: readonly GraphNode[] }>();
/** What the layout last read of each session: most news of an agent moves nobody. */
const lastNodes = new Map<string, readonly GraphNode[]>();
const LAST_LIMIT = 2_000;

/** The same array while nothing in it differs. */
function graphNodesOf(agents: readonly AgentView[], gone: readonly GoneAgent[] | undefined, view: SessionView): readonly GraphNode[] {
  const endedAt = view.facts.ended_at;
  const known = graphNodes.get(agents);
  if (known !== undefined && known.endedAt === endedAt) return known.nodes;
  const made = [...agents.map((agent) => toGraphNode(agent, view)), ...(gone ?? []).map(goneNode)];
  const last = lastNodes.get(view.session_id);
  const nodes = last !== undefined && sameNodes(last, made) ? last : made;
  graphNodes.set(agents, { endedAt, nodes });
  if (lastNodes.size > LAST_LIMIT) lastNodes.clear();
  lastNodes.set(view.session_id, nodes);
  return nodes;
}

function goneNode([agent_id, parent_agent_id, spawnedMs, endedMs]: GoneAgent): GraphNode {
  return { agent_id, parent_agent_id, spawnedMs, ...(endedMs === null ? {} : { endedMs }) };
}

function sameNodes(a: readonly GraphNode[], b: readonly GraphNode[]): boolean {
  return (
    a.length === b.length &&
    a.every((node, index) => {
      const other = b[index]!;
      return (
        node.agent_id === other.agent_id &&
        node.parent_agent_id === other.parent_agent_id &&
        node.spawnedMs === other.spawnedMs &&
        node.endedMs === other.endedMs
      );
    })
  );
}

function toGraphNode(agent: AgentView, session: SessionView): GraphNode {
  const spawnedMs = Date.parse(agent.spawned_at);
  const ended = agent.status === "ended" ? (agent.ended_at ?? session.facts.ended_at ?? agent.active_at) : undefined;
  return {
    agent_id: agent.agent_id,
    spawnedMs,
    ...(agent.parent_agent_id === undefined ? {} : { parent_agent_id: agent.parent_agent_id }),
    ...(ended === undefined ? {} : { endedMs: Date.parse(ended) || spawnedMs }),
  };
}

/** The discs of a session as they were last made, and how long they may stay so. */
interface Made {
  readonly view: SessionView;
  readonly spots: System["spots"];
  readonly x: number;
  readonly y: number;
  readonly isOneOfMany: boolean;
  readonly trail: boolean;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly nodes: readonly SceneNode[];
}
const made = new WeakMap<readonly AgentView[], Made>();

function nodesOf(
  system: System,
  session: SceneSession,
  inputs: readonly GraphNode[],
  options: SceneOptions,
  isOneOfMany: boolean,
): readonly SceneNode[] {
  const { agents, view } = session;
  const { nowMs, trail, leaving } = options;
  const isLeaving = leaving.size > 0 && agents.some((agent) => leaving.has(nodeKey(view.session_id, agent.agent_id)));
  const last = made.get(agents);
  if (
    last !== undefined &&
    !isLeaving &&
    last.view === view &&
    last.spots === system.spots &&
    last.x === system.x &&
    last.y === system.y &&
    last.isOneOfMany === isOneOfMany &&
    last.trail === trail &&
    nowMs >= last.fromMs &&
    nowMs < last.untilMs
  )
    return last.nodes;
  const nodes = makeNodes(system, session, inputs, options, isOneOfMany);
  if (isLeaving) made.delete(agents);
  else {
    const { x, y, spots } = system;
    made.set(agents, { view, spots, x, y, isOneOfMany, trail, fromMs: nowMs, untilMs: staysUntil(agents, inputs, nowMs), nodes });
  }
  return nodes;
}

/** When time alone changes a disc next: somebody fades, or a call has run for long. */
function staysUntil(agents: readonly AgentView[], inputs: readonly GraphNode[], nowMs: number): number {
  let untilMs = Number.POSITIVE_INFINITY;
  for (const { endedMs } of inputs) if (endedMs !== undefined && nowMs - endedMs <= FADE_MS) return nowMs;
  for (const { running } of agents)
    for (const { started_at } of running) {
      const longMs = Date.parse(started_at ?? "") + LONG_CALL_MS;
      if (longMs >= nowMs) untilMs = Math.min(untilMs, longMs);
    }
  return untilMs;
}

function makeNodes(
  system: System,
  session: SceneSession,
  inputs: readonly GraphNode[],
  options: SceneOptions,
  isOneOfMany: boolean,
): SceneNode[] {
  const onRing = new Map<number, number>();
  for (const spot of system.spots.values()) if (spot.isPresent) onRing.set(spot.ring, (onRing.get(spot.ring) ?? 0) + 1);
  // The trail of a session is there until the session closes.
  const trail = options.trail && session.view.status !== "ended";
  const nodes: SceneNode[] = [];
  for (const [index, agent] of session.agents.entries()) {
    const spot = system.spots.get(agent.agent_id);
    if (spot === undefined) continue;
    const key = nodeKey(session.view.session_id, agent.agent_id);
    const sinceEnd = inputs[index]!.endedMs === undefined ? undefined : options.nowMs - inputs[index]!.endedMs!;
    const isLeaving = options.leaving.has(key);
    if (spot.ring > 0 && !spot.isPresent && !isLeaving && !trail) continue;
    nodes.push(
      toSceneNode({
        key,
        agent,
        spot,
        system,
        session,
        isOneOfMany,
        crowd: onRing.get(spot.ring) ?? 1,
        sinceEnd,
        isLeaving,
        trail,
        nowMs: options.nowMs,
      }),
    );
  }
  return nodes;
}

function toSceneNode(from: {
  key: string;
  agent: AgentView;
  spot: Spot;
  system: System;
  session: SceneSession;
  isOneOfMany: boolean;
  crowd: number;
  sinceEnd: number | undefined;
  isLeaving: boolean;
  trail: boolean;
  nowMs: number;
}): SceneNode {
  const { key, agent, spot, system, session, isOneOfMany } = from;
  const isSun = spot.ring === 0;
  const crowding = Math.min(
    1,
    Math.max(MIN_DISC, (ROOM * 2 * Math.PI * ringRadius(spot.ring)) / from.crowd / discs[Math.min(spot.ring, 3)]!),
  );
  return {
    key,
    session_id: agent.session_id,
    agent_id: agent.agent_id,
    parentKey: isSun ? undefined : nodeKey(agent.session_id, spot.parent_id ?? "agt_main"),
    ring: spot.ring,
    x: system.x + spot.x,
    y: system.y + spot.y,
    turn: spot.turn,
    radius: discs[Math.min(spot.ring, 3)]! * (isSun ? 1 : crowding),
    label: isSun && isOneOfMany ? clip(session.view.title, 28) : clip(agent.label, 24),
    sublabel: sublabelOf(from),
    tools: toolsOf(agent),
    colour: isSun ? "brass" : familyColour(agent.model),
    status: agent.status,
    outcome: agent.outcome,
    isInferred: agent.edge === "inferred",
    running: agent.running.map((call) => ({ call_id: call.call_id, name: call.name ?? "call" })),
    ...fading(isSun, from.sinceEnd, from.isLeaving, from.trail),
  };
}

const named = new WeakMap<AgentView["tools"], readonly string[]>();

/** Calls that start agents are in the picture as those agents. */
function toolsOf({ tools }: AgentView): readonly string[] {
  const known = named.get(tools);
  if (known !== undefined) return known;
  const words = tools
    .filter(({ tool = "" }) => tool !== "" && tool !== "Agent" && tool !== "Task")
    .slice(0, TOOLS_NAMED)
    .map(({ tool, total }) => `${clip(tool!, 18)} ×${formatCount(total)}`);
  named.set(tools, words);
  return words;
}

/** A call that is over in a moment is told by its pulse, one that started an agent by that agent: naming them here would only be noise. */
function sublabelOf({ agent, spot, session, nowMs }: { agent: AgentView; spot: Spot; session: SceneSession; nowMs: number }): string {
  const long = agent.running.filter((call) => call.kind !== "agent" && nowMs - Date.parse(call.started_at ?? "") > LONG_CALL_MS);
  if (long.length > 0) return clip(`${long[0]!.name ?? "call"}${long.length > 1 ? ` +${long.length - 1}` : ""}`, 20);
  if (spot.ring > 0) return "";
  if (session.view.status === "ended") return "ended";
  const model = formatModel(agent.model ?? session.view.facts.model);
  return model === "?" ? "" : model;
}

function fading(isSun: boolean, sinceEnd: number | undefined, isLeaving: boolean, trail: boolean): { alpha: number; flash: number } {
  if (sinceEnd === undefined) return { alpha: 1, flash: 0 };
  if (isSun) return { alpha: 0.6, flash: 0 };
  if (isLeaving) return { alpha: 1, flash: 0 };
  const floor = trail || sinceEnd > FADE_MS ? TRAIL_ALPHA : 0;
  if (sinceEnd < FLASH_MS) return { alpha: 1, flash: 1 };
  return { alpha: Math.max(floor, 1 - (sinceEnd - FLASH_MS) / (FADE_MS - FLASH_MS)), flash: 0 };
}

function boundsOf(suns: readonly Sun[], regions: readonly Region[]): Scene["bounds"] {
  if (suns.length === 0) return emptyScene.bounds;
  const boxes =
    regions.length > 0
      ? regions
      : suns.map(({ x, y, radius }) => ({ left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }));
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  };
}
