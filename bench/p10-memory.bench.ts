// P10: what the daemon holds in memory after it has taken a million events in one life, and what it does when nothing happens.
import { setTimeout as sleep } from "node:timers/promises";
import { catalogued } from "./lib/catalogued.ts";
import { sized } from "./lib/options.ts";
import { fill, month, prepareHome, present } from "./lib/prepared-home.ts";
import { startFloor, startOrrery, type Server } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { subscribe } from "./lib/subscriber.ts";

const IDLE_MS = sized({ smoke: 1_000, quick: 5_000, normal: 20_000 });
const MIB = 2 ** 20;

interface Rest {
  readonly rssMb: number;
  readonly peakMb: number;
  readonly cpuPercent: number;
}

/** Ten clients watch, nothing happens. */
async function rest(server: Server): Promise<Rest> {
  const clients = await Promise.all(Array.from({ length: 10 }, () => subscribe(server.port, { channels: ["*"] })));
  await sleep(2_000);
  const cpu = server.cpuMs();
  await sleep(IDLE_MS);
  const cpuPercent = ((server.cpuMs() - cpu) / IDLE_MS) * 100;
  for (const client of clients) client.close();
  return { rssMb: server.rssBytes() / MIB, peakMb: server.peakBytes() / MIB, cpuPercent };
}

async function live(server: Server, settled?: (server: Server) => Promise<void>): Promise<Rest> {
  const seconds = await fill(server, month());
  await fill(server, present());
  note(`   ${server.name} took ${(month().events / seconds).toFixed(0)} events/s`);
  await settled?.(server);
  const measured = await rest(server);
  await server.stop();
  return measured;
}

async function untilCatalogued({ name, url }: Server): Promise<void> {
  const began = performance.now();
  await catalogued(url);
  note(`   ${name}'s catalog was level ${((performance.now() - began) / 1_000).toFixed(0)} s later`);
}

const floor = await live(await startFloor());
const orrery = await live(await startOrrery(), untilCatalogued);
const { home } = await prepareHome("large");
const daemon = await startOrrery({ home });
await untilCatalogued(daemon);
const restarted = await rest(daemon);
await daemon.stop();

const n = month().events + present().events;
const events = `${n.toLocaleString("en")} events`;
report("P10 memory and idle", [
  figure({
    name: `RSS after ${events}, 1,000 agents alive`,
    unit: "MiB",
    n,
    rounds: [orrery.rssMb],
    baseline: { name: "floor-full after the same events", rounds: [floor.rssMb] },
    bar: "< 200 MB (191 MiB)",
    passes: (value) => value < 191,
  }),
  figure({
    name: "greatest RSS while it took them",
    unit: "MiB",
    n,
    rounds: [orrery.peakMb],
    baseline: { name: "floor-full", rounds: [floor.peakMb] },
    bar: "no bar",
    passes: () => true,
  }),
  figure({
    name: "RSS after a restart with them",
    unit: "MiB",
    n,
    rounds: [restarted.rssMb],
    baseline: { name: "floor-full after the same events", rounds: [floor.rssMb] },
    bar: "< 200 MB (191 MiB)",
    passes: (value) => value < 191,
  }),
  figure({
    name: "idle, ten clients watching",
    unit: "% of a core",
    n: 2,
    rounds: [orrery.cpuPercent, restarted.cpuPercent],
    bar: "< 1 %",
    passes: (value) => value < 1,
  }),
]);
