// P20: the open page keeps its frames while 200 clients listen, 500 events a second arrive and everything is dumped twice a second; and whoever
// listens is as quick as P4 and P5 ask. The browser, the daemon, the clients and the senders share the machine's cores.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { EventDraft } from "../src/contract/events/index.ts";
import { toTimestamp } from "../src/lib/clock.ts";
import { syntheticEvents } from "../src/testing/synthetic.ts";
import { launchBrowser } from "./lib/browser.ts";
import { asRequests, freshSeed, stampedRequests } from "./lib/events.ts";
import { openLine, openLines, query } from "./lib/http-line.ts";
import { closedLoop, openLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startOrrery, startRelay, type Server } from "./lib/processes.ts";
import { figure, note, report, type Figure } from "./lib/report.ts";
import { percentile } from "./lib/stats.ts";
import { subscribe } from "./lib/subscriber.ts";

const CLIENTS = 200;
const EVENTS_PER_SECOND = 500;
const DUMPS_PER_SECOND = 2;
const SESSIONS = 20;
/** Each agent's program has a connection of its own; fewer would queue here, before the server that is measured. */
const POSTERS = SESSIONS;
const sessions = { parallel: SESSIONS, eventsPerSession: Infinity, agentsPerSession: 10 };
const BEFORE = 4_000;
const seconds = sized({ smoke: 2, quick: 5, normal: 15 });
const windows = sized({ smoke: 1, quick: 2, normal: 5 });
const LOAD_EVENTS = EVENTS_PER_SECOND * (seconds + 1);
const FEED_BATCH = 10;
const SETTLE_MS = 5_000;
const viewport = { width: 1440, height: 900 };

type Stream = (count: number, startMs?: number) => EventDraft[];

/** Milliseconds from each frame to the next, as the page could have shown them. Runs in the page, as text: this side knows no DOM. */
const watch = `(ms) => new Promise((resolve) => {
  const frames = [];
  const tasks = [];
  const observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) tasks.push(entry.duration); });
  observer.observe({ type: "longtask" });
  const from = performance.now();
  let last;
  const tick = (now) => {
    if (last !== undefined) frames.push(now - last);
    last = now;
    if (now - from < ms) return requestAnimationFrame(tick);
    observer.disconnect();
    resolve({ frames, longest: Math.max(0, ...tasks) });
  };
  requestAnimationFrame(tick);
})`;

interface Watched {
  readonly frames: readonly number[];
  readonly longest: number;
}

const watched = async (page: Page): Promise<Watched> => (await page.evaluate(`(${watch})(${seconds * 1_000})`)) as Watched;

const daemon = await startOrrery({ args: ["--transcripts", "off", "--compat", "any"] });
const relay = await startRelay();
const { dialects } = JSON.parse(readFileSync(join(daemon.home, "daemon.json"), "utf8")) as { dialects: { hook_api: string } };
const lines = await openLines(daemon.port, POSTERS);
const stepMs = 1_000 / EVENTS_PER_SECOND;
const ofOrrery = stream();
const ofRelay = stream();
await closedLoop(lines, [asRequests(ofOrrery(BEFORE, Date.now() - BEFORE * stepMs), 500)]);

for (const line of lines) line.close();

const browser = await launchBrowser();
const page = await browser.newPage({ viewport });
await page.goto(daemon.url);
await page.locator("[data-testid=connection][data-state=live]").waitFor({ timeout: 60_000 });
await page.waitForTimeout(SETTLE_MS);

interface Heard {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

// One page, in turns: nothing happens, then the relay has the clients, then Orrery has them and all is dumped beside it.
const quiet: Watched[] = [];
const busy: Watched[] = [];
const heard: Record<"orrery" | "relay", Heard[]> = { orrery: [], relay: [] };
const dumps: number[] = [];
for (let round = 0; round < windows; round++) {
  quiet.push(await watched(page));

  const forPage = feed();
  heard.relay.push(await listen(relay, () => postAll(relay, ofRelay)));
  await forPage;

  const seen = page.waitForTimeout(500).then(() => watched(page));
  const dumping = new AbortController();
  const dumped = dumpAll(dumping.signal);
  heard.orrery.push(await listen(daemon, () => postAll(daemon, ofOrrery)));
  dumping.abort();
  await dumped;
  busy.push(await seen);
  const figures = [heard.relay, heard.orrery].map((all) => [all.at(-1)!.first, all.at(-1)!.last].map(spreadOf).join(", to the last "));
  note(`   round ${round + 1}: relay to the first ${figures[0]}; Orrery ${figures[1]}; ${dumps.length} dumps so far`);
  await page.waitForTimeout(1_000);
}

/** p50 and p99. */
function spreadOf(waited: readonly number[]): string {
  return [0.5, 0.99].map((part) => percentile([...waited], part).toFixed(1)).join(" and ");
}

/** What the first and the last of the clients waited for their frames. The first is told first; the last has waited for all before it. */
async function listen(server: Server, load: () => Promise<unknown>): Promise<Heard> {
  const heard = { first: [] as number[], last: [] as number[] };
  const clients = [await subscribe(server.port, { channels: ["*"], onLatency: (ms) => heard.first.push(ms) })];
  for (let at = 1; at < CLIENTS; at++)
    clients.push(
      await subscribe(server.port, {
        channels: at % 2 === 0 ? ["*"] : ["tool.*", "turn.*"],
        ...(at === CLIENTS - 2 ? { onLatency: (ms: number) => void heard.last.push(ms) } : {}),
      }),
    );
  await load();
  for (let waited = 0; heard.last.length < LOAD_EVENTS && waited < 100; waited++) await page.waitForTimeout(20);
  if (heard.last.length !== LOAD_EVENTS) throw new Error(`${server.name} sent ${heard.last.length} of ${LOAD_EVENTS} frames`);
  for (const client of clients) client.close();
  return heard;
}

/** As many events for the page to draw, in few requests: the relay shall not pay for the making of them. */
async function feed(): Promise<void> {
  const [line] = await openLines(daemon.port, 1);
  const requests = asRequests(ofOrrery(LOAD_EVENTS), FEED_BATCH);
  await openLoop([line!], {
    perSecond: EVENTS_PER_SECOND / FEED_BATCH,
    seconds: LOAD_EVENTS / EVENTS_PER_SECOND,
    make: (at) => requests[at]!,
  });
  line!.close();
}

async function postAll({ port }: Server, take: Stream): Promise<void> {
  // A connection that was quiet for long is closed by the daemon.
  const posters = await openLines(port, POSTERS);
  const requests = stampedRequests(take(LOAD_EVENTS));
  await openLoop(posters, { perSecond: EVENTS_PER_SECOND, seconds: LOAD_EVENTS / EVENTS_PER_SECOND, make: requests.stamp });
  for (const poster of posters) poster.close();
}

/** The same sessions, going on from round to round; their events tell the time from `startMs` on. */
function stream(): Stream {
  const source = syntheticEvents({ ...sessions, events: Number.MAX_SAFE_INTEGER, seed: freshSeed() });
  return (count, startMs = Date.now()) =>
    Array.from({ length: count }, (_, at) => ({ ...(source.next().value as EventDraft), timestamp: toTimestamp(startMs + at * stepMs) }));
}

/** All that is known, asked of every port that tells it, twice a second. */
async function dumpAll(signal: AbortSignal): Promise<void> {
  const own = await openLine(daemon.port);
  const other = await openLine(Number(new URL(dialects.hook_api).port));
  while (!signal.aborted) {
    const from = performance.now();
    const statuses = await Promise.all([
      own.send(query("/api/state")),
      other.send(query("/api/gui/state")),
      other.send(query("/api/context/state")),
    ]);
    if (statuses.some((status) => status !== 200)) throw new Error(`a dump answered ${statuses.join(", ")}`);
    dumps.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 / DUMPS_PER_SECOND - (performance.now() - from))));
  }
  own.close();
  other.close();
}

await browser.close();
await Promise.all([daemon.stop(), relay.stop()]);

const frame = (part: number) => ({ rounds: (all: readonly Watched[]) => all.map(({ frames }) => percentile([...frames], part)) });
const shared = { unit: "ms", n: windows * seconds };
const ofQuiet = "the same page while nothing happens";
const typical = frame(0.5);
const late = frame(0.95);
const beside = (name: string, of: (one: Heard) => number, limitMs: number, limitRatio = Infinity): Figure =>
  figure({
    ...shared,
    name,
    rounds: heard.orrery.map(of),
    baseline: { name: "relay with as many clients and events beside the same page", rounds: heard.relay.map(of) },
    bar: `< ${limitMs} ms${limitRatio < Infinity ? ` and <= ${limitRatio}x` : ""}`,
    passes: (value, ratio) => value < limitMs && ratio <= limitRatio,
  });
report("P20 no stutter", [
  figure({
    ...shared,
    name: "frame to frame, p50",
    rounds: typical.rounds(busy),
    baseline: { name: ofQuiet, rounds: typical.rounds(quiet) },
    bar: "<= 1.25x",
    passes: (_, ratio) => ratio <= 1.25,
  }),
  figure({
    ...shared,
    name: "frame to frame, p95",
    rounds: late.rounds(busy),
    baseline: { name: ofQuiet, rounds: late.rounds(quiet) },
    bar: "<= 2x, or < 34 ms",
    passes: (value, ratio) => ratio <= 2 || value < 34,
  }),
  figure({
    ...shared,
    name: "longest task of the page's main thread",
    rounds: busy.map(({ longest }) => longest),
    bar: "< 100 ms (0: none over 50)",
    passes: (value) => value < 100,
  }),
  beside("P4 beside it: POST to the first client's frame, p50", ({ first }) => percentile([...first], 0.5), 1.5, 3),
  beside("P4 beside it: p99", ({ first }) => percentile([...first], 0.99), 8, 3),
  beside("P5 beside it: POST to the last of 200 clients' frame, p99", ({ last }) => percentile([...last], 0.99), 40),
  figure({
    ...shared,
    n: dumps.length,
    name: "a full dump of three kinds, p95",
    rounds: [percentile(dumps, 0.95)],
    bar: "< 250 ms: half of what lies between two",
    passes: (value) => value < 250,
  }),
]);
