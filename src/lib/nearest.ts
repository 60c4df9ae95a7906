const MOST = 3;

/** The names that somebody may have meant, the likeliest first; none when nothing is near. Order of words, plurals and separators do not count. */
export function nearest(given: string, names: readonly string[]): string[] {
  const asked = wordsOf(given);
  if (asked.length === 0) return [];
  return names
    .map((name) => ({ name, distance: farness(asked, wordsOf(name)) }))
    .filter(({ distance }) => distance < 0.5)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** From 0 (the same words) up: how much of the asked words is not found, and a little for words that nobody asked for. */
function farness(asked: readonly string[], known: readonly string[]): number {
  const missed = asked.map((word) => Math.min(...known.map((other) => unlikeness(word, other))));
  const extra = Math.max(0, known.length - asked.length);
  return missed.reduce((sum, each) => sum + each, 0) / asked.length + extra * 0.05;
}

function unlikeness(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > 2 && b.startsWith(a)) return 0.1;
  const changed = distanceOf(a, b) / Math.max(a.length, b.length);
  return changed <= 0.4 ? changed : 1;
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => (word.length > 3 ? word.replace(/s$/, "") : word));
}

/** How many letters differ. */
function distanceOf(given: string, known: string): number {
  let row = Array.from({ length: known.length + 1 }, (_, at) => at);
  for (let i = 1; i <= given.length; i++) {
    const next = [i];
    for (let j = 1; j <= known.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (given[i - 1] === known[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[known.length]!;
}
