/// <reference lib="dom" />
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { seriousFaults } from "./axe.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";
import { goByKeys } from "./keys.ts";
import { postHook } from "./recordings.ts";

const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
const faults: string[] = [];

before(async () => {
  daemon = await startDaemon(place);
  browser = await launchBrowser();
  page = await opened();
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

async function opened(size = { width: 1440, height: 900 }): Promise<Page> {
  const made = await browser.newPage({ viewport: size });
  made.on("pageerror", (error) => faults.push(String(error)));
  return made;
}

interface Detail {
  readonly ask_id: string;
  readonly state: string;
  readonly outcome?: string;
  readonly by?: string;
  readonly door?: string;
  readonly answer?: unknown;
}

async function send(path: string, body: object): Promise<Detail> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${daemon.url}/api${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(response.ok, await response.clone().text());
  return (await response.json()) as Detail;
}
const ask = (body: object) => send("/asks", body);
const get = async (id: string) => (await (await fetch(`${daemon.url}/api/asks/${id}`)).json()) as Detail;
const over = (id: string) =>
  until(`${id} is decided`, async () => {
    const now = await get(id);
    return now.state === "closed" && now;
  });
const shot = async (name: string, of = page) => {
  const folder = process.env["ORRERY_SHOTS"];
  if (folder !== undefined) await of.screenshot({ path: `${folder}/${name}.png` });
};
const line = (id: string, of = page) => of.getByTestId(`ask-line-${id}`);
/** Until the page shows this very ask with all that is asked. */
const shown = (id: string, words: string, of = page) =>
  of.locator(`[data-testid=ask-panel][data-ask="${id}"]`, { hasText: words }).waitFor();
const toolsReady = (of = page) => of.locator("[data-testid=answer-tools] button:enabled").first().waitFor();

test("nothing asked yet: the inbox teaches; an ask comes by itself and a key answers it", async () => {
  await page.goto(daemon.url);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  await goByKeys(page, "i", "/inbox");
  assert.match(await page.getByTestId("inbox-first").innerText(), /orrery connect claude --answer/);
  await shot("inbox-first");

  const { ask_id } = await ask({
    kind: "permission",
    tool: "Bash",
    prompt: "npm publish",
    input: { command: "npm publish --tag next" },
    deadline_ms: 600_000,
    risk: "high",
  });
  await shown(ask_id, "npm publish --tag next");
  const panel = await page.getByTestId("ask-panel").innerText();
  assert.match(panel, /Risk: high/);
  assert.match(panel, /left, then denied/);
  await toolsReady();
  assert.deepEqual(await seriousFaults(page), []);
  await shot("inbox-permission");
  await page.keyboard.press("y");
  const told = await over(ask_id);
  assert.deepEqual([told.outcome, told.door, told.answer], ["allowed", "page", { decision: "allow" }]);
  await page.getByTestId("asks-decided").getByTestId(`ask-line-${ask_id}`).waitFor();
  assert.match(await line(ask_id).innerText(), /Allowed by local at page/);
});

test("guidance, edits, a question's option, its own words and a form are given by keyboard alone", async () => {
  const denied = await ask({ kind: "permission", tool: "Bash", prompt: "The build is stale", input: { command: "rm -rf build" } });
  await shown(denied.ask_id, "rm -rf build");
  assert.match(await page.getByTestId("ask-panel").innerText(), /The build is stale/, "what its program gives as the reason");
  await toolsReady();
  await page.keyboard.press("d");
  await page.keyboard.type("Move it to the bin instead");
  await page.keyboard.press("Control+Enter");
  assert.deepEqual((await over(denied.ask_id)).answer, { decision: "deny", message: "Move it to the bin instead" });

  const input = { file_path: "/shop/a.ts", old_string: "let a = 1;", new_string: "const a = 1;" };
  const changed = await ask({ kind: "permission", tool: "Edit", prompt: "/shop/a.ts", input });
  await shown(changed.ask_id, "const a = 1;");
  await page.getByTestId("diff").waitFor();
  await toolsReady();
  await shot("inbox-diff");
  await page.keyboard.press("m");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("{ nonsense");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("alert").waitFor();
  assert.equal((await get(changed.ask_id)).state, "open");
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(JSON.stringify({ ...input, new_string: "const a = 2;" }));
  await page.keyboard.press("Control+Enter");
  const edited = await over(changed.ask_id);
  assert.deepEqual([edited.outcome, edited.answer], ["edited", { decision: "allow", input: { ...input, new_string: "const a = 2;" } }]);

  const options = [
    { id: "eu", label: "Europe" },
    { id: "us", label: "America" },
  ];
  const chosen = await ask({ prompt: "Which region?", options });
  await shown(chosen.ask_id, "Which region?");
  await toolsReady();
  await page.keyboard.press("2");
  assert.deepEqual((await over(chosen.ask_id)).answer, { value: "us" });

  const free = await ask({ prompt: "What is it called?" });
  await shown(free.ask_id, "What is it called?");
  await toolsReady();
  await page.keyboard.press("r");
  await page.keyboard.type("Orrery");
  await page.keyboard.press("Control+Enter");
  assert.deepEqual((await over(free.ask_id)).answer, { value: "Orrery" });

  const unwanted = await ask({ prompt: "Which of the two?", options });
  await shown(unwanted.ask_id, "Which of the two?");
  await toolsReady();
  await page.keyboard.press("n");
  assert.deepEqual((await over(unwanted.ask_id)).answer, { decision: "deny" });

  const properties = { name: { type: "string" }, copies: { type: "integer" } };
  const form = await ask({ prompt: "Fill this in", schema: { type: "object", properties, required: ["name"] } });
  await shown(form.ask_id, "Fill this in");
  await toolsReady();
  await page.keyboard.press("r");
  await page.keyboard.type("moon");
  await page.keyboard.press("Tab");
  await page.keyboard.type("3");
  await shot("inbox-form");
  await page.keyboard.press("Enter");
  assert.deepEqual((await over(form.ask_id)).answer, { value: { name: "moon", copies: 3 } });
});

test("what is urgent stands first and takes nobody's place; several are answered at once; of two pages the loser is told who was first", async () => {
  const asked = await Promise.all(["one", "two", "three"].map((prompt) => ask({ kind: "gate", prompt })));
  for (const { ask_id } of asked) await line(ask_id).waitFor();
  const read = await page.getByTestId("ask-panel").getAttribute("data-ask");
  const urgent = await ask({ kind: "gate", prompt: "urgent", risk: "high", deadline_ms: 300_000 });
  await page.locator(`[data-testid=asks-open] li:first-child [data-testid=ask-line-${urgent.ask_id}]`).waitFor();
  assert.equal(await page.getByTestId("ask-panel").getAttribute("data-ask"), read);
  asked.unshift(urgent);
  for (const { ask_id } of asked.slice(2)) {
    await send("/ui/set", { field: "inbox.chosen", value: [ask_id] });
    const choose = page.locator(`[data-control="inbox.chosen"][data-item="${ask_id}"]`);
    await until(
      "a program chose it",
      async () => (await choose.isChecked()) && (await page.locator(":checked[data-control='inbox.chosen']").count()) === 1,
    );
  }
  await page.keyboard.press("*");
  await page.getByRole("button", { name: "Allow 4" }).waitFor();
  await page.getByText("4 selected, 1 of high risk").waitFor();
  await shot("inbox-several");
  await page.keyboard.press("y");
  for (const { ask_id } of asked) assert.equal((await over(ask_id)).outcome, "allowed");

  const other = await opened();
  const raced = await ask({ kind: "gate", prompt: "Who is first?" });
  await other.goto(`${daemon.url}/inbox?ask=${raced.ask_id}`);
  await Promise.all([shown(raced.ask_id, "Who is first?", other), shown(raced.ask_id, "Who is first?")]);
  await Promise.all([toolsReady(other), toolsReady()]);
  await Promise.all([page.keyboard.press("y"), other.keyboard.press("n")]);
  const { outcome } = await over(raced.ask_id);
  const loser = outcome === "allowed" ? other : page;
  await loser.locator(".inbox__said[data-bad]", { hasText: `${outcome} by local at page` }).waitFor();
  await other.close();
});

test("the list follows the stream: it asks when something was asked or decided, and not by the clock", async () => {
  const other = await opened();
  await other.clock.install();
  let looked = 0;
  other.on("request", (request) => void (looked += request.url().includes("/api/asks?") ? 1 : 0));
  await other.goto(`${daemon.url}/inbox`);
  await until("live", () => other.locator("[data-testid=connection][data-state=live]").isVisible());
  const first = await ask({ kind: "gate", prompt: "Follows the stream?" });
  await until("the new ask", () => line(first.ask_id, other).isVisible());
  await send(`/asks/${first.ask_id}/answer`, { answer: { approved: true } });
  await other.getByTestId("asks-decided").getByTestId(`ask-line-${first.ask_id}`).waitFor();
  // What a source tells a little later, such as the picture's own news of the ask, may be looked for once more.
  await other.clock.fastForward(1_000);
  const before = looked;
  const byClock = other.waitForRequest((request) => request.url().includes("/api/alerts"));
  await other.clock.fastForward(20_000);
  await byClock;
  assert.equal(looked, before, "what is looked for by the clock was, and asks were not");
  await other.close();
});

test("what a restart finds open can still be answered", async () => {
  const session = { session_id: "inbox-1", transcript_path: "/x/inbox-1.jsonl", cwd: "/home/dev/shop", permission_mode: "default" };
  await postHook(daemon.url, { ...session, hook_event_name: "SessionStart", source: "startup" });
  await postHook(daemon.url, { ...session, hook_event_name: "UserPromptSubmit", prompt: "publish it", prompt_id: "p1" });
  const kept = await ask({ kind: "gate", prompt: "Deploy after the restart?", session_id: "ses_inbox-1" });
  await line(kept.ask_id).waitFor();
  const port = Number(new URL(daemon.url).port);
  await daemon.kill("SIGTERM");
  daemon = await startDaemon(place, { port });
  await until("live again", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  await shown(kept.ask_id, "Deploy after the restart?");
  await toolsReady();
  await page.keyboard.press("y");
  assert.equal((await over(kept.ask_id)).outcome, "allowed");
});

test("a hook that connect set up waits, of an agent two levels deep, and gets what the keys said; then the rule that was kept decides", async () => {
  const settings = join(place.home, "settings.json");
  const bin = join(import.meta.dirname, "../../bin/orrery");
  const args = ["connect", "claude", "--answer", "5m", "--settings", settings, "--url", daemon.url, "--home", place.home, "--yes"];
  await promisify(execFile)(bin, args, { env: { ...process.env, CLAUDE_CONFIG_DIR: place.claudeDir } });
  const hook = /http:[^"]*\/answer\/300\/ask/.exec(readFileSync(settings, "utf8"))?.[0];
  assert.ok(hook !== undefined, "the settings have a hook that waits");

  const session = { session_id: "inbox-2", transcript_path: "/x/inbox-2.jsonl", cwd: "/home/dev/shop", permission_mode: "default" };
  const told = (type: string, agent_id: string, data: object) => ({
    type,
    source: "test/hook",
    session_id: "ses_inbox-2",
    agent_id,
    timestamp: new Date().toISOString(),
    data,
  });
  await postHook(daemon.url, { ...session, hook_event_name: "SessionStart", source: "startup" });
  await postHook(daemon.url, { ...session, hook_event_name: "UserPromptSubmit", prompt: "publish everything", prompt_id: "p2" });
  await send("/events", [
    told("agent.spawned", "agt_outer", { name: "release", parent_agent_id: "agt_main" }),
    told("agent.spawned", "agt_inner", { name: "checker", parent_agent_id: "agt_outer" }),
  ]);
  const asking = {
    ...session,
    agent_id: "inner",
    hook_event_name: "PermissionRequest",
    tool_name: "Bash",
    tool_input: { command: "npm test" },
  };
  const headers = { "content-type": "application/json" };
  const post = () =>
    fetch(hook, { method: "POST", headers, body: JSON.stringify(asking) }).then((reply) => reply.json() as Promise<unknown>);

  const waiting = post();
  await page.getByTestId("ask-panel").getByText("npm test").waitFor();
  await toolsReady();
  await until("the whole chain", async () =>
    /shop › publish everything › main › release › checker/.test(await page.getByTestId("ask-panel").innerText()),
  );
  await shot("inbox-deep");
  await page.keyboard.press("Y");
  await page.getByRole("form", { name: "Always allow" }).waitFor();
  await shot("inbox-always");
  await page.keyboard.press("Control+Enter");
  const behaviour = (answer: unknown) =>
    (answer as { hookSpecificOutput?: { decision?: { behavior?: string } } }).hookSpecificOutput?.decision?.behavior;
  assert.equal(behaviour(await waiting), "allow");
  assert.equal(behaviour(await post()), "allow", "nobody is asked again");
  await page.getByTestId("asks-decided").getByText("Always allowed by local at page").waitFor();
});

test("before a rule is kept its preview shows what else it matches, and what waits is allowed with it", async () => {
  const session_id = "ses_inbox-2";
  const asked = (command: string) =>
    ask({ kind: "permission", tool: "Bash", prompt: command, input: { command }, session_id, agent_id: "agt_main" });
  const told = (call_id: string, command: string) => ({
    type: "tool.started",
    source: "test/hook",
    session_id,
    timestamp: new Date().toISOString(),
    data: { call_id, name: "Bash", title: command, input: { command } },
  });
  await send("/events", [told("call_a", "make lint"), told("call_b", "make lint"), told("call_c", "ls")] as never);
  const first = await asked("make test");
  const [like, left, other] = [await asked("make docs"), await asked("make clean"), await asked("rm -r build")];
  await page.goto(`${daemon.url}/inbox?ask=${first.ask_id}`);
  await shown(first.ask_id, "make test");
  // More asks than calls that could be meant: each that somebody waits for is in the list by itself.
  for (const { ask_id } of [first, like, left, other]) await line(ask_id).waitFor();
  await toolsReady();
  await page.keyboard.press("Y");
  const preview = page.getByTestId("rule-preview");
  await until("nothing else is just that", async () => /None of the last \d+ calls/.test(await preview.innerText()));
  assert.equal(await preview.getByRole("checkbox").count(), 0);
  await page.getByLabel(/Commands like this/).fill("rm *");
  await until("it would not hold", async () => /This very ask is not matched/.test(await preview.innerText()));
  await page.getByLabel(/Commands like this/).fill("make *");
  await until("what else it matches", async () => /2 of the last \d+ calls[\s\S]*make lint ×2/.test(await preview.innerText()));
  const also = preview.getByRole("checkbox", { name: /make docs/ });
  await also.waitFor();
  assert.ok(await also.isChecked());
  await shot("inbox-preview");
  // A program reads which go along, and says which do.
  const held = async () =>
    ((await (await fetch(`${daemon.url}/api/ui/fields`)).json()) as { fields: { "inbox.also": string[] } }).fields["inbox.also"];
  await until("both go along", async () => (await held()).toSorted().join() === [like.ask_id, left.ask_id].toSorted().join());
  await send("/ui/set", { field: "inbox.also", value: [like.ask_id] });
  await until("one is left", async () => !(await preview.getByRole("checkbox", { name: /make clean/ }).isChecked()));
  assert.ok(await also.isChecked());
  assert.deepEqual(await seriousFaults(page), []);
  await page
    .getByRole("form", { name: "Always allow" })
    .getByRole("button", { name: /^Always allow/ })
    .click();
  assert.equal((await over(first.ask_id)).outcome, "always");
  assert.equal((await over(like.ask_id)).outcome, "allowed");
  for (const { ask_id } of [left, other]) {
    assert.equal((await get(ask_id)).state, "open");
    await send(`/asks/${ask_id}/answer`, { answer: { decision: "deny" } });
  }
});

test("filters stand in the address, and one that hides everything can be cleared", async () => {
  const other = await opened({ width: 1100, height: 800 });
  await other.goto(`${daemon.url}/inbox?project=shop&kind=permission`);
  await other.getByTestId("asks-decided").waitFor();
  assert.equal(await other.getByTestId("asks-decided").getByText("Which region?").count(), 0);
  await other.goto(`${daemon.url}/inbox?agent=nobody`);
  await other.getByRole("button", { name: "Clear the filter" }).click();
  await other.getByTestId("asks-decided").getByText("Which region?").waitFor();
  await shot("inbox-narrow", other);
  await other.close();
});

test("on a phone an ask is a list, then a page with large buttons; a past moment answers nothing", async () => {
  const { ask_id } = await ask({ kind: "permission", tool: "Bash", prompt: "make release", input: { command: "make release" } });
  const phone = await opened({ width: 390, height: 844 });
  await phone.goto(`${daemon.url}/inbox`);
  await line(ask_id, phone).click();
  await shown(ask_id, "make release", phone);
  await toolsReady(phone);
  await shot("inbox-phone", phone);
  assert.deepEqual(await seriousFaults(phone), []);
  const allow = phone.getByRole("button", { name: "Allow once" });
  const box = (await allow.boundingBox())!;
  assert.ok(box.height >= 44 && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
  await phone.getByRole("button", { name: "All asks" }).click();
  await line(ask_id, phone).waitFor();
  await shot("inbox-phone-list", phone);
  await phone.close();

  const moment = new Date().toISOString();
  await page.goto(`${daemon.url}/inbox?at=${moment}`);
  await page.getByText("Nothing can be answered there").waitFor();
  await line(ask_id).waitFor();
  assert.equal(await page.getByTestId("answer-tools").count(), 0);
  await page.keyboard.press("y");
  assert.equal((await get(ask_id)).state, "open");
  await shot("inbox-past");
  assert.deepEqual(faults, []);
});
