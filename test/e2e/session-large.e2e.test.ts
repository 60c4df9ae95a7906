/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "./daemon.ts";
import { LARGE, largeSession } from "../../src/testing/large-session.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send } = await openPage();

const ROWS = 20_000;

/** The numbers that the rows on the screen carry, from the top. */
const shown = (): Promise<number[]> =>
  page.locator("[data-row]").evaluateAll((rows) =>
    rows
      .filter((row) => row.getBoundingClientRect().bottom > 160 && row.getBoundingClientRect().top < innerHeight)
      .map((row) => Number(/^(?:msg|call)_(\d+)$/.exec((row as HTMLElement).dataset["row"]!)?.[1] ?? NaN))
      .filter((no) => !Number.isNaN(no)),
  );
const scroller = (): ReturnType<Page["locator"]> => page.locator(".session__list [data-virtuoso-scroller]");

test("a session of 20,000 messages and calls opens at its end", async () => {
  await send(largeSession(ROWS));
  await page.goto(`${daemon.url}/sessions/${LARGE}`);
  await until("the end", async () => (await shown()).at(-1) === ROWS);
  const calls = Number(((await (await fetch(`${daemon.url}/api/sessions/${LARGE}`)).json()) as { calls_total: number }).calls_total);
  assert.ok(calls > 5_000);
  await until(
    "the whole session's calls in its head",
    async () => (await page.locator(`main span[title="${calls.toLocaleString("en-US")}"]`).count()) > 0,
  );
});

test("its beginning is one step away, and the end again", async () => {
  const beginning = page.getByRole("button", { name: "Beginning" });
  await scroller().hover();
  await until("off the end", async () => {
    await page.mouse.wheel(0, -3_000);
    return beginning.isVisible();
  });
  await beginning.click();
  await until("the first message", async () => (await shown())[0] === 1);
  await page.getByRole("button", { name: "Latest" }).click();
  await until("the end", async () => (await shown()).at(-1) === ROWS);
});

test("every row can be reached, and each stands after the one before it", async () => {
  for (const no of [10_000, 3, 19_998, 6_789]) {
    await page.goto(`${daemon.url}/sessions/${LARGE}#pin=${no % 2 === 1 ? "msg" : "call"}_${no}`);
    await until(`row ${no}`, async () => (await shown()).includes(no));
    const numbers = await shown();
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => numbers[0]! + index),
    );
  }
});

test("what is told while an older part is read does not move the page", async () => {
  const before = await shown();
  const top = await scroller().evaluate((box) => box.scrollTop);
  await send(largeSession(ROWS + 40).slice(largeSession(ROWS).length));
  await until("the count", async () => /10,0\d\d|10\.0k|10k/.test(await page.locator(".session__facts").innerText()));
  assert.deepEqual(await shown(), before);
  assert.equal(await scroller().evaluate((box) => box.scrollTop), top);
  await page.getByRole("button", { name: "Latest" }).click();
  await until("what was told meanwhile", async () => (await shown()).at(-1) === ROWS + 40);
  assert.deepEqual(faults, []);
});
