// P9: what one more event costs, stored and folded, when much has been stored before. In this process, with the daemon's own parts and
// no door: appends to a long and to a short log take turns.
import type { EventDraft } from "../src/contract/events/index.ts";
import { createActivityStore } from "../src/daemon/activity-store.ts";
import { createHistory } from "../src/daemon/history.ts";
import { createProjector } from "../src/daemon/projector.ts";
import { systemClock } from "../src/lib/clock.ts";
import { syntheticEvents } from "../src/testing/synthetic.ts";
import { openSqliteLog } from "../src/log/index.ts";
import { freshEvents, freshSeed } from "./lib/events.ts";
import { size, sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { figure, report, type Figure } from "./lib/report.ts";
import { median } from "./lib/stats.ts";
import { tempFolder } from "./lib/temp.ts";

const BATCH = 500;
const rounds = sized({ smoke: 2, normal: 7 });
const longSession = sized({ smoke: 5_000, quick: 50_000, normal: 100_000 });
const batches = sized({ smoke: 4, quick: 10, normal: 20 });

function openParts(home: string) {
  const log = openSqliteLog({ home, clock: systemClock });
  const activity = createActivityStore(log);
  const projector = createProjector({ log, history: createHistory(log), clock: systemClock, counted: activity.count });
  log.onCommit(projector.apply);
  return log;
}

async function compare(which: "large" | "huge"): Promise<Figure> {
  const homes = { long: await prepareHome(which), short: await prepareHome("small") };
  const logs = { long: openParts(homes.long.home), short: openParts(homes.short.home) };
  const costs = { long: [] as number[], short: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const taken = { long: [] as number[], short: [] as number[] };
    const events = freshEvents({ events: BATCH * batches, parallel: 100 });
    for (let at = 0; at < events.length; at += BATCH) {
      for (const name of at % (2 * BATCH) === 0 ? (["long", "short"] as const) : (["short", "long"] as const)) {
        const from = performance.now();
        await logs[name].append(events.slice(at, at + BATCH));
        taken[name].push(((performance.now() - from) * 1_000) / BATCH);
      }
    }
    // The first round warms up.
    if (round < 0) continue;
    costs.long.push(median(taken.long));
    costs.short.push(median(taken.short));
  }
  await Promise.all([logs.long.close(), logs.short.close()]);
  return flat(`per event with ${homes.long.events.toLocaleString("en")} stored`, costs, "with 10,000 stored");
}

/** A session whose calls come fifty in a second, long and just begun: one log, in turns. */
async function compareSessions(): Promise<Figure> {
  const log = openParts(tempFolder("session"));
  const told = () => syntheticEvents({ events: Infinity, parallel: 1, eventsPerSession: Infinity, stepMs: 20, seed: freshSeed() });
  const append = async (stream: Iterator<EventDraft>): Promise<number> => {
    const events = Array.from({ length: BATCH }, () => stream.next().value as EventDraft);
    const from = performance.now();
    await log.append(events);
    return ((performance.now() - from) * 1_000) / BATCH;
  };
  const long = told();
  for (let count = 0; count < longSession; count += BATCH) await append(long);
  const costs = { long: [] as number[], short: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const short = told();
    const taken = { long: [] as number[], short: [] as number[] };
    for (let at = 0; at < batches; at++) {
      taken.long.push(await append(long));
      taken.short.push(await append(short));
    }
    costs.long.push(median(taken.long));
    costs.short.push(median(taken.short));
  }
  await log.close();
  return flat(`per event of a session that told ${longSession.toLocaleString("en")} fast`, costs, "of one that begins");
}

/** Of microseconds per event, by round. */
function flat(name: string, { long, short }: Record<"long" | "short", readonly number[]>, shortName: string): Figure {
  return figure({
    name,
    unit: "us",
    n: BATCH * batches * rounds,
    rounds: long,
    baseline: { name: shortName, rounds: short },
    bar: "ratio <= 1.2",
    passes: (_, ratio) => ratio <= 1.2,
  });
}

const figures = [await compare("large"), await compareSessions()];
if (size === "full") figures.push(await compare("huge"));
report("P9 cost as the log grows", figures);
