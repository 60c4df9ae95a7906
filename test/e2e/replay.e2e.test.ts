import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { orrery, serving, tempPerson } from "../../src/testing/cli-process.ts";
import { launchBrowser } from "./browser.ts";
import { layTranscripts, truthOf } from "./recordings.ts";

test("a session exported as a page plays from a disk: no daemon, no network, every moment of it", async (t) => {
  const { env, folder } = tempPerson(t);
  const name = "subagents-nested";
  const { totals, sessions } = truthOf(name);
  const session = `ses_${sessions[0]!.session_id}`;
  layTranscripts(name, join(folder, "claude"));
  const daemon = await serving(t, env);
  for (const end = Date.now() + 15_000; ;) {
    const view = (await (await fetch(`${daemon.url}/api/sessions/${session}`)).json()) as { requests?: number };
    if (view.requests === totals.requests) break;
    if (Date.now() > end) assert.fail(JSON.stringify(view));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const file = join(folder, "replay.html");
  const { items: calls } = (await (await fetch(`${daemon.url}/api/sessions/${session}/calls`)).json()) as {
    items: { started_at?: string }[];
  };
  const made = await orrery(t, env, "export", session, "--format", "html", "--out", file).ended;
  assert.equal(made.code, 0, made.err);
  daemon.child.kill("SIGTERM");
  await daemon.ended;

  const browser = await launchBrowser();
  t.after(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, offline: true });
  const page = await context.newPage();
  if (process.env["ORRERY_SHOTS"]) t.after(() => page.screenshot({ path: join(process.env["ORRERY_SHOTS"]!, "replay.png") }));
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => /^(?:file|data|blob):/.test(request.url()) || wrong.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.getByTestId("connection").getByText("recording").waitFor();
  assert.match(await page.title(), /Orrery replay/);

  // It begins at its beginning, before any sub-agent, and goes to its end.
  await page.getByRole("button", { name: "List" }).click();
  const rows = page.locator("[data-testid^=agent-row-]");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  const track = (await page.getByTestId("time-track").boundingBox())!;
  const { since, until } = await page.getByTestId("time-track").evaluate((element) => ({
    since: Number(element.dataset["since"]),
    until: Number(element.dataset["until"]),
  }));
  // Every moment that the strip can show: the most agents ever seen at once are those that were at work together.
  let most = 0;
  for (const call of calls) {
    const at = Date.parse(call.started_at ?? "");
    if (Number.isNaN(at)) continue;
    await page.mouse.click(track.x + ((at - since) / (until - since)) * track.width, track.y + track.height / 2);
    await page.waitForTimeout(150);
    most = Math.max(most, await rows.count());
  }
  assert.ok(most > 1, `${most} agents at once`);
  await page.getByTestId("live-button").click();

  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page
    .getByRole("link", { name: /scenario:subagents-nested/ })
    .first()
    .click();
  await page.getByText("scenario:subagents-nested go").first().waitFor();
  await page.getByText("Lead helper").first().waitFor();
  assert.deepEqual(wrong, []);
});
