// P3: what a connected agent pays for a tool call: the two hooks that go over HTTP, and the sender script, which only a session's start
// runs. Everything from the agent's side: its own HTTP client, its own process starts.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { planConnect } from "../src/ingest/connect/claude-settings.ts";
import { recordedHooks, fresh } from "./lib/hook-bodies.ts";
import { sized } from "./lib/options.ts";
import { root, startFloor, startOrrery } from "./lib/processes.ts";
import { figure, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { median, percentile } from "./lib/stats.ts";
import { tempFolder } from "./lib/temp.ts";

const calls = sized({ smoke: 20, quick: 100, normal: 300 });
const starts = sized({ smoke: 10, quick: 40, normal: 100 });
const rounds = sized({ smoke: 1, quick: 3, normal: 5 });
/** The script goes on in the background after it has returned; the next start waits for that to be over. */
const PAUSE_MS = 50;

const INGEST = "/api/ingest/claude-code";
const bodies = recordedHooks();
const before = JSON.stringify(bodies.find((body) => body["hook_event_name"] === "PreToolUse"));
const after = JSON.stringify(bodies.find((body) => body["hook_event_name"] === "PostToolUse"));
const begun = JSON.stringify(bodies[0]);

/** Events around a tool call whose hook, as we install it, starts a process. */
function processStarts(): number {
  const settings = JSON.parse(
    planConnect("settings.json", undefined, { base: "", url: "http://127.0.0.1:1/", command: "x", asker: "x" }),
  ) as {
    hooks: Record<string, { hooks: { type: string }[] }[]>;
  };
  return ["PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch", "PermissionRequest"]
    .flatMap((event) => settings.hooks[event] ?? [])
    .flatMap((group) => group.hooks)
    .filter((hook) => hook.type === "command").length;
}

async function post(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
}

const servers = { orrery: await startOrrery(), floor: await startFloor() };
let salt = process.pid;

/** Median of what both hooks of a call took, with time for the agent's own work between calls. */
async function overHttp(name: "orrery" | "floor"): Promise<{ p50: number; p99: number }> {
  const url = `${servers[name].url}${INGEST}`;
  const taken: number[] = [];
  for (let call = 0; call < calls; call++) {
    const pass = (++salt >>> 0).toString(16).padStart(8, "0");
    const [first, second] = [fresh(before, pass), fresh(after, pass)];
    const from = performance.now();
    await post(url, first);
    await post(url, second);
    taken.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { p50: median(taken), p99: percentile(taken, 0.99) };
}

const spool = join(tempFolder("spool"), "spool");
const scripts = {
  sender: `'${join(root, "src/ingest/sender/orrery-hook.sh")}' '${servers.orrery.url}${INGEST}' '${spool}'`,
  bare: "cat >/dev/null",
};

/** From starting a hook's command, as an agent does, to its end. What it does after that is not waited for. */
function commandMs(command: string, body: string): Promise<number> {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["pipe", "ignore", "ignore"] });
    child.on("error", reject);
    child.on("exit", () => resolve(performance.now() - from));
    child.stdin.end(body);
  });
}

async function byCommand(name: "sender" | "bare"): Promise<number> {
  const taken: number[] = [];
  for (let start = 0; start < starts; start++) {
    taken.push(await commandMs(scripts[name], fresh(begun, (++salt >>> 0).toString(16).padStart(8, "0"))));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return median(taken);
}

await overHttp("orrery");
await overHttp("floor");
const http = await interleave(["orrery", "floor"], rounds, overHttp);
const command = await interleave(["sender", "bare"], rounds, byCommand);
await Promise.all([servers.orrery.stop(), servers.floor.stop()]);

report("P3 what an agent pays", [
  figure({
    name: "both hooks of a tool call over HTTP, p50",
    unit: "ms",
    n: calls * rounds,
    rounds: http.orrery.map((one) => one.p50),
    baseline: { name: "floor-full", rounds: http.floor.map((one) => one.p50) },
    bar: "ratio <= 3",
    passes: (_, ratio) => ratio <= 3,
  }),
  figure({
    name: "both hooks of a tool call over HTTP, p99",
    unit: "ms",
    n: calls * rounds,
    rounds: http.orrery.map((one) => one.p99),
    baseline: { name: "floor-full", rounds: http.floor.map((one) => one.p99) },
    bar: "< 16 ms (two replies)",
    passes: (value) => value < 16,
  }),
  figure({
    name: "processes started by the hooks of a tool call",
    unit: "processes",
    n: 1,
    rounds: [processStarts()],
    bar: "0",
    passes: (value) => value === 0,
  }),
  figure({
    name: "sender script (once per session), start to end, p50",
    unit: "ms",
    n: starts * rounds,
    rounds: command.sender,
    baseline: { name: "a command that only reads its input", rounds: command.bare },
    bar: "<= 3 ms more than that",
    passes: (value, ratio) => value - value / ratio <= 3,
  }),
]);
