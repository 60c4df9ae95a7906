import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventDraft } from "../../src/contract/events/index.ts";
import { syntheticEvents, type SyntheticOptions } from "../../src/testing/synthetic.ts";
import { asRequests } from "./events.ts";
import { openLine } from "./http-line.ts";
import { sized } from "./options.ts";
import { root, startOrrery } from "./processes.ts";
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
const LARGE = sized({ smoke: 20_000, quick: 100_000, normal: 1_000_000 });
const BATCH = 1_000;
const AT_ONCE = 4;

/** What a picture shows: 200 sessions of 5 agents, none ended, 50 events each in the last five minutes. */
export const ALIVE: SyntheticOptions = {
  events: 10_000,
  parallel: 200,
  eventsPerSession: 100_000,
  agentsPerSession: 5,
  stepMs: 30,
  seed: 7,
};

/**
 * `small`: 1,000 agents at work, 10,000 events. `large`: the same after a month of 50 sessions at a time, 990,000 events and nearly
 * 10,000 agents in all. The month is made once for each version of the log and its projections, and copied from the temp folder; the
 * present is always added anew, or it would no longer be the present.
 */
export async function prepareHome(which: "small" | "large"): Promise<PreparedHome> {
  const home = join(tempFolder(which), "home");
  const past = which === "large" ? LARGE - ALIVE.events : 0;
  if (which === "large") cpSync(await pastHome(past), home, { recursive: true });
  await fill(home, { ...ALIVE, startMs: Date.now() - ALIVE.events * (ALIVE.stepMs ?? 0) });
  return { home, events: past + ALIVE.events, past };
}

async function pastHome(events: number): Promise<string> {
  const folder = join(tmpdir(), "orrery-bench-cache", `${sourcesHash()}-${events}`);
  if (existsSync(folder)) return folder;
  note(`   preparing ${events} events in ${folder}`);
  mkdirSync(join(tmpdir(), "orrery-bench-cache"), { recursive: true });
  for (const old of readdirSync(join(folder, "..")))
    if (!old.startsWith(sourcesHash())) rmSync(join(folder, "..", old), { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  const startMs = Date.now() - 32 * DAY_MS;
  await fill(unfinished, {
    events,
    parallel: 50,
    eventsPerSession: 500,
    startMs,
    stepMs: (30 * DAY_MS) / events,
    leaveOpen: false,
    seed: 3,
  });
  renameSync(unfinished, folder);
  return folder;
}

/** Through the door of a real daemon, so that checkpoints and summaries are what a daemon writes. */
async function fill(home: string, options: SyntheticOptions): Promise<void> {
  const daemon = await startOrrery({ home });
  const line = await openLine(daemon.port);
  const sent: Promise<number>[] = [];
  let batch: EventDraft[] = [];
  for (const event of syntheticEvents(options)) {
    batch.push(event);
    if (batch.length < BATCH) continue;
    sent.push(line.send(asRequests(batch, BATCH)[0]!));
    batch = [];
    if (sent.length % AT_ONCE === 0) await sent.at(-AT_ONCE);
  }
  if (batch.length > 0) sent.push(line.send(asRequests(batch, BATCH)[0]!));
  const statuses = await Promise.all(sent);
  if (statuses.some((status) => status !== 200)) throw new Error("the daemon refused a part of the prepared events");
  line.close();
  await daemon.stop();
}

/** Changes with everything that decides what a home holds. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  const folders = ["src/log", "src/log/migrations", "src/projections", "src/daemon", "src/testing/synthetic.ts"];
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
