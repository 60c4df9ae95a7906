// P16: the waterfall of one session of 50,000 calls in the real page: until its first rows stand, until all have arrived, and the longest
// that the page is held up while it is scrolled, folded and zoomed. The browser and the daemon share the machine's cores.
import { launchBrowser } from "./lib/browser.ts";
import { catalogued } from "./lib/catalogued.ts";
import { asRequests } from "./lib/events.ts";
import { openLines } from "./lib/http-line.ts";
import { closedLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import type { EventDraft } from "../src/contract/events/index.ts";

const calls = sized({ smoke: 2_000, quick: 50_000, normal: 50_000 });
const rounds = sized({ smoke: 1, quick: 2, normal: 3 });
const CALLS_PER_TURN = 1_000;
const session = "ses_p16";

function* sessionOf(count: number): Generator<EventDraft> {
  const startMs = Date.now() - count * 20 - 60_000;
  const at = (ms: number): string => new Date(startMs + ms).toISOString();
  for (let no = 0; no < count; no++) {
    const base = { source: "bench", session_id: session, agent_id: "agt_main" };
    if (no % CALLS_PER_TURN === 0)
      yield {
        ...base,
        id: `t${no}`,
        timestamp: at(no * 20),
        type: "turn.started",
        data: { turn_id: `trn_${no}`, prompt: `part ${no}` },
      } as EventDraft;
    const call = { call_id: `call_${no}`, name: ["Read", "Bash", "Edit"][no % 3]! };
    yield {
      ...base,
      id: `s${no}`,
      timestamp: at(no * 20),
      type: "tool.started",
      data: { ...call, title: `src/part-${no}.ts` },
    } as EventDraft;
    yield {
      ...base,
      id: `e${no}`,
      timestamp: at(no * 20 + 15),
      type: "tool.ended",
      data: { ...call, outcome: no % 97 === 0 ? "error" : "ok" },
    } as EventDraft;
  }
}

const daemon = await startOrrery();
const lines = await openLines(daemon.port, 2);
await closedLoop(lines, [asRequests([...sessionOf(calls)], 500)]);
for (const line of lines) line.close();
await catalogued(daemon.url);

const browser = await launchBrowser();
const opened: number[] = [];
const whole: number[] = [];
const held: number[] = [];
for (let round = 0; round < rounds; round++) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${daemon.url}/system`);
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  const rows = page.getByTestId("waterfall-rows");
  await page.goto(`${daemon.url}/traces`);
  await page.getByTestId("call-table").waitFor();
  const from = performance.now();
  await page.goto(`${daemon.url}/traces?session=${session}`);
  await rows.locator("[data-kind=call]").first().waitFor();
  opened.push(performance.now() - from);
  await page.locator(`[data-testid=waterfall][data-arrived="${calls + calls / CALLS_PER_TURN}"]`).waitFor({ timeout: 120_000 });
  whole.push(performance.now() - from);
  await page.evaluate(
    "globalThis.held = []; new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.held.push(entry.duration); }).observe({ type: 'longtask' })",
  );
  await rows.focus();
  for (const key of [
    "End",
    "Home",
    ...Array.from({ length: 15 }, () => "PageDown"),
    "+",
    "+",
    "+",
    "Shift+ArrowRight",
    "0",
    "Home",
    "ArrowLeft",
    "ArrowRight",
  ])
    await page.keyboard.press(key);
  await page.mouse.move(600, 500);
  for (let turn = 0; turn < 30; turn++) await page.mouse.wheel(0, turn % 10 === 9 ? 90_000 : 1_200);
  await page.waitForTimeout(500);
  held.push(Math.max(0, ...((await page.evaluate("globalThis.held")) as number[])));
  note(
    `   round ${round + 1}: rows after ${Math.round(opened.at(-1)!)} ms, all after ${Math.round(whole.at(-1)!)} ms, held up ${Math.round(held.at(-1)!)} ms`,
  );
  await page.close();
}
await browser.close();
await daemon.stop();
report("P16 trace", [
  figure({
    name: `open a trace of ${calls} calls`,
    unit: "ms",
    n: rounds,
    rounds: opened,
    bar: "< 1,000 ms",
    passes: (value) => value < 1_000,
  }),
  figure({ name: "until every line has arrived", unit: "ms", n: rounds, rounds: whole, bar: "(told)", passes: () => true }),
  figure({
    name: "longest task while scrolling, folding, zooming",
    unit: "ms",
    n: rounds,
    rounds: held,
    bar: "< 100 ms (0: none that long)",
    passes: (value) => value < 100,
  }),
]);
