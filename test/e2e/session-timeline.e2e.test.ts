/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send, shot } = await openPage();

const TURNS = 300;

/** So many turns of a prompt, a request, a call and an answer; turn 200 has a call that fails, turn 290 compacts, the last one thinks. */
async function play(): Promise<void> {
  const startMs = Date.now() - TURNS * 60_000;
  const events: object[] = [];
  for (let turn = 1; turn <= TURNS; turn++) {
    const add = (second: number, type: string, data: object): void => {
      events.push({
        source: "claude-code/transcript",
        session_id: "ses_long",
        agent_id: "agt_main",
        type,
        timestamp: new Date(startMs + turn * 60_000 + second * 1_000).toISOString(),
        data,
      });
    };
    if (turn === 1) add(0, "session.started", { title: "A long day", app: "claude-code", project: "shop" });
    add(0, "turn.started", { turn_id: `trn_${turn}`, prompt: `Prompt number ${turn}` });
    add(0, "message.added", {
      message_id: `msg_p${turn}`,
      role: "user",
      parts: [{ kind: "text", text: `Prompt number ${turn}` }],
    });
    if (turn === 290) add(1, "context.compacted", { trigger: "auto", phase: "ended" });
    add(2, "model.responded", {
      request_id: `req_${turn}`,
      model: turn % 7 === 0 ? "claude-haiku-5" : "claude-opus-5-5",
      usage: { input: 100, cache_read: 1_000 * (turn % 50), cache_write_5m: 1_000, output: 500 },
    });
    add(3, "tool.started", { call_id: `call_${turn}`, name: "Bash", title: `step ${turn}` });
    add(5, "tool.ended", { call_id: `call_${turn}`, outcome: turn === 200 ? "error" : "ok" });
    add(6, "message.added", {
      message_id: `msg_a${turn}`,
      role: "assistant",
      parts: [
        ...(turn === TURNS ? [{ kind: "thinking", text: `The drawer is empty.\n${"So the till was counted twice. ".repeat(20)}` }] : []),
        { kind: "text", text: `Answer number ${turn}` },
      ],
    });
    add(7, "turn.ended", { turn_id: `trn_${turn}` });
  }
  await send(events);
}

const inView = (): Promise<string> => page.getByTestId("turn-in-view").innerText();
const isSeen = (words: string): Promise<boolean> =>
  page
    .getByText(words, { exact: true })
    .first()
    .isVisible()
    .catch(() => false);

test("every turn has a column; pointed at it tells exact figures and whose they are", async () => {
  await play();
  await page.goto(`${daemon.url}/sessions/ses_long`);
  await page.getByTestId("turns").waitFor();
  await until("the last turn is in view", async () => (await inView()) === "Turn 300 of 300");
  const last = page.getByTestId("turn-column-trn_299");
  await last.hover();
  const card = page.getByTestId("turn-card");
  await card.waitFor();
  const words = await card.innerText();
  assert.match(words, /Turn 299 of 300[\s\S]*Prompt number 299/);
  assert.match(words, /50,600[\s\S]*cache read 49,000, cache write 1,000, input 100, output 500; reported, in 1 request/);
  assert.match(words, /49,000 of 50,100 prompt tokens were read from the cache/);
  assert.match(words, /computed; price table/);
  await shot("timeline-card");
  assert.match(String(await page.getByTestId("turn-column-trn_290").getAttribute("aria-label")), /context compacted/);
});

test("a click goes to a turn that had not been read yet, and it is the one in view", async () => {
  await page.mouse.move(5, 5);
  await page.getByRole("button", { name: "Fit all" }).click();
  await until("columns of several turns", async () => /A column is \d turns/.test(await page.getByTestId("turns").innerText()));
  await page.getByTestId("turn-column-trn_1").click();
  await until("the first turn", () => isSeen("Prompt number 1"));
  assert.equal(await inView(), "Turn 1 of 300");
  await page.getByRole("button", { name: "One by one" }).click();
  await shot("timeline-first");
});

test("what an agent thought is folded and opens; a compaction stands where it came and at how full the context is", async () => {
  const strip = page.getByTestId("turn-strip");
  await strip.focus();
  await page.keyboard.press("End");
  await page.getByTestId("turn-column-trn_300").click();
  const thought = page.locator("details.fold--thinking").last();
  await thought.waitFor();
  assert.match(await thought.innerText(), /^Thought: The drawer is empty\./);
  const counted = thought.locator(".fold__body");
  assert.equal(await counted.isVisible(), false);
  await thought.locator("summary").click();
  await until("it is read", () => counted.isVisible());
  assert.match(await counted.innerText(), /(So the till was counted twice\. ?){20}/);
  await page.getByTestId("turn-column-trn_290").click();
  await until("where the context was compacted", () =>
    page
      .locator("main")
      .getByText(/Context compacted/)
      .first()
      .isVisible(),
  );
  const context = page.locator("[data-testid=context]").first();
  assert.match((await context.getAttribute("title")) ?? "", /compacted once so far/);
  assert.match(await context.innerText(), /◆/);
  await strip.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await until("the first turn", async () => (await inView()) === "Turn 1 of 300");
});

test("by keys alone: j and k step, arrows walk the strip, Enter goes there", async () => {
  await page.keyboard.press("j");
  await until("the second turn", async () => (await inView()) === "Turn 2 of 300");
  await page.keyboard.press("k");
  await until("the first turn", async () => (await inView()) === "Turn 1 of 300");
  const strip = page.getByTestId("turn-strip");
  await strip.focus();
  await page.keyboard.press("End");
  for (let left = 0; left < 100; left++) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await until("turn 200", async () => (await inView()) === "Turn 200 of 300");
  await until("its words", () => isSeen("Prompt number 200"));
  const active = await strip.getAttribute("aria-activedescendant");
  assert.match(String(await page.locator(`[id="${active}"]`).getAttribute("aria-label")), /Turn 200 of 300.*1 call failed/);
  assert.deepEqual(await seriousFaults(page), []);
});

test("the table says the same in words, and opens turns too", async () => {
  await page.getByRole("button", { name: "Turns as a table" }).click();
  const table = page.getByTestId("turn-table");
  await table.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await until("the last turn", async () => (await inView()) === "Turn 300 of 300");
  assert.match(await table.innerText(), /Prompt number 300/);
  await shot("timeline-table");
  assert.deepEqual(await seriousFaults(page), []);
});

test("it fits a phone", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Turns as a table" }).click();
  await shot("timeline-phone");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assert.deepEqual(await seriousFaults(page), []);
  assert.deepEqual(faults, []);
});

test("a link to one message reads back to it and marks it; of one that does not exist it says so", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${daemon.url}/sessions`);
  await page.goto(`${daemon.url}/sessions/ses_long#pin=msg_a3`);
  await until("the third answer", () => isSeen("Answer number 3"));
  assert.match(await page.locator("[data-pinned]").innerText(), /Answer number 3/);
  await shot("timeline-pin");
  await page.goto(`${daemon.url}/sessions`);
  await page.goto(`${daemon.url}/sessions/ses_long#pin=msg_never`);
  await page.getByText("It is not in this conversation.").waitFor();
  assert.deepEqual(faults, []);
});
