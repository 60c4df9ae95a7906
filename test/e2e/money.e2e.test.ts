/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { goByKeys, tabTo } from "./keys.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send } = await openPage();

const words = (): Promise<string> => page.locator("main").innerText();
const says = (what: string | RegExp): Promise<boolean> =>
  words().then((all) => (typeof what === "string" ? all.includes(what) : what.test(all)));
const isLive = (): Promise<boolean> => page.locator("[data-testid=connection][data-state=live]").isVisible();

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Noon of yesterday: what is told around it lies on one day at whatever hour this runs. Days are those of UTC. */
const NOON_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2;

const told = (session_id: string, atMs: number) => ({
  source: "claude-code/transcript",
  session_id,
  agent_id: "agt_main",
  timestamp: new Date(atMs).toISOString(),
});

const started = (session: string, project: string, atMs: number) => ({
  ...told(session, atMs),
  type: "session.started",
  data: { title: `Work of ${session}`, project, app: "claude-code" },
});

/** Opus: 5 written, 0.2 read, 20 out per million. */
const answered = (session: string, request: string, atMs: number, model = "claude-opus-5-5") => ({
  ...told(session, atMs),
  type: "model.responded",
  data: { request_id: `req_${session}_${request}`, model, usage: { input: 0, cache_read: 0, cache_write_5m: 100_000, output: 1_000 } },
});

/** A session of two requests: the second pays again for what the first had in the cache. */
const spend = (session: string, project: string, model?: string): Promise<void> =>
  send([
    started(session, project, NOON_MS),
    answered(session, "1", NOON_MS + 1_000, model),
    answered(session, "2", NOON_MS + 6 * MINUTE_MS + 1_000, model),
  ]);

async function post(path: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${daemon.url}/api${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

test("before anything was spent, Money says what to do first", async () => {
  await page.goto(daemon.url);
  await until("live", isLive);
  await goByKeys(page, "m", "/money");
  await until("the first run", () => says("orrery connect claude"));
});

test("what was spent is summed, charted with a table for who sees no canvas, and grouped; the filter is in the address", async () => {
  await spend("ses_a", "shop");
  await spend("ses_b", "lab");
  await spend("ses_c", "lab", "no-such-model");
  await page.goto(`${daemon.url}/money?by=project`);
  // Two sessions with a price: 200,000 written and 2,000 put out each.
  await until("the sum", async () => /≥ \$2\.08/.test(await page.getByTestId("money-spent").innerText()));
  assert.match(
    String(await page.getByTestId("money-spent").getAttribute("title")),
    /2 of 6 requests have no known price \(no-such-model\)/,
  );
  const rows = (): Promise<string[]> => page.getByTestId("usage").locator("tbody tr").allInnerTexts();
  await until("projects", async () => /^shop[\s\S]*\$1\.04/.test((await rows()).find((row) => row.startsWith("shop")) ?? ""));
  assert.match(
    (await rows()).find((row) => row.startsWith("lab"))!,
    /≥ \$1\.04/,
  );
  assert.match(await page.locator("figure table").first().innerText(), /cache write[\s\S]*\$2\.00/);
  await page.getByRole("button", { name: "model", exact: true }).focus();
  await page.keyboard.press("Enter");
  await until("models", async () => (await rows()).some((row) => row.startsWith("opus-5.5")));
  assert.match(page.url(), /by=model/);
  assert.match(
    (await rows()).find((row) => row.startsWith("no-such-model"))!,
    /\?/,
  );
  await page.getByLabel("Project").selectOption("shop");
  await until("one project", async () => /\$1\.04/.test(await page.getByTestId("money-spent").innerText()));
  assert.match(page.url(), /project=shop/);
  const csv = await (await fetch(new URL(String(await page.getByRole("link", { name: "CSV" }).getAttribute("href")), daemon.url))).text();
  assert.match(csv, /^model,label,requests,[\s\S]*\nclaude-opus-5-5,,2,0,0,200000,/);
  assert.match(csv, /computed_cache_write_5m_usd_micros[\s\S]*,0,0,1000000,0,40000\r\n/);
});

test("by tool the answers are split among the calls as an estimate, by ticket the sessions of each are summed", async () => {
  const call = (call_id: string, name: string) => ({
    ...told("ses_a", NOON_MS + MINUTE_MS),
    type: "tool.started",
    data: { call_id, name, request_id: "req_ses_a_1" },
  });
  await post("/events", [call("call_1", "Bash"), call("call_2", "Read")]);
  await post("/tickets", { title: "Mend the till", links: [{ session_id: "ses_a" }] });
  await page.goto(`${daemon.url}/money?project=shop`);
  const rows = (): Promise<string[]> => page.getByTestId("usage").locator("tbody tr").allInnerTexts();
  const row = async (key: string) => (await rows()).find((each) => each.startsWith(key)) ?? "";
  await page.getByRole("button", { name: "tool", exact: true }).click();
  await until("in the address", () => page.url().includes("by=tool"));
  // One answer of 1,000 tokens at 20 for a million, asked for two calls.
  await until("its half of the answer", async () => /\$0\.0100/.test(await row("Bash")));
  assert.match(await row("Read"), /\$0\.0100/);
  assert.ok(await says("An estimate: each answer is divided by the calls that it asked for."));
  assert.match(await row("(context)"), /\$1\.00/);
  await page.getByRole("button", { name: "ticket", exact: true }).click();
  await until("its sessions", async () => /\$1\.04/.test(await row("Mend the till")));
  assert.match(page.url(), /by=ticket/);
});

test("a plan's limit stands there with when it is used up at this pace", async () => {
  const resets_at = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const limited = (minutesAgo: number, used_percent: number) => ({
    source: "codex/rollout",
    session_id: "ses_limit",
    type: "limit.reported",
    timestamp: new Date(Date.now() - minutesAgo * MINUTE_MS).toISOString(),
    data: { limit: "five_hour", used_percent, window_minutes: 300, plan: "pro", resets_at },
  });
  const begun = { ...limited(61, 0), type: "session.started", data: { app: "codex", project: "lab" } };
  await post("/events", [begun, limited(60, 40), limited(1, 80)]);
  await page.goto(`${daemon.url}/money`);
  const limit = page.locator(".limit", { hasText: "codex, five hour" });
  await limit.waitFor();
  assert.match(await limit.innerText(), /pro[\s\S]*80\s%[\s\S]*≈ used up [\s\S]*begins anew/);
});

test("without a mouse: the project is filtered, the grouping is changed, and the filter is taken away", async () => {
  await goByKeys(page, "l", "/");
  await goByKeys(page, "m", "/money");
  await until("the sum", () => page.getByTestId("money-spent").isVisible());
  await tabTo(page, page.getByLabel("Project"));
  await page.keyboard.type("lab");
  await until("one project", async () => /≥ \$1\.04/.test(await page.getByTestId("money-spent").innerText()));
  assert.match(page.url(), /project=lab/);
  await tabTo(page, page.getByRole("button", { name: "session", exact: true }));
  await page.keyboard.press("Enter");
  await until("its sessions", async () => /Work of ses_b/.test(await page.getByTestId("usage").innerText()));
  assert.ok(!(await says("Work of ses_a")));
  await tabTo(page, page.getByLabel("Project"));
  await page.keyboard.press("Home");
  await until("every project", () => !page.url().includes("project=lab"));
});

test("why the cache missed and what that cost is told, as an estimate", async () => {
  await page.goto(`${daemon.url}/money`);
  // 100,000 tokens written again at 5 instead of read at 0.2, in two sessions; the third has no price.
  await until("the reason", () => says(/the cache ran out while nothing was asked\s+3 times, 300k tokens\s+≥ \$0\.9600/));
  assert.ok(await says("≈ $0.4800"));
});

test("a filter that leaves nothing is named and cleared", async () => {
  await page.goto(`${daemon.url}/money?project=nowhere`);
  await until("nothing", () => says("in the project “nowhere”"));
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await until("the sum", () => page.getByTestId("money-spent").isVisible());
});

test("a budget is set, warns, is edited and deleted by keyboard", async () => {
  // What is spent today must not be looked at tomorrow.
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < MINUTE_MS) await setTimeout(leftMs);
  await send([
    started("ses_today", "shop", Date.now()),
    ...["1", "2", "3", "4"].map((request) => answered("ses_today", request, Date.now())),
    answered("ses_today", "5", Date.now(), "no-such-model"),
  ]);
  await page.goto(`${daemon.url}/money`);
  await until("no budget yet", () => says("No budget is set"));
  assert.ok(await says("denies every further call of agents that ask here: orrery connect claude --answer"));
  await page.getByRole("button", { name: "New budget" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("1.5");
  await page.keyboard.press("Enter");
  const budget = page.getByTestId("budget-bud_day");
  await until("exceeded", async () => /\$1\.50 for each day[\s\S]*exceeded[\s\S]*≥ \$2\.08/.test(await budget.innerText()));
  await until("what it warned of", () => says("2 warnings"));
  await page.getByRole("button", { name: "Edit budget bud_day" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("2.4");
  await page.keyboard.press("Enter");
  await until("nearly used up", async () => /\$2\.40 for each day[\s\S]*nearly used up/.test(await budget.innerText()));
  for (const scheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    assert.deepEqual(await seriousFaults(page), [], scheme);
  }
  await page.getByRole("button", { name: "Delete budget bud_day" }).focus();
  await page.keyboard.press("Enter");
  const sure = page.getByRole("button", { name: "Delete for good" });
  await sure.focus();
  await page.keyboard.press("Enter");
  await until("gone", () => says("No budget is set"));
});

test("on a phone nothing of it is cut at the side", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${daemon.url}/money`);
  await until("the sum", () => page.getByTestId("money-spent").isVisible());
  await until("it fits", () => page.evaluate<boolean>("document.querySelector('.page').scrollWidth <= innerWidth"));
});

test("nothing failed on the page", () => {
  assert.deepEqual(faults, []);
});
