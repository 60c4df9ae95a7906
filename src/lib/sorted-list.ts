/** A list that stays in order while things come and go. What is said of it is done by `settle`: few each in its place, of many the list is sorted anew. */
export interface SortedList<T> {
  /** As of the last `settle`. */
  items(): readonly T[];
  add(item: T): void;
  /** Takes out the item that is equal to this one in order. */
  remove(item: T): void;
  settle(): void;
}

/** To move the rest of a long list for each of very many would cost by their product. */
const ONE_BY_ONE = 64;

export function createSortedList<T>(order: (a: T, b: T) => number): SortedList<T> {
  let items: T[] = [];
  let gone: T[] = [];
  let added: T[] = [];

  function insert(item: T): void {
    const last = items.at(-1);
    if (last === undefined || order(last, item) <= 0) items.push(item);
    else items.splice(placeOf(item), 0, item);
  }

  function takeOut(item: T): void {
    const place = placeOf(item);
    if (place < items.length && order(items[place]!, item) === 0) items.splice(place, 1);
  }

  /** Of the first item that does not come before `item`. */
  function placeOf(item: T): number {
    let [from, to] = [0, items.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (order(items[middle]!, item) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  function sortAnew(): void {
    gone.sort(order);
    let next = 0;
    const kept = items.filter((item) => {
      while (next < gone.length && order(gone[next]!, item) < 0) next++;
      return next === gone.length || order(gone[next]!, item) !== 0;
    });
    items = kept.concat(added).toSorted(order);
  }

  return {
    items: () => items,
    add: (item) => void added.push(item),
    remove: (item) => void gone.push(item),
    settle() {
      if (gone.length + added.length > ONE_BY_ONE) sortAnew();
      else {
        for (const item of gone) takeOut(item);
        for (const item of added) insert(item);
      }
      [gone, added] = [[], []];
    },
  };
}
