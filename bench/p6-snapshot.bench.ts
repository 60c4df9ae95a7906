// P6: how long a new client waits for its picture, how large it is, and whether the length of the log shows in it.
import { freshEvents, asRequests } from "./lib/events.ts";
import { openLine } from "./lib/http-line.ts";
import { sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { startFloor, startOrrery, type Server } from "./lib/processes.ts";
import { figure, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { subscribe } from "./lib/subscriber.ts";

const rounds = sized({ smoke: 3, quick: 10, normal: 30 });

/** From asking to the last byte. Something happens first, so that no ready answer is sent again. */
async function snapshot(server: Server): Promise<{ ms: number; bytes: number }> {
  const line = await openLine(server.port);
  await line.send(asRequests(freshEvents({ events: 1 }))[0]!);
  line.close();
  const client = await subscribe(server.port);
  const arrived = client.until('"type":"snapshot"');
  const from = performance.now();
  client.command("subscribe", { channels: ["*"], snapshot: true });
  const { atMs, size } = await arrived;
  client.close();
  return { ms: atMs - from, bytes: size };
}

async function blob(server: Server, bytes: number): Promise<{ ms: number; bytes: number }> {
  const client = await subscribe(server.port);
  const arrived = client.until('"type":"snapshot"');
  const from = performance.now();
  client.command("subscribe", { channels: ["*"], blob: bytes });
  const { atMs, size } = await arrived;
  client.close();
  return { ms: atMs - from, bytes: size };
}

const homes = { small: await prepareHome("small"), large: await prepareHome("large") };
const servers = {
  small: await startOrrery({ home: homes.small.home }),
  large: await startOrrery({ home: homes.large.home }),
  floor: await startFloor(),
};
const first = { small: await snapshot(servers.small), large: await snapshot(servers.large) };
const { bytes } = await snapshot(servers.large);
const results = await interleave(["large", "small", "floor"], rounds, (name) =>
  name === "floor" ? blob(servers.floor, bytes) : snapshot(servers[name]),
);
await Promise.all([servers.small.stop(), servers.large.stop(), servers.floor.stop()]);

const ms = (name: keyof typeof results): number[] => results[name].map((one) => one.ms);
const stored = `${homes.large.events.toLocaleString("en")} events stored`;
report("P6 snapshot", [
  figure({
    name: `${stored}, 1,000 agents alive`,
    unit: "ms",
    n: rounds,
    rounds: ms("large"),
    baseline: { name: "the same bytes, ready, over plain ws", rounds: ms("floor") },
    bar: "< 50 ms",
    passes: (value) => value < 50,
  }),
  figure({
    name: `${stored}: against 10,000`,
    unit: "ms",
    n: rounds,
    rounds: ms("large"),
    baseline: { name: "10,000 events stored", rounds: ms("small") },
    bar: "ratio <= 1.2",
    passes: (_, ratio) => ratio <= 1.2,
  }),
  figure({
    name: "on the wire",
    unit: "bytes",
    n: rounds,
    rounds: results.large.map((one) => one.bytes),
    baseline: { name: "10,000 events stored", rounds: results.small.map((one) => one.bytes) },
    bar: "< 1 MiB",
    passes: (value) => value < 2 ** 20,
  }),
  figure({
    name: "the first one after a start",
    unit: "ms",
    n: 1,
    rounds: [first.large.ms],
    baseline: { name: "10,000 events stored", rounds: [first.small.ms] },
    bar: "< 50 ms",
    passes: (value) => value < 50,
  }),
]);
