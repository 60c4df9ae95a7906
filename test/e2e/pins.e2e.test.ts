/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LARGE, largeSession } from "../../src/testing/large-session.ts";
import { seriousFaults } from "./axe.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";

const LATER_MS = Date.now() - Date.parse(String(largeSession(1_500).at(-1)!.timestamp));
const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
const faults: string[] = [];

before(async () => {
  daemon = await startDaemon(place);
  browser = await launchBrowser();
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  await post([...long(1_500), ...helper()]);
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

const shot = async (name: string) => {
  const folder = process.env["ORRERY_SHOTS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
};

async function post(events: readonly object[]): Promise<void> {
  for (let from = 0; from < events.length; from += 500) {
    const reply = await fetch(`${daemon.url}/api/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(events.slice(from, from + 500)),
    });
    assert.equal(reply.ok, true, await reply.clone().text());
  }
}

/** Ends now: Live shows what is at work. */
const long = (rows: number) =>
  largeSession(rows).map((event) => ({ ...event, timestamp: new Date(Date.parse(String(event.timestamp)) + LATER_MS).toISOString() }));

/** The sixth call of the long session starts a helper, which says one thing and reads one file. */
function helper(): object[] {
  const first = long(12).find(({ id }) => id === `${LARGE}:started:12`)!;
  const tell = (id: string, type: string, data: object) => ({ ...first, id: `${LARGE}:helper:${id}`, agent_id: "agt_helper", type, data });
  return [
    tell("spawned", "agent.spawned", { parent_agent_id: "agt_main", call_id: "call_12", edge: "reported", name: "helper" }),
    tell("said", "message.added", {
      message_id: "msg_helper",
      role: "assistant",
      parts: [{ kind: "text", text: "The helper has looked" }],
    }),
    tell("started", "tool.started", { call_id: "call_helper", name: "Read", title: "src/price.ts" }),
    tell("ended", "tool.ended", { call_id: "call_helper", outcome: "ok" }),
    tell("request", "model.responded", {
      request_id: "req_helper",
      model: "claude-opus-5-5",
      usage: { input: 1, output: 1 },
    }),
  ];
}

const rowOf = (key: string) => page.locator(`[data-row="${key}"]`);
const isSeen = (key: string): Promise<boolean> =>
  rowOf(key).evaluateAll((rows) =>
    rows.some((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    }),
  );
const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

test("a message and a call are pinned with the keyboard, listed in the session's head, and kept", async () => {
  await page.goto(`${daemon.url}/sessions/${LARGE}`);
  await until("the end", () => isSeen("call_1500"));
  for (const key of ["msg_1499", "call_1500"]) {
    await rowOf(key)
      .getByRole("button", { name: /^Pin this/ })
      .focus();
    await page.keyboard.press("Enter");
  }
  const pins = page.getByTestId("session-pins");
  await until("two pins", async () => /2/.test(await pins.innerText()));
  assert.equal(await rowOf("call_1500").getByRole("button", { name: "Pin this call" }).getAttribute("aria-pressed"), "true");
  await page.reload();
  await pins.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Pins" }).waitFor();
  const [message, call, ...others] = await page.locator(".pins__go").allInnerTexts();
  assert.match(message!, /^Message 1499: what was found/);
  assert.deepEqual([call, others], ["Bash step 1500", []]);
  await shot("pins");
  assert.deepEqual(await seriousFaults(page), []);
  await page.keyboard.press("Escape");
});

test("a pin is gone to from far away, again and again, and can be taken off", async () => {
  await page.goto(`${daemon.url}/sessions/${LARGE}#pin=msg_3`);
  await until("the third row", () => isSeen("msg_3"));
  for (let time = 0; time < 2; time++) {
    await page.getByTestId("session-pins").click();
    await page.getByRole("button", { name: "Bash step 1500", exact: true }).click();
    await until("the pinned call", () => isSeen("call_1500"));
    await page.locator(".session__list [data-virtuoso-scroller]").hover();
    await until("elsewhere", async () => {
      await page.mouse.wheel(0, -4_000);
      return !(await isSeen("call_1500"));
    });
  }
  await page.getByTestId("session-pins").click();
  await page.getByRole("button", { name: "Unpin Bash step 1500" }).click();
  assert.equal(await page.locator(".pins__go").count(), 1);
  await page.keyboard.press("Escape");
});

test("a copied link opens the closed helper around its call first, also at a past moment", async () => {
  await page.goto(`${daemon.url}/sessions/${LARGE}#pin=call_helper`);
  await until("the helper's call", () => isSeen("call_helper"));
  assert.equal(await isSeen("msg_helper"), true);
  await rowOf("call_helper").getByRole("button", { name: "Copy link: this call" }).click();
  await until("the link", async () => (await clipboard()) === `${daemon.url}/sessions/${LARGE}#pin=call_helper`);
  const at = long(40).at(-1)!.timestamp;
  await page.goto(`${daemon.url}/sessions/${LARGE}?at=${encodeURIComponent(String(at))}#pin=call_helper`);
  await until("the helper's call", () => isSeen("call_helper"));
  await rowOf("call_helper").getByRole("button", { name: "Copy link: this call" }).click();
  await until("a link with the moment", async () => new URL(await clipboard()).searchParams.get("at") !== null);
  await page.goto("about:blank");
  await page.goto(`${daemon.url}/sessions/${LARGE}?at=${encodeURIComponent(String(at))}#pin=msg_1499`);
  await page.getByText("It is not in this conversation at this moment.").waitFor();
});

test("what is not there is said to be missing", async () => {
  await page.goto("about:blank");
  await page.goto(`${daemon.url}/sessions/${LARGE}#pin=msg_never`);
  await page.getByText("It is not in this conversation.").waitFor();
  assert.deepEqual(faults, []);
});

test("pins fit a phone", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("about:blank");
  await page.goto(`${daemon.url}/sessions/${LARGE}#pin=msg_1499`);
  await until("the row", () => isSeen("msg_1499"));
  await shot("pins-phone");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assert.deepEqual(await seriousFaults(page), []);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("an address with ?call= reads back to a call in a closed helper; the call leads to its trace and its agent, and back", async () => {
  await page.goto("about:blank");
  await page.goto(`${daemon.url}/sessions/${LARGE}?call=call_helper`);
  await until("the helper's call", () => isSeen("call_helper"));
  const row = page.getByTestId("call-row-call_helper");
  await row.getByRole("link", { name: "In the trace" }).click();
  await page.getByRole("link", { name: "In the session" }).click();
  await until("the helper's call again", () => isSeen("call_helper"));
  await row.getByRole("link", { name: "Its agent in the graph" }).click();
  const inspector = page.locator("aside.inspector");
  await inspector.waitFor();
  assert.match(await inspector.innerText(), /helper/);
  await inspector.getByTestId("call-row-call_helper").getByRole("link").click();
  await until("the helper's call, from Live", () => isSeen("call_helper"));
});

test("a prompt that waits stands as queued at the end until it is taken up", async () => {
  const tell = (type: string, data: object) =>
    post([{ source: "claude-code/transcript", session_id: LARGE, agent_id: "agt_main", type, timestamp: new Date().toISOString(), data }]);
  await page.goto(`${daemon.url}/sessions/${LARGE}`);
  await until("the end", () => isSeen("call_1500"));
  await tell("prompt.queued", { prompt: "Then run the tests" });
  const queued = page.getByTestId("queued");
  await queued.waitFor();
  assert.match(await queued.innerText(), /Queued[\s\S]*Then run the tests/);
  await until("the last call above it", () => isSeen("call_1500"));
  await shot("queued");
  assert.deepEqual(await seriousFaults(page), []);
  await tell("prompt.taken", { how: "sent" });
  await queued.waitFor({ state: "detached" });
});

test("a turn, a request and an agent of the waterfall lead to where they stand in the conversation", async () => {
  for (const [open, key] of [
    ["turn:trn_51", "turn trn_51"],
    ["request:req_60", "call_60"],
    ["agent:agt_helper", "agent agt_helper"],
  ] as const) {
    await page.goto(`${daemon.url}/traces?session=${LARGE}&open=${encodeURIComponent(`${LARGE} ${open}`)}`);
    await page.getByTestId("span-panel").getByRole("link", { name: "In the session" }).click();
    await until(key, () => isSeen(key));
  }
  assert.deepEqual(faults, []);
});
