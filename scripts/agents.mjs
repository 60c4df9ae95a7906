// Agent programs for the tests of test/agents: pinned here, installed from npm into the user's cache folder, outside the tree.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { toolEnv } from "./ensure.mjs";

const { platform, arch } = process;
const triple = `${arch === "x64" ? "x86_64" : "aarch64"}-${platform === "darwin" ? "apple-darwin" : "unknown-linux-musl"}`;

/** The versions whose recordings stand in test/fixtures. `file` is the program itself: no install script is run. */
export const agents = {
  claude: {
    package: "@anthropic-ai/claude-code",
    version: "2.1.328",
    file: `@anthropic-ai/claude-code-${platform}-${arch}/claude`,
  },
  codex: {
    package: "@openai/codex",
    version: "0.169.0",
    file: `@openai/codex-${platform}-${arch}/vendor/${triple}/bin/codex`,
  },
  opencode: { package: "opencode-ai", version: "1.18.33", file: `opencode-${platform}-${arch}/bin/opencode` },
};

/** The path of the program, installed when it is not there. Throws with one line that says what is missing. */
export function ensureAgent(name) {
  const { package: wanted, version, file } = agents[name];
  const cache = join(process.env.ORRERY_AGENTS_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "orrery", "agents"));
  const folder = join(cache, `${name}-${version}`);
  const program = join(folder, "node_modules", file);
  if (existsSync(program)) return program;
  console.log(`Installing ${wanted} ${version} into ${folder}`);
  mkdirSync(cache, { recursive: true });
  // Moved to its place when it is whole, so that an interrupted install is none.
  const scratch = mkdtempSync(join(cache, "installing-"));
  try {
    const args = ["install", "--prefix", scratch, "--ignore-scripts", "--no-audit", "--no-fund", `${wanted}@${version}`];
    const ran = spawnSync("npm", args, { cwd: scratch, env: toolEnv(), encoding: "utf8", shell: platform === "win32" });
    if (ran.status !== 0) {
      const why = ran.error?.message ?? ran.stderr.split("\n").find((line) => line.startsWith("npm error")) ?? `exit ${ran.status}`;
      throw new Error(`${wanted} ${version} cannot be installed from npm: ${why}`);
    }
    if (!existsSync(join(scratch, "node_modules", file))) throw new Error(`${wanted} ${version} has no program for ${platform}-${arch}`);
    if (!existsSync(program)) renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return program;
}
