import { operations } from "./operations/index.ts";

const SHOWN = 8;

/** Operations whose name or summary has every word, those with the first word in their name first. */
export function operationsLike(words: string) {
  const all = words
    .toLowerCase()
    .replaceAll(/["*]/g, "")
    .split(/\s+/)
    .filter((word) => word !== "" && !word.startsWith("-"));
  if (all.length === 0) return [];
  return operations
    .filter(({ name, summary }) => all.every((word) => `${name} ${summary}`.toLowerCase().includes(word)))
    .toSorted((a, b) => Number(b.name.includes(all[0]!)) - Number(a.name.includes(all[0]!)))
    .slice(0, SHOWN);
}
