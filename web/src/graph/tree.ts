import type { GraphNode } from "./layout.ts";

/** A node with its place in the tree settled: every chain ends at the root, whatever was reported. */
export interface TreeNode {
  readonly node: GraphNode;
  /** Undefined for children of the root. */
  readonly parent: TreeNode | undefined;
  readonly ring: number;
  /** When it takes its place: never before its parent. */
  readonly fromMs: number;
  /** When its place is free again: not while a child that it lived with is still in the picture. */
  untilMs: number;
}

/** Deeper agents share the outermost ring. */
export const MAX_RING = 8;

/**
 * Nodes in the order in which they take their places. A parent that is unknown, or whose chain runs in a circle, counts as the root.
 * @param rootId the agent at the centre; it is not part of the result
 */
export function settleTree(nodes: readonly GraphNode[], rootId: string, fadeMs: number): TreeNode[] {
  const byId = new Map(nodes.map((node) => [node.agent_id, node]));
  const settled = new Map<string, TreeNode>();
  for (const node of nodes) if (node.agent_id !== rootId) settle(node, byId, settled, rootId, fadeMs);
  const ordered = [...settled.values()].toSorted(
    (a, b) => a.fromMs - b.fromMs || a.ring - b.ring || (a.node.agent_id < b.node.agent_id ? -1 : 1),
  );
  for (const child of ordered.toReversed()) {
    const { parent } = child;
    if (parent !== undefined && child.fromMs <= parent.untilMs) parent.untilMs = Math.max(parent.untilMs, child.untilMs);
  }
  return ordered;
}

function settle(
  start: GraphNode,
  byId: ReadonlyMap<string, GraphNode>,
  settled: Map<string, TreeNode>,
  rootId: string,
  fadeMs: number,
): void {
  const path: GraphNode[] = [];
  const onPath = new Set<string>();
  let at: GraphNode | undefined = start;
  while (at !== undefined && at.agent_id !== rootId && !settled.has(at.agent_id) && !onPath.has(at.agent_id)) {
    path.push(at);
    onPath.add(at.agent_id);
    at = at.parent_agent_id === undefined ? undefined : byId.get(at.parent_agent_id);
  }
  // A circle is cut at its smallest id, so that the cut does not depend on where the walk began.
  if (at !== undefined && onPath.has(at.agent_id)) {
    const circle = path.slice(path.indexOf(at));
    const cut = circle.reduce((a, b) => (a.agent_id < b.agent_id ? a : b));
    put(cut, undefined, settled, fadeMs);
    settle(start, byId, settled, rootId, fadeMs);
    return;
  }
  let parent = at === undefined ? undefined : settled.get(at.agent_id);
  for (const node of path.toReversed()) parent = put(node, parent, settled, fadeMs);
}

function put(node: GraphNode, parent: TreeNode | undefined, settled: Map<string, TreeNode>, fadeMs: number): TreeNode {
  const fromMs = Math.max(node.spawnedMs, parent?.fromMs ?? Number.NEGATIVE_INFINITY);
  const untilMs = node.endedMs === undefined ? Number.POSITIVE_INFINITY : Math.max(fromMs, node.endedMs) + fadeMs;
  const made: TreeNode = { node, parent, ring: Math.min(MAX_RING, (parent?.ring ?? 0) + 1), fromMs, untilMs };
  settled.set(node.agent_id, made);
  return made;
}
