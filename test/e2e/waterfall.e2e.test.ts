/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { layTranscripts, truthOf } from "./recordings.ts";
import { openPage } from "./page.ts";

const { place, daemon, page, faults, send, read, catalogued } = await openPage();

const CALLS = 50_000;
const lines = () => page.getByTestId("call-table").locator("[data-testid^=trace-]");
const requestLines = () => page.getByTestId("request-table").locator("[data-testid^=trace-]");
const spans = () => page.getByTestId("waterfall-rows").locator("[role=row][data-kind]");
const sessionOf = (recording: string): string => `ses_${truthOf(recording).sessions[0]!.session_id}`;

test("a session of nested agents is a tree over time that folds by keys, with what it waited for summed up", async () => {
  layTranscripts("subagents-nested", place.claudeDir);
  const session = sessionOf("subagents-nested");
  const total = await until("read", async () => {
    const trace = await read<{ total?: number; items?: { kind: string }[] }>(`/sessions/${session}/trace`).catch(() => undefined);
    const agents = truthOf("subagents-nested").agents.length - 1;
    return trace?.items !== undefined && trace.items.filter(({ kind }) => kind === "agent").length === agents ? trace.total : undefined;
  });
  await page.goto(`${daemon.url}/traces?session=${session}`);
  await until("every line", async () => (await spans().count()) === total);
  assert.match(await page.getByTestId("critical").innerText(), /work\s+\d+.*s[\s\S]*people\s+0 ms[\s\S]*idle/);
  assert.ok((await page.locator(".mark-critical[data-mark=work]").count()) > 1);
  await page.getByTestId("waterfall-rows").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await until("folded", async () => (await spans().count()) < total!);
  assert.equal(await spans().first().getAttribute("aria-expanded"), "false");
  await page.keyboard.press("ArrowRight");
  await until("unfolded", async () => (await spans().count()) === total);
  const ticks = () => page.locator(".axis__tick").allInnerTexts();
  const before = await ticks();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await until("nearer", async () => JSON.stringify(await ticks()) !== JSON.stringify(before));
  await page.keyboard.press("0");
  await until("whole", async () => JSON.stringify(await ticks()) === JSON.stringify(before));
  const axis = (await page.getByTestId("axis").boundingBox())!;
  await page.mouse.move(axis.x + axis.width * 0.1, axis.y + 8);
  await page.mouse.down();
  await page.mouse.move(axis.x + axis.width * 0.4, axis.y + 8, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/since=.*until=/);
  await until("fewer lines", async () => (await spans().count()) < total!);
  assert.notDeepEqual(await ticks(), before, "and it is what is in view");
  await page.getByRole("button", { name: /^Take away time since/ }).click();
  await page.getByRole("button", { name: /^Take away time until/ }).click();
  await until(
    "every line again",
    async () => (await spans().count()) === total && JSON.stringify(await ticks()) === JSON.stringify(before),
  );
  await page.getByLabel("Group by").selectOption("tool");
  await until("groups", async () => (await page.locator("[data-kind=group]").count()) >= 3);
  await page.getByLabel("Group by").selectOption("");
  const spawn = page.locator("[data-kind=call]").filter({ hasText: "Lead helper" });
  await spawn.click();
  const caused = page.getByTestId("call-caused");
  await until("what it caused", async () => /3 agents[\s\S]*Inner helper/i.test(await caused.innerText()));
  const lead = truthOf("subagents-nested").agents.find(({ depth }) => depth === 1)!;
  const ofLead = async (what: "calls" | "requests") =>
    (await read<{ items: unknown[] }>(`/${what}?session_id=${session}&agent_id=agt_${lead.agent_id}&limit=200`)).items.length;
  const [leadCalls, leadRequests] = [await ofLead("calls"), await ofLead("requests")];
  assert.ok(leadCalls > 0 && leadRequests > 0);
  const here = page.url();
  await caused
    .getByRole("button", { name: new RegExp(`^${leadCalls} calls?$`) })
    .first()
    .click();
  await until("the calls of the agent that it caused", async () => (await lines().count()) === leadCalls);
  await page.goto(here);
  await caused
    .getByRole("button", { name: new RegExp(`^${leadRequests} model requests?$`) })
    .first()
    .click();
  await until("and its requests", async () => (await requestLines().count()) === leadRequests);
  await page.goto(here);
  await caused.getByText("Result read by").waitFor();
  await caused.locator("dd button").click();
  await until("what read its result", async () => /Model request[\s\S]*Output/.test(await page.getByTestId("span-panel").innerText()));
  await page.goto(here);
  await page.getByTestId("call-panel").getByRole("link", { name: "In the graph" }).click();
  await until("its agent in Live", () => page.getByTestId("inspector").isVisible());
});

test("a call that waited five seconds for a person shows where its time went; its file has the colours of its language, and is cut until asked for", async () => {
  const startMs = Date.parse("2026-11-20T09:00:00Z");
  const at = (ms: number): string => new Date(startMs + ms).toISOString();
  const base = { source: "test", session_id: "ses_waits", agent_id: "agt_main" };
  const content = `const zebra: number = 1;\n${"// a long file\n".repeat(600)}export default zebra;\n`;
  const call = { call_id: "call_waits", name: "Write" };
  await send([
    { ...base, timestamp: at(0), type: "turn.started", data: { turn_id: "trn_waits", prompt: "Write it" } },
    { ...base, timestamp: at(1_000), type: "model.responded", data: { request_id: "req_waits", model: "claude-opus-4-1" } },
    {
      ...base,
      timestamp: at(1_300),
      type: "tool.started",
      data: { ...call, request_id: "req_waits", input: { file_path: "/src/zebra.ts", content } },
    },
    {
      ...base,
      timestamp: at(1_400),
      type: "ask.opened",
      data: { ask_id: "ask_waits", kind: "permission", call_id: "call_waits", tool: "Write" },
    },
    { ...base, timestamp: at(6_400), type: "ask.answered", data: { ask_id: "ask_waits", outcome: "allowed", by: "user" } },
    { ...base, timestamp: at(18_300), type: "tool.ended", data: { ...call, outcome: "ok" } },
    { ...base, timestamp: at(19_000), type: "turn.ended", data: { turn_id: "trn_waits" } },
  ]);
  await catalogued();
  await page.goto(`${daemon.url}/traces?session=ses_waits`);
  await until("people's time", async () =>
    /people\s+5\.0 s/.test(
      await page
        .getByTestId("critical")
        .innerText()
        .catch(() => ""),
    ),
  );
  const line = page.getByTestId("call:call_waits");
  await until("its three parts", async () => (await line.locator(".bar").count()) === 3);
  const parts = await line
    .locator(".bar")
    .evaluateAll((bars) => bars.map((bar) => [bar.getAttribute("data-part"), bar.getBoundingClientRect().width] as const));
  const wide = new Map(parts);
  assert.ok(Math.abs(wide.get("human")! / wide.get("run")! - 5 / 12) < 0.05, JSON.stringify(parts));
  assert.equal(await line.locator(".bar[data-part=run]").getAttribute("data-heat"), "3");
  await page.goto(`${daemon.url}/traces?session=ses_waits&table=true`);
  await until(
    "its heat",
    async () =>
      (await page
        .getByTestId("trace-call_waits")
        .locator("[data-heat]")
        .getAttribute("data-heat")
        .catch(() => "")) === "3",
  );
  await page.getByTestId("trace-call_waits").click();
  const panel = page.getByTestId("call-panel");
  await until("the split", async () =>
    /queued\s+300 ms[\s\S]*waited for a person\s+5\.0 s[\s\S]*ran\s+12 s/.test(
      await panel
        .locator(".split__words")
        .innerText()
        .catch(() => ""),
    ),
  );
  const code = panel.locator("pre.code").first();
  await until(
    "its colours",
    async () => (await code.locator("span[style*=--shiki-token-keyword]").filter({ hasText: "const" }).count()) > 0,
  );
  assert.match(await panel.innerText(), /Input \/src\/zebra\.ts/);
  assert.ok(!(await code.innerText()).includes("export default"), "the end is cut");
  await panel.getByRole("button", { name: "Open full text" }).click();
  await until("all of it", async () => (await code.innerText()).includes("export default zebra"));
});

test("fifty thousand calls of one session: all arrive, the end is one key away, and a filter finds the one that failed", async () => {
  const startMs = Date.UTC(2026, 10, 20, 8);
  const at = (ms: number): string => new Date(startMs + ms).toISOString();
  for (let first = 0; first < CALLS; first += 500)
    await send(
      Array.from({ length: 500 }, (_, index) => first + index).flatMap((no) => {
        const base = { source: "test", session_id: "ses_long", agent_id: "agt_main" };
        const outcome = no === 31_007 ? "error" : "ok";
        return [
          ...(no % 1_000 === 0
            ? [{ ...base, timestamp: at(no * 20), type: "turn.started", data: { turn_id: `trn_${no}`, prompt: `part ${no}` } }]
            : []),
          { ...base, timestamp: at(no * 20), type: "tool.started", data: { call_id: `call_${no}`, name: "Read", title: `file ${no}.ts` } },
          { ...base, timestamp: at(no * 20 + 10), type: "tool.ended", data: { call_id: `call_${no}`, name: "Read", outcome } },
        ];
      }),
    );
  await page.goto(`${daemon.url}/traces?session=ses_long`);
  const waterfall = page.getByTestId("waterfall");
  const total = String(CALLS + CALLS / 1_000);
  await until("all arrived", async () => (await waterfall.getAttribute("data-arrived").catch(() => "")) === total);
  assert.ok((await spans().count()) < 80, "only what is on screen exists");
  await page.getByTestId("waterfall-rows").focus();
  await page.keyboard.press("End");
  await page.getByTestId(`call:call_${CALLS - 1}`).waitFor();
  await page.getByRole("button", { name: "Fold all" }).click();
  await until("fifty turns", async () => (await page.getByTestId("waterfall-rows").getAttribute("aria-rowcount")) === "51");
  await page.getByRole("button", { name: "Unfold all" }).click();
  await page.getByLabel("Outcome").selectOption("failed");
  await until("the one and its turn", async () => (await spans().count()) === 2 && page.getByTestId("call:call_31007").isVisible());
  await page.getByRole("button", { name: "Table" }).click();
  await page.getByTestId("trace-call_31007").waitFor();
});

test("nothing in the waterfall shuts anybody out, in both themes and on a phone", async () => {
  for (const [colorScheme, width] of [
    ["dark", 1440],
    ["light", 1100],
    ["dark", 390],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`${daemon.url}/traces?session=${sessionOf("subagents-nested")}`);
    await until("its lines", async () => (await spans().count()) > 1);
    assert.deepEqual(await seriousFaults(page), [], colorScheme);
    assert.ok(await page.evaluate(() => document.querySelector("main")!.scrollWidth <= window.innerWidth), String(width));
  }
  assert.deepEqual(faults, []);
});
