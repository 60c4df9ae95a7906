// npm test: types, lint, format, dead code, tests, browser tests. npm test -- src/log runs only the test files whose path contains that.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureChromium, ensureInstalled, ensurePython, ensureScript, ensureWebBuilt, nodeBinary, root, toolEnv } from "./ensure.mjs";

/** Tests of real agent programs, which are large: npm run test:agents. */
const APART = "test/agents";
const folders = ["src", "test", "web/src", "bench"];
const filters = process.argv.slice(2).map((filter) => filter.replace(/^\.\//, ""));
const totals = { passed: 0, failed: 0 };
const failures = [];
const skipped = [];

ensureInstalled();
const env = toolEnv();
if (env.CI) {
  delete env.FORCE_COLOR;
  env.NO_COLOR = "1";
}
// Each test file is a process: what one of them compiled serves the others.
env.NODE_COMPILE_CACHE = join(root, "node_modules/.cache/compiled");
const gateEnv = { ...env };
delete gateEnv.CI; // oxfmt prints colours whenever CI is set

const files = folders.flatMap(testFiles).filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
const e2eFiles = files.filter((file) => file.endsWith(".e2e.test.ts"));
const plainFiles = files.filter((file) => !e2eFiles.includes(file));
if (files.length === 0) {
  console.error(`No test file matches ${filters.join(", ")}`);
  process.exit(1);
}
if (e2eFiles.length > 0 || filters.length === 0) {
  env.ORRERY_CHROMIUM = ensureChromium();
  ensureWebBuilt();
  const python = ensurePython();
  if (python === undefined) lacks("Python 3.8 or later, for the tests of its client: install python3, or set ORRERY_PYTHON to its path");
  else env.ORRERY_PYTHON = python;
  if (process.platform === "linux" && ensureScript() === undefined) lacks("script, for the tests of the terminal: install bsdutils");
}

if (filters.length === 0) {
  gate("types", ["tsc", "-p", "."], ["tsc", "-p", "web"]);
  gate("lint", ["oxlint"]);
  gate("format", ["oxfmt", "--check"]);
  gate("dead code", ["knip"]);
}
runTests("tests", plainFiles, availableParallelism());
runTests("browser and process tests", e2eFiles, availableParallelism());

if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((test) => `  ${test}`).join("\n")}`);
if (failures.length > 0) console.log(`\nfailed:\n${failures.map((failure) => `  ${failure}`).join("\n")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** What is missing fails the run, and the tests that do without it run nevertheless. */
function lacks(program) {
  failures.push(`missing: ${program}`);
  totals.failed++;
}

/** A check that is not a test counts only when it fails. */
function gate(title, ...commands) {
  console.log(`\n== ${title}`);
  const statuses = commands.map(([command, ...args]) => spawnSync(command, args, { cwd: root, env: gateEnv, stdio: "inherit" }).status);
  if (statuses.some((status) => status !== 0)) {
    console.log(`${title}: failed`);
    failures.push(title);
    totals.failed++;
  }
}

function runTests(title, paths, concurrency) {
  if (paths.length === 0) return;
  console.log(`\n== ${title}: ${paths.length} files`);
  const scratch = mkdtempSync(join(tmpdir(), "orrery-test-"));
  const countsFile = join(scratch, "counts.json");
  const reporters = [
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=./scripts/count-reporter.mjs",
    `--test-reporter-destination=${countsFile}`,
  ];
  const args = ["--test", `--test-concurrency=${concurrency}`, "--test-timeout=600000", ...reporters, ...paths];
  const { status } = spawnSync(nodeBinary(), args, { cwd: root, env, stdio: "inherit" });
  const counts = readCounts(countsFile);
  rmSync(scratch, { recursive: true });
  totals.passed += counts.passed;
  totals.failed += counts.failed + counts.cancelled;
  failures.push(...counts.failures.map((failure) => failure.replace(`${root}/`, "")));
  skipped.push(...counts.skips.map((skip) => skip.replace(`${root}/`, "")));
  if (status !== 0 && counts.failed + counts.cancelled === 0) {
    totals.failed++;
    failures.push(`${title}: the run ended with ${status}`);
  }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { passed: 0, failed: 0, cancelled: 0, failures: [], skips: [] };
  }
}

function testFiles(folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.name !== "node_modules" && entry.name !== "fixtures")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (path === APART) return [];
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith(".test.ts") ? [path] : [];
    });
}
