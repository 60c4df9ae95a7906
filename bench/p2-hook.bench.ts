// P2: how long an agent waits for its hook to be answered, with the event on disk by then. 50 senders, 1,000 hooks a second.
import { hookRequests } from "./lib/hook-bodies.ts";
import { openLines } from "./lib/http-line.ts";
import { openLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startFloor, startOrrery } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { median, percentile } from "./lib/stats.ts";

const SENDERS = 50;
const PER_SECOND = 1_000;
const seconds = sized({ smoke: 0.5, quick: 2, normal: 4 });
const rounds = sized({ smoke: 1, quick: 3, normal: 5 });

const servers = { orrery: await startOrrery(), floor: await startFloor() };
const names = ["orrery", "floor"] as const;
let salt = process.pid;

async function measure(name: (typeof names)[number]): Promise<{ p50: number; p99: number; cpu: number }> {
  const server = servers[name];
  const lines = await openLines(server.port, SENDERS);
  const requests = hookRequests(PER_SECOND * seconds, ++salt);
  const cpu = server.cpuMs();
  const load = await openLoop(lines, { perSecond: PER_SECOND, seconds, make: (index) => requests[index]! });
  for (const line of lines) line.close();
  if (load.refused > 0) throw new Error(`${name} refused ${load.refused} hooks`);
  return { p50: percentile(load.latencies, 0.5), p99: percentile(load.latencies, 0.99), cpu: (server.cpuMs() - cpu) / (seconds * 10) };
}

for (const name of names) await measure(name);
const results = await interleave(names, rounds, measure);
await Promise.all(names.map((name) => servers[name].stop()));
for (const name of names) note(`   ${name} used ${median(results[name].map((one) => one.cpu)).toFixed(0)} % of a core`);

const of = (name: (typeof names)[number], key: "p50" | "p99"): number[] => results[name].map((one) => one[key]);
const n = PER_SECOND * seconds * rounds;
report("P2 hook reply", [
  figure({
    name: "p50, 50 senders at 1,000/s",
    unit: "ms",
    n,
    rounds: of("orrery", "p50"),
    baseline: { name: "floor-full", rounds: of("floor", "p50") },
    bar: "< 2 ms",
    passes: (value) => value < 2,
  }),
  figure({
    name: "p99, 50 senders at 1,000/s",
    unit: "ms",
    n,
    rounds: of("orrery", "p99"),
    baseline: { name: "floor-full", rounds: of("floor", "p99") },
    bar: "< 8 ms",
    passes: (value) => value < 8,
  }),
]);
