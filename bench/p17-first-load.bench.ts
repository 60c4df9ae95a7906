// P17: what a browser has to load before the page is there, and when the page is there: connected, drawn, its main thread free.
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { launchBrowser } from "./lib/browser.ts";
import { sized } from "./lib/options.ts";
import { prepareHome } from "./lib/prepared-home.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";

const rounds = sized({ smoke: 1, quick: 3, normal: 7 });
const KB = 1_000;

/** The bytes of a file as a browser gets them, and as gzip. */
async function load(url: string): Promise<{ readonly wire: number; readonly gzip: number }> {
  const wire = await new Promise<number>((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "gzip" } }, (response) => {
      let size = 0;
      response.on("data", (chunk: Buffer) => (size += chunk.length));
      response.on("end", () => resolve(size));
    }).on("error", reject);
  });
  return { wire, gzip: gzipSync(await (await fetch(url)).text()).length };
}

/** Everything but fonts that the page had loaded when it was connected, also what its scripts asked for. */
async function firstLoad(url: string): Promise<{ wire: number; gzip: number }> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator("[data-testid=connection][data-state=live]").waitFor({ timeout: 30_000 });
  const named = (await page.evaluate(`performance.getEntriesByType("resource").map((entry) => entry.name)`)) as string[];
  await page.close();
  const files = [...new Set(named)].filter((name) => /\.(?:js|css)$/.test(name));
  const parts = await Promise.all([url, ...files].map(load));
  note(`   ${parts.length} files: ${["/", ...files.map((file) => file.slice(url.length))].join(", ")}`);
  return { wire: parts.reduce((sum, part) => sum + part.wire, 0), gzip: parts.reduce((sum, part) => sum + part.gzip, 0) };
}

/** In the page, from its first moment: when `[data-state=live]` is there and no task of 50 ms or more has run since. */
const observe = `
  window.lastLongTask = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.lastLongTask = Math.max(window.lastLongTask, entry.startTime + entry.duration); })
    .observe({ type: "longtask", buffered: true });
  const look = () => {
    if (window.liveAt === undefined && document.querySelector("[data-testid=connection][data-state=live]")) window.liveAt = performance.now();
    if (window.liveAt === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

const small = await prepareHome("small");
const daemons = { empty: await startOrrery(), busy: await startOrrery({ home: small.home }) };
const plain = createServer((_, response) =>
  response.setHeader("content-type", "text/html").end('<!doctype html><p data-testid="connection" data-state="live">ready</p>'),
);
await new Promise<void>((resolve) => void plain.listen(0, "127.0.0.1", resolve));
const urls = {
  empty: daemons.empty.url,
  busy: daemons.busy.url,
  plain: `http://127.0.0.1:${(plain.address() as AddressInfo).port}`,
};
const browser = await launchBrowser();

/** Each time a new profile: nothing is cached. */
async function interactive(name: keyof typeof urls): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(observe);
  await page.goto(urls[name]);
  await page.locator("[data-testid=connection][data-state=live]").waitFor({ timeout: 30_000 });
  await page.waitForTimeout(1_000);
  const at = (await page.evaluate("Math.max(window.liveAt, window.lastLongTask)")) as number;
  await context.close();
  return at;
}

const bytes = await firstLoad(daemons.empty.url);
await interactive("plain");
const results = await interleave(["empty", "busy", "plain"], rounds, interactive);
await browser.close();
plain.close();
await Promise.all([daemons.empty.stop(), daemons.busy.stop()]);

report("P17 first load", [
  figure({
    name: "page, scripts and styles until it is connected, gzip",
    unit: "kB",
    n: 1,
    rounds: [bytes.gzip / KB],
    baseline: { name: "as served", rounds: [bytes.wire / KB] },
    bar: "< 250 kB, and served so",
    passes: (value, ratio) => value < 250 && ratio > 0.8,
  }),
  figure({
    name: "interactive, empty log",
    unit: "ms",
    n: rounds,
    rounds: results.empty,
    baseline: { name: "a page of one line", rounds: results.plain },
    bar: "< 1,500 ms",
    passes: (value) => value < 1_500,
  }),
  figure({
    name: "interactive, 1,000 agents alive",
    unit: "ms",
    n: rounds,
    rounds: results.busy,
    baseline: { name: "a page of one line", rounds: results.plain },
    bar: "< 1,500 ms",
    passes: (value) => value < 1_500,
  }),
]);
