/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { goByKeys, tabTo } from "./keys.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults } = await openPage();

async function send(path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(daemon.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, unknown>;
}

const words = (): Promise<string> => page.locator("main").innerText();
const says = (what: string | RegExp): Promise<boolean> =>
  words().then((all) => (typeof what === "string" ? all.includes(what) : what.test(all)));
const isLive = (): Promise<boolean> => page.locator("[data-testid=connection][data-state=live]").isVisible();
const column = (name: string): Promise<string> => page.getByRole("region", { name, exact: true }).innerText();

test("before there is any work, Work says how it begins, and a ticket is made by keyboard alone", async () => {
  await page.goto(daemon.url);
  await until("live", isLive);
  await goByKeys(page, "w", "/work");
  await until("the first run", () => says("orrery tickets create"));
  await page.keyboard.press("n");
  await page.getByRole("form", { name: "New ticket" }).waitFor();
  await page.keyboard.type("Parser drops the last line");
  await page.keyboard.press("Enter");
  await until("its panel", async () => /Parser drops the last line/.test(await page.getByTestId("ticket-panel").innerText()));
  await until("its card", async () => /Parser drops the last line/.test(await column("pending")));
});

test("a session is linked, its cost and files are the ticket's, and it is closed", async () => {
  const base = { source: "claude-code/transcript", session_id: "ses_a", agent_id: "agt_main" };
  await send("/api/events", [
    { ...base, type: "session.started", data: { title: "Mend the parser", project: "shop" } },
    { ...base, type: "model.responded", data: { request_id: "req_1", model: "claude-opus-5-5", usage: { input: 0, output: 100_000 } } },
    { ...base, type: "tool.started", data: { call_id: "call_1", name: "Edit", kind: "edit", paths: ["/home/dev/shop/src/parser.ts"] } },
    { ...base, type: "tool.ended", data: { call_id: "call_1", outcome: "ok" } },
    {
      ...base,
      type: "todo.listed",
      data: {
        todos: [
          { title: "Find it", status: "completed" },
          { title: "Mend it", active_form: "Mending it", status: "in_progress" },
        ],
      },
    },
  ]);
  const panel = page.getByTestId("ticket-panel");
  await page.getByLabel("Session to link").fill("ses_a");
  await page.keyboard.press("Enter");
  await until("the link", async () => /Mend the parser[\s\S]*\$2\.00/.test(await panel.innerText()));
  assert.match(await panel.innerText(), /src\/parser\.ts[\s\S]*1 edit/);
  await until("the cost on the card", async () => /1 session[\s\S]*\$2\.00/.test(await column("pending")));
  await until("the todos", () => says(/Open todos of agents[\s\S]*Mending it/));
  assert.equal(await says("Find it"), false, "what is done is not open");
  await panel.getByLabel("Status").selectOption("in_progress");
  await until("in progress", async () => /Parser drops/.test(await column("in progress")));
  await panel.getByLabel("Status").selectOption("completed");
  await until("closed", async () => /Parser drops/.test(await column("closed")));
  assert.match(await panel.innerText(), /status: completed[\s\S]*status: in progress[\s\S]*linked[\s\S]*created/);
});

test("a ticket that waits for another stands with the blocked ones; words filter, and the filter is cleared", async () => {
  const { ticket_id } = await send("/api/tickets", { title: "Write the migration", priority: "high", project: "shop" });
  await send("/api/tickets", { title: "Roll out", blocked_by: [ticket_id], project: "lab" });
  await until("blocked", async () => new RegExp(`Roll out[\\s\\S]*waits for ${String(ticket_id)}`).test(await column("blocked")));
  await page.getByLabel("Filter by words").fill("migration");
  await until("filtered", async () => /^\s*blocked\s+0\s*$/.test(await column("blocked")));
  assert.match(page.url(), /q=migration/);
  await page.getByLabel("Filter by words").fill("nothing like it");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await until("all again", async () => /Roll out/.test(await column("blocked")));
  await page.getByRole("button", { name: "List", exact: true }).click();
  await until("the list", async () => (await page.locator("main tbody tr").count()) === 3);
  await page.goBack();
});

test("without a mouse: the list, a filter, a ticket's panel, its words, its state and its end", async () => {
  await page.goto(`${daemon.url}/work`);
  await until("the cards", () => says("Roll out"));
  await tabTo(page, page.getByRole("button", { name: "List", exact: true }));
  await page.keyboard.press("Enter");
  await until("the list", async () => (await page.locator("main tbody tr").count()) === 3);
  await tabTo(page, page.getByLabel("Filter by words"));
  await page.keyboard.type("migration");
  await until("filtered", async () => (await page.locator("main tbody tr").count()) === 1);
  await tabTo(page, page.locator("main tbody tr button"));
  await page.keyboard.press("Enter");
  const panel = page.getByTestId("ticket-panel");
  await until("its panel", async () => /Write the migration/.test(await panel.innerText()));
  await tabTo(page, panel.getByRole("button", { name: "Edit ticket" }));
  await page.keyboard.press("Enter");
  await until("the form has the focus", () => panel.locator("form input[name=title]").evaluate((box) => box === document.activeElement));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Write and try the migration");
  await page.keyboard.press("Enter");
  await until("the new words", async () => (await panel.locator("h2").innerText()) === "Write and try the migration");
  await tabTo(page, panel.getByLabel("Status"));
  await page.keyboard.type("in p");
  await until("in progress", async () => /in progress/.test(await page.locator("main tbody tr").innerText()));
  await tabTo(page, panel.getByLabel("Status"));
  await page.keyboard.type("comp");
  await until("closed", async () => /completed/.test(await page.locator("main tbody tr").innerText()));
  await tabTo(page, panel.getByRole("button", { name: "Close ticket panel" }));
  await page.keyboard.press("Enter");
  await until("no panel", async () => (await panel.count()) === 0);
  await tabTo(page, page.getByRole("button", { name: "Board", exact: true }));
  await page.keyboard.press("Enter");
  await until("among the closed", async () => /Write and try/.test(await column("closed")));
});

test("at a past moment Work stands as it stood, and nothing can be changed there", async () => {
  const beforeRollOut = await fetch(`${daemon.url}/api/events?types=ticket.created&order=newest&limit=1`)
    .then((response) => response.json() as Promise<{ items: { timestamp: string }[] }>)
    .then(({ items }) => new Date(Math.floor((Date.parse(items[0]!.timestamp) - 1) / 1_000) * 1_000).toISOString());
  await page.goto(`${daemon.url}/work?at=${beforeRollOut}`);
  await until("the past", () => says(/As it stood at/));
  await until(
    "no ticket of later",
    async () => /^\s*blocked\s+0\s*$/.test(await column("blocked").catch(() => "")) || (await says("There was no ticket yet")),
  );
  assert.ok(await page.getByRole("button", { name: "New ticket" }).isDisabled());
});

test("no serious fault of accessibility, in both themes and views, and nothing cut on a phone", async () => {
  for (const scheme of ["dark", "light"] as const)
    for (const path of ["/work?ticket=tkt_1", "/work?view=list"]) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.goto(daemon.url + path);
      await until("the tickets", () => says("Roll out"));
      assert.deepEqual(await seriousFaults(page), [], `${path} ${scheme}`);
    }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${daemon.url}/work`);
  await until("the tickets", () => says("Roll out"));
  assert.ok(await page.evaluate<boolean>("document.querySelector('.page').scrollWidth <= innerWidth"));
});

test("nothing failed on the page", () => {
  assert.deepEqual(faults, []);
});
