// P1: how many events become durable and known to every projection, against a plain server that only stores them.
import { asRequests, freshEvents } from "./lib/events.ts";
import { openLines } from "./lib/http-line.ts";
import { closedLoop } from "./lib/load.ts";
import { size, sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { startFloor, startOrrery, type Server } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";

const POSTERS = 16;
const BATCH = 50;
const rounds = sized({ smoke: 1, quick: 3, normal: 7 });
const batched = sized({ smoke: 2_000, quick: 20_000, normal: 60_000 });
const single = sized({ smoke: 500, quick: 5_000, normal: 20_000 });

/** Events per second that `server` takes. */
async function rate(server: Server, count: number, batch: number): Promise<number> {
  const lines = await openLines(server.port, POSTERS);
  // Each poster has sessions of its own, so that the facts of one session arrive in order.
  const queues = lines.map(() => asRequests(freshEvents({ events: Math.ceil(count / POSTERS), parallel: 4 }), batch));
  const cpu = server.cpuMs();
  const { seconds, refused } = await closedLoop(lines, queues);
  note(`   ${server.name}: ${(((server.cpuMs() - cpu) * 1_000) / count).toFixed(1)} us of its process per event`);
  for (const line of lines) line.close();
  if (refused > 0) throw new Error(`${server.name} refused ${refused} requests`);
  return count / seconds;
}

const servers = { orrery: await startOrrery(), floor: await startFloor() };
const names = ["orrery", "floor"] as const;
for (const name of names) {
  await rate(servers[name], batched / 4, BATCH);
  await rate(servers[name], single / 4, 1);
}
const batches = await interleave(names, rounds, (name) => rate(servers[name], batched, BATCH));
const singles = await interleave(names, rounds, (name) => rate(servers[name], single, 1));
await Promise.all(names.map((name) => servers[name].stop()));

const figures = [
  figure({
    name: "NDJSON, 50 per POST, 16 posters",
    unit: "events/s",
    n: batched * rounds,
    rounds: batches.orrery,
    baseline: { name: "floor-full", rounds: batches.floor },
    bar: "ratio >= 0.5",
    passes: (_, ratio) => ratio >= 0.5,
  }),
  figure({
    name: "one per POST, 16 posters",
    unit: "events/s",
    n: single * rounds,
    rounds: singles.orrery,
    baseline: { name: "floor-full", rounds: singles.floor },
    bar: "ratio >= 0.5",
    passes: (_, ratio) => ratio >= 0.5,
  }),
];

if (size === "full") {
  const homes = { large: await prepareHome("large"), small: await prepareHome("small") };
  const grown = { large: await startOrrery({ home: homes.large.home }), small: await startOrrery({ home: homes.small.home }) };
  const rates = await interleave(["large", "small"], rounds, (name) => rate(grown[name], batched / 2, BATCH));
  await Promise.all([grown.large.stop(), grown.small.stop()]);
  figures.push(
    figure({
      name: "NDJSON with 1,000,000 events stored",
      unit: "events/s",
      n: (batched / 2) * rounds,
      rounds: rates.large,
      baseline: { name: "with 10,000 stored", rounds: rates.small },
      bar: "ratio >= 0.85 (never slower)",
      passes: (_, ratio) => ratio >= 0.85,
    }),
  );
}
report("P1 durable ingest", figures);
