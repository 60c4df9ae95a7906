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
