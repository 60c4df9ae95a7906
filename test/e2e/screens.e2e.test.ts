/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../src/contract/events/index.ts";
import type { WireState } from "../../src/projections/encode.ts";
import { encodeState } from "../../src/projections/encode.ts";
import { canonical } from "../../src/projections/fuse.ts";
import { emptyState, foldState } from "../../src/projections/state.ts";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { hooksOf } from "./recordings.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults } = await openPage();
page.on("dialog", (dialog) => faults.push(`a dialog opened: ${dialog.message()}`));
page.on("request", (request) => {
  if (!request.url().startsWith(daemon.url)) faults.push(`a request left this machine: ${request.url()}`);
});

async function append(events: readonly object[]): Promise<{ stored: number; rejected: number }> {
  const response = await fetch(`${daemon.url}/api/events`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: events.map((event) => JSON.stringify(event)).join("\n"),
  });
  assert.equal(response.status, 200);
  return (await response.json()) as { stored: number; rejected: number };
}

const isLive = (): Promise<boolean> => page.locator("[data-testid=connection][data-state=live]").isVisible();
const shows = (seq: number): Promise<boolean> =>
  page
    .getByTestId("live")
    .getAttribute("data-seq")
    .then((shown) => Number(shown) >= seq);

async function headSeq(): Promise<number> {
  return ((await (await fetch(`${daemon.url}/api/status`)).json()) as { head: number }).head;
}

test("the fold in the browser's bundle is the fold of the daemon", async () => {
  await page.goto(daemon.url);
  await until("live", isLive);
  for (const name of ["subagents-nested", "failing-tools", "subagents-background"])
    for (const { body } of hooksOf(name))
      await fetch(`${daemon.url}/api/ingest/claude-code`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
  const head = await headSeq();
  await until("the page has every event", () => shows(head));
  const events: StoredEvent[] = [];
  while (events.length < head) {
    const { items } = (await (await fetch(`${daemon.url}/api/events?limit=200&after=${events.at(-1)?.seq ?? 0}`)).json()) as {
      items: StoredEvent[];
    };
    events.push(...items);
  }
  const here = encodeState(events.reduce(foldState, emptyState));
  const there = await page.evaluate<WireState>("window.__orrery.state()");
  const sorted = (state: WireState): string =>
    canonical({
      seq: state.seq,
      sessions: (JSON.parse(JSON.stringify(state.sessions)) as WireState["sessions"]).toSorted((a, b) =>
        a.session_id < b.session_id ? -1 : 1,
      ),
    });
  assert.equal(sorted(there), sorted(here));
});

test("markup and terminal escapes in every string are shown as text and do nothing", async () => {
  const evil = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>[x](javascript:window.pwned=1) \u001b[2J\u001b]0;t\u0007 \u202e ${"😀".repeat(5)}`;
  const base = { source: evil.slice(0, 100), session_id: "ses_evil", agent_id: "agt_main" };
  const { rejected } = await append([
    { ...base, type: "session.started", data: { app: evil, cwd: evil, project: evil, title: evil, model: evil } },
    { ...base, type: "turn.started", data: { turn_id: "trn_1", prompt: evil, origin: "human" } },
    {
      ...base,
      type: "message.added",
      data: {
        message_id: "msg_1",
        role: "assistant",
        parts: [
          {
            kind: "text",
            text: `# ${evil}\n\n\`\`\`html\n${evil}\n\`\`\`\n\n| a |\n|---|\n| ${evil} |\n\n<iframe src="http://example.com"></iframe> ![i](http://example.com/i.png)`,
          },
          { kind: "thinking", text: evil },
        ],
      },
    },
    {
      ...base,
      type: "tool.started",
      data: { call_id: "call_1", name: evil, title: evil.slice(0, 300), kind: "run", input: { [evil]: evil }, paths: [evil] },
    },
    {
      ...base,
      type: "tool.ended",
      data: { call_id: "call_1", outcome: "error", error: evil, output: { [evil]: [evil] }, client_status: evil },
    },
    {
      ...base,
      agent_id: "agt_child",
      type: "agent.spawned",
      data: { name: evil, agent_type: evil, task: evil, model: evil, parent_agent_id: "agt_main" },
    },
    { ...base, agent_id: "agt_child", type: "agent.ended", data: { outcome: "failed", summary: evil } },
    { ...base, type: "x.mine.happened", data: { [evil]: evil } },
  ]);
  assert.equal(rejected, 0);
  for (const path of [
    "/",
    "/?view=list",
    "/sessions",
    "/sessions/ses_evil",
    `/?session=ses_evil&agent=${encodeURIComponent("ses_evil agt_main")}`,
  ]) {
    await page.goto(daemon.url + path);
    await until(`the words on ${path}`, async () => (await page.locator("body").innerText()).includes("<img src=x"));
    for (const button of await page.locator("main button[aria-expanded=false]").all()) await button.click();
    assert.equal(await page.evaluate("window.pwned"), undefined, path);
    assert.equal(await page.locator("iframe, img[src^=http], a[href^='javascript']").count(), 0, path);
  }
});

test("a tree of 20,000 agents and a chain 3,000 deep are folded, served and drawn", async () => {
  const spawn = (agent: number, parent: string) => ({
    type: "agent.spawned",
    source: "api",
    session_id: "ses_forest",
    agent_id: `agt_n${agent}`,
    data: { parent_agent_id: parent, name: `n${agent}`, edge: "reported" },
  });
  const wide = Array.from({ length: 20_000 }, (_, index) =>
    spawn(index, index === 0 ? "agt_main" : `agt_n${Math.floor((index - 1) / 20)}`),
  );
  const deep = Array.from({ length: 3_000 }, (_, index) => spawn(30_000 + index, index === 0 ? "agt_main" : `agt_n${30_000 + index - 1}`));
  const all = [{ type: "session.started", source: "api", session_id: "ses_forest", agent_id: "agt_main", data: {} }, ...wide, ...deep];
  for (let at = 0; at < all.length; at += 5_000) assert.equal((await append(all.slice(at, at + 5_000))).rejected, 0);
  await page.goto(`${daemon.url}/?session=ses_forest`);
  const head = await headSeq();
  await until("the page has every event", () => shows(head));
  await until("agents in the list", async () => (await page.locator("[data-testid^=agent-row-]").count()) > 0);
  assert.equal((await fetch(`${daemon.url}/healthz`)).status, 200);
});

for (const scheme of ["dark", "light"] as const) {
  test(`no serious fault of accessibility, ${scheme}`, async () => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const sessions = (await (await fetch(`${daemon.url}/api/sessions`)).json()) as { items: { session_id: string; title: string }[] };
    const nested = sessions.items.find((session) => session.title.includes("nested"))!.session_id;
    for (const path of [`/?session=${nested}`, "/?view=list", "/sessions", `/sessions/${nested}`]) {
      await page.goto(daemon.url + path);
      await until("live", isLive);
      const serious = await seriousFaults(page);
      assert.deepEqual(serious, [], `${path} ${scheme}`);
    }
  });
}

test("nothing failed on any screen, and no request left the machine", () => {
  assert.deepEqual(faults, []);
});
