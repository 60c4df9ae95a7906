import { byText } from "../lib/by-text.ts";
import { createFollower } from "../lib/follow.ts";
import { mapOf, type PersistentMap } from "../lib/persistent-map.ts";
import { createSortedList } from "../lib/sorted-list.ts";

/** So many open things of a kind stay that are not recent; beyond it a session that only ever begins things would grow for ever. */
const OPEN_LIMIT = 2_000;

/** What decides whether an entity stays: whether it is over, and when something was last heard of it. */
export interface Ages<V> {
  readonly isOpen: (value: V) => boolean;
  readonly at: (value: V) => string;
}

/** The entities of a map apart: those that are open, and the others, oldest first. */
interface Parted<K extends string, V> {
  readonly open: ReadonlyMap<K, Dated<K, V>>;
  readonly over: readonly Dated<K, V>[];
}

export type InOrderOf<K extends string, V> = (map: PersistentMap<K, V>) => Parted<K, V>;

export interface Recent<K extends string, V> {
  readonly kept: PersistentMap<K, V>;
  readonly gone: number;
  readonly latestGone: string | undefined;
}

interface Dated<K, V> {
  readonly key: K;
  readonly value: V;
  readonly at: string;
}

/** Keeps the entities of a map that goes on in order. */
export function followAges<K extends string, V>({ isOpen, at }: Ages<V>): InOrderOf<K, V> {
  const open = new Map<K, Dated<K, V>>();
  const over = createSortedList<Dated<K, V>>(byAge);
  const follow = createFollower<K, V>((key, before, after) => {
    if (before !== undefined && !open.delete(key)) over.remove({ key, value: before, at: at(before) });
    if (after === undefined) return;
    const item = { key, value: after, at: at(after) };
    if (isOpen(after)) open.set(key, item);
    else over.add(item);
  });
  return (map) => {
    follow(map);
    over.settle();
    return { open, over: over.items() };
  };
}

/** What stays of a map: everything newer than `since`, everything open, and of the rest the newest. `order` saves looking at each where nothing stays for being new. */
export function recent<K extends string, V>(
  map: PersistentMap<K, V>,
  which: Ages<V> & { readonly keep: number; readonly since: string | undefined; readonly order?: InOrderOf<K, V> | undefined },
): Recent<K, V> {
  if (map.size <= which.keep) return { kept: map, gone: 0, latestGone: undefined };
  const parted = which.since === undefined ? which.order?.(map) : undefined;
  return parted === undefined || parted.open.size > OPEN_LIMIT ? lookedThrough(map, which) : lookedUp(map, parted, which.keep);
}

function lookedUp<K extends string, V>(map: PersistentMap<K, V>, { open, over }: Parted<K, V>, keep: number): Recent<K, V> {
  const gone = over.length - keep;
  if (gone <= 0) return { kept: map, gone: 0, latestGone: undefined };
  return { kept: mapOf(entriesOf([...open.values(), ...over.slice(gone)])), gone, latestGone: over[gone - 1]!.at };
}

function lookedThrough<K extends string, V>(
  map: PersistentMap<K, V>,
  { keep, since, isOpen, at }: Ages<V> & { readonly keep: number; readonly since: string | undefined },
): Recent<K, V> {
  const open: Dated<K, V>[] = [];
  const fresh: Dated<K, V>[] = [];
  /** The newest of what is over, newest first; never more than `keep`. */
  const newest: Dated<K, V>[] = [];
  const gone: K[] = [];
  let latestGone = "";
  const letGo = (item: Dated<K, V>): void => {
    gone.push(item.key);
    if (item.at > latestGone) latestGone = item.at;
  };
  const pass = (item: Dated<K, V>): void => {
    let place = newest.length;
    while (place > 0 && byAge(newest[place - 1]!, item) < 0) place--;
    if (place === keep) return letGo(item);
    newest.splice(place, 0, item);
    if (newest.length > keep) letGo(newest.pop()!);
  };
  for (const [key, value] of map) {
    const item = { key, value, at: at(value) };
    if (since !== undefined && item.at > since) fresh.push(item);
    else if (isOpen(value)) open.push(item);
    else pass(item);
  }
  if (open.length > OPEN_LIMIT) {
    open.sort((a, b) => (a.at < b.at ? 1 : -1));
    for (const item of open.splice(OPEN_LIMIT)) pass(item);
  }
  if (gone.length === 0) return { kept: map, gone: 0, latestGone: undefined };
  const kept =
    gone.length < map.size / 2 ? gone.reduce((rest, key) => rest.delete(key), map) : mapOf(entriesOf([...open, ...fresh, ...newest]));
  return { kept, gone: gone.length, latestGone };
}

function entriesOf<K, V>(items: readonly Dated<K, V>[]): (readonly [K, V])[] {
  return items.map(({ key, value }) => [key, value] as const);
}

/** Oldest first; of two of one age the one with the greater key counts as older. */
function byAge<K extends string>(a: Dated<K, unknown>, b: Dated<K, unknown>): number {
  return byText(a.at, b.at) || byText(b.key, a.key);
}
