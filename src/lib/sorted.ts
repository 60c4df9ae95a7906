/** Puts `item` where it belongs in a sorted list. At its end, where most belong, that costs nothing. */
export function insertSorted<T>(list: T[], item: T, order: (a: T, b: T) => number): void {
  const last = list.at(-1);
  if (last === undefined || order(last, item) <= 0) list.push(item);
  else list.splice(placeOf(list, item, order), 0, item);
}

/** Takes out the item that `item` is equal to in order, where there is one. */
export function removeSorted<T>(list: T[], item: T, order: (a: T, b: T) => number): void {
  const place = placeOf(list, item, order);
  if (place < list.length && order(list[place]!, item) === 0) list.splice(place, 1);
}

/** Of the first item that does not come before `item`. */
function placeOf<T>(list: readonly T[], item: T, order: (a: T, b: T) => number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (order(list[middle]!, item) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
