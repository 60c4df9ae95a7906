/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { seriousFaults } from "./axe.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";
import { goByKeys } from "./keys.ts";
import { hooksOf } from "./recordings.ts";

const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
const faults: string[] = [];

before(async () => {
  daemon = await startDaemon(place);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) => faults.push(String(error)));
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

const lines = () => page.getByTestId("traces").locator("a");
const outcomes = (): Promise<(string | null)[]> => lines().evaluateAll((all) => all.map((one) => one.getAttribute("data-outcome")));

test("Traces is reached by keys, and before any call it says how to begin", async () => {
  await page.goto(daemon.url);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  await goByKeys(page, "t", "/traces");
  await until("the first run", () => page.getByTestId("first-run").isVisible());
});

test("calls appear as they arrive; the filter stands in the address and is cleared from the empty list", async () => {
  for (const { body } of hooksOf("failing-tools")) {
    await fetch(`${daemon.url}/api/ingest/claude-code`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }
  await until("calls", async () => (await lines().count()) > 1);
  const all = await lines().count();
  await page.getByLabel("Outcome").selectOption("failed");
  await until("only failed calls", async () => (await lines().count()) < all && (await outcomes()).every((one) => one !== "ok"));
  assert.match(page.url(), /outcome=failed/);
  await page.reload();
  await until("the same after a reload", async () => (await lines().count()) > 0 && !(await outcomes()).includes("ok"));
  await page.getByLabel("Words in a call").fill("nosuchwordanywhere");
  await until("nothing matches", () => page.getByText("No call matches").isVisible());
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await until("all calls again", async () => (await lines().count()) === all);
});

test("a call leads to its place in the conversation", async () => {
  const id = (await lines().first().getAttribute("data-testid"))!.slice("trace-".length);
  await lines().first().focus();
  await page.keyboard.press("Enter");
  await until("the call in its session", () => page.getByTestId(`call-row-${id}`).isVisible());
  await page.goBack();
});

test("at a moment before the first call there is none", async () => {
  const { items } = (await (await fetch(`${daemon.url}/api/calls?order=oldest&limit=1`)).json()) as { items: { started_at: string }[] };
  const before = new Date(Date.parse(items[0]!.started_at) - 1).toISOString();
  await page.goto(`${daemon.url}/traces?at=${before}`);
  await until("no call yet", () => page.getByText("No call had been made at this moment").isVisible());
});

test("nothing on it shuts anybody out, in both themes and on a phone", async () => {
  for (const [colorScheme, width] of [
    ["dark", 1440],
    ["light", 1440],
    ["dark", 390],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`${daemon.url}/traces`);
    await until("the calls", async () => (await lines().count()) > 1);
    assert.deepEqual(await seriousFaults(page), []);
    if (process.env["SHOTS"]) await page.screenshot({ path: `${process.env["SHOTS"]}/${colorScheme}-${width}.png` });
    assert.ok(await page.evaluate(() => document.querySelector(".page")!.scrollWidth <= window.innerWidth));
  }
  assert.deepEqual(faults, []);
});
