/// <reference lib="dom" />
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { seriousFaults } from "./axe.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";
import { goByKeys, tabTo } from "./keys.ts";
import { hooksOf } from "./recordings.ts";

const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
const faults: string[] = [];

before(async () => {
  daemon = await startDaemon(place, { env: { ORRERY_APPEND_QUEUE: "4321" } });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) => faults.push(String(error)));
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

async function hook(body: string): Promise<void> {
  const response = await fetch(`${daemon.url}/api/ingest/claude-code`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  assert.equal(response.status, 200);
}

const isLive = (): Promise<boolean> => page.locator("[data-testid=connection][data-state=live]").isVisible();
const words = (): Promise<string> => page.locator("main").innerText();
const says = (text: string | RegExp): Promise<boolean> =>
  words().then((all) => (typeof text === "string" ? all.includes(text) : text.test(all)));

test("before anything arrived, System names the commands that help", async () => {
  await page.goto(daemon.url);
  await until("live", isLive);
  await goByKeys(page, "y", "/system");
  await until("the empty state", () => says("orrery connect claude"));
  assert.ok(await says("orrery doctor"));
  await until("nothing to read again", () => says("Every record that came was understood."));
});

test("sources, their figures, the settings and what each came from are shown as the daemon tells them", async () => {
  for (const { body } of hooksOf("failing-tools")) await hook(JSON.stringify(body));
  const row = page.getByTestId("source-claude-code hooks");
  await until("the source is connected", async () => (await row.count()) === 1 && (await row.getAttribute("data-state")) === "connected");
  assert.match(await row.innerText(), /claude-code\/hook/);
  assert.match(await page.getByTestId("setting-append_queue").innerText(), /4321\s+environment/);
  assert.match(await page.getByTestId("setting-port").innerText(), /0\s+flag/);
  assert.match(await page.getByTestId("setting-log_level").innerText(), /warn\s+default/);
  await until("figures that are measured here", () => says(/Frame of this page\s+\d+ ms/));
  assert.ok(await says(/Hooks wait for us\s+[\d.]+ ms/));
  assert.ok(await says("Events and their indexes"));
  assert.ok(await says(/(Index|Journal) of lists and search/));
  const told = { type: "session.started", source: "test", session_id: "ses_v", data: { app: "claude-code", app_version: "9.8.7" } };
  const headers = { "content-type": "application/json" };
  await fetch(`${daemon.url}/api/events`, { method: "POST", headers, body: JSON.stringify([told]) });
  await until("the version beside its source", async () => /version 9\.8\.7/.test(await row.innerText()));
});

test("what was not understood is read again by keyboard, and what could not be read shows its reason and sample", async () => {
  const [first] = hooksOf("failing-tools");
  await hook(JSON.stringify({ ...first!.body, hook_event_name: "MoonLanded" }));
  await hook('{"half a body');
  await until("the unknown record", () => says(/1\s+record of\s+claude-code\/hook/));
  const again = page.getByRole("button", { name: "Read again" });
  await again.focus();
  await page.keyboard.press("Enter");
  await until("the outcome", () => says("claude-code/hook: 0 of 1 understood now, 0 new events."));
  const rejected = page.getByText("1 rejected record");
  await rejected.focus();
  await page.keyboard.press("Enter");
  await until("the sample", () => says('{"half a body'));
  const { problems, status, telemetry } = (await (await fetch(`${daemon.url}/api/diagnostics`)).json()) as {
    problems: { what: string; message: string }[];
    status: { pid: number };
    telemetry: { daemon: { memory_bytes: number } };
  };
  const told = problems.map(({ what, message }) => `${what}: ${message}`);
  assert.ok(told.includes("claude-code/hook: 1 records that no translator understands"), told.join("\n"));
  assert.ok(
    told.some((one) => one.endsWith("1 records could not be read")),
    told.join("\n"),
  );
  assert.ok(status.pid > 0 && telemetry.daemon.memory_bytes > 1e7);
  assert.ok(await says("what was no record cannot be read again here"));
});

test("an alert rule is turned off, set, refused where it makes no sense, and put back as it came", async () => {
  const rules = async () =>
    ((await (await fetch(`${daemon.url}/api/alert-rules`)).json()) as { items: Record<string, unknown>[] }).items.find(
      ({ rule_id }) => rule_id === "loop",
    )!;
  await page.goto(`${daemon.url}/system`);
  const row = page.getByTestId("rule-loop");
  await row.getByLabel("Watch for loop").uncheck();
  await until("off", async () => (await rules())["enabled"] === false);
  await until("said to be changed", async () => /changed/.test(await row.innerText()));
  await row.getByLabel("loop times").fill("7");
  // Typed on before the daemon has answered.
  await row.evaluate((item) => {
    item.querySelector<HTMLButtonElement>("button[type=submit]")!.click();
    const measure = item.querySelector<HTMLInputElement>("input[type=number]")!;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!.call(measure, "99");
    measure.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await until("set", async () => (await rules())["times"] === 7);
  assert.equal((await rules())["enabled"], false);
  await page.evaluate("fetch('/api/alert-rules').then((answer) => answer.text())");
  assert.equal(await row.getByLabel("loop times").inputValue(), "99");
  await row.getByRole("button", { name: "Save" }).click();
  await until("refused", () => says(/Not changed: .*times/s));
  assert.equal((await rules())["times"], 7);
  await row.getByRole("button", { name: "Reset" }).click();
  await until("as it came", async () => (await rules())["origin"] === "ours" && (await row.getByLabel("loop times").inputValue()) === "5");
  assert.ok(await row.getByLabel("Watch for loop").isChecked());
  assert.match(await page.getByTestId("doors").innerText(), new RegExp(`127\\.0\\.0\\.1:${new URL(daemon.url).port}[\\s\\S]*Make token`));
});

test("without a mouse: a rule is turned off, set, and put back as it came", async () => {
  const rule = async () =>
    ((await (await fetch(`${daemon.url}/api/alert-rules`)).json()) as { items: Record<string, unknown>[] }).items.find(
      ({ rule_id }) => rule_id === "loop",
    )!;
  await goByKeys(page, "l", "/");
  await goByKeys(page, "y", "/system");
  const row = page.getByTestId("rule-loop");
  await row.waitFor();
  await tabTo(page, row.getByLabel("Watch for loop"));
  await page.keyboard.press("Space");
  await until("off", async () => (await rule())["enabled"] === false);
  await until("said to be changed", async () => /changed/.test(await row.innerText()));
  await tabTo(page, row.getByLabel("loop times"));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("8");
  await page.keyboard.press("Enter");
  await until("set", async () => (await rule())["times"] === 8);
  await tabTo(page, row.getByRole("button", { name: "Reset" }));
  await page.keyboard.press("Enter");
  await until("as it came", async () => (await rule())["origin"] === "ours");
});

test("old files that are being read show how much of them is read", async () => {
  await page.goto(`${daemon.url}/system`);
  await page.getByTestId("system").waitFor();
  const row = page.getByTestId("import");
  const figures = () => row.evaluateAll((rows) => rows.map((one) => [one.textContent, one.querySelector("progress")?.value] as const)[0]);
  // A quick machine has few lines read before anybody looks.
  const shownOf = async (lines: number): Promise<readonly [string, number]> => {
    const import_id = await startImport(lines);
    const seen = await until("it shows or is over", async () => {
      const [words = "", value = 0] = (await figures()) ?? [];
      return !words.includes("%") ? !(await isReading(import_id)) : ([words, value] as const);
    });
    return seen === true ? shownOf(3 * lines) : seen;
  };
  const shown = await shownOf(4_000);
  assert.match(shown[0], /%\sof\s[\d.]+\s.?iB, 0 of 1 files/);
  assert.ok(shown[1] < 1, String(shown[1]));
  await until("it is read", async () => (await row.count()) === 0);
});

/** Has one old session of so many lines read. */
async function startImport(count: number): Promise<string> {
  const old = join(place.home, `../old-${count}`);
  mkdirSync(join(old, "projects/-home-dev-shop"), { recursive: true });
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      type: "user",
      uuid: `old-${count}-${index}`,
      sessionId: `old-${count}`,
      timestamp: new Date(Date.UTC(2026, 9, 1) + index).toISOString(),
      message: { role: "user", content: `${index} of many` },
    }),
  );
  writeFileSync(join(old, `projects/-home-dev-shop/old-${count}.jsonl`), `${lines.join("\n")}\n`);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${daemon.url}/api/imports`, { method: "POST", headers, body: JSON.stringify({ path: old }) });
  return ((await response.json()) as { import_id: string }).import_id;
}

const isReading = async (id: string) =>
  ((await (await fetch(`${daemon.url}/api/imports/${id}`)).json()) as { state: string }).state === "reading";

test("System is reached from the palette and from the bar of a phone, where nothing is cut at the side", async () => {
  await page.goto(daemon.url);
  await until("live", isLive);
  // Without waiting for the box: the first letters are not lost, and no single key acts.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("system");
  await page.getByRole("option", { name: /^System/, selected: true }).waitFor();
  assert.equal(await page.getByPlaceholder("Search or run a command").inputValue(), "system");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/system");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(daemon.url);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("option", { name: /^System/ }).click();
  await page.waitForURL("**/system");
  await until("the sources", () => says("claude-code hooks"));
  assert.ok(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth"));
  assert.ok(await page.evaluate<boolean>("document.querySelector('.page').scrollWidth <= innerWidth"), "the page scrolls sideways");
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("when the daemon is gone the figures stay, dimmed, and the page says so", async () => {
  await page.goto(`${daemon.url}/system`);
  await until("the sources", () => says("claude-code hooks"));
  for (const scheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    assert.deepEqual(await seriousFaults(page), [], scheme);
  }
  await daemon.kill("SIGTERM");
  await until("the banner", () => page.getByTestId("offline").isVisible());
  assert.ok(await says("claude-code hooks"), "the last figures are still there");
  assert.equal(await page.locator("main[data-frozen]").count(), 1);
  daemon = await startDaemon(place, { port: Number(new URL(daemon.url).port) });
  await until("live again", isLive);
  await until("the settings of the new start", async () => /default/.test(await page.getByTestId("setting-append_queue").innerText()));
});

test("nothing failed on the page", () => {
  assert.deepEqual(faults, []);
});
