import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until } from "./daemon.ts";

test("beyond loopback the page asks for a token, says when it is wrong, and opens with a right one that no script can read", async (t) => {
  const place = makePlace();
  const make = ["token", "create", "me", "--scope", "admin", "--home", place.home];
  const token = execFileSync(join(import.meta.dirname, "../../bin/orrery"), make, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  const daemon = await startDaemon(place, { env: { ORRERY_HOST: "0.0.0.0", ORRERY_COMPAT: "off" } });
  const browser = await launchBrowser();
  t.after(async () => {
    await browser.close();
    await daemon.kill("SIGKILL");
    place.remove();
  });
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  await page.goto(daemon.url.replace("0.0.0.0", "127.0.0.1"));
  await page.getByLabel("Token").fill("orrt_wrong");
  await page.keyboard.press("Enter");
  await until("the refusal", () => page.getByRole("alert").isVisible());
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  // An admin makes one that may only look on, by keyboard, and sees it once.
  await page.goto(`${daemon.url.replace("0.0.0.0", "127.0.0.1")}/system`);
  await page.getByLabel("Name of the new token").fill("wall");
  await page.keyboard.press("Enter");
  const shown = page.getByTestId("new-token");
  await until("the new token", () => shown.isVisible());
  const reading = /orrt_\S+/.exec(await shown.innerText())![0];
  await page.getByRole("button", { name: "I have it" }).click();
  const other = await browser.newPage();
  await other.goto(daemon.url.replace("0.0.0.0", "127.0.0.1"));
  await other.getByLabel("Token").fill(reading);
  await other.keyboard.press("Enter");
  await until("looking on", () => other.getByTestId("looking-on").isVisible());
  await other.goto(`${daemon.url.replace("0.0.0.0", "127.0.0.1")}/system`);
  await until("no tokens for who looks on", async () => /“wall” may only look on/.test(await other.getByTestId("doors").innerText()));
  await page.getByRole("button", { name: "Revoke wall" }).click();
  await until("it is gone", async () => (await page.getByRole("button", { name: "Revoke wall" }).count()) === 0);
  await other.reload();
  await until("shown out", () => other.getByTestId("login").isVisible());
  assert.ok(asked.some((url) => url.startsWith("ws:")) && !asked.some((url) => url.includes("orrt_")), "no address has a token in it");
  const readable = await page.evaluate("document.cookie + JSON.stringify(localStorage) + location.href");
  assert.doesNotMatch(String(readable), /orrery_\d|orrt_/);
});
