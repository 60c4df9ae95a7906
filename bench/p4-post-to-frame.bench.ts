// P4: from the start of a POST to the moment a subscriber has its frame, by way of the disk.
import { freshEvents, stampedRequests } from "./lib/events.ts";
import { openLines } from "./lib/http-line.ts";
import { openLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startFloor, startOrrery } from "./lib/processes.ts";
import { figure, report, type Figure } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { percentile } from "./lib/stats.ts";
import { subscribe } from "./lib/subscriber.ts";

const POSTERS = 8;
const rounds = sized({ smoke: 1, quick: 3, normal: 5 });
const rates = [
  { perSecond: 20, seconds: sized({ smoke: 0.5, quick: 3, normal: 5 }) },
  { perSecond: 500, seconds: sized({ smoke: 0.3, quick: 2, normal: 3 }) },
  { perSecond: 2_000, seconds: sized({ smoke: 0.3, quick: 2, normal: 3 }) },
];

const servers = { orrery: await startOrrery(), floor: await startFloor() };
const names = ["orrery", "floor"] as const;

async function measure(name: (typeof names)[number], perSecond: number, seconds: number): Promise<{ p50: number; p99: number }> {
  const { port } = servers[name];
  const latencies: number[] = [];
  const subscriber = await subscribe(port, { channels: ["*"], onLatency: (ms) => latencies.push(ms) });
  const lines = await openLines(port, POSTERS);
  const count = Math.floor(perSecond * seconds);
  const requests = stampedRequests(freshEvents({ events: count, stepMs: 1_000 / perSecond }));
  await openLoop(lines, { perSecond, seconds, make: requests.stamp });
  for (let waited = 0; latencies.length < count && waited < 100; waited++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (latencies.length !== count) throw new Error(`${name} sent ${latencies.length} of ${count} frames`);
  for (const line of lines) line.close();
  subscriber.close();
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

for (const name of names) await measure(name, 1_000, sized({ smoke: 0.2, normal: 2 }));
const figures: Figure[] = [];
for (const { perSecond, seconds } of rates) {
  const results = await interleave(names, rounds, (name) => measure(name, perSecond, seconds));
  const add = (key: "p50" | "p99", limitMs: number): void => {
    figures.push(
      figure({
        name: `${key} at ${perSecond}/s`,
        unit: "ms",
        n: Math.floor(perSecond * seconds) * rounds,
        rounds: results.orrery.map((one) => one[key]),
        baseline: { name: "floor-full", rounds: results.floor.map((one) => one[key]) },
        bar: `< ${limitMs} ms and <= 3x`,
        passes: (value, ratio) => value < limitMs && ratio <= 3,
      }),
    );
  };
  add("p50", 1.5);
  // At 20/s a round has too few samples for a p99.
  if (perSecond * seconds >= 500) add("p99", 8);
}
await Promise.all(names.map((name) => servers[name].stop()));
report("P4 POST to frame", figures);
