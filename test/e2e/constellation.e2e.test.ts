/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { goByKeys, tabTo } from "./keys.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send } = await openPage();

/** Sessions by project, with the title of each and how many agents beside its main one. */
const projects: Readonly<Record<string, readonly (readonly [id: string, title: string, agents: number])[]>> = {
  shop: [
    ["shop_cart", "Mend the cart total", 4],
    ["shop_tax", "Add taxes", 2],
    ["shop_docs", "Write the guide", 0],
  ],
  lab: [
    ["lab_plot", "Plot the runs", 3],
    ["lab_fit", "Fit the curve", 1],
  ],
  infra: [["infra_ci", "Speed up the checks", 1]],
};

function eventsOf(project: string, session_id: string, title: string, agents: number): object[] {
  const base = { source: "claude-code/transcript", session_id, agent_id: "agt_main" };
  const call = (agent_id: string, call_id: string, name: string) => ({
    ...base,
    agent_id,
    type: "tool.started",
    data: { call_id, name, input: { command: `${name} in ${project}` } },
  });
  return [
    { ...base, type: "session.started", data: { title, project, cwd: `/home/dev/${project}`, model: "claude-opus-5-5" } },
    call("agt_main", `call_${session_id}`, "Bash"),
    {
      ...base,
      type: "model.responded",
      data: { request_id: `req_${session_id}`, model: "claude-opus-5-5", usage: { input: 0, output: 100_000 } },
    },
    ...Array.from({ length: agents }, (_, i) => ({
      ...base,
      agent_id: `agt_${i}`,
      type: "agent.spawned",
      data: { parent_agent_id: "agt_main", name: `Helper ${i}`, model: "claude-sonnet-5" },
    })),
  ];
}

for (const [project, sessions] of Object.entries(projects))
  for (const [id, title, agents] of sessions) await send(eventsOf(project, `ses_${id}`, title, agents));

const isLive = (): Promise<boolean> => page.locator("[data-testid=connection][data-state=live]").isVisible();
const words = (): Promise<string> => page.locator("main").innerText();
const picker = (): Promise<string> => page.locator(".picker").innerText();
const listed = (): Promise<string[]> =>
  page.locator("[data-testid^='agent-row-']").evaluateAll((rows) => [...new Set(rows.map((row) => row.dataset["session"]!))].toSorted());
const idsOf = (project: string): string[] => projects[project]!.map(([id]) => `ses_${id}`).toSorted();
/** Opens the picker or the palette by its key, types and takes the first of what is found. */
async function choose(key: string, name: string): Promise<void> {
  await page.keyboard.press(key);
  await page.locator("[cmdk-input]").waitFor();
  await page.keyboard.type(name);
  await page.locator("[cmdk-item][aria-selected=true]", { hasText: new RegExp(name, "i") }).waitFor();
  await page.keyboard.press("Enter");
}
const chosen = (): string | null => new URL(page.url()).searchParams.get("project");

test("p chooses a project: Live shows its sessions alone, and the address says so", async () => {
  await page.goto(daemon.url);
  await until("live", isLive);
  await until("every session", async () => (await listed()).length === 6);
  assert.match(await picker(), /All projects/);
  await choose("p", "lab");
  await until("the sessions of lab", async () => (await listed()).join() === idsOf("lab").join());
  assert.equal(chosen(), "lab");
  assert.match(await picker(), /lab/);
});

test("the project goes along to every screen, and each is narrowed to it", async () => {
  await goByKeys(page, "s", "/sessions");
  await until("its sessions", async () => (await page.locator("[data-testid^='session-row-']").count()) === 2);
  assert.equal(chosen(), "lab");
  await goByKeys(page, "t", "/traces");
  await until("its calls", async () => /2 calls/.test(await words()));
  assert.equal(chosen(), "lab");
  await goByKeys(page, "m", "/money");
  await until("its money", async () => /\$4\.00/.test(await words()));
  await goByKeys(page, "w", "/work");
  assert.equal(chosen(), "lab");
  await page.goto(`${daemon.url}/search?q=Bash&project=lab`);
  await until("its hits", async () => /Bash in lab/.test(await words()) && !/Bash in shop/.test(await words()));
  // The box of Search takes the keys until Escape leaves it.
  await page.keyboard.press("Escape");
  await goByKeys(page, "l", "/");
  await until("still its sessions", async () => (await listed()).join() === idsOf("lab").join());
});

test("one session leaves the project; all projects come back from the palette", async () => {
  await choose("p", "Add taxes");
  await until("one session", async () => (await listed()).join() === "ses_shop_tax");
  assert.equal(chosen(), null);
  await choose("p", "shop");
  await until("the sessions of shop", async () => (await listed()).join() === idsOf("shop").join());
  await choose("Control+k", "all projects");
  await until("every session", async () => (await listed()).length === 6);
  assert.equal(chosen(), null);
});

const folded = async (): Promise<string> => (await page.getByTestId("folded").allInnerTexts()).join("");

test("projects have their names and sums in words: in the list, and beside the picture", async () => {
  await page.goto(`${daemon.url}/?view=list`);
  await until("a row for each project", async () => (await page.getByTestId("project-row").count()) === 3);
  const rows = await page.getByTestId("project-row").allInnerTexts();
  assert.match(rows.join("\n"), /shop 3 sessions · \d+ working/);
  assert.match(await page.getByTestId("overview-project").first().innerText(), /shop[\s\S]*3 sessions/);
  await until("what it cost", async () => /\$6\.00 today/.test(await page.getByTestId("overview-project").first().innerText()));
  assert.deepEqual(await seriousFaults(page), []);
});

test("zoomed out each project is one mark; arrows choose one, Enter zooms to it and unfolds it, 0 shows everything", async () => {
  await page.goto(daemon.url);
  await until("every session", async () => (await listed()).length === 6);
  await page.locator(".graph").focus();
  for (let i = 0; i < 8; i++) await page.keyboard.press("-");
  await until("all folded", async () => /3 projects are one mark each/.test(await folded()));
  assert.deepEqual(await seriousFaults(page), []);
  await page.keyboard.press("ArrowRight");
  await until("one is selected", async () => (await page.getByTestId("overview-project").count()) === 1);
  await page.keyboard.press("ArrowRight");
  await until("the next", async () => (await page.getByTestId("overview-project").innerText()).startsWith("lab"));
  await page.keyboard.press("Enter");
  await until("unfolded", async () => !/3 projects/.test(await folded()));
  await page.keyboard.press("ArrowDown");
  await until("its first sun", async () => /Plot the runs|main/.test(await page.getByTestId("inspector").innerText()));
  assert.match(page.url(), /agent=ses_lab_plot/);
  await page.keyboard.press("ArrowUp");
  await until("the project again", async () => (await page.getByTestId("overview-project").innerText()).startsWith("lab"));
  await page.keyboard.press("0");
  await until("everything", async () => (await folded()) === "");
  await page.getByRole("link", { name: "Show only this project" }).click();
  await until("only it", async () => (await listed()).join() === idsOf("lab").join());
  assert.equal(chosen(), "lab");
});

test("without a mouse: an agent of the picture, an agent of the list, and the sessions of both", async () => {
  await page.goto(`${daemon.url}/?session=ses_shop_cart`);
  await until("its agents", async () => (await page.locator("[data-testid^='agent-row-']").count()) === 5);
  const inspector = page.getByTestId("inspector");
  await tabTo(page, page.locator(".graph"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await until("a helper of the picture", async () => /Helper \d/.test(await inspector.innerText()));
  await page.keyboard.press("Enter");
  await until("its session", () => new URL(page.url()).pathname === "/sessions/ses_shop_cart");
  await goByKeys(page, "l", "/");
  await tabTo(page, page.getByRole("button", { name: "List", exact: true }));
  await page.keyboard.press("Enter");
  const rows = page.locator("[data-testid^='agent-row-'] button");
  await until("every row", async () => (await rows.count()) === 17);
  await tabTo(page, rows.first());
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowDown");
  const name = await page.evaluate(() => document.activeElement!.getAttribute("aria-label")!);
  await until("that agent", async () => (await inspector.locator("h2").innerText()) === name);
  await tabTo(page, inspector.getByRole("link", { name: "Open session" }));
  await page.keyboard.press("Enter");
  await until("its session", () => new URL(page.url()).pathname.startsWith("/sessions/ses_"));
});

test("without a mouse: Sessions by words and by state, cleared, and one opened", async () => {
  await goByKeys(page, "s", "/sessions");
  const rows = page.locator("[data-testid^='session-row-']");
  await until("all", async () => (await rows.count()) === 6);
  await tabTo(page, page.getByLabel("Filter by title or project"));
  await page.keyboard.type("taxes");
  await until("one", async () => (await rows.count()) === 1);
  await tabTo(page, page.getByRole("button", { name: "ended", exact: true }));
  await page.keyboard.press("Space");
  await until("nothing", async () => /hidden by the status “ended” and the words “taxes”/.test(await words()));
  await tabTo(page, page.getByRole("button", { name: "Clear the filter" }));
  await page.keyboard.press("Enter");
  await until("all again", async () => (await rows.count()) === 6);
  await tabTo(page, rows.nth(1));
  await page.keyboard.press("Enter");
  await until("it is open", () => new URL(page.url()).pathname.startsWith("/sessions/ses_"));
});

test("a project where nothing goes on says so, and how to see the others", async () => {
  await page.goto(`${daemon.url}/?project=attic`);
  await until("quiet", async () => /All quiet in attic/.test(await words()));
  await page.getByRole("button", { name: "Show all projects" }).click();
  await until("every session", async () => (await listed()).length === 6);
});

test("a double click on a mark zooms to its project, one beside it shows everything", async () => {
  await page.goto(daemon.url);
  await until("every session", async () => (await listed()).length === 6);
  const graph = page.locator(".graph");
  await graph.focus();
  for (let i = 0; i < 8; i++) await page.keyboard.press("-");
  await until("all folded", async () => /3 projects/.test(await folded()));
  const box = (await graph.boundingBox())!;
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const mark = await until("a mark under the pointer", async () => {
    for (let step = 0; step < 600; step++) {
      const at = { x: middle.x + 8 * Math.sqrt(step) * Math.cos(step), y: middle.y + 8 * Math.sqrt(step) * Math.sin(step) };
      await page.mouse.move(at.x, at.y);
      if (await graph.evaluate((element) => (element as HTMLElement).style.cursor === "pointer")) return at;
    }
    return undefined;
  });
  await page.mouse.click(mark.x, mark.y);
  await until("it is selected", async () => (await page.getByTestId("overview-project").count()) === 1);
  await page.mouse.dblclick(mark.x, mark.y);
  await until("it is open", async () => !/3 projects/.test(await folded()));
  await page.mouse.dblclick(box.x + 8, box.y + box.height / 2);
  await until("everything", async () => (await folded()) === "" && !(await page.getByTitle("Show everything (0)").isVisible()));
});

interface Picture {
  readonly zoom: number;
  readonly discs: readonly { readonly key: string; readonly x: number; readonly y: number; readonly radius: number }[];
  readonly labels: readonly { readonly key: string; readonly words: string }[];
}
const picture = (): Promise<Picture> => page.evaluate<Picture>("window.__orrery.picture()");

/** In a crowd discs are small and nameless until one is pointed at; two fingers zoom. */
async function hoversAndPinches(): Promise<void> {
  const graph = page.locator(".graph");
  const box = (await graph.boundingBox())!;
  const { discs, zoom } = await until("the picture rests", async () => {
    const [one, other] = [await picture(), await picture()];
    return one.zoom === other.zoom && one.discs.length > 200 ? one : undefined;
  });
  const sun = discs.find(({ key }) => key.endsWith(" agt_main"))!;
  const helpers = discs.filter(({ key }) => key !== sun.key);
  assert.ok(Math.max(...helpers.map(({ radius }) => radius)) < sun.radius / 2.5, "smaller than 11 to 14");
  const nameless = helpers.find(({ x, y }) => x > 250 && y > 80 && y < box.height - 80)!;
  const name = async () => (await picture()).labels.find(({ key }) => key === nameless.key)?.words;
  assert.equal(await name(), undefined);
  await page.mouse.move(box.x + nameless.x, box.y + nameless.y);
  const pointedAt = await until("a name", async () => (await picture()).labels.find(({ words: said }) => said.startsWith("Helper")));
  const hit = helpers.find(({ key }) => key === pointedAt.key)!;
  assert.ok(Math.hypot(hit.x - nameless.x, hit.y - nameless.y) < 12, "of the disc that is pointed at, or of one that covers it");
  await page.mouse.move(box.x + 4, box.y + box.height - 4);
  await until("nameless again", async () => !(await picture()).labels.some(({ words: said }) => said.startsWith("Helper")));

  const touch = await page.context().newCDPSession(page);
  const fingers = (type: "touchStart" | "touchMove" | "touchEnd", apart: number) =>
    touch.send("Input.dispatchTouchEvent", {
      type,
      touchPoints:
        type === "touchEnd"
          ? []
          : [-1, 1].map((side, id) => ({ id, x: box.x + box.width / 2 + (side * apart) / 2, y: box.y + box.height / 2 })),
    });
  await fingers("touchStart", 100);
  for (let apart = 110; apart <= 200; apart += 10) await fingers("touchMove", apart);
  await fingers("touchEnd", 0);
  await until("twice as near", async () => Math.abs((await picture()).zoom / zoom - 2) < 0.1);
  await graph.focus();
  await page.keyboard.press("0");
  await until("everything again", async () => Math.abs((await picture()).zoom / zoom - 1) < 0.01);
}

test("a crowd folds into its parents and says how many; zooming in unfolds it; the list says how many it leaves out", async () => {
  const crowd = eventsOf("crowd", "ses_crowd", "A crowd", 1_200);
  for (let from = 0; from < crowd.length; from += 300) await send(crowd.slice(from, from + 300));
  await page.goto(`${daemon.url}/?session=ses_crowd`);
  await until("the crowd", async () => (await page.getByTestId("counter-alive").innerText()) === "1,201");
  await until("folded", async () => (await folded()).startsWith("901 agents are folded into their parents"));
  await hoversAndPinches();
  await page.locator(".graph").focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowDown");
  await until("an agent of it is selected", () => page.getByTestId("inspector").isVisible());
  for (let i = 0; i < 12; i++) await page.keyboard.press("+");
  await until("unfolded", async () => (await folded()) === "");
  assert.match(await page.locator(".live").innerText(), /801 more agents are not listed/);
});

test("nothing broke on the way", () => assert.deepEqual(faults, []));
