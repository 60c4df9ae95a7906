/** Whether an event type is wanted. */
export type TypeFilter = (type: string) => boolean;

/** Compiles patterns such as `agent.*`, `memory:*`, `*`: a star stands for any run of characters. Linear in pattern and type. */
export function typeFilter(patterns: readonly string[]): TypeFilter {
  if (patterns.includes("*")) return () => true;
  const pieces = patterns.map((pattern) => pattern.split("*"));
  return (type) => pieces.some((each) => matches(type, each));
}

function matches(type: string, pieces: readonly string[]): boolean {
  const [first = "", ...rest] = pieces;
  if (rest.length === 0) return type === first;
  if (!type.startsWith(first)) return false;
  const last = rest.pop()!;
  let at = first.length;
  for (const piece of rest) {
    const found = type.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return type.length - last.length >= at && type.endsWith(last);
}
