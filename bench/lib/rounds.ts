import { note } from "./report.ts";

/** Runs every contender in each round, in turning order, so that a busy moment of the machine hits them alike. */
export async function interleave<N extends string, T>(
  names: readonly N[],
  rounds: number,
  measure: (name: N, round: number) => Promise<T>,
): Promise<Record<N, T[]>> {
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<N, T[]>;
  for (let index = 0; index < rounds; index++) {
    const order = index % 2 === 0 ? names : names.toReversed();
    for (const name of order) results[name].push(await measure(name, index));
    note(`   round ${index + 1} of ${rounds}`);
  }
  return results;
}
