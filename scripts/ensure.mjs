// What must be there before Orrery can run: packages, Node 24, the built web UI, a browser for the tests.
// Runs on the Node.js a machine happens to have (20 or later), before anything is installed: no dependencies here.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const manifests = ["package-lock.json", "package.json", "web/package.json", ".npmrc"];
const webSources = [
  "web/src",
  "web/index.html",
  "web/replay.html",
  "web/vite.replay.config.ts",
  "web/vite.config.ts",
  "web/package.json",
  "src/contract",
  "src/projections",
  "src/client",
  "src/lib",
  "package-lock.json",
];

/** Installs the packages when none are there, or when the lock or a package.json changed since the last time. */
export function ensureInstalled() {
  const stamp = join(root, "node_modules/.orrery-stamp");
  const wanted = hashOf(manifests, process.platform, process.arch);
  if (readText(stamp) === wanted) return;
  console.log("Installing packages (about a minute the first time)");
  // --no-save keeps package-lock.json as it is committed.
  runQuietly("npm", ["install", "--no-save", "--no-audit", "--no-fund"], "npm install failed");
  writeFileSync(stamp, wanted);
}

/** The path of the Node.js that runs Orrery. */
export function nodeBinary() {
  const { platform, arch } = process;
  const file = platform === "win32" ? "bin/node.exe" : "bin/node";
  const names = [`node-${platform === "win32" ? "win" : platform}-${arch}`, `node-bin-${platform}-${arch}`];
  const folders = ["node_modules/node", ...names.flatMap((name) => [`node_modules/${name}`, `node_modules/node/node_modules/${name}`])];
  const found = folders.map((folder) => join(root, folder, file)).find(isExecutable);
  return found ?? fail(`Node 24 for ${platform}-${arch} is missing from node_modules: delete node_modules and run npm start again`);
}

/** The environment in which the installed tools run: on Node 24, whatever Node.js started this script. */
export function toolEnv() {
  return { ...process.env, PATH: [dirname(nodeBinary()), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter) };
}

/** Builds the web UI when one of its sources changed since the last build. */
export function ensureWebBuilt() {
  if (!existsSync(join(root, "web/src/main.tsx"))) return;
  const stamp = join(root, "web/dist/.stamp");
  const wanted = hashOf(webSources);
  if (readText(stamp) === wanted) return;
  console.log("Building the web UI");
  runQuietly("vite", ["build", "web", "--logLevel", "warn"], "the web build failed");
  runQuietly(
    "vite",
    ["build", "web", "--config", "web/vite.replay.config.ts", "--logLevel", "warn"],
    "the build of the replay page failed",
  );
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The path of a Chromium for the browser tests; installs Debian's when it may. */
export function ensureChromium() {
  return ensureProgram(findChromium, "chromium") ?? fail("The browser tests need Chromium: install it, or set ORRERY_CHROMIUM to its path");
}

/** The path of a Python 3 for the tests of its client; installs Debian's when it may. Undefined where there is none. */
export function ensurePython() {
  return ensureProgram(findPython, "python3");
}

/** The path of Linux's `script`, which gives a command a terminal; installs Debian's when it may. Undefined where there is none. */
export function ensureScript() {
  return ensureProgram(() => onPath("script"), "bsdutils");
}

function ensureProgram(find, debianPackage) {
  const found = find();
  const aptGet = process.getuid?.() === 0 ? onPath("apt-get") : undefined;
  if (found !== undefined || aptGet === undefined) return found;
  console.log(`Installing ${debianPackage} for the tests`);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", debianPackage]]) {
    const ran = spawnSync(aptGet, args, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, encoding: "utf8" });
    if (ran.status !== 0) process.stderr.write(`${ran.stdout ?? ""}${ran.stderr ?? ""}`);
  }
  return find();
}

function findPython() {
  const isRecent = (name) => spawnSync(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).status === 0;
  const chosen = process.env.ORRERY_PYTHON;
  if (chosen) return isRecent(chosen) ? chosen : fail(`ORRERY_PYTHON is ${chosen}, and that is not a Python 3.8 or later`);
  return ["python3", "python"].find(isRecent);
}

function findChromium() {
  const chosen = process.env.ORRERY_CHROMIUM;
  if (chosen) return isExecutable(chosen) ? chosen : fail(`ORRERY_CHROMIUM is ${chosen}, and that is not a program`);
  return ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(onPath).find(Boolean);
}

function onPath(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Runs a command without its chatter; shows all of it, and ends this process, when the command fails. */
function runQuietly(command, args, problem) {
  const env = command === "npm" ? process.env : toolEnv();
  const ran = spawnSync(command, args, { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28, shell: process.platform === "win32" });
  if (ran.status === 0) return;
  process.stderr.write(`${ran.stdout ?? ""}${ran.stderr ?? ""}`);
  fail(`${problem}${ran.error ? `: ${ran.error.message}` : ""}`);
}

function hashOf(paths, ...more) {
  const hash = createHash("sha256").update(more.join());
  for (const path of paths.flatMap(filesUnder)) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

/** The files at or below a path, sorted; tests are left out because no build reads them. */
function filesUnder(path) {
  if (!existsSync(join(root, path))) return [];
  if (/\.test\.tsx?$/.test(path)) return [];
  try {
    return readdirSync(join(root, path))
      .toSorted()
      .flatMap((name) => filesUnder(`${path}/${name}`));
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    throw error;
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readText(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
