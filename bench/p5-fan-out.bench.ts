// P5: one commit to many subscribers. Saturated, light, and with one client that does not read.
import { asRequests, freshEvents, stampedRequests } from "./lib/events.ts";
import { openLines } from "./lib/http-line.ts";
import { closedLoop, openLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startFloor, startOrrery, type Server } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { median, percentile } from "./lib/stats.ts";
import { subscribe, type Subscriber } from "./lib/subscriber.ts";

const PER_SECOND = 400;
const POSTERS = 8;
/** One in so many subscribers reads the sender's time of each frame; the others only count. */
const LOOKS = 10;
const seconds = sized({ smoke: 0.5, quick: 2, normal: 4 });
const rounds = sized({ smoke: 1, quick: 3, normal: 5 });
const many = sized({ smoke: 50, normal: 500 });
const SLOW_EVENTS = sized({ smoke: 5_000, quick: 10_000, normal: 15_000 });
const SETTLE_MS = 15_000;

interface Fan {
  readonly deliveredPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuUsPerDelivery: number;
}

/** The filtered half asks for channels that together carry every event, so that every subscriber wants every event. */
const filters = ["session.*", "agent.*", "turn.*", "tool.started", "tool.ended", "model.*", "message.added"];

async function fan(server: Server, subscribers: number): Promise<Fan> {
  const latencies: number[] = [];
  const clients: Subscriber[] = [];
  for (let index = 0; index < subscribers; index++) {
    const channels = index % 2 === 0 ? ["*"] : filters;
    clients.push(
      await subscribe(server.port, { channels, ...(index % LOOKS < 2 ? { onLatency: (ms: number) => latencies.push(ms) } : {}) }),
    );
  }
  const lines = await openLines(server.port, POSTERS);
  const count = Math.floor(PER_SECOND * seconds);
  const requests = stampedRequests(freshEvents({ events: count, stepMs: 1_000 / PER_SECOND }));
  const cpu = server.cpuMs();
  const began = performance.now();
  await openLoop(lines, { perSecond: PER_SECOND, seconds, make: requests.stamp });
  const delivered = (): number => clients.reduce((sum, client) => sum + client.events(), 0);
  const until = performance.now() + SETTLE_MS;
  while (delivered() < count * subscribers && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  const took = (performance.now() - began) / 1_000;
  const cpuUs = (server.cpuMs() - cpu) * 1_000;
  if (delivered() !== count * subscribers) throw new Error(`${server.name} delivered ${delivered()} of ${count * subscribers}`);
  for (const one of [...clients, ...lines]) one.close();
  return {
    deliveredPerSecond: (count * subscribers) / took,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpuUsPerDelivery: cpuUs / (count * subscribers),
  };
}

/** A server of its own takes many events with one reader that reads, and perhaps one that stopped. */
async function slow(hasSlow: boolean): Promise<{ grownMb: number; p99: number; perSecond: number }> {
  const server = await startOrrery();
  const lines = await openLines(server.port, POSTERS);
  await closedLoop(lines, [asRequests(freshEvents({ events: 10_000 }), 50)]);
  const latencies: number[] = [];
  const reader = await subscribe(server.port, { channels: ["*"], onLatency: (ms) => latencies.push(ms) });
  const stopped = hasSlow ? await subscribe(server.port, { channels: ["*"] }) : undefined;
  stopped?.pause();
  const before = server.rssBytes();
  const events = freshEvents({ events: SLOW_EVENTS });
  const requests = stampedRequests(events);
  const perSecond = 1_000;
  const load = await openLoop(lines, { perSecond, seconds: SLOW_EVENTS / perSecond, make: requests.stamp });
  const grownMb = (server.rssBytes() - before) / 2 ** 20;
  for (const one of [reader, ...(stopped === undefined ? [] : [stopped]), ...lines]) one.close();
  await server.stop();
  return { grownMb, p99: percentile(latencies, 0.99), perSecond: SLOW_EVENTS / load.seconds };
}

const servers = { orrery: await startOrrery(), ws: await startFloor("--no-store") };
const names = ["orrery", "ws"] as const;
for (const name of names) await fan(servers[name], many / 5);
const saturated = await interleave(names, rounds, (name) => fan(servers[name], many));
const light = await interleave(names, rounds, (name) => fan(servers[name], 50));
await Promise.all(names.map((name) => servers[name].stop()));
for (const name of names)
  note(`   ${name}: ${median(saturated[name].map((one) => one.cpuUsPerDelivery)).toFixed(2)} us of the server per delivery`);
const withSlow = await interleave(["slow", "without"], sized({ smoke: 1, quick: 1, normal: 3 }), (name) => slow(name === "slow"));

const of = (results: Record<"orrery" | "ws", Fan[]>, name: "orrery" | "ws", key: keyof Fan): number[] =>
  results[name].map((one) => one[key]);
const n = PER_SECOND * seconds * many * rounds;
const offered = many * PER_SECOND;
report("P5 fan-out", [
  figure({
    name: `${many} subscribers x 400/s (offered ${offered}/s): delivered`,
    unit: "deliveries/s",
    n,
    rounds: of(saturated, "orrery", "deliveredPerSecond"),
    baseline: { name: "plain ws loop, nothing stored", rounds: of(saturated, "ws", "deliveredPerSecond") },
    bar: ">= 90 % of what is offered (180,000/s)",
    passes: (value) => value >= 0.9 * offered,
  }),
  figure({
    name: `${many} x 400/s: p99`,
    unit: "ms",
    n,
    rounds: of(saturated, "orrery", "p99"),
    baseline: { name: "plain ws loop, nothing stored", rounds: of(saturated, "ws", "p99") },
    bar: "< 40 ms",
    passes: (value) => value < 40,
  }),
  figure({
    name: "50 x 400/s: p50",
    unit: "ms",
    n: PER_SECOND * seconds * 50 * rounds,
    rounds: of(light, "orrery", "p50"),
    baseline: { name: "plain ws loop, nothing stored", rounds: of(light, "ws", "p50") },
    bar: "< 1.5 ms",
    passes: (value) => value < 1.5,
  }),
  figure({
    name: "memory that one reader who stopped costs",
    unit: "MiB",
    n: SLOW_EVENTS,
    rounds: withSlow.slow.map((one, index) => one.grownMb - withSlow.without[index]!.grownMb),
    bar: "< 8 MiB",
    passes: (value) => value < 8,
  }),
  figure({
    name: "p99 of another reader at 1,000/s beside it",
    unit: "ms",
    n: SLOW_EVENTS,
    rounds: withSlow.slow.map((one) => one.p99),
    baseline: { name: "without the slow reader", rounds: withSlow.without.map((one) => one.p99) },
    bar: "ratio <= 1.5",
    passes: (_, ratio) => ratio <= 1.5,
  }),
]);
