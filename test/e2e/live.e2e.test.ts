/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";
import { hooksOf, layTranscripts, truthOf, type HookRecord } from "./recordings.ts";

/** What the list twin says of one agent: the same as the picture, in words. */
interface AgentRow {
  readonly agent: string;
  readonly session: string;
  readonly parent: string;
  readonly depth: string;
  readonly calls: string;
  readonly status: string;
}

const cases = ["subagents-nested", "subagents-parallel", "failing-tools", "permissions"];
const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
const faults: string[] = [];
/** Pictures seen while the hooks came in, with the moment of the last event in each. */
const seen: { readonly at: string; readonly rows: AgentRow[] }[] = [];

before(async () => {
  daemon = await startDaemon(place);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(daemon.url)) faults.push(`a request left this machine: ${request.url()}`);
  });
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

async function post(record: HookRecord): Promise<void> {
  const response = await fetch(`${daemon.url}/api/ingest/claude-code`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(record.body),
  });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "", "a hook is answered with nothing");
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${daemon.url}${path}`);
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
}

function rowsOf(on: Page): Promise<AgentRow[]> {
  return on.locator("[data-testid^='agent-row-']").evaluateAll((rows) =>
    rows
      .map((row) => {
        const { testid = "", session = "", parent = "", depth = "", calls = "", status = "" } = (row as HTMLElement).dataset;
        return { agent: testid.slice("agent-row-".length), session, parent, depth, calls, status };
      })
      .toSorted((a, b) => (a.session + a.agent < b.session + b.agent ? -1 : 1)),
  );
}

const isLive = (on: Page): Promise<boolean> => on.locator("[data-testid=connection][data-state=live]").isVisible();

test("an empty daemon teaches what to do", async () => {
  await page.goto(daemon.url);
  await until("the page is live", () => isLive(page));
  await until("the first-run text", async () => (await page.locator("body").innerText()).includes("orrery connect claude"));
});

for (const name of cases) {
  test(`${name}: every agent appears under its parent, every call pulses once and lands with its outcome`, async () => {
    const truth = truthOf(name);
    const session = `ses_${truth.sessions[0]!.session_id}`;
    const hooks = hooksOf(name);
    for (const [index, hook] of hooks.entries()) {
      await post(hook);
      if (index % 7 !== 6 && index !== hooks.length - 1) continue;
      const { items } = await get<{ items: { timestamp: string; seq: number }[] }>("/api/events?order=newest&limit=1");
      await until("the page has this event", async () => Number(await page.getByTestId("live").getAttribute("data-seq")) >= items[0]!.seq);
      seen.push({ at: items[0]!.timestamp, rows: await rowsOf(page) });
    }

    const rows = (await rowsOf(page)).filter((row) => row.session === session);
    assert.deepEqual(
      rows.map(({ agent, parent }) => [agent, parent]).toSorted(),
      truth.agents
        .map(({ agent_id, parent_agent_id }) => [`agt_${agent_id}`, parent_agent_id === undefined ? "" : `agt_${parent_agent_id}`])
        .toSorted(),
    );

    const expected = new Map(truth.calls.filter((call) => call.in.includes("http-hooks")).map((call) => [`call_${call.call_id}`, call]));
    for (const row of rows) {
      await page
        .locator(`[data-testid='agent-row-${row.agent}'][data-session='${session}'] button`)
        .evaluate((button) => (button as HTMLElement).click());
      const calls = await until(`the calls of ${row.agent}`, async () => {
        const found = await page
          .locator("[data-testid=inspector] [data-testid^='call-row-']")
          .evaluateAll((list) =>
            list.map(
              (item) =>
                [(item as HTMLElement).dataset["testid"]!.slice("call-row-".length), (item as HTMLElement).dataset["outcome"]] as const,
            ),
          );
        return found.length === Number(row.calls) ? found : false;
      });
      for (const [id, outcome] of calls) {
        const call = expected.get(id);
        assert.ok(call !== undefined, `${id} was made`);
        assert.deepEqual([`agt_${call.agent_id}`, call.outcome], [row.agent, outcome], `${call.name} ${id}`);
        expected.delete(id);
      }
    }
    assert.deepEqual([...expected.keys()], [], "no call is missing");

    const pulses = await page.evaluate<Record<string, number>>("window.__orrery.pulses");
    for (const call of truth.calls)
      if (call.in.includes("http-hooks")) assert.equal(pulses[`call_${call.call_id}`], 1, `${call.call_id} pulsed once`);
    await page.keyboard.press("Escape");
  });
}

test("the transcripts of the same sessions add tokens and double nothing", async () => {
  const before = await rowsOf(page);
  for (const name of cases) layTranscripts(name, place.claudeDir);
  for (const name of cases) {
    const truth = truthOf(name);
    const id = `ses_${truth.sessions[0]!.session_id}`;
    const found = await until(`the tokens of ${name}`, async () => {
      const session = await get<{ requests: number; tokens: Record<string, number>; calls_total: number; calls: Record<string, number> }>(
        `/api/sessions/${id}`,
      );
      return session.requests === truth.totals.requests ? session : false;
    });
    for (const [bucket, count] of Object.entries(truth.totals.tokens))
      if (bucket in found.tokens) assert.equal(found.tokens[bucket], count, `${name} ${bucket}`);
    assert.equal(found.calls_total, truth.totals.calls, name);
    for (const [outcome, count] of Object.entries(truth.totals.by_outcome)) assert.equal(found.calls[outcome], count, `${name} ${outcome}`);
  }
  assert.deepEqual(
    (await rowsOf(page)).map(({ agent, session, parent }) => [agent, session, parent]),
    before.map(({ agent, session, parent }) => [agent, session, parent]),
  );
});

test("the past that the strip shows is what was on screen then", async () => {
  for (const { at, rows } of [seen[1]!, seen[Math.floor(seen.length / 2)]!, seen.at(-2)!]) {
    await page.goto(`${daemon.url}/?at=${encodeURIComponent(at)}`);
    await until(`the picture of ${at}`, async () => JSON.stringify(await rowsOf(page)) === JSON.stringify(rows)).catch(async () =>
      assert.deepEqual(await rowsOf(page), rows, at),
    );
  }
  await page.getByTestId("live-button").click();
  await until("live again", async () => !page.url().includes("at="));
});

test("dragging the strip goes to the past, and a key returns to live", async () => {
  await page.goto(daemon.url);
  await until("live", () => isLive(page));
  const track = (await page.getByTestId("time-track").boundingBox())!;
  await page.mouse.move(track.x + track.width * 0.9, track.y + track.height / 2);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width * 0.3, track.y + track.height / 2, { steps: 12 });
  await page.mouse.up();
  await until("a moment in the address", () => page.url().includes("at="));
  // Chromium drops keys for a moment after a page has loaded.
  await until("live again", async () => {
    await page.keyboard.press("l");
    return !page.url().includes("at=");
  });
});

test("a reload shows nothing wrong on the way to the same picture", async () => {
  const before = await rowsOf(page);
  const counts = await page.getByTestId("counter-calls").innerText();
  await page.addInitScript(() => {
    const shown: string[] = [];
    Object.assign(window, { shownCounts: shown });
    new MutationObserver(() => {
      const text = document.querySelector("[data-testid=counter-calls]")?.textContent;
      if (typeof text === "string" && shown.at(-1) !== text) shown.push(text);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.reload();
  await until("the same picture", async () => JSON.stringify(await rowsOf(page)) === JSON.stringify(before));
  assert.deepEqual(
    await page.evaluate(() => (window as unknown as { shownCounts: string[] }).shownCounts),
    [counts],
    "no other number was ever shown",
  );
});

test("after SIGKILL and a new start, the page comes back by itself to the same picture", async () => {
  const before = await rowsOf(page);
  const port = Number(new URL(daemon.url).port);
  await daemon.kill("SIGKILL");
  await until("the page says that it is not connected", async () => !(await isLive(page)));
  daemon = await startDaemon(place, { port });
  await until("live again", () => isLive(page));
  assert.deepEqual(await rowsOf(page), before);
  const fresh = await browser.newPage();
  await fresh.goto(daemon.url);
  await until("the same picture in a new page", async () => JSON.stringify(await rowsOf(fresh)) === JSON.stringify(before));
  await fresh.close();
});

test("nothing failed on the page, and no request left the machine", () => {
  assert.deepEqual(faults, []);
});
