/// <reference lib="dom" />
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { createClient } from "../../src/client/index.ts";
import type { OutputFor } from "../../src/contract/operations/index.ts";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { openPage } from "./page.ts";

/** A session whose every event has a known time; three of them share a millisecond. */
const START = Date.UTC(2026, 10, 20, 9, 30);
const at = (ms: number): string => new Date(START + ms).toISOString();
const SESSION = "ses_time";
const told = (type: string, ms: number, data: object, agent = "agt_main", session = SESSION) => ({
  id: `${type}:${session}:${agent}:${JSON.stringify(data).slice(0, 40)}`,
  type,
  source: "test/hook",
  session_id: session,
  agent_id: agent,
  timestamp: at(ms),
  data,
});
const story = [
  told("session.started", 0, { app: "test", title: "Time story", project: "clocks" }),
  told("turn.started", 100, { turn_id: "trn_1", prompt: "Go through time" }),
  told("agent.spawned", 1_000, { name: "scout", parent_agent_id: "agt_main" }, "agt_scout"),
  told("agent.spawned", 1_000, { name: "smith", parent_agent_id: "agt_main" }, "agt_smith"),
  told("agent.spawned", 1_000, { name: "helper", parent_agent_id: "agt_smith" }, "agt_helper"),
  told("tool.started", 2_000, { call_id: "call_1", name: "Bash", title: "npm test" }, "agt_scout"),
  told("tool.ended", 2_500, { call_id: "call_1", outcome: "error", error: "2 failed" }, "agt_scout"),
  told("tool.started", 3_000, { call_id: "call_2", name: "Read", title: "a.ts" }, "agt_helper"),
  told("tool.ended", 3_200, { call_id: "call_2", outcome: "ok" }, "agt_helper"),
  told("ask.opened", 4_000, { ask_id: "ask_1", kind: "permission", tool: "Bash", prompt: "rm -r dist" }, "agt_smith"),
  told("ask.answered", 6_000, { ask_id: "ask_1", outcome: "allowed", by: "user" }, "agt_smith"),
  told("agent.ended", 7_000, { outcome: "completed" }, "agt_scout"),
  told("tool.started", 8_000, { call_id: "call_3", name: "Edit", title: "b.ts" }, "agt_smith"),
  told("tool.ended", 8_400, { call_id: "call_3", outcome: "denied" }, "agt_smith"),
  told("session.ended", 9_000, { reason: "logout" }),
];

/** What screens beside the picture show at past moments: a list of todos, and an alert that came and went. */
const beside = [
  told("todo.listed", 3_000, { todos: [{ title: "Sharpen the chisel", status: "in_progress" }] }, "agt_main", "ses_beside"),
  told("session.started", 2_000, { app: "test", title: "Beside" }, "agt_main", "ses_beside"),
  {
    id: "alert:1",
    type: "alert.raised",
    source: "orrery",
    timestamp: at(3_000),
    data: { alert_id: "alr_1", rule_id: "stuck", kind: "stuck", subject: "x", why: "The chisel is stuck", advice: "Pull" },
  },
  { id: "alert:2", type: "alert.cleared", source: "orrery", timestamp: at(6_000), data: { alert_id: "alr_1", reason: "over" } },
];

const { place, daemon, browser, page, faults, send } = await openPage();
await send(story);

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${daemon.url}${path}`);
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return (await response.json()) as T;
}

const live = (): Promise<unknown> => until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());

test("the activity of a session, of an agent, and of an agent with its descendants is of those alone", async () => {
  const window = `since=${at(-1_000)}&until=${at(10_000)}&buckets=11`;
  const activity = (whose: string) => get<OutputFor<"activity.get">>(`/api/activity?${window}&${whose}`);
  const events = async (whose: string) => (await activity(whose)).buckets.reduce((sum, bucket) => sum + bucket.events, 0);
  assert.equal(await events(`session_id=${SESSION}`), story.length);
  assert.equal(await events(`session_id=${SESSION}&agent_id=agt_smith`), 5);
  assert.equal(await events(`session_id=${SESSION}&agent_id=agt_smith&descendants=true`), 8);
  assert.equal(await events("session_id=ses_other"), 0);
  assert.deepEqual(
    (await activity(`session_id=${SESSION}&agent_id=agt_smith&descendants=true`)).marks!.map(({ at: when, kind, words }) => [
      Date.parse(when) - START,
      kind,
      words,
    ]),
    [
      [1_000, "spawn", "smith appeared"],
      [1_000, "spawn", "helper appeared"],
      [4_000, "ask", "waits for you: Bash rm -r dist"],
      [8_400, "error", "denied: Edit b.ts"],
    ],
  );
  assert.equal((await fetch(`${daemon.url}/api/activity?agent_id=agt_smith`)).status, 400, "an agent without its session");
});

test("marks stand on the strip by shape and in a list by words, and lead to their moment", async () => {
  await page.goto(`${daemon.url}/?at=${at(5_000)}`);
  await live();
  await until("six marks", async () => (await page.locator(".mark--strip").count()) === 6);
  await page.getByTestId("marks-button").focus();
  await page.keyboard.press("Enter");
  await until("the list", () => page.getByTestId("marks").isVisible());
  const words = await page.locator(".marks__words").allInnerTexts();
  assert.deepEqual(words, [
    "scout appeared",
    "smith appeared",
    "helper appeared",
    "error: Bash npm test",
    "waits for you: Bash rm -r dist",
    "denied: Edit b.ts",
  ]);
  assert.equal(await page.locator(".marks__sum").innerText(), "2 errors, 1 wait for you, 3 new agents");
  assert.deepEqual(await seriousFaults(page), []);
  await page.locator(".marks__row", { hasText: "waits for you" }).press("Enter");
  await until("its moment", () => page.url().includes(encodeURIComponent(at(4_000))));
  await until("the ask is open then", () => page.getByTestId("asks-badge").isVisible());
});

/** What the strip says of the step, and the moment in the address. */
async function step(key: string, expected: string): Promise<{ at: string | null; seq: string | null }> {
  const before = page.url();
  await page.keyboard.press(key);
  await until(`${expected} by ${key}`, async () => (await page.getByTestId("step-words").innerText()).includes(expected)).catch(async () =>
    assert.fail(`${key}: ${await page.getByTestId("step-words").innerText()} instead of ${expected}`),
  );
  await until("the address follows", () => page.url() !== before && page.url().includes("seq="));
  await page.waitForTimeout(200);
  const params = new URL(page.url()).searchParams;
  return { at: params.get("at"), seq: params.get("seq") };
}

test("keys step from event to event, those of one millisecond one by one, and the address leads back to each", async () => {
  await page.goto(`${daemon.url}/?view=list&at=${at(900)}`);
  await live();
  await page.waitForTimeout(1_200);
  const agents = (): Promise<string[]> =>
    page.locator("[data-testid^='agent-row-']").evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset["testid"]!.slice(10)));
  const shows = (...ids: string[]) =>
    until(`${ids.length} agents`, async () => JSON.stringify((await agents()).toSorted()) === JSON.stringify(ids.toSorted()));
  await shows("agt_main");
  assert.deepEqual(await step(".", "scout appeared"), { at: at(1_000), seq: "3" });
  await shows("agt_main", "agt_scout");
  assert.deepEqual(await step(".", "smith appeared"), { at: at(1_000), seq: "4" });
  await shows("agt_main", "agt_scout", "agt_smith");
  const link = page.url();
  await step(".", "helper appeared");
  await shows("agt_main", "agt_scout", "agt_smith", "agt_helper");
  await step(",", "smith appeared");
  await step(",", "scout appeared");
  await shows("agt_main", "agt_scout");
  await page.goto(link);
  await live();
  await shows("agt_main", "agt_scout", "agt_smith");
  await page.keyboard.press("l");
  await until("the present", () => !page.url().includes("at=") && !page.url().includes("seq="));
});

test("keys jump to errors and asks in both directions, and say when there is none", async () => {
  await page.goto(`${daemon.url}/sessions/${SESSION}`);
  await live();
  await page.waitForTimeout(1_200);
  assert.equal((await step("E", "denied")).at, at(8_400));
  assert.equal((await step("E", "error")).at, at(2_500));
  assert.equal((await step("a", "waits for you: Bash rm -r dist")).at, at(4_000));
  assert.equal((await step("e", "denied")).at, at(8_400));
  await page.keyboard.press("e");
  await until("no later error", async () => (await page.getByTestId("step-words").innerText()) === "No later error");
  assert.equal((await step("A", "waits for you")).at, at(4_000));
});

test("keys step to new agents, in both directions", async () => {
  await show("/sessions", 500);
  assert.deepEqual(await step("s", "scout appeared"), { at: at(1_000), seq: "3" });
  await step("s", "smith appeared");
  await step("s", "helper appeared");
  assert.deepEqual(await step("S", "smith appeared"), { at: at(1_000), seq: "4" });
});

const nowOnStrip = async (on: Page): Promise<number> => Number(await on.getByTestId("time-track").getAttribute("aria-valuenow")) - START;

test("Space plays at the speed that < and > choose, and stops where all is over", async (t) => {
  const played = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  t.after(() => played.close());
  // The page's own time goes only when told to: two seconds of it are two seconds on the slowest machine.
  await played.clock.install();
  await played.goto(`${daemon.url}/sessions?at=${at(500)}`);
  await until("its moment", async () => (await nowOnStrip(played)) === 500 && (await played.locator(".shell[data-past]").isVisible()));
  await until("the whole stretch", async () => Number(await played.getByTestId("time-track").getAttribute("data-until")) > START + 9_000);
  await played.clock.pauseAt(Date.now() + 60_000);
  const speed = played.locator(".strip__speed");
  const pass = async (ms: number): Promise<number> => {
    const before = await nowOnStrip(played);
    await played.clock.runFor(ms);
    return (await nowOnStrip(played)) - before;
  };
  assert.equal(await pass(2_000), 0, "it stands");
  await played.keyboard.press(" ");
  await played.getByRole("button", { name: "Pause" }).waitFor();
  const near = (moved: number, wanted: number) => assert.ok(Math.abs(moved - wanted) <= 150, `${moved} ms instead of ${wanted}`);
  near(await pass(2_000), 2_000);
  await played.keyboard.press("<");
  assert.equal(await speed.innerText(), "0.5×");
  near(await pass(2_000), 1_000);
  await played.keyboard.press("<");
  assert.equal(await speed.innerText(), "0.5×", "there is no slower one");
  await played.keyboard.press(">");
  await played.keyboard.press(">");
  assert.equal(await speed.innerText(), "2×");
  near(await pass(1_000), 2_000);
  await played.keyboard.press(" ");
  await played.getByRole("button", { name: "Play" }).waitFor();
  assert.equal(await pass(2_000), 0, "it pauses");
  for (const words of ["4×", "8×", "16×", "32×", "64×", "0.5×", "1×"]) {
    await speed.press("Enter");
    assert.equal(await speed.innerText(), words);
  }
  for (const _ of "123456") await played.keyboard.press(">");
  assert.equal(await speed.innerText(), "64×");
  await played.getByTestId("time-track").focus();
  await played.keyboard.press(" ");
  await played.getByRole("button", { name: "Pause" }).waitFor();
  await played.clock.runFor(3_000);
  await played.getByRole("button", { name: "Play" }).waitFor();
  const end = await nowOnStrip(played);
  assert.ok(end >= 9_000 && end < 20_000, `it stopped at ${end} ms, a little after the last event`);
});

test("the strip is a slider: arrows, pages, Home and End scrub it", async () => {
  await show("/sessions", 5_000);
  const track = page.getByRole("slider", { name: "Moment" });
  await until("the bars", () => track.locator(".strip__bars path").isVisible());
  const width = Number(await track.getAttribute("aria-valuemax")) - Number(await track.getAttribute("aria-valuemin"));
  await track.focus();
  const moves = async (key: string, share: number) => {
    const before = await nowOnStrip(page);
    await page.keyboard.press(key);
    await until(`${key} scrubs`, async () => Math.abs((await nowOnStrip(page)) - before - width * share) <= 2);
  };
  await moves("ArrowRight", 1 / 200);
  await moves("ArrowLeft", -1 / 200);
  await moves("ArrowUp", 1 / 200);
  await moves("ArrowDown", -1 / 200);
  await moves("Shift+ArrowRight", 1 / 20);
  await moves("Shift+ArrowLeft", -1 / 20);
  await moves("PageUp", 1 / 10);
  await moves("PageDown", -1 / 10);
  await page.keyboard.press("Home");
  await until("the start", async () => (await track.getAttribute("aria-valuenow")) === (await track.getAttribute("aria-valuemin")));
  await until("the picture of then, with no session yet", async () => (await page.locator("[data-testid^=session-row-]").count()) === 0);
  await page.keyboard.press("End");
  await until("the present", () => !page.url().includes("at="));
  assert.equal(await track.getAttribute("aria-valuetext"), "live");
});

test("following an agent makes density, marks and steps its own; one key leaves it; the address carries it", async () => {
  await page.goto(`${daemon.url}/?at=${at(5_000)}&agent=${encodeURIComponent(`${SESSION} agt_smith`)}`);
  await live();
  await page.waitForTimeout(1_200);
  await until("the inspector", () => page.getByTestId("inspector").isVisible());
  await page.keyboard.press("f");
  await until("it follows", async () => (await page.getByTestId("following").innerText()).includes("smith"));
  await until("three marks", async () => (await page.locator(".mark--strip").count()) === 3);
  assert.equal((await step(",", "waits for you")).at, at(4_000));
  assert.equal((await step(",", "smith appeared")).at, at(1_000));
  await page.getByRole("button", { name: "+ its agents" }).click();
  await until("four marks", async () => (await page.locator(".mark--strip").count()) === 4);
  await step(".", "helper appeared");
  const link = page.url();
  assert.ok(link.includes("follow=") && link.includes("kin=true"), link);
  assert.deepEqual(await seriousFaults(page), []);
  await page.goto(`${daemon.url}/sessions`);
  await page.goto(link);
  await live();
  await until("it follows by the link", async () => (await page.getByTestId("following").innerText()).includes("smith"));
  await page.waitForTimeout(1_200);
  await page.keyboard.press("f");
  await until("it follows nobody", async () => !(await page.getByTestId("following").isVisible()) && !page.url().includes("follow"));
});

test("the conversation opens and shows the followed agent", async () => {
  await page.goto(`${daemon.url}/sessions/${SESSION}?at=${at(5_000)}`);
  await live();
  await until("the conversation", async () => (await page.locator("main").innerText()).includes("smith"));
  assert.ok(!(await page.locator("main").innerText()).includes("a.ts"), "folded into its agent");
  await page.goto(`${daemon.url}/sessions/${SESSION}?at=${at(5_000)}&follow=${encodeURIComponent(`${SESSION} agt_helper`)}`);
  await live();
  await until("the helper's call", async () => (await page.locator("main").innerText()).includes("a.ts"));
});

async function show(path: string, ms: number): Promise<void> {
  await page.goto(`${daemon.url}${path}${path.includes("?") ? "&" : "?"}at=${at(ms)}`);
  await live();
  await until(`the brass frame on ${path}`, () => page.locator(".shell[data-past]").isVisible());
}
const says = (words: string) => until(words, async () => (await page.locator("body").innerText()).includes(words));
const isSilent = async (words: string) => assert.ok(!(await page.locator("body").innerText()).includes(words), `${words} is not shown`);

test("every screen shows the moment, or says that it cannot", async () => {
  // Alerts are the daemon's own word: as they come back with a log that was exported.
  const file = join(place.home, "beside.jsonl");
  writeFileSync(file, beside.map((event) => JSON.stringify(event)).join("\n"));
  const client = createClient({ url: daemon.url });
  const { import_id } = await client.imports.start({ path: file });
  await until("they are read", async () => (await client.imports.get({ import_id })).events === beside.length);

  await show("/sessions", 5_000);
  await until("the session waits then", () => page.locator(`[data-testid=session-row-${SESSION}][data-status=waiting]`).isVisible());
  await show("/sessions", 3_600_000 * 3);
  await until("the session has ended by then", () => page.locator(`[data-testid=session-row-${SESSION}][data-status=ended]`).isVisible());

  await show("/traces", 2_200);
  await says("npm test");
  await isSilent("a.ts");
  await show("/traces?by=tool", 2_200);
  await until("the note", () => page.getByTestId("now-note").isVisible());

  await show("/search?q=Edit", 5_000);
  await until("nothing is found by then", () => page.getByTestId("search-none").isVisible());
  await show("/search?q=Edit", 8_200);
  await says("b.ts");

  await show("/money", 5_000);
  await says("the day of the moment");
  await show("/system", 5_000);
  await says("of now, not of the moment on the strip");

  await show("/work", 5_000);
  await says("Sharpen the chisel");
  await show("/work", 2_500);
  await says("As it stood");
  await isSilent("Sharpen the chisel");

  await show("/", 5_000);
  await until("the alert of then", async () => (await page.getByTestId("alerts-bell").getAttribute("aria-label")) === "Alerts: 1");
  await until("the ask of then", () => page.getByTestId("asks-badge").isVisible());
  await show("/", 7_500);
  await until("no alert any more", async () => (await page.getByTestId("alerts-bell").getAttribute("aria-label")) === "Alerts: none");
  await until("no ask any more", async () => !(await page.getByTestId("asks-badge").isVisible()));
  await page.keyboard.press("l");
});

test("the chosen project's are the density, the marks and the steps", async () => {
  await page.goto(`${daemon.url}/?project=clocks&at=${at(5_000)}`);
  await live();
  await until("its six marks", async () => (await page.locator(".mark--strip").count()) === 6);
  assert.equal((await step("E", "error")).at, at(2_500));
  await page.goto(`${daemon.url}/?project=sundials&at=${at(5_000)}`);
  await live();
  await until("no marks", async () => (await page.locator(".mark--strip").count()) === 0);
  await until("no step", async () => {
    await page.keyboard.press(",");
    return (await page.getByTestId("step-words").innerText()) === "No earlier event";
  });
});

test("nothing failed on the page", () => {
  assert.deepEqual(faults, []);
});
