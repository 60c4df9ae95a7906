import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../bin/start.mjs", import.meta.url));
const READY_WITHIN_MS = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A running `orrery`. */
export interface Running {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly ended: Promise<Ended>;
  /** Resolves with what the pattern captured first on stdout. */
  sees(pattern: RegExp): Promise<string>;
}

/** Folders of a person who has nothing yet: home, Claude config. */
export function tempPerson(t: TestContext): { readonly folder: string; readonly home: string; readonly env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), "orrery-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const home = join(folder, "orrery home");
  const { PATH, TMPDIR } = process.env;
  return {
    folder,
    home,
    env: {
      PATH,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      HOME: folder,
      ORRERY_HOME: home,
      ORRERY_PORT: "0",
      ORRERY_COMPAT: "off",
      CLAUDE_CONFIG_DIR: join(folder, "claude"),
      NO_COLOR: "1",
    },
  };
}

/** `orrery` with these words, for a shell. */
export function commandLine(args: readonly string[]): string {
  return [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

export function orrery(t: TestContext, env: NodeJS.ProcessEnv, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => void child.kill("SIGKILL"));
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    async sees(pattern) {
      for (const end = Date.now() + READY_WITHIN_MS; ;) {
        const found = pattern.exec(out);
        if (found !== null) return found[1] ?? found[0];
        if (Date.now() > end || child.exitCode !== null) throw new Error(`never saw ${pattern} in:\n${out}\n${err}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Starts a daemon and waits for its ready line. */
export async function serving(
  t: TestContext,
  env: NodeJS.ProcessEnv,
  ...args: readonly string[]
): Promise<Running & { readonly url: string }> {
  const running = orrery(t, env, "serve", ...args);
  return { ...running, url: await running.sees(/^Orrery ready at (http:\/\/127\.0\.0\.1:\d+)\n/) };
}
