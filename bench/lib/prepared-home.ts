import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventDraft } from "../../src/contract/events/index.ts";
import { syntheticEvents, type SyntheticOptions } from "../../src/testing/synthetic.ts";
import { asRequests } from "./events.ts";
import { openLine } from "./http-line.ts";
import { sized } from "./options.ts";
import { root, startOrrery, type Server } from "./processes.ts";
import { note } from "./report.ts";
import { tempFolder } from "./temp.ts";

/** A home as a daemon left it, in a folder of its own. */
export interface PreparedHome {
  readonly home: string;
  /** Events in its log. */
  readonly events: number;
  /** Of those, how many lie in the past: the rest are the sessions that are alive. */
  readonly past: number;
}

const DAY_MS = 86_400_000;
const BATCH = 500;
/** Batches that are made while the server still works on earlier ones. */
const AHEAD = 3;
const PAST = sized({ smoke: 20_000, quick: 100_000, normal: 990_000 });

/** What a picture shows: 200 sessions of 5 agents, none ended, 50 events each in the last five minutes. */
const ALIVE: SyntheticOptions = { events: 10_000, parallel: 200, eventsPerSession: 100_000, agentsPerSession: 5, stepMs: 30, seed: 7 };

/**
 * `small`: 1,000 agents at work, 10,000 events. `large`: the same after a month of 50 sessions at a time, 990,000 events and nearly
 * 10,000 agents in all; `huge`: five times that month. The month is made once for each version of the log and its projections, and
 * copied from the temp folder; the present is always added anew, or it would no longer be the present.
 */
export async function prepareHome(which: "small" | "large" | "huge"): Promise<PreparedHome> {
  const home = join(tempFolder(which), "home");
  const past = which === "small" ? 0 : which === "large" ? PAST : PAST * 5;
  if (past > 0) cpSync(await pastHome(past), home, { recursive: true });
  const daemon = await startOrrery({ home });
  await fill(daemon, present());
  await daemon.stop();
  return { home, events: past + ALIVE.events, past };
}

/** A month that ended two days ago. */
export function month(events = PAST): SyntheticOptions {
  const startMs = Date.now() - 32 * DAY_MS;
  return { events, parallel: 50, eventsPerSession: 500, startMs, stepMs: (30 * DAY_MS) / events, leaveOpen: false, seed: 3 };
}

export function present(): SyntheticOptions {
  return { ...ALIVE, startMs: Date.now() - ALIVE.events * ALIVE.stepMs! };
}

async function pastHome(events: number): Promise<string> {
  const cache = join(tmpdir(), "orrery-bench-cache");
  const version = sourcesHash();
  const folder = join(cache, `${version}-${events}`);
  if (existsSync(folder)) return folder;
  note(`   preparing ${events} events in ${folder}`);
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache)) if (!old.startsWith(version)) rmSync(join(cache, old), { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  const daemon = await startOrrery({ home: unfinished });
  await fill(daemon, month(events));
  await daemon.stop();
  renameSync(unfinished, folder);
  return folder;
}

/** Through the door of a real server, in order. Seconds that it took. */
export async function fill(server: Server, options: SyntheticOptions): Promise<number> {
  const line = await openLine(server.port);
  const began = performance.now();
  const sent: Promise<number>[] = [];
  let batch: EventDraft[] = [];
  const send = async (): Promise<void> => {
    if (sent.length >= AHEAD) await sent[sent.length - AHEAD];
    sent.push(line.send(asRequests(batch, BATCH)[0]!));
    batch = [];
  };
  for (const event of syntheticEvents(options)) if (batch.push(event) === BATCH) await send();
  if (batch.length > 0) await send();
  if ((await Promise.all(sent)).some((status) => status !== 200)) throw new Error(`${server.name} refused a part of the events`);
  line.close();
  return (performance.now() - began) / 1_000;
}

/** Changes with everything that decides what a home holds. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  const folders = [
    "src/log",
    "src/log/migrations",
    "src/projections",
    "src/daemon",
    "src/testing/synthetic.ts",
    "bench/lib/prepared-home.ts",
  ];
  for (const path of folders.flatMap(filesIn)) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 12);
}

function filesIn(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(join(root, path))
    .toSorted()
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `${path}/${name}`);
}
