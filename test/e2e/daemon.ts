import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** A real daemon process on a free port with a home and Claude folder of its own. */
export interface RunningDaemon {
  readonly url: string;
  readonly home: string;
  readonly claudeDir: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

export interface Place {
  readonly home: string;
  readonly claudeDir: string;
  remove(): void;
}

export function makePlace(): Place {
  const base = mkdtempSync(join(tmpdir(), "orrery-e2e-"));
  return { home: join(base, "home"), claudeDir: join(base, "claude"), remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** Starts `bin/orrery serve` as a person would and waits for its ready line. */
export async function startDaemon(
  place: Place,
  options: { readonly port?: number; readonly env?: Record<string, string> } = {},
): Promise<RunningDaemon> {
  const args = ["serve", "--port", String(options.port ?? 0), "--home", place.home, "--claude-dirs", place.claudeDir, "--no-open"];
  const child = spawn(join(root, "bin/orrery"), args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.env } });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const url = await readyUrl(child, exited);
  const { pid } = JSON.parse(readFileSync(join(place.home, "daemon.json"), "utf8")) as { pid: number };
  return {
    url,
    home: place.home,
    claudeDir: place.claudeDir,
    pid,
    exited,
    kill(signal) {
      process.kill(pid, signal);
      return exited;
    },
  };
}

function readyUrl(child: ChildProcess, exited: Promise<number | null>): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const ready = /Orrery ready at (http:\S+)/.exec(output);
      if (ready !== null) resolve(ready[1]!);
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    void exited.then((code) => reject(new Error(`the daemon ended with ${code} before it was ready:\n${output}`)));
  });
}

export { until } from "../../src/testing/until.ts";
