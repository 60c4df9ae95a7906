/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createClient, type Client } from "../../src/client/index.ts";
import { uiElements } from "../../src/contract/ui/index.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until as untilTrue, type RunningDaemon } from "./daemon.ts";
import { hooksOf } from "./recordings.ts";

/** What is not there yet makes a gesture fail: it is tried again. */
const until = <T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> =>
  untilTrue(what, () => check().catch(() => undefined));

const place = makePlace();
const known = [...uiElements.values()].filter(({ kind }) => kind !== "held").map(({ id }) => id);
let daemon: RunningDaemon;
let client: Client;
let browser: Browser;
let session = "";
let call = "";

before(async () => {
  daemon = await startDaemon(place);
  client = createClient({ url: daemon.url });
  browser = await launchBrowser();
  for (const name of ["subagents-nested", "failing-tools", "simple-tools"])
    await client.call("ingest.claude_code", { bodies: hooksOf(name).map(({ body }) => body) });
  session = ((await client.sessions.list({ limit: 1 })).items[0] as unknown as { session_id: string }).session_id;
  call = await until("a call", async () => (await client.calls.list({ session_id: session, limit: 1 })).items[0]?.call_id);
  const { ticket_id } = await client.tickets.create({ title: "Parser drops the last line" });
  await client.tickets.link({ ticket_id, session_id: session });
  await client.budgets.set({ budget_id: "bud_day", scope: "day", limit_usd: 20 });
  await client.asks.create({ kind: "permission", prompt: "Deploy?", tool: "Bash", input: { command: "make deploy" }, session_id: session });
  await client.asks.create({ kind: "question", prompt: "Which?", options: [{ id: "a" }, { id: "b" }] });
  await client.tokens.create({ name: "laptop" });
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

async function openPage(path = "/", viewport = { width: 1440, height: 900 }): Promise<Page> {
  const page = await browser.newPage({ viewport });
  await page.goto(daemon.url + path);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  return page;
}

const fieldOf = async (id: string): Promise<unknown> => (await client.ui.fields()).fields[id];
const holds = (id: string, value: unknown) => until(`${id} is ${String(value)}`, async () => (await fieldOf(id)) === value);

/** What can be pressed or filled on the page and says no registered control; of a list that is walked as one, the list says it. */
function strangers(page: Page): Promise<string[]> {
  return page.evaluate((ids) => {
    const known = new Set(ids);
    const interactive =
      "button, a[href], input, select, textarea, summary, [role=button], [role=tab], [role=slider], [role=listbox], [role=option], [role=grid], [role=treegrid], [role=application], [role=menuitem], [role=checkbox], [role=switch]";
    return [...document.querySelectorAll<HTMLElement>(interactive)]
      .filter((element) => !(element instanceof HTMLInputElement && element.disabled && element.readOnly))
      .filter((element) => {
        const own = element.matches("[role=option]") ? element.closest<HTMLElement>("[role=listbox], [data-control]") : element;
        return !known.has(own?.dataset["control"] ?? "");
      })
      .map((element) => element.outerHTML.slice(0, 160));
  }, known);
}

test("whatever can be pressed or filled, on every screen, is a registered control", async () => {
  const page = await openPage();
  const look = async (where: string): Promise<void> => assert.deepEqual(await strangers(page), [], where);
  const enter = async (path: string, testId: string): Promise<void> => {
    await page.goto(daemon.url + path);
    await until(path, () => page.getByTestId(testId).first().isVisible());
    await page.waitForLoadState("networkidle");
    await look(path);
  };
  /** Opens what a click opens and looks again. */
  const unfold = async (id: string, shown: string): Promise<void> => {
    await until(`${id} opens`, async () => {
      if (await page.locator(shown).first().isVisible()) return true;
      await page.locator(`[data-control="${id}"]`).first().click({ timeout: 2_000 });
      return false;
    });
    await look(id);
  };
  await enter("/", "live");
  await enter(`/?agent=${encodeURIComponent(`${session} agt_main`)}`, "live");
  await unfold("time.marks", ".marks");
  await page.keyboard.press("Escape");
  await unfold("alerts.bell", ".alerts");
  await page.keyboard.press("Escape");
  await unfold("palette.search", "[cmdk-input]");
  await until("a form of the palette", async () => {
    if (await page.getByTestId("operation").isVisible()) return true;
    await page.locator("[data-item='run tickets.create']").click({ timeout: 2_000 });
    return false;
  });
  await look("an operation of the palette");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await enter("/?view=list", "live");
  await enter("/?project=nowhere", "live");
  await enter("/inbox", "ask-panel");
  await unfold("inbox.ask", "[data-testid=ask-panel]");
  await unfold("inbox.guide", "textarea[name=message]");
  await enter("/inbox?kind=plan", "inbox");
  await enter("/sessions", "live-button");
  await enter(`/sessions/${session}`, "live-button");
  await until("a call", () => page.locator("[data-control='session.open_call']").first().isVisible());
  await page.locator("[data-control='session.open_call']").first().click();
  await look("a call that is open");
  await enter("/traces", "call-table");
  await enter("/traces?by=tool", "call-groups");
  await enter(`/traces?session=${session}`, "waterfall");
  await enter(`/traces?session=${session}&open=${encodeURIComponent(`${session} call:${call}`)}`, "waterfall");
  await enter("/traces?tool=nothing", "traces-empty");
  await enter("/money", "live-button");
  await unfold("money.new_budget", "form");
  await enter("/work", "work");
  await unfold("work.new", "form");
  await enter("/work?ticket=tkt_1", "ticket-panel");
  await unfold("work.edit", "form.form");
  await enter("/work?view=list", "work");
  await enter("/system", "system");
  await enter("/search?q=the", "live-button");
  await enter("/search?q=zzzzqq&kind=error", "live-button");
  await enter("/?at=2020-01-01T00:00:00.000Z", "live");
  await page.close();
});

test("a program drives every open page: screens, filters, forms, gestures, the theme, and back", async () => {
  await client.ui.reset();
  const pages = [await openPage(), await openPage("/sessions")];
  const both = (what: string, is: (page: Page) => Promise<boolean>) =>
    until(what, async () => (await Promise.all(pages.map(is))).every((one) => one));
  const at = (path: string) => both(path, async (page) => new URL(page.url()).pathname + new URL(page.url()).search === path);

  await client.ui.set({ field: "traces.outcome", value: "failed" });
  await client.ui.click({ control: "nav.traces" });
  await at("/traces?outcome=failed");
  await client.ui.select({ control: "traces.by", value: "tool" });
  await at("/traces?outcome=failed&by=tool");
  await client.ui.click({ control: "traces.all" });
  await at("/traces?by=tool");
  await client.ui.click({ control: "work.open_session", value: session });
  await at(`/sessions/${session}`);
  await client.ui.select({ control: "ui.theme", value: "light" });
  await both("light", async (page) => (await page.locator("html").getAttribute("data-theme")) === "light");
  await client.ui.click({ control: "palette.search" });
  await client.ui.set({ field: "palette.query", value: "parser" });
  await both("the palette looks for it", async (page) => (await page.locator("[cmdk-input]").inputValue({ timeout: 2_000 })) === "parser");
  await client.ui.click({ control: "palette.close" });
  await both("no palette", async (page) => (await page.locator("[cmdk-input]").count()) === 0);

  await client.ui.click({ control: "nav.work" });
  await client.ui.click({ control: "work.new" });
  await client.ui.set({ field: "work.title", value: "Made by a program" });
  await both(
    "the form is filled",
    async (page) => (await page.locator("input[name=title]").inputValue({ timeout: 2_000 })) === "Made by a program",
  );
  const { result } = await client.ui.click({ control: "work.create" });
  const { ticket_id } = result as { ticket_id: string };
  await at(`/work?ticket=${ticket_id}`);
  await both("it is shown", (page) => page.getByTestId("ticket-panel").isVisible());

  await client.ui.click({ control: "work.edit" });
  await both(
    "what it begins with is the ticket's own",
    async (page) => (await page.locator("input[name=title]").inputValue({ timeout: 2_000 })) === "Made by a program",
  );
  await client.ui.click({ control: "work.cancel" });

  await client.ui.click({ control: "nav.money" });
  await client.ui.reset();
  await at("/");
  await both("dark or the system's", async (page) => (await page.evaluate(() => localStorage.getItem("orrery.theme"))) === "system");
  await Promise.all(pages.map((page) => page.close()));
});

test("an alert rule is turned, set and let alone by its name, as open pages show", async () => {
  const page = await openPage("/system");
  const rule = page.getByTestId("rule-loop");
  const shows = (isOn: boolean, times: string) =>
    until(`loop is ${isOn}, ${times} times`, async () => {
      const box = rule.locator("input[type=checkbox]");
      const measure = rule.locator("input[type=number]").first();
      return (await box.isChecked({ timeout: 2_000 })) === isOn && (await measure.inputValue({ timeout: 2_000 })) === times;
    });
  await shows(true, "5");
  await client.ui.click({ control: "system.rule_off", value: "loop" });
  await shows(false, "5");
  // A value without a name is for none of them.
  await client.ui.set({ field: "system.rule_measure", value: "99" });
  await client.ui.click({ control: "system.save_rule", value: "loop", user_data: { times: 7, enabled: true } });
  await shows(true, "7");
  const { items } = await client.alerts.rules();
  assert.ok(items.every(({ rule_id, enabled, origin }) => enabled && (rule_id === "loop" || origin === "ours")));
  await client.ui.click({ control: "system.reset_rule", value: "loop" });
  await shows(true, "5");
  await page.close();
});

test("what a person does is held, with who did it, and moves no other page", async () => {
  await client.ui.reset();
  const other = await openPage("/system");
  const page = await openPage("/traces");
  await holds("ui.screen", "traces");
  const from = (await client.ui.fields()).seq;
  await until("an outcome is chosen", async () => {
    await page.locator("[data-control='traces.outcome']").selectOption("failed", { timeout: 2_000 });
    return (await page.locator("[data-control='traces.outcome']").inputValue()) === "failed";
  });
  await holds("traces.outcome", "failed");
  await until("a rail link leads to Work", async () => {
    await page.locator("[data-control='nav.work']").click({ timeout: 2_000 });
    return new URL(page.url()).pathname === "/work";
  });
  await holds("ui.screen", "work");
  await until("the form", async () => {
    if (await page.locator("input[name=title]").isVisible()) return true;
    await page.locator("[data-control='work.new']").first().click({ timeout: 2_000 });
    return false;
  });
  await page.locator("input[name=title]").pressSequentially("Typed by hand");
  await holds("work.title", "Typed by hand");
  const { items } = await client.events.list({ types: ["ui.*"], after: from, limit: 200 });
  const told = items.map(({ data }) => data as { control?: string; field?: string; value?: unknown; page?: string; by: string });
  assert.ok(
    told.every((one) => one.by === "local" && one.page?.startsWith("pag_") === true),
    JSON.stringify(told),
  );
  assert.ok(told.some(({ control }) => control === "nav.work"));
  const titles = told.filter(({ field }) => field === "work.title");
  assert.ok(titles.length < "Typed by hand".length, "keystrokes are told in one");
  assert.equal(new URL(other.url()).pathname, "/system");
  await Promise.all([page.close(), other.close()]);
});

test("a page that opens goes where its address says, whatever programs did before", async () => {
  await client.ui.reset();
  await client.ui.click({ control: "nav.money" });
  const page = await openPage("/work");
  await until("work", () => page.getByTestId("work").isVisible());
  await holds("ui.screen", "work");
  assert.equal(new URL(page.url()).pathname, "/work");
  await client.ui.click({ control: "nav.money" });
  await until("now it follows", async () => new URL(page.url()).pathname === "/money");
  await page.close();
});

test("an answer by API is given with and without a page", async () => {
  const { ask_id } = await client.asks.create({ kind: "gate", prompt: "Ship it?" });
  await assert.rejects(async () => client.ui.click({ control: "inbox.allow", value: "ask_none" }), /no ask ask_none/);
  await client.ui.select({ control: "inbox.ask", value: ask_id });
  await client.ui.click({ control: "inbox.allow" });
  const ask = await client.asks.get({ ask_id });
  assert.deepEqual([ask.state, ask.outcome, ask.by], ["closed", "allowed", "local"]);
});

test("telemetry: the daemon each second as live frames, the page's frame rate with it", async () => {
  const page = await openPage();
  const socket = new WebSocket(`${daemon.url.replace("http", "ws")}/ws`);
  const frames: { type: string; n: number; data: Awaited<ReturnType<Client["telemetry"]["read"]>> }[] = [];
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data)) as (typeof frames)[number];
    if (frame.type === "hello") socket.send(JSON.stringify({ command: "subscribe", params: { channels: ["live:telemetry"] } }));
    if (frame.type.startsWith("live.")) frames.push(frame);
  });
  await until("frames with a page", async () => frames.length > 2 && (frames.at(-1)?.data.browsers ?? []).length > 0);
  socket.close();
  for (const [index, { type, n, data }] of frames.entries()) {
    assert.equal(type, "live.telemetry");
    if (index > 0) assert.equal(n, frames[index - 1]!.n + 1);
    const { daemon: figures } = data;
    assert.ok(figures.memory_bytes > 1e7 && figures.queues.append_limit > 0);
    assert.ok(figures.loop_lag_ms >= 0 && Number.isFinite(figures.loop_lag_ms), JSON.stringify(figures));
    assert.ok(figures.cpu_percent !== undefined && figures.cpu_percent >= 0, JSON.stringify(figures));
    // A second apart: a timer may be late, and is never early.
    if (index > 0) assert.ok(Date.parse(figures.at) - Date.parse(frames[index - 1]!.data.daemon.at) >= 990, JSON.stringify(frames));
  }
  assert.ok(
    frames.some(({ data }) => data.daemon.cpu_percent! > 0),
    "a daemon that works takes some of the processor",
  );
  const { browsers } = await client.telemetry.read();
  assert.ok(
    browsers!.some(({ fps, frame_ms }) => fps > 0 && frame_ms > 0),
    JSON.stringify(browsers),
  );
  await page.close();
  await until("a page that is gone is gone", async () => (await client.telemetry.read()).browsers === null);
});

test("waiting for an event: one that comes, one that was there, and none", async () => {
  const { seq } = await client.ui.fields();
  const waiting = client.events.wait({ type: "ui.clicked", wait_ms: 20_000 });
  await client.ui.click({ control: "nav.live" });
  const { event } = await waiting;
  assert.deepEqual((event!.data as { control: string }).control, "nav.live");
  assert.equal((await client.events.wait({ type: "ui.*", after: seq, wait_ms: 0 })).event?.seq, event!.seq);
  assert.equal((await client.events.wait({ type: "x.never.comes", wait_ms: 1 })).event, null);
});
