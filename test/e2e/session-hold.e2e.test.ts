/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LARGE, largeSession } from "../../src/testing/large-session.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";

const ROWS = 3_000;
/** So many times slower the page's processor is made: what a busy machine does by chance happens every time. */
const SLOWER = 8;
const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
let told = ROWS;

before(async () => {
  daemon = await startDaemon(place);
  browser = await launchBrowser();
  await post(largeSession(ROWS));
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

async function post(events: readonly object[]): Promise<void> {
  for (let from = 0; from < events.length; from += 500) {
    const reply = await fetch(`${daemon.url}/api/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(events.slice(from, from + 500)),
    });
    assert.equal(reply.ok, true, await reply.clone().text());
  }
}
/** The session says and does so many more things. */
async function tellMore(rows: number): Promise<void> {
  const from = largeSession(told).length;
  told += rows;
  await post(largeSession(told).slice(from));
}

const scroller = () => page.locator(".session__list [data-virtuoso-scroller]");
const beginning = () => page.getByRole("button", { name: "Beginning" });
const isSeen = (key: string): Promise<boolean> =>
  page.evaluate((name) => {
    const row = document.querySelector(`.session__list [data-row="${name}"]`)?.getBoundingClientRect();
    const list = document.querySelector(".session__list [data-virtuoso-scroller]")?.getBoundingClientRect();
    return row !== undefined && list !== undefined && row.top < list.bottom && row.bottom > list.top;
  }, key);
/** When the page has had time for what it still had to do: it has drawn the newest rows' number in its head. */
const hasTaken = () =>
  until(`${told} rows`, async () => (await page.locator(`main span[title="${(told / 2).toLocaleString("en-US")}"]`).count()) > 0);

async function open(path: string, prepare?: (page: Page) => Promise<unknown>): Promise<void> {
  await page?.close();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const line = await page.context().newCDPSession(page);
  await line.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await prepare?.(page);
  await page.goto(`${daemon.url}${path}`);
}

test("a wheel that is turned while the end is still settling is not undone", async () => {
  await open(`/sessions/${LARGE}`);
  await until("the end", async () => (await isSeen(`call_${told}`)) && (await scroller().evaluate(({ scrollTop }) => scrollTop > 0)));
  await scroller().hover();
  await page.mouse.wheel(0, -2_000);
  const last = told;
  await tellMore(2);
  await hasTaken();
  assert.equal(await beginning().isVisible(), true);
  assert.equal(await isSeen(`call_${last}`), false);
});

test("a wheel in the very frame in which the end appears is not undone by what is measured after it", async () => {
  await open(`/sessions/${LARGE}`, (next) =>
    next.addInitScript(() => {
      const look = (): void => {
        const box = document.querySelector<HTMLElement>(".session__list [data-virtuoso-scroller]");
        if (box === null || box.scrollTop === 0) return void requestAnimationFrame(look);
        box.dispatchEvent(new WheelEvent("wheel", { deltaY: -2_000, bubbles: true }));
        box.scrollTop -= 2_000;
        box.dataset["turned"] = "";
      };
      requestAnimationFrame(look);
    }),
  );
  await page.locator("[data-turned]").waitFor();
  const last = told;
  await tellMore(2);
  await hasTaken();
  assert.equal(await beginning().isVisible(), true);
  assert.equal(await isSeen(`call_${last}`), false);
});

test("who comes back to the end follows it again", async () => {
  await page.getByRole("button", { name: "Latest" }).click();
  await until("the end", () => isSeen(`call_${told}`));
  await tellMore(20);
  await until("the new end", () => isSeen(`call_${told}`));
  await until("no way to the end is offered at the end", async () => !(await beginning().isVisible()));
});

test("a jump to a row far back holds while the session goes on and all is measured", async () => {
  await open(`/sessions/${LARGE}#pin=call_1200`);
  await tellMore(10);
  await until("the row", () => isSeen("call_1200"));
  for (let time = 0; time < 3; time++) {
    await tellMore(10);
    await hasTaken();
    assert.equal(await isSeen("call_1200"), true);
  }
});

test("a person who scrolls on from a row that was jumped to is not taken back to it", async () => {
  await scroller().hover();
  await until("elsewhere", async () => {
    await page.mouse.wheel(0, 900);
    return !(await isSeen("call_1200"));
  });
  await tellMore(10);
  await hasTaken();
  assert.equal(await isSeen("call_1200"), false);
});
