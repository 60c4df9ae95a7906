/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { goByKeys, tabTo } from "./keys.ts";
import { hooksOf, truthOf } from "./recordings.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send, read, catalogued } = await openPage();

const lines = () => page.getByTestId("call-table").locator("[data-testid^=trace-]");
const outcomes = (): Promise<(string | null)[]> => lines().evaluateAll((all) => all.map((one) => one.getAttribute("data-outcome")));
const requestLines = () => page.getByTestId("request-table").locator("[data-testid^=trace-]");
const spans = () => page.getByTestId("waterfall-rows").locator("[role=row][data-kind]");
const words = (): Promise<string> => page.locator("main").innerText();
const sessionOf = (recording: string): string => `ses_${truthOf(recording).sessions[0]!.session_id}`;

async function postHooks(name: string): Promise<void> {
  for (const { body } of hooksOf(name))
    await fetch(`${daemon.url}/api/ingest/claude-code`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
}

test("Traces is reached by keys, and before any call it says how to begin", async () => {
  await page.goto(daemon.url);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  await goByKeys(page, "t", "/traces");
  await until("the first run", () => page.getByTestId("first-run").isVisible());
});

test("what begins while one reads is counted and moves nothing until it is asked for", async () => {
  const chips = page.getByRole("button", { name: /^\d+ new$/ });
  await postHooks("failing-tools");
  // The catalog may not have all of them yet: what is not listed stays new.
  await until("calls", async () => {
    if ((await chips.count()) > 0) await chips.click({ timeout: 2_000 }).catch(() => undefined);
    return (await lines().count()) === truthOf("failing-tools").calls.length;
  });
  const before = await lines().first().getAttribute("data-testid");
  const base = { source: "test", session_id: "ses_new", agent_id: "agt_main" };
  await send([{ ...base, type: "tool.started", data: { call_id: "call_late", name: "Late" } }]);
  const chip = page.getByRole("button", { name: "1 new" });
  await chip.waitFor();
  assert.equal(await lines().first().getAttribute("data-testid"), before);
  await catalogued();
  const { items } = await read<{ items: { seq: number }[] }>("/events?types=tool.started&order=newest&limit=1");
  await page.route(
    "**/api/calls?**",
    async (route) => {
      const answer = (await (await route.fetch()).json()) as { items: unknown[] };
      await route.fulfill({ json: { ...answer, items: answer.items.slice(1), indexed_to: items[0]!.seq - 1 } });
    },
    { times: 1 },
  );
  const behind = page.waitForResponse(/api\/calls\?/);
  await chip.click();
  await behind;
  await chip.waitFor();
  assert.equal(await lines().first().getAttribute("data-testid"), before, "what the catalog did not have yet is still new");
  await chip.click();
  await until("it stands first", async () => (await lines().first().getAttribute("data-testid")) === "trace-call_late");
  assert.equal(await lines().first().getAttribute("data-outcome"), "running");
});

test("filters stand in the address, have chips that take them away, and are cleared from the empty list", async () => {
  const all = await lines().count();
  await page.getByLabel("Outcome").selectOption("failed");
  await until(
    "only failed calls",
    async () => (await lines().count()) < all && !(await outcomes()).some((one) => one === "ok" || one === "running"),
  );
  assert.match(page.url(), /outcome=failed/);
  await page.reload();
  await until("the same after a reload", async () => (await lines().count()) > 0 && !(await outcomes()).includes("ok"));
  await page.getByRole("button", { name: "Take away outcome went wrong" }).click();
  await until("all", async () => (await lines().count()) === all);
  await page.getByLabel("Words").fill("nosuchwordanywhere");
  await until("nothing matches", () => page.getByText("No call matches").isVisible());
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await until("all calls again", async () => (await lines().count()) === all);
});

test("grouped by tool, each is counted; one of them narrows the list to itself", async () => {
  await page.getByLabel("Group by").selectOption("tool");
  const row = page.getByTestId("call-groups").getByRole("row").filter({ hasText: "Bash" });
  await row.waitFor();
  const counted = Number(await row.locator("td").nth(1).innerText());
  await row.getByRole("button", { name: "Bash" }).click();
  await until("its calls", async () => (await lines().count()) === counted);
  assert.match(page.url(), /tool=Bash/);
  await page.goto(`${daemon.url}/traces`);
  await until("all", async () => (await lines().count()) > counted);
});

test("without a mouse: a filter is chosen, a line opened and closed, and the filter taken away", async () => {
  const all = await lines().count();
  await tabTo(page, page.getByLabel("Outcome", { exact: true }));
  await page.keyboard.type("went");
  await until("only failed calls", async () => (await lines().count()) < all && !(await outcomes()).includes("ok"));
  const failed = await lines().count();
  await tabTo(page, page.getByTestId("call-table"));
  const chosen = () => page.getByTestId("call-table").locator("[aria-selected=true]").getAttribute("data-testid");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const panel = page.getByTestId("call-panel");
  await until(
    "the first opens",
    async () => (await panel.count()) === 1 && (await chosen()) === (await lines().first().getAttribute("data-testid")),
  );
  assert.ok(failed > 1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("then the second", async () => (await chosen()) === (await lines().nth(1).getAttribute("data-testid")));
  await page.keyboard.press("Escape");
  await until("closed", async () => (await panel.count()) === 0);
  await tabTo(page, page.getByRole("button", { name: "Take away outcome went wrong" }));
  await page.keyboard.press("Enter");
  await until("all", async () => (await lines().count()) === all);
  await tabTo(page, page.getByLabel("Words"));
  await page.keyboard.type("nosuchwordanywhere");
  await until("nothing matches", () => page.getByText("No call matches").isVisible());
  await tabTo(page, page.getByRole("button", { name: "Clear the filters" }));
  await page.keyboard.press("Enter");
  await until("all again", async () => (await lines().count()) === all);
});

test("a range of time is typed from and to, stands in the address, and has chips", async () => {
  const { items } = await read<{ items: { started_at: string; call_id: string }[] }>("/calls?order=oldest&limit=200");
  const all = await lines().count();
  const cut = items[2]!.started_at;
  await page.getByLabel("Time", { exact: true }).selectOption("between");
  const local = await page.evaluate((at) => {
    const moment = new Date(Date.parse(at) - new Date(at).getTimezoneOffset() * 60_000);
    return moment.toISOString().slice(0, -1);
  }, cut);
  await page.getByLabel("To", { exact: true }).fill(local);
  const wanted = items.filter(({ started_at }) => started_at <= cut).length;
  assert.ok(wanted < all);
  await until("what began by then", async () => (await lines().count()) === wanted);
  assert.match(page.url(), /until=/);
  await page.reload();
  await until("the same after a reload", async () => (await lines().count()) === wanted);
  await page.getByLabel("From", { exact: true }).fill("2031-01-01T00:00");
  await page.getByText("From is later than To").waitFor();
  await page.getByRole("button", { name: /^Take away time since/ }).click();
  await page.getByRole("button", { name: /^Take away time until/ }).click();
  await until("all", async () => (await lines().count()) === all);
});

test("on a phone the filters are folded away and say how many are set", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${daemon.url}/traces?outcome=failed`);
  const unfold = page.getByRole("button", { name: "Filters (1)" });
  await unfold.waitFor();
  assert.equal(await page.getByLabel("Outcome", { exact: true }).isVisible(), false);
  await unfold.click();
  assert.ok(await page.getByLabel("Outcome", { exact: true }).isVisible());
  assert.ok(await page.evaluate(() => document.querySelector("main")!.scrollWidth <= window.innerWidth));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${daemon.url}/traces`);
  await until("all", async () => (await lines().count()) > 1);
});

test("a call opens beside the list by keys, whole, and leads to its place in the conversation", async () => {
  await page.getByTestId("call-table").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const panel = page.getByTestId("call-panel");
  await until("input", async () => /Input/.test(await panel.innerText()));
  const id = /call:(call_[^&]+)/.exec(decodeURIComponent(page.url()))![1]!;
  const { call } = await read<{ call: { input: { command?: string } } }>(`/sessions/${sessionOf("failing-tools")}/calls/${id}`);
  if (call.input.command !== undefined) assert.ok((await panel.innerText()).includes(call.input.command.split("\n")[0]!));
  await panel.getByRole("link", { name: "In the session" }).click();
  await until("the call in its session", () => page.getByTestId(`call-row-${id}`).isVisible());
  await page.getByTestId(`call-row-${id}`).getByRole("link", { name: "In the trace" }).click();
  await until("its line in the waterfall", () => page.getByTestId(`call:${id}`).isVisible());
  assert.equal(await page.getByTestId(`call:${id}`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Escape");
  await until("closed", async () => (await page.getByTestId("call-panel").count()) === 0);
});

test("at a moment before the first call there is none, and what ended later still runs", async () => {
  const { items } = await read<{ items: { started_at: string }[] }>("/calls?order=oldest&limit=1");
  const before = new Date(Date.parse(items[0]!.started_at) - 1_000).toISOString();
  await page.goto(`${daemon.url}/traces?at=${before}`);
  await until("no call yet", async () => /No call had been made yet/.test(await words()));
});

test("a list of more calls than a page holds is read on to its end", async () => {
  const base = { source: "test", session_id: "ses_pages", agent_id: "agt_main", type: "tool.started" };
  await send(Array.from({ length: 450 }, (_, no) => ({ ...base, data: { call_id: `call_p${no}`, name: "Paged" } })));
  await catalogued();
  await page.goto(`${daemon.url}/traces?tool=Paged&order=oldest`);
  await page.getByTestId("trace-call_p0").waitFor();
  await page.getByTestId("call-table").focus();
  await until("the last one", async () => {
    await page.keyboard.press("End");
    return page.getByTestId("trace-call_p449").isVisible();
  });
});

test("model requests are a list of their own: tokens by bucket, cost with whose figure it is, paged, ordered, opened whole", async () => {
  const base = { source: "test", session_id: "ses_asked", agent_id: "agt_main", type: "model.responded" };
  const usage = { input: 1_200, cache_read: 34_000, cache_write_5m: 500, cache_write_1h: 60, output: 789 };
  await send([
    { ...base, type: "session.started", data: { title: "Many questions" } },
    { ...base, type: "turn.started", data: { turn_id: "trn_asked", prompt: "Ask a lot" } },
    ...Array.from({ length: 450 }, (_, no) => ({
      ...base,
      data: { request_id: `req_p${no}`, model: "claude-sonnet-4-5", usage: { input: no, output: 1 } },
    })),
    {
      ...base,
      data: {
        request_id: "req_told",
        model: "claude-opus-4-1",
        usage,
        cost_usd_micros: 250_000,
        cost_source: "reported",
        duration_ms: 12_300,
      },
    },
  ]);
  await catalogued();
  await page.goto(`${daemon.url}/traces`);
  await page.getByRole("button", { name: "Requests", exact: true }).click();
  await page.waitForURL(/kind=requests/);
  await page.getByLabel("Session", { exact: true }).fill("many questions");
  await until("those of the session", async () => (await page.getByTestId("traces-total").innerText()).startsWith("451 model requests"));
  await page.getByLabel("Order", { exact: true }).selectOption("largest");
  const first = requestLines().first();
  await until("most tokens first", async () => (await first.getAttribute("data-testid")) === "trace-req_told");
  assert.match(await first.innerText(), /opus-4\.1\s+1,200\s+34\.0k\s+560\s+789\s+\$0\.2500\s+Many questions\s+asked[\s\S]*12 s/);
  assert.equal(await first.locator(".money").getAttribute("data-source"), "reported");
  assert.equal(await requestLines().nth(1).locator(".money").getAttribute("data-source"), "computed");
  await page.getByTestId("request-table").focus();
  await until("the last one", async () => {
    await page.keyboard.press("End");
    return page.getByTestId("trace-req_p0").isVisible();
  });
  assert.ok((await requestLines().count()) < 80, "only what is on screen exists");
  await page.getByLabel("Model", { exact: true }).selectOption("claude-opus-4-1");
  await until("one model", async () => (await requestLines().count()) === 1);
  await page.getByTestId("request-table").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const facts = page.getByTestId("request-facts");
  await until("whole", async () => /34,000[\s\S]*Cached for 1 h\s+60[\s\S]*Cost, reported\s+\$0\.25/.test(await facts.innerText()));
  await page.reload();
  await until("all of it is in the address", async () => (await requestLines().count()) === 1 && (await facts.isVisible()));
});

test("session, agent and run are named in boxes of their own; calls are grouped by turn; words mean the same in table and waterfall", async () => {
  const base = { source: "test", session_id: "ses_named", agent_id: "agt_main" };
  const call = (call_id: string, more: object, data: object) => ({
    ...base,
    ...more,
    type: "tool.started",
    data: { call_id, name: "Bash", ...data },
  });
  await send([
    { ...base, type: "session.started", data: { title: "Herd of names" } },
    { ...base, type: "turn.started", data: { turn_id: "trn_herd", prompt: "Count the herd" } },
    { ...base, agent_id: "agt_scout", type: "agent.spawned", data: { parent_agent_id: "agt_main", name: "Scout" } },
    call("call_in", {}, { title: "look", input: { command: "grep quagga" } }),
    call("call_out", { agent_id: "agt_scout" }, { title: "count" }),
    call("call_run", { run_id: "run_herd" }, { title: "rest" }),
    { ...base, agent_id: "agt_scout", type: "tool.ended", data: { call_id: "call_out", outcome: "ok", output: "one zorse" } },
  ]);
  await catalogued();
  await page.goto(`${daemon.url}/traces`);
  await page.getByLabel("Session", { exact: true }).fill("Herd of names");
  await until("its calls", async () => (await lines().count()) === 3);
  await page.getByLabel("Agent", { exact: true }).fill("Scout");
  await until("its agent's", async () => (await lines().count()) === 1 && page.getByTestId("trace-call_out").isVisible());
  await page.getByRole("button", { name: /^Take away agent/ }).click();
  await page.getByLabel("Run", { exact: true }).fill("run_herd");
  // While the table is laid out anew, one line may stand there before the words have been taken.
  await until(
    "of a run",
    async () => page.url().includes("run=run_herd") && (await lines().count()) === 1 && page.getByTestId("trace-call_run").isVisible(),
  );
  await page.reload();
  await until("it is in the address", async () => (await page.getByLabel("Run", { exact: true }).inputValue()) === "run_herd");
  await page.getByRole("button", { name: "Take away run run_herd" }).click();
  await until("all of the session", async () => (await lines().count()) === 3);
  await page.getByLabel("Group by").selectOption("turn");
  await page.getByTestId("call-groups").getByRole("button", { name: "Count the herd" }).click();
  await until("the calls of the turn", async () => (await lines().count()) === 2);
  assert.match(page.url(), /turn=trn_herd/);
  await page.getByRole("button", { name: "Waterfall", exact: true }).click();
  await until("its waterfall", async () => (await spans().count()) === 5);
  const shown = (): Promise<(string | null)[]> => spans().evaluateAll((all) => all.map((one) => one.getAttribute("data-testid")));
  for (const [typed, found] of [
    ["quagga", "call:call_in"],
    ["zorse", "call:call_out"],
  ] as const) {
    await page.getByLabel("Words", { exact: true }).fill(typed);
    await until(`${typed} in the waterfall`, async () => {
      const calls = (await shown()).filter((one) => one?.startsWith("call:"));
      return calls.length === 1 && calls[0] === found;
    });
  }
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await until("and in the table", async () => (await lines().count()) === 1 && page.getByTestId("trace-call_out").isVisible());
});

test("nothing on either shuts anybody out, in both themes and on a phone", async () => {
  for (const [colorScheme, width] of [
    ["dark", 1440],
    ["light", 1100],
    ["dark", 390],
  ] as const)
    for (const path of ["/traces?outcome=failed", "/traces?by=tool", "/traces?kind=requests"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 844 });
      await page.goto(daemon.url + path);
      await until(path, async () => (await page.locator("main [role=row][data-testid], main td, main .hit").count()) > 1);
      assert.deepEqual(await seriousFaults(page), [], `${path} ${colorScheme}`);
      assert.ok(await page.evaluate(() => document.querySelector("main")!.scrollWidth <= window.innerWidth), path);
    }
  assert.deepEqual(faults, []);
});
