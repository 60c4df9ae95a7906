/**
 * `npm run truth [-- DIR]`: plays every recording under DIR (default: our own) through every combination of its sources, in the recorded and in
 * shuffled order, and prints, per client and case, what all its sources found against what is true. Exit code 1 when anything differs. The
 * folder's layout is that of `test/fixtures`.
 */
import { join, resolve } from "node:path";
import { casesUnder, type TruthCase } from "../src/testing/truth-cases.ts";
import { isShort } from "../src/testing/truth-rows.ts";

const SHOWN = 20;

const root = resolve(process.argv[2] ?? join(import.meta.dirname, "fixtures"));
const { cases, problems } = casesUnder(root);
for (const problem of problems) console.log(problem);
const failed = cases.filter((each) => !passes(each)).length + problems.length;
console.log(`${cases.length + problems.length - failed} passed, ${failed} failed`);
if (cases.length === 0) console.log(`${root} has no recordings: no folder below it has a truth.json`);
process.exitCode = failed === 0 && cases.length > 0 ? 0 : 1;

/** Prints one case. */
function passes({ client, name, sources, choices, rows, readings }: TruthCase): boolean {
  const counted = rows();
  const cells = counted.map(({ what, found, real, due, wrong }) => {
    const unseen = real - due;
    return `${what} ${found}/${real}${unseen > 0 ? ` (${unseen} unseen)` : ""}${wrong > 0 ? ` (+${wrong} not so)` : ""}`;
  });
  console.log(`${client.padEnd(22)} ${name.padEnd(24)} ${cells.join("  ")}`);
  let tried = 0;
  const failures = counted.filter(isShort).map(({ what }) => `  ${what} by all sources`);
  for (const choice of choices)
    for (const { order, differences } of readings(choice)) {
      tried++;
      failures.push(...differences.map((difference) => `  ${choice.join("+")}, ${order}: ${difference}`));
    }
  console.log(
    `  ${tried} readings of ${sources.join(", ")}: ${failures.length === 0 ? "all as it was" : `${failures.length} differences`}`,
  );
  for (const failure of failures.slice(0, SHOWN)) console.log(failure);
  return failures.length === 0;
}
