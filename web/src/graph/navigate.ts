import type { ProjectSums } from "./projects.ts";
import type { SceneNode } from "./scene.ts";

export type Direction = "in" | "out" | "clockwise" | "back";

/** Who is next in the picture: towards the sun, away from it, or along the ring. Wraps round a ring; from the sun on to the next sun. */
export function neighbour(nodes: readonly SceneNode[], from: string | undefined, direction: Direction): string | undefined {
  const current = nodes.find((node) => node.key === from);
  if (current === undefined) return nodes[0]?.key;
  if (direction === "in") return current.parentKey ?? current.key;
  if (direction === "out") return nodes.find((node) => node.parentKey === current.key)?.key ?? current.key;
  const beside = nodes.filter((node) => node.ring === current.ring && (current.ring === 0 || node.session_id === current.session_id));
  const ordered = current.ring === 0 ? beside : beside.toSorted((a, b) => a.turn - b.turn);
  const step = direction === "clockwise" ? 1 : -1;
  return ordered[(ordered.indexOf(current) + step + ordered.length) % ordered.length]?.key;
}

/** The same among projects, which stand above their suns: `in` leads from a sun to its project, `out` from there to its first sun. */
export function neighbourProject(
  regions: readonly ProjectSums[],
  nodes: readonly SceneNode[],
  from: string | undefined,
  direction: Direction,
): string | undefined {
  const at = regions.findIndex(({ key }) => key === from);
  if (at >= 0) {
    if (direction === "in") return from;
    if (direction === "out") return nodes.find((node) => node.ring === 0 && regions[at]!.sessions.includes(node.session_id))?.key ?? from;
    return regions[(at + (direction === "clockwise" ? 1 : -1) + regions.length) % regions.length]!.key;
  }
  const node = nodes.find(({ key }) => key === from);
  if (node?.ring !== 0 || direction !== "in") return undefined;
  return regions.find(({ sessions }) => sessions.includes(node.session_id))?.key;
}

/** The node with everyone between it and its sun. */
export function ancestry(byKey: ReadonlyMap<string, SceneNode>, key: string | undefined): Set<string> {
  const line = new Set<string>();
  for (
    let at = key === undefined ? undefined : byKey.get(key);
    at !== undefined && !line.has(at.key);
    at = at.parentKey === undefined ? undefined : byKey.get(at.parentKey)
  )
    line.add(at.key);
  return line;
}
