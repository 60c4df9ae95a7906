// P7: the picture at random moments of the past, by seq and by time, as the playhead of the web page asks for it.
import { openLine, query } from "./lib/http-line.ts";
import { sized } from "./lib/options.ts";
import { month, prepareHome } from "./lib/prepared-home.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { median, percentile } from "./lib/stats.ts";

const moments = sized({ smoke: 10, quick: 50, normal: 200 });
const groups = 5;

const { home, events, past } = await prepareHome("large");
const daemon = await startOrrery({ home });
const line = await openLine(daemon.port);
const { startMs = 0, stepMs = 0 } = month(past);

interface Asked {
  readonly ms: number;
  readonly bytes: number;
  readonly sessions: number;
  /** Parsing and writing the answer once: less than that nobody can do with it. */
  readonly leastMs: number;
}

async function ask(at: string): Promise<Asked> {
  const from = performance.now();
  const status = await line.send(query(`/api/state?at=${encodeURIComponent(at)}`));
  const ms = performance.now() - from;
  const text = line.body();
  if (status !== 200) throw new Error(text);
  const least = performance.now();
  const { state } = JSON.parse(text) as { state: { sessions: unknown[] } };
  JSON.stringify(state);
  return { ms, bytes: text.length, sessions: state.sessions.length, leastMs: performance.now() - least };
}

let state = 12_345;
function random(): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return state / 2 ** 32;
}

const bySeq: Asked[] = [];
const byTime: Asked[] = [];
for (let index = 0; index < 5; index++) await ask(String(Math.ceil(random() * past)));
for (let index = 0; index < moments; index++) {
  bySeq.push(await ask(String(Math.ceil(random() * past))));
  byTime.push(await ask(new Date(startMs + random() * past * stepMs).toISOString()));
}
line.close();
await daemon.stop();
note(`   a picture shows ${median(bySeq.map((one) => one.sessions))} sessions in ${median(bySeq.map((one) => one.bytes))} bytes`);

function measured(name: string, asked: readonly Asked[]) {
  const parts = Array.from({ length: groups }, (_, group) => asked.filter((_, index) => index % groups === group));
  return figure({
    name,
    unit: "ms",
    n: asked.length,
    rounds: parts.map((part) =>
      percentile(
        part.map((one) => one.ms),
        0.95,
      ),
    ),
    baseline: {
      name: "the answer parsed and written once",
      rounds: parts.map((part) =>
        percentile(
          part.map((one) => one.leastMs),
          0.95,
        ),
      ),
    },
    bar: "p95 < 100 ms",
    passes: (value) => value < 100,
  });
}

report("P7 state at a past moment", [
  measured(`p95 by seq, ${events.toLocaleString("en")} events`, bySeq),
  measured(`p95 by time, ${events.toLocaleString("en")} events`, byTime),
]);
