// P8: a page of calls, a page of history and a filtered search, as screens ask for them, in a short and in a long log; and how fast the catalog
// behind them follows the log.
import { catalogued } from "./lib/catalogued.ts";
import { openLine, query } from "./lib/http-line.ts";
import { size, sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report, type Figure } from "./lib/report.ts";
import { percentile } from "./lib/stats.ts";

const questions = sized({ smoke: 20, quick: 100, normal: 400 });
const groups = 5;

const kinds: Readonly<Record<string, (session: string, n: number) => string>> = {
  "calls of everything": (_, n) => `/api/calls?limit=50&order=${n % 2 === 0 ? "newest" : "oldest"}&outcome=${n % 3 === 0 ? "error" : "ok"}`,
  "calls of a session": (session, n) => `/api/calls?session_id=${session}&limit=50&min_ms=${n * 7}`,
  "history of a session": (session) => `/api/events?session_id=${session}&types=tool.*&limit=100&order=newest`,
  "search everywhere": (_, n) =>
    `/api/search?q=${["applyDiscount", "npm test", "lazy dog", "total.ts", "docs"][n % 5]!.replaceAll(" ", "%20")}`,
  "search with filters": (session, n) => `/api/search?q=fox%20jumps&session_id=${session}&kinds=${n % 2 === 0 ? "call" : "message"}`,
};

async function measure(
  which: "small" | "large" | "huge",
): Promise<{ readonly events: number; readonly p95: Map<string, number[]>; readonly perSecond: number }> {
  const { home, events, past } = await prepareHome(which);
  const daemon = await startOrrery({ home });
  await fetch(`${daemon.url}/api/catalog/rebuild`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  const began = performance.now();
  const { bytes } = await catalogued(daemon.url);
  const perSecond = events / ((performance.now() - began) / 1_000);
  note(`   ${events.toLocaleString("en")} events, ${perSecond.toFixed(0)} indexed per second, catalog ${(bytes / 2 ** 20).toFixed(0)} MiB`);
  const line = await openLine(daemon.port);
  const sessions = Math.max(1, Math.floor(past / 500));
  const p95 = new Map<string, number[]>();
  for (const [kind, path] of Object.entries(kinds)) {
    const samples: number[] = [];
    for (let n = 0; n < questions; n++) {
      const session = past === 0 ? `ses_syn-7-${(n * 7) % 200}` : `ses_syn-3-${(n * 7_919) % sessions}`;
      const from = performance.now();
      const status = await line.send(query(path(session, n)));
      samples.push(performance.now() - from);
      if (status !== 200) throw new Error(line.body());
    }
    p95.set(
      kind,
      Array.from({ length: groups }, (_, group) =>
        percentile(
          samples.filter((_, at) => at % groups === group),
          0.95,
        ),
      ),
    );
  }
  line.close();
  await daemon.stop();
  return { events, p95, perSecond };
}

const small = await measure(size === "full" ? "large" : "small");
const large = await measure(size === "full" ? "huge" : "large");
const figures: Figure[] = [...large.p95].map(([kind, rounds]) =>
  figure({
    name: `${kind}, p95 at ${large.events.toLocaleString("en")} events`,
    unit: "ms",
    n: questions,
    rounds,
    baseline: { name: `at ${small.events.toLocaleString("en")}`, rounds: small.p95.get(kind)! },
    bar: "p95 < 30 ms; flat within 1.5 from 1,000,000 to 5,000,000",
    passes: (value, ratio) => value < 30 && (size !== "full" || ratio <= 1.5 || value < 5),
  }),
);
figures.push(
  figure({
    name: "events taken into the catalog per second",
    unit: "events/s",
    n: large.events,
    rounds: [large.perSecond],
    baseline: { name: `at ${small.events.toLocaleString("en")}`, rounds: [small.perSecond] },
    bar: "none",
    passes: () => true,
  }),
);
report("P8 pages and search", figures);
