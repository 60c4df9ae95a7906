// npm run bench [-- names] [-- --quick]: runs every bench/*.bench.ts, or those whose file name contains one of the names, one after another.
// A size (--smoke, --quick, --full) goes to each of them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, nodeBinary, root, toolEnv } from "./ensure.mjs";

ensureInstalled();
const given = process.argv.slice(2);
const sizes = given.filter((word) => word.startsWith("--"));
const names = given.filter((word) => !word.startsWith("--"));
const unknown = sizes.find((word) => !["--smoke", "--quick", "--normal", "--full"].includes(word));
if (unknown) {
  console.error(`${unknown} is no size: --smoke, --quick, --normal or --full`);
  process.exit(1);
}
const folder = join(root, "bench");
const all = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".bench.ts")) : [];
const chosen = all.filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
if (chosen.length === 0) {
  console.error(`No benchmark ${names.length > 0 ? `matches ${names.join(", ")}` : "in bench/"}`);
  process.exit(1);
}
for (const file of chosen.toSorted()) {
  console.log(`\n== ${file}`);
  const ran = spawnSync(nodeBinary(), ["--expose-gc", join("bench", file), ...sizes], { cwd: root, env: toolEnv(), stdio: "inherit" });
  if (ran.status !== 0) process.exitCode = 1;
}
