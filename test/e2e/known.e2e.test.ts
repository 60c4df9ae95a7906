/// <reference lib="dom" />
// What is known of agents, todos and money is on the screens where one looks for it, with where it comes from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { hooksOf, layTranscripts, truthOf } from "./recordings.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults } = await openPage((place) => {
  layTranscripts("subagents-nested", place.claudeDir);
});

async function send(path: string, body: unknown): Promise<void> {
  const response = await fetch(daemon.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200);
}

const words = (): Promise<string> => page.locator("main").innerText();

test("a parent that nobody has named yet is marked as inferred, and no longer once a source names it", async () => {
  const hooks = hooksOf("subagents-parallel");
  const begun = hooks.findIndex(({ body }) => body["hook_event_name"] === "SubagentStart") + 1;
  for (const { body } of hooks.slice(0, begun)) await send("/api/ingest/claude-code", body);
  await page.goto(`${daemon.url}/?view=list&session=ses_${String(hooks[0]!.body["session_id"])}`);
  const row = page.locator("[data-testid^=agent-row-][data-depth='1']").first();
  await until("the helper", async () => (await row.getAttribute("data-edge")) === "inferred");
  assert.match(await row.innerText(), /inferred/);
  await row.getByRole("button").click();
  await until("the inspector says so too", async () => /Started by\s+inferred/.test(await page.getByTestId("inspector").innerText()));
  for (const { body } of hooks.slice(begun)) await send("/api/ingest/claude-code", body);
  await until("the parent is reported", async () => (await row.getAttribute("data-edge")) === "reported");
});

test("a helper in the background and helpers of helpers say what they are, on Live and in the session", async () => {
  for (const { body } of hooksOf("subagents-background")) await send("/api/ingest/claude-code", body);
  const { agents, sessions } = truthOf("subagents-background");
  const helper = agents.find(({ depth }) => depth === 1)!;
  const session = `ses_${sessions[0]!.session_id}`;
  await page.goto(`${daemon.url}/?view=list&session=${session}`);
  const row = page.getByTestId(`agent-row-agt_${helper.agent_id}`);
  await until("background", async () => (await row.count()) === 1 && /background/.test(await row.innerText()));
  await page.goto(`${daemon.url}/sessions/${session}`);
  await until("the helper's line", async () => /in the background/.test(await words()));

  const nested = truthOf("subagents-nested");
  await page.goto(`${daemon.url}/sessions/ses_${nested.sessions[0]!.session_id}`);
  const deepest = Math.max(...nested.agents.map((agent) => agent.depth ?? 0));
  assert.equal(deepest, 2);
  // Lines open one after the other, and may come in while that happens.
  await until("the deepest helper's own lines", async () => {
    if (
      await page
        .locator(`.line[data-depth='${deepest + 1}']`)
        .first()
        .isVisible()
    )
      return true;
    const closed = page.locator("button.agent-line[aria-expanded=false]").first();
    if ((await closed.count()) === 0) return false;
    await closed.focus({ timeout: 2_000 });
    await page.keyboard.press("Enter");
    return false;
  });
});

test("a session tells its cost, tokens and cache, and each turn its own, as the daemon works them out", async () => {
  const { sessions, totals } = truthOf("subagents-nested");
  const session = `ses_${sessions[0]!.session_id}`;
  const answer = await until("the transcript was read", async () => {
    const response = await fetch(`${daemon.url}/api/sessions/${session}/cost`);
    const cost = response.status === 200 ? ((await response.json()) as Told) : undefined;
    return cost?.cost.requests === totals.requests ? cost : undefined;
  });
  await page.goto(`${daemon.url}/sessions/${session}`);
  const head = page.getByTestId("session-money");
  const shown = (told: Told["cost"]): string => `$${(told.usd_micros! / 1e6).toFixed(4)}`;
  await until("the cost", async () => (await head.innerText()).includes(shown(answer.cost)));
  assert.match(await head.innerText(), new RegExp(`Cache hits\\s+${Math.round(100 * answer.cache.hit_rate)} %`));
  assert.match(await head.locator(".money").getAttribute("title").then(String), /\ncomputed from tokens and list prices: .*\nprice table/);
  const turn = answer.turns.find(({ agent_id }) => agent_id === "agt_main")!;
  await until("the turn's cost", async () => (await page.getByTestId(`turn-${turn.turn_id}`).innerText()).includes(shown(turn.cost)));
  await page.goto(`${daemon.url}/sessions`);
  const row = page.getByTestId(`session-row-${session}`);
  await until("the cost in the list", async () => (await row.innerText()).includes(shown(answer.cost)));
});

interface Told {
  readonly cost: { readonly usd_micros?: number; readonly requests: number };
  readonly cache: { readonly hit_rate: number };
  readonly turns: readonly { readonly turn_id: string; readonly agent_id: string; readonly cost: Told["cost"] }[];
}

test("todos stand in the inspector and in the session's head, and follow the moment on the strip", async () => {
  const base = { source: "api", session_id: "ses_plan", agent_id: "agt_main" };
  const startMs = Date.now() - 60_000;
  const list = (afterMs: number, ...stands: string[]) => ({
    ...base,
    type: "todo.listed",
    timestamp: new Date(startMs + afterMs).toISOString(),
    data: { todos: stands.map((status, index) => ({ title: `Step ${index}`, active_form: `Doing ${index}`, status })) },
  });
  await send("/api/events", [
    { ...base, type: "session.started", timestamp: new Date(startMs).toISOString(), data: { title: "Planned work" } },
    list(1_000, "in_progress", "pending", "cancelled"),
    list(30_000, "completed", "in_progress", "cancelled"),
  ]);
  await page.goto(`${daemon.url}/?session=ses_plan&agent=ses_plan%20agt_main`);
  const todos = page.getByTestId("inspector-todos");
  await until("the todos", async () => /1 of 2[\s\S]*Step 0[\s\S]*Doing 1/i.test(await todos.innerText()));
  const then = new Date(startMs + 10_000).toISOString();
  await page.goto(`${daemon.url}/?session=ses_plan&agent=ses_plan%20agt_main&at=${then}`);
  await until("the todos then", async () => /0 of 2[\s\S]*Doing 0[\s\S]*Step 1/i.test(await todos.innerText()));
  await page.goto(`${daemon.url}/sessions/ses_plan`);
  const button = page.getByTestId("session-todos");
  await until("the head", async () => (await button.innerText()).includes("1 of 2"));
  await button.focus();
  await page.keyboard.press("Enter");
  await until("the list", () => page.getByText("Step 2").isVisible());
  for (const scheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    assert.deepEqual(await seriousFaults(page), [], scheme);
  }
  await page.keyboard.press("Escape");
  await until("closed again", async () => !(await page.getByText("Step 2").isVisible()));
});

test("what was spent today stands at the top, and not over a past moment", async () => {
  await send("/api/events", {
    type: "model.responded",
    source: "claude-code/transcript",
    session_id: "ses_plan",
    agent_id: "agt_main",
    data: { request_id: "req_1", model: "claude-opus-5-5", usage: { input: 0, output: 100_000 } },
  });
  await page.goto(daemon.url);
  const today = page.getByTestId("spend-today");
  await until("today's sum", async () => /^today\s+\$\d/.test(await today.innerText()));
  assert.match(String(await today.getAttribute("title")), /computed/);
  await page.goto(`${daemon.url}/?at=${new Date(Date.now() - 5_000).toISOString()}`);
  await until("the past", async () => (await page.locator(".shell[data-past]").count()) === 1);
  await until("no sum of another time", async () => (await today.count()) === 0);
  assert.notEqual(await words(), "");
});

test("nothing failed on the page", () => {
  assert.deepEqual(faults, []);
});
