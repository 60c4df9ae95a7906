// P15: the real page in a real browser without a graphics card, while 200 facts a second arrive. The browser, the daemon and the sender
// share the machine's cores.
import type { Page } from "playwright-core";
import type { EventDraft } from "../src/contract/events/index.ts";
import { syntheticEvents } from "../src/testing/synthetic.ts";
import { launchBrowser } from "./lib/browser.ts";
import { asRequests, freshSeed } from "./lib/events.ts";
import { openLines } from "./lib/http-line.ts";
import { closedLoop, openLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report, type Figure } from "./lib/report.ts";

const UPDATES_PER_SECOND = 200;
const seconds = sized({ smoke: 2, quick: 5, normal: 10 });
const windows = sized({ smoke: 1, quick: 2, normal: 3 });
const SETTLE_MS = 5_000;
const viewport = { width: 1440, height: 900 };

interface Window {
  /** Turns of requestAnimationFrame: what the page could have shown. */
  readonly fps: number;
  /** Frames in which the graph was drawn. */
  readonly drawn: number;
  readonly longest: number;
  readonly longTasks: number;
}

/** Runs in the page, as text: this side knows no DOM. */
const watch = `(ms) => new Promise((resolve) => {
  const tasks = [];
  const observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) tasks.push(entry.duration); });
  observer.observe({ type: "longtask" });
  const drawnThen = window.__orrery?.frames ?? 0;
  const from = performance.now();
  let frames = 0;
  const tick = (now) => {
    frames++;
    if (now - from < ms) return requestAnimationFrame(tick);
    observer.disconnect();
    const took = (now - from) / 1000;
    resolve({ fps: frames / took, drawn: ((window.__orrery?.frames ?? 0) - drawnThen) / took, longest: Math.max(0, ...tasks), longTasks: tasks.length });
  };
  requestAnimationFrame(tick);
})`;

/** What the browser itself can do: as many dots and lines on a plain canvas, no state, no text. */
const plainPage = (agents: number): string => `<canvas width="${viewport.width}" height="${viewport.height}"></canvas><script>
const context = document.querySelector("canvas").getContext("2d");
let turn = 0;
function draw() {
  turn++;
  context.clearRect(0, 0, ${viewport.width}, ${viewport.height});
  for (let agent = 0; agent < ${agents}; agent++) {
    const x = (agent * 37 + turn) % ${viewport.width}, y = (agent * 61) % ${viewport.height};
    context.beginPath(); context.moveTo(x, y); context.lineTo(x + 20, y + 12); context.stroke();
    context.beginPath(); context.arc(x, y, 5, 0, 7); context.fill();
  }
  requestAnimationFrame(draw);
}
draw();
</script>`;

const browser = await launchBrowser();

async function watched(page: Page): Promise<Window> {
  return (await page.evaluate(`(${watch})(${seconds * 1_000})`)) as Window;
}

async function plain(agents: number): Promise<Window[]> {
  const page = await browser.newPage({ viewport });
  await page.setContent(plainPage(agents));
  const results: Window[] = [];
  for (let index = 0; index < windows; index++) results.push(await watched(page));
  await page.close();
  return results;
}

async function graph(agents: number): Promise<Window[]> {
  const sessions = agents / 10;
  const before = sessions * 40;
  const total = before + UPDATES_PER_SECOND * (seconds + 2) * (windows + 2) + UPDATES_PER_SECOND * 60;
  const stepMs = 1_000 / UPDATES_PER_SECOND;
  const options = { events: total, parallel: sessions, eventsPerSession: 1_000_000, agentsPerSession: 10, stepMs, seed: freshSeed() };
  const source = syntheticEvents({ ...options, startMs: Date.now() - before * stepMs });
  const take = (count: number): EventDraft[] => Array.from({ length: count }, () => source.next().value as EventDraft);

  const daemon = await startOrrery();
  const lines = await openLines(daemon.port, 4);
  await closedLoop(lines, [asRequests(take(before), 500)]);
  const page = await browser.newPage({ viewport });
  await page.goto(daemon.url);
  await page.locator("[data-testid=connection][data-state=live]").waitFor({ timeout: 30_000 });
  await openLoop(lines, { perSecond: UPDATES_PER_SECOND, seconds: SETTLE_MS / 1_000, make: () => asRequests(take(1))[0]! });
  const results: Window[] = [];
  for (let index = 0; index < windows; index++) {
    const [, result] = await Promise.all([
      openLoop(lines, { perSecond: UPDATES_PER_SECOND, seconds: seconds + 0.5, make: () => asRequests(take(1))[0]! }),
      watched(page),
    ]);
    results.push(result);
  }
  for (const line of lines) line.close();
  await page.close();
  await daemon.stop();
  return results;
}

const figures: Figure[] = [];
for (const { agents, fps } of [
  { agents: 2_000, fps: 30 },
  { agents: 300, fps: 57 },
]) {
  const floor = await plain(agents);
  const results = await graph(agents);
  note(`   ${agents} agents: ${results.map((one) => `${one.drawn.toFixed(0)} drawn/s, ${one.longTasks} long tasks`).join("; ")}`);
  figures.push(
    figure({
      name: `${agents} agents, ${UPDATES_PER_SECOND} updates/s`,
      unit: "fps",
      n: windows * seconds,
      rounds: results.map((one) => one.fps),
      baseline: { name: "a plain canvas with as many dots and lines", rounds: floor.map((one) => one.fps) },
      bar: fps === 57 ? "60 fps (>= 57)" : `>= ${fps} fps`,
      passes: (value) => value >= fps,
    }),
    figure({
      name: `${agents} agents: longest task of the main thread`,
      unit: "ms",
      n: windows * seconds,
      rounds: results.map((one) => one.longest),
      bar: "< 50 ms (0: none that long)",
      passes: (value) => value < 50,
    }),
  );
}
await browser.close();
report("P15 graph", figures);
