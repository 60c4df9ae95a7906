// P11: from starting the process to a client holding its first picture, with a long log; after a stop, and after a kill.
import { asRequests, freshEvents } from "./lib/events.ts";
import { openLine } from "./lib/http-line.ts";
import { sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { startFloor, startOrrery } from "./lib/processes.ts";
import { figure, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";
import { subscribe } from "./lib/subscriber.ts";

const rounds = sized({ smoke: 2, quick: 3, normal: 9 });
const UNSAVED = 5_000;

const { home, events } = await prepareHome("large");

async function start(how: "stopped" | "killed" | "floor"): Promise<number> {
  if (how === "killed") {
    const daemon = await startOrrery({ home });
    const line = await openLine(daemon.port);
    await line.send(asRequests(freshEvents({ events: UNSAVED, parallel: 100 }), UNSAVED)[0]!);
    line.close();
    await daemon.stop("SIGKILL");
  }
  const from = performance.now();
  const server = how === "floor" ? await startFloor() : await startOrrery({ home });
  const client = await subscribe(server.port);
  const arrived = client.until('"type":"snapshot"');
  client.command("subscribe", how === "floor" ? { channels: [], blob: 1_000 } : { channels: ["*"], snapshot: true });
  const { atMs } = await arrived;
  client.close();
  await server.stop();
  return atMs - from;
}

const results = await interleave(["stopped", "floor", "killed"], rounds, start);
const baseline = { name: "a plain fastify + ws server with an empty store", rounds: results.floor };
const stored = events.toLocaleString("en");
report("P11 start", [
  figure({
    name: `to the first snapshot, ${stored} events stored`,
    unit: "ms",
    n: rounds,
    rounds: results.stopped,
    baseline,
    bar: "< 1,000 ms",
    passes: (value) => value < 1_000,
  }),
  figure({
    name: `the same after a kill with ${UNSAVED.toLocaleString("en")} events since`,
    unit: "ms",
    n: rounds,
    rounds: results.killed,
    baseline,
    bar: "< 1,000 ms",
    passes: (value) => value < 1_000,
  }),
]);
