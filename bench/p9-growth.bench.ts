// P9: what one more event costs, stored and folded, when much has been stored before. In this process, with the daemon's own parts and
// no door: appends to a long and to a short log take turns.
import { createActivityStore } from "../src/daemon/activity-store.ts";
import { createHistory } from "../src/daemon/history.ts";
import { createProjector } from "../src/daemon/projector.ts";
import { systemClock } from "../src/lib/clock.ts";
import { openSqliteLog } from "../src/log/index.ts";
import { freshEvents } from "./lib/events.ts";
import { size, sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { figure, report, type Figure } from "./lib/report.ts";
import { median } from "./lib/stats.ts";

const BATCH = 500;
const rounds = sized({ smoke: 2, normal: 7 });
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
  return figure({
    name: `per event with ${homes.long.events.toLocaleString("en")} stored`,
    unit: "us",
    n: BATCH * batches * rounds,
    rounds: costs.long,
    baseline: { name: "with 10,000 stored", rounds: costs.short },
    bar: "ratio <= 1.2",
    passes: (_, ratio) => ratio <= 1.2,
  });
}

const figures = [await compare("large")];
if (size === "full") figures.push(await compare("huge"));
report("P9 cost as the log grows", figures);
