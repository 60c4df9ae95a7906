import { changedKeys, emptyMap, type PersistentMap } from "./persistent-map.ts";

/**
 * Something that is made from a map that goes on, brought up to date by what changed since it was last asked for. `take` is given what a
 * key had, unless it is new, and what it has now, unless it is gone.
 */
export function createFollower<K extends string, V>(
  take: (key: K, before: V | undefined, after: V | undefined) => void,
): (map: PersistentMap<K, V>) => void {
  let known = emptyMap<K, V>();
  return (map) => {
    for (const key of changedKeys(known, map)) take(key, known.get(key), map.get(key));
    known = map;
  };
}
