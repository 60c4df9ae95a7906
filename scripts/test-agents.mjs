// npm run test:agents: real agent programs against a scripted model on this machine. Installs them outside the tree the first time (about 400 MB
// each). npm run test:agents -- claude runs only the test files whose name contains that.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { agents, ensureAgent } from "./agents.mjs";
import { ensureInstalled, nodeBinary, root, toolEnv } from "./ensure.mjs";

const filters = process.argv.slice(2);
const folder = "test/agents";
const files = readdirSync(join(root, folder))
  .filter((name) => name.endsWith(".test.ts") && (filters.length === 0 || filters.some((filter) => name.includes(filter))))
  .map((name) => `${folder}/${name}`);
if (files.length === 0) fail(`No test file in ${folder} matches ${filters.join(", ")}`);

ensureInstalled();
const env = toolEnv();
for (const name of Object.keys(agents)) {
  if (!files.some((file) => file.includes(name))) continue;
  try {
    env[`ORRERY_AGENT_${name.toUpperCase()}`] = ensureAgent(name);
    env[`ORRERY_AGENT_${name.toUpperCase()}_VERSION`] = agents[name].version;
  } catch (error) {
    fail(error.message);
  }
}
if (files.some((file) => file.includes("terminal")) && spawnSync("tmux", ["-V"]).status !== 0)
  fail("tmux is missing: the tests of the terminal need it");
const args = ["--test", "--test-concurrency=1", "--test-timeout=600000", "--test-reporter=spec", ...files];
process.exitCode = spawnSync(nodeBinary(), args, { cwd: root, env, stdio: "inherit" }).status ?? 1;

function fail(message) {
  console.error(message);
  process.exit(1);
}
