import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { tempFolder } from "./temp.ts";

export const root = join(import.meta.dirname, "../..");

/** A server in a process of its own, measured from outside. */
export interface Server {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly home: string;
  /** From spawning to the line that says where it listens. */
  readonly startMs: number;
  /** Processor time used so far, all threads. */
  cpuMs(): number;
  rssBytes(): number;
  /** Greatest RSS so far. */
  peakBytes(): number;
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const TICK_MS = 10;
const START_WITHIN_MS = 60_000;
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The real daemon, as a user starts it. `BENCH_PROFILE=<folder>` writes a CPU profile of each there. */
export function startOrrery(options: { readonly home?: string; readonly args?: readonly string[] } = {}): Promise<Server> {
  const home = options.home ?? tempFolder("home");
  const folder = process.env["BENCH_PROFILE"];
  const flags = folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  const args = [...flags, "bin/start.mjs", "serve", "--port", "0", "--home", home, "--no-open", "--json"];
  return start("orrery", home, [...args, ...(options.args ?? ["--transcripts", "off"])]);
}

/** The plain server that the daemon is measured against. */
export function startFloor(...args: readonly "--no-store"[]): Promise<Server> {
  const home = tempFolder("floor");
  return start("floor-full", home, [fileURLToPath(import.meta.resolve("../floor/floor-full.ts")), home, ...args]);
}

/** What durable fan-out costs at the least: for loads under which the plain server, which writes each event by itself, falls behind for good. */
export function startRelay(): Promise<Server> {
  const home = tempFolder("relay");
  return start("relay", home, [fileURLToPath(import.meta.resolve("../floor/relay.ts")), home]);
}

async function start(name: string, home: string, args: readonly string[]): Promise<Server> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", ORRERY_COMPAT: "off" },
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running.delete(child);
      resolve();
    });
  });
  const { url, port } = await firstLine(child, name);
  return {
    name,
    url,
    port,
    home,
    pid: child.pid!,
    startMs: performance.now() - began,
    cpuMs: () => cpuMs(child.pid!),
    rssBytes: () => statusBytes(child.pid!, "VmRSS"),
    peakBytes: () => statusBytes(child.pid!, "VmHWM"),
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

function firstLine(child: ChildProcess, name: string): Promise<{ url: string; port: number }> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name} did not start`)), START_WITHIN_MS);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      clearTimeout(late);
      resolve(JSON.parse(line) as { url: string; port: number });
    });
  });
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function statusBytes(pid: number, field: string): number {
  const match = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) * 1024;
}
