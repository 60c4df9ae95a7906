/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon } from "./daemon.ts";
import { hooksOf } from "./recordings.ts";

test("the inspector counts the tools of an agent, and each leads to its calls in Traces", async (t) => {
  const place = makePlace();
  const daemon = await startDaemon(place);
  const browser = await launchBrowser();
  t.after(async () => {
    await browser.close();
    await daemon.kill("SIGKILL");
    place.remove();
  });
  for (const { body } of hooksOf("failing-tools"))
    await fetch(`${daemon.url}/api/ingest/claude-code`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(daemon.url);
  const row = page.locator("[data-testid='agent-row-agt_main']");
  await row.waitFor({ state: "attached" });
  await row.locator("button").evaluate((button) => (button as HTMLElement).click());
  const tools = page.locator("[data-testid=tools] a");
  await tools.first().waitFor();
  const words = await tools.evaluateAll((links) => links.map((link) => link.getAttribute("title") ?? ""));
  const sum = words.reduce((all, word) => all + Number(/: (\d+) call/.exec(word)![1]), 0);
  assert.equal(String(sum), await row.getAttribute("data-calls"), words.join("\n"));
  assert.ok(
    words.some((word) => / failed/.test(word)),
    words.join("\n"),
  );
  assert.deepEqual(await seriousFaults(page), []);
  if (process.env["SHOT"] !== undefined) await page.screenshot({ path: process.env["SHOT"] });
  await tools.first().press("Enter");
  await page.waitForURL(/\/traces\?.*tool=/);
  assert.match(page.url(), /agent=agt_main/);
});
