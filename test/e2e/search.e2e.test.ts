/// <reference lib="dom" />
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { seriousFaults } from "./axe.ts";
import { goByKeys, tabTo } from "./keys.ts";
import { until } from "./daemon.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send, catalogued } = await openPage();

before(async () => {
  const said = (session_id: string, agent_id: string, message_id: string, text: string) => ({
    source: "test",
    session_id,
    agent_id,
    type: "message.added",
    data: { message_id, role: "assistant", parts: [{ kind: "text", text }] },
  });
  const events = [
    { source: "test", session_id: "ses_a", type: "session.started", data: { title: "Mend the parser", project: "lab" } },
    { source: "test", session_id: "ses_b", type: "session.started", data: { title: "Paint the shed", project: "yard" } },
    {
      source: "test",
      session_id: "ses_a",
      agent_id: "agt_x",
      type: "agent.spawned",
      data: { name: "Look around", agent_type: "Explore" },
    },
    ...Array.from({ length: 70 }, (_, no) => said("ses_a", "agt_main", `msg_a${no}`, `quokka number ${no}`)),
    said("ses_a", "agt_x", "msg_x", "a quokka seen from afar"),
    said("ses_b", "agt_main", "msg_b", "the quokka is painted"),
    {
      source: "test",
      session_id: "ses_b",
      agent_id: "agt_main",
      run_id: "run_1",
      type: "tool.started",
      data: { call_id: "call_b", name: "Bash", input: "quokka" },
    },
    { source: "test", session_id: "ses_b", agent_id: "agt_main", type: "tool.ended", data: { call_id: "call_b", outcome: "denied" } },
    {
      source: "test",
      session_id: "ses_b",
      agent_id: "agt_main",
      type: "tool.started",
      data: { call_id: "call_c", name: "Bash", input: "other" },
    },
  ];
  await send(events);
  await catalogued();
});

const hits = () => page.locator(".hit[data-kind]");
const heading = (name: string) => page.getByRole("region", { name }).getByRole("heading");

test("each kind says how much is found of it, whatever is on screen and whichever kind is chosen", async () => {
  await page.goto(`${daemon.url}/search?q=quokka`);
  await until("messages of how many", async () => /Messages\s+\d\d of 72/i.test(await heading("Messages").innerText()));
  await page.getByLabel("Kind").selectOption("call");
  await until("calls only", async () => (await hits().count()) === 1);
  assert.match(await page.getByLabel("Kind").innerText(), /Messages \(72\)/);
  await page.getByLabel("Kind").selectOption("");
});

test("a session by its title and an agent by its type narrow the search; both stand in the address and have chips", async () => {
  await page.getByRole("combobox", { name: "Agent" }).fill("explore");
  await until("what it said", async () => (await hits().count()) === 1 && /from afar/.test(await hits().first().innerText()));
  assert.match(page.url(), /agent=explore/);
  await page.reload();
  await until("the same after a reload", async () => (await hits().count()) === 1);
  await page.getByRole("button", { name: "Take away agent explore" }).click();
  await page.getByRole("combobox", { name: "Session" }).fill("paint the shed");
  await until("its message and its call", async () => (await hits().count()) === 2);
  assert.match(page.url(), /session=paint/);
});

test("a name that nothing has is answered with the nearest one, which is chosen by keys", async () => {
  await page.getByRole("combobox", { name: "Session" }).fill("pant shed");
  const near = page.getByRole("button", { name: "Did you mean the session Paint the shed?" });
  await near.waitFor();
  await page.getByLabel("Search", { exact: true }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.ok(await near.evaluate((element) => element === document.activeElement));
  await page.keyboard.press("Enter");
  await until("its message and its call", async () => (await hits().count()) === 2);
  assert.match(page.url(), /session=ses_b/);
  await page.getByRole("button", { name: "Take away session Paint the shed" }).waitFor();
  await page.getByLabel("Search", { exact: true }).fill("quokka nosuchword");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await until("no filter", () => !page.url().includes("session="));
});

test("tool, outcome and end of the time narrow the search and stand in the address", async () => {
  const only = (what: string, count: number) => until(what, async () => (await hits().count()) === count);
  await page.goto(`${daemon.url}/search?q=quokka`);
  await page.getByLabel("Outcome").selectOption("denied");
  await only("the call that was denied", 1);
  await page.reload();
  await only("the same after a reload", 1);
  assert.match(page.url(), /outcome=denied/);
  await page.getByLabel("Outcome").selectOption("error");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await until("no filter", () => !page.url().includes("outcome="));
  await page.getByRole("combobox", { name: "Tool" }).fill("Bash");
  await only("its calls", 1);
  assert.match(page.url(), /tool=Bash/);
  await page.getByRole("button", { name: "Take away tool Bash" }).click();
  await until("everything again", async () => (await hits().count()) > 10);
  await page.getByLabel("Time").selectOption("until");
  await page.getByLabel("Until").fill("2020-01-01T12:00");
  await page.getByTestId("search-none").waitFor();
  assert.match(page.url(), /until=(%22)?2020-01-01T/);
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await until("everything once more", async () => (await hits().count()) > 10);
});

test("operations are a kind of what is found: on the page, by the API and in the terminal", async () => {
  await page.goto(`${daemon.url}/search?q=snooze`);
  await page.getByRole("region", { name: "Operations" }).getByText("alerts.snooze").waitFor();
  await page.getByLabel("Kind").selectOption("operation");
  await until("in the address", () => page.url().includes("kind=operation"));
  await page.getByRole("region", { name: "Operations" }).getByText("alerts.snooze").waitFor();
  const answer = await fetch(`${daemon.url}/api/search?q=quokka&limit=3`);
  const { items, totals } = (await answer.json()) as { items: object[]; totals: Record<string, number> };
  assert.deepEqual([items.length, totals["operation"]], [3, 0]);
  const orrery = join(import.meta.dirname, "../../bin/orrery");
  const { stdout } = await promisify(execFile)(orrery, ["search", "snooze", "--kind", "operation", "--url", daemon.url]);
  assert.match(stdout, /operation\s+alerts\.snooze/);
  const denied = await promisify(execFile)(orrery, ["search", "quokka", "--outcome", "denied", "--url", daemon.url, "--quiet"]);
  assert.equal(denied.stdout, "call_b\n");
});

test("without a mouse: from any screen to the words, a kind, a hit, and back", async () => {
  await page.goto(`${daemon.url}/sessions`);
  await goByKeys(page, "m", "/money");
  await page.keyboard.press("/");
  await page.locator("[cmdk-input]").waitFor();
  await page.keyboard.type("quokka painted");
  await page.locator("[cmdk-item][aria-selected=true]", { hasText: "Search everything" }).waitFor();
  await page.keyboard.press("Enter");
  await until("the hit", async () => (await hits().count()) === 1);
  await tabTo(page, page.getByLabel("Search", { exact: true }));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("quokka");
  await until("many", async () => (await hits().count()) > 10);
  await tabTo(page, page.getByLabel("Kind"));
  await page.keyboard.type("calls");
  await until("calls only", async () => (await hits().count()) === 1);
  assert.match(page.url(), /kinds?=call/);
  await tabTo(page, hits().first());
  await page.keyboard.press("Enter");
  await until("its place", () => page.getByTestId("call-row-call_b").isVisible());
});

test("Traces shows the calls of a run that the address names, with a chip that takes it away", async () => {
  const calls = page.getByTestId("call-table").locator("[data-testid^=trace-]");
  await page.goto(`${daemon.url}/traces?run=run_1`);
  await until("its call", async () => (await calls.count()) === 1 && page.getByTestId("trace-call_b").isVisible());
  await page.getByRole("button", { name: "Take away run run_1" }).click();
  await until("all", async () => (await calls.count()) === 2);
});

test("search finds by words, marks them as text, and leads to the place; the palette has the best hits", async () => {
  const base = { source: "test", session_id: "ses_said", agent_id: "agt_main" };
  const text = "The <b>parser</b> drops a zebracorn line";
  await send([
    { ...base, type: "session.started", data: { title: "About zebras", project: "lab" } },
    { ...base, type: "message.added", data: { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text }] } },
    { ...base, type: "tool.started", data: { call_id: "call_z", name: "Bash", input: { command: "grep zebracorn" } } },
    { ...base, type: "tool.ended", data: { call_id: "call_z", outcome: "error", error: "zebracorn is not here" } },
  ]);
  await catalogued();
  await page.goto(`${daemon.url}/search`);
  await until("how to search", () => page.getByTestId("search-first").isVisible());
  await page.getByLabel("Search", { exact: true }).fill("zebracorn");
  await page.getByRole("region", { name: "Messages" }).waitFor();
  assert.match(page.url(), /q=zebracorn/);
  const said = page.getByRole("region", { name: "Messages" });
  assert.equal(await said.locator("mark").innerText(), "zebracorn");
  assert.ok((await said.innerText()).includes("<b>parser</b>"), "what an agent wrote is text");
  await page.getByRole("region", { name: "Errors" }).waitFor();
  await page.getByLabel("Kind").selectOption("error");
  await until("errors only", async () => (await said.count()) === 0);
  await page.getByLabel("Search", { exact: true }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("the call", () => page.getByTestId("call-row-call_z").isVisible());
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Search or run a command").fill("zebracorn");
  await until("hits", async () => /Search everything[\s\S]*zebracorn line/.test(await page.getByRole("dialog").innerText()));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/search?q=zebracorn");
  await page.getByLabel("Search", { exact: true }).fill("zebracorn -parser -grep -here");
  await until("nothing", () => page.getByTestId("search-none").isVisible());
});

test("nothing shuts anybody out, in both themes and on a phone", async () => {
  for (const [colorScheme, width] of [
    ["dark", 1440],
    ["light", 1100],
    ["dark", 390],
  ] as const)
    for (const path of ["/search?q=quokka&agent=explore", "/search?q=quokka&session=pant%20shed"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 844 });
      await page.goto(daemon.url + path);
      await page.locator(".hit[data-kind], [data-testid=search-none]").first().waitFor();
      assert.deepEqual(await seriousFaults(page), [], `${path} ${colorScheme}`);
      assert.ok(await page.evaluate(() => document.querySelector("main")!.scrollWidth <= window.innerWidth), path);
    }
  assert.deepEqual(faults, []);
});
