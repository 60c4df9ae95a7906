// P19: a conversation of 20,000 messages and calls in a real browser: when its first rows are there, how long a jump to its beginning takes,
// the longest task while it is scrolled, and the page's memory. Beside it a conversation of 200 in the same daemon.
import type { Page } from "playwright-core";
import { largeSession, LARGE } from "../src/testing/large-session.ts";
import { launchBrowser } from "./lib/browser.ts";
import { asRequests } from "./lib/events.ts";
import { openLines } from "./lib/http-line.ts";
import { closedLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";

const ROWS = sized({ smoke: 2_000, quick: 20_000, normal: 20_000 });
const rounds = sized({ smoke: 1, quick: 2, normal: 5 });
const SMALL_ROWS = 200;
const SMALL = "ses_small";
const SCROLL_MS = 4_000;
const MIB = 1_048_576;

interface Round {
  readonly rowsMs: number;
  readonly startMs: number;
  readonly longestTask: number;
  readonly heapMiB: number;
}

/** Runs in the page, as text: this side knows no DOM. Scrolls to and fro and gives the longest task of that time. */
const scroll = `(ms) => new Promise((resolve) => {
  const tasks = [];
  const observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) tasks.push(entry.duration); });
  observer.observe({ type: "longtask" });
  const box = document.querySelector(".session__list [data-virtuoso-scroller]");
  const from = performance.now();
  const tick = (now) => {
    box.scrollTop += (now - from) % 2_000 < 1_000 ? 90 : -60;
    if (now - from < ms) return requestAnimationFrame(tick);
    observer.disconnect();
    resolve(Math.max(0, ...tasks));
  };
  requestAnimationFrame(tick);
})`;
/** The page's own clock when a row is on the screen. */
const whenShown = `(key) => new Promise((resolve) => {
  const look = () => {
    const top = document.querySelector('[data-row="' + key + '"]')?.getBoundingClientRect().top;
    if (top !== undefined && top < innerHeight) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})`;

async function play(page: Page, url: string, session: string, rows: number): Promise<Round> {
  await page.goto("about:blank");
  await page.goto(`${url}/sessions/${session}`, { waitUntil: "commit" });
  const rowsMs = (await page.evaluate(`(${whenShown})("call_${rows}")`)) as number;
  const button = page.getByRole("button", { name: "Beginning" });
  while (!(await button.isVisible())) {
    await page.evaluate(`document.querySelector(".session__list [data-virtuoso-scroller]").scrollTop -= 1_500`);
    await page.waitForTimeout(50);
  }
  const from = (await page.evaluate("performance.now()")) as number;
  await button.click();
  const startMs = ((await page.evaluate(`(${whenShown})("msg_1")`)) as number) - from;
  const longestTask = (await page.evaluate(`(${scroll})(${SCROLL_MS})`)) as number;
  const line = await page.context().newCDPSession(page);
  await line.send("HeapProfiler.collectGarbage");
  const { usedSize } = await line.send("Runtime.getHeapUsage");
  await line.detach();
  return { rowsMs, startMs, longestTask, heapMiB: usedSize / MIB };
}

const daemon = await startOrrery();
const lines = await openLines(daemon.port, 1);
const small = JSON.parse(JSON.stringify(largeSession(SMALL_ROWS)).replaceAll(LARGE, SMALL)) as ReturnType<typeof largeSession>;
await closedLoop(lines, [asRequests([...small, ...largeSession(ROWS)], 500)]);
for (const line of lines) line.close();
const browser = await launchBrowser();
const large: Round[] = [];
const few: Round[] = [];
for (let round = 0; round < rounds; round++) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  few.push(await play(page, daemon.url, SMALL, SMALL_ROWS));
  large.push(await play(page, daemon.url, LARGE, ROWS));
  note(`   ${JSON.stringify(large.at(-1))}`);
  await page.close();
}
await browser.close();
await daemon.stop();

const of = (name: string, unit: string, key: keyof Round, bar: number) =>
  figure({
    name,
    unit,
    n: rounds,
    rounds: large.map((one) => one[key]),
    baseline: { name: `a conversation of ${SMALL_ROWS}`, rounds: few.map((one) => one[key]) },
    bar: `< ${bar} ${unit}`,
    passes: (value) => value < bar,
  });
report("P19 session", [
  of(`${ROWS} rows: first rows after the address was entered`, "ms", "rowsMs", 1_500),
  of("jump to the beginning, all read", "ms", "startMs", 5_000),
  of("longest task while scrolling, all read", "ms", "longestTask", 100),
  of("memory of the page's scripts, all read", "MiB", "heapMiB", 200),
]);
