import type { SceneNode } from "./scene.ts";

/** What is drawn when there is too much: hidden nodes, and on whom they are counted. */
export interface Folded {
  readonly hidden: ReadonlySet<string>;
  readonly counts: ReadonlyMap<string, number>;
}

const nothing: Folded = { hidden: new Set(), counts: new Map() };

/**
 * Folds families until at most `limit` nodes are left: the deepest ring first, on one ring the largest family first. A family folds into
 * its parent's disc as a whole; only the last one needed keeps its earliest members. Nodes of `keep` and those that wait for a person stay.
 */
export function foldCrowd(nodes: readonly SceneNode[], limit: number, keep: ReadonlySet<string>): Folded {
  let surplus = nodes.length - limit;
  if (surplus <= 0) return nothing;
  const hidden = new Set<string>();
  const counts = new Map<string, number>();
  const hold = held(nodes, keep);
  for (const family of familiesOf(nodes)) {
    if (surplus <= 0) break;
    const leaving = family.members.filter((node) => !hold.has(node.key));
    for (const node of leaving.slice(Math.max(0, leaving.length - (family.ring === 1 ? surplus : leaving.length)))) {
      hidden.add(node.key);
      counts.set(family.parentKey, (counts.get(family.parentKey) ?? 0) + 1 + (counts.get(node.key) ?? 0));
      counts.delete(node.key);
      surplus--;
    }
  }
  return { hidden, counts };
}

function familiesOf(nodes: readonly SceneNode[]): { parentKey: string; ring: number; members: SceneNode[] }[] {
  const families = new Map<string, { parentKey: string; ring: number; members: SceneNode[] }>();
  for (const node of nodes) {
    if (node.parentKey === undefined) continue;
    const family = families.get(node.parentKey);
    if (family === undefined) families.set(node.parentKey, { parentKey: node.parentKey, ring: node.ring, members: [node] });
    else family.members.push(node);
  }
  return [...families.values()].toSorted(
    (a, b) => b.ring - a.ring || b.members.length - a.members.length || (a.parentKey < b.parentKey ? -1 : 1),
  );
}

/** Whoever must stay visible, with everyone between them and the sun. */
function held(nodes: readonly SceneNode[], keep: ReadonlySet<string>): Set<string> {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const hold = new Set<string>();
  for (const node of nodes) {
    if (node.status !== "waiting" && !keep.has(node.key)) continue;
    for (
      let at: SceneNode | undefined = node;
      at !== undefined && !hold.has(at.key);
      at = at.parentKey === undefined ? undefined : byKey.get(at.parentKey)
    )
      hold.add(at.key);
  }
  return hold;
}
