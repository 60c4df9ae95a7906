/** The order of texts by their code units, the same on every machine: of ids, and of timestamps, where it is the order of time. */
export function byText(a = "", b = ""): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
