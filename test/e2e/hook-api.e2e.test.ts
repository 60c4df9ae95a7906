/// <reference lib="dom" />
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { HookApiClient } from "../../src/client/index.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until as untilTrue, type RunningDaemon } from "./daemon.ts";

/** What is not there yet makes a look fail: it is tried again. */
const until = <T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> =>
  untilTrue(what, () => check().catch(() => undefined));

const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
let client: HookApiClient;

before(async () => {
  daemon = await startDaemon(place, { env: { ORRERY_COMPAT: "any" } });
  const { dialects } = JSON.parse(readFileSync(join(place.home, "daemon.json"), "utf8")) as { dialects: { hook_api: string } };
  client = new HookApiClient({ url: dialects.hook_api });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(daemon.url);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

const at = (path: string) =>
  until(`the page is at ${path}`, async () => {
    const { pathname, search } = new URL(page.url());
    return pathname + search === path;
  });

test("a script of the Hook API drives the page that a person sees, and reads back what is on it", async () => {
  assert.equal(await client.waitForServer(60), true);
  await client.selectTab("ui.screen", "traces");
  await at("/traces");
  assert.equal(await client.getValue("ui.screen"), "traces");
  await client.selectListItem("traces.outcome", "failed");
  await until(
    "the list on the screen says so",
    async () => (await page.locator("[data-control='traces.outcome']").inputValue({ timeout: 2_000 })) === "failed",
  );
  await client.click("nav.work");
  await at("/work");
  await client.click("work.new");
  await client.setValue("work.title", "Made by a script");
  assert.equal(await client.getValue("work.title"), "Made by a script");
  await until(
    "the words stand in the form",
    async () => (await page.locator("input[name=title]").inputValue({ timeout: 2_000 })) === "Made by a script",
  );
  await client.click("work.create");
  await until("the card", () => page.getByText("Made by a script").first().isVisible());
  await client.resetSession();
  await at("/");
  assert.equal(await client.getValue("traces.outcome"), "all");
});

test("a page that loads does not take back what a program wants of it meanwhile", async () => {
  for (const screen of ["money", "system", "work"]) {
    await page.goto(daemon.url);
    await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
    await client.selectTab("ui.screen", screen);
    await at(`/${screen}`);
    assert.equal(await client.getValue("ui.screen"), screen);
  }
});

test("what a person does there is an event and a value for the script; frames of the open page are counted", async () => {
  const { seq } = await client.getStatus();
  const events = async (type: string) => {
    const { events: found } = await client.getEvents({ type, after: seq as number });
    return found as readonly { readonly data: { readonly control?: string; readonly page?: string } }[];
  };
  await until("a rail link is pressed", async () => {
    await page.locator("[data-control='nav.system']").first().click({ timeout: 2_000 });
    return new URL(page.url()).pathname === "/system";
  });
  await until("the script knows", async () => (await client.getValue("ui.screen")) === "system");
  await until("the click is told", async () => (await events("ui.clicked")).some(({ data }) => data.control === "nav.system" && data.page));
  await until("frames per second", async () => {
    const { fps, frame_time_ms } = await client.getPerformance();
    return typeof fps === "number" && typeof frame_time_ms === "number";
  });
});
