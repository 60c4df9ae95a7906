/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { postHook } from "./recordings.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, shot } = await openPage();

const session = { session_id: "asks-1", transcript_path: "/x/asks-1.jsonl", cwd: "/home/dev/shop", permission_mode: "default" };
const call = { tool_name: "Bash", tool_input: { command: "npm publish --access public" } };

test("an agent that waits for a person is seen from everywhere, with what it wants, and no longer when it goes on", async () => {
  await page.goto(daemon.url);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  await postHook(daemon.url, { ...session, hook_event_name: "SessionStart", source: "startup" });
  await postHook(daemon.url, { ...session, hook_event_name: "UserPromptSubmit", prompt: "publish it", prompt_id: "p1" });
  await postHook(daemon.url, { ...session, ...call, hook_event_name: "PreToolUse", tool_use_id: "toolu_1" });
  assert.equal(await page.getByTestId("asks-badge").count(), 0);
  await postHook(daemon.url, { ...session, ...call, hook_event_name: "PermissionRequest" });

  const badge = page.getByTestId("asks-badge");
  await badge.waitFor();
  assert.match(await badge.innerText(), /1/);
  assert.match((await badge.getAttribute("title"))!, /One agent waits for you\nBash npm publish/);
  await badge.click();
  await page.getByTestId("ask-panel").waitFor();
  const whole = /shop › publish it › main[\s\S]*Bash[\s\S]*npm publish --access public[\s\S]*only be answered where the agent works/;
  await until("who asks for what, and where it is answered", async () => whole.test(await page.getByTestId("ask-panel").innerText()));
  await shot("asks-inbox");
  await page.goto(`${daemon.url}/?agent=ses_asks-1%20agt_main`);
  const asks = page.getByTestId("inspector-asks");
  await asks.waitFor();
  assert.match(await asks.innerText(), /Waits for you[\s\S]*Bash[\s\S]*npm publish --access public[\s\S]*waits for you · /i);
  assert.match((await asks.getByRole("link", { name: "Answer" }).getAttribute("href"))!, /\/inbox\?.*ask=ask_toolu_1/);
  await shot("asks-live");
  assert.deepEqual(await seriousFaults(page), []);

  await page.getByRole("link", { name: "Open session" }).click();
  await page.getByTestId("session-asks").click();
  assert.match(await page.getByRole("dialog", { name: "Asks" }).innerText(), /npm publish/);
  await shot("asks-session");
  await page.keyboard.press("Escape");
  assert.match(await page.getByTestId("session-asks").innerText(), /1 open/);

  const open = (await (await fetch(`${daemon.url}/api/asks`)).json()) as { open: number; items: { call_id?: string; joined?: string }[] };
  assert.deepEqual([open.open, open.items[0]?.call_id, open.items[0]?.joined], [1, "call_toolu_1", "inferred"]);

  await postHook(daemon.url, {
    ...session,
    ...call,
    hook_event_name: "PostToolUse",
    tool_use_id: "toolu_1",
    tool_response: { stdout: "+ shop@1.0.1" },
  });
  await badge.waitFor({ state: "detached" });
  await page.getByTestId("session-asks").click();
  await until("the outcome", async () => /allowed/.test(await page.getByRole("dialog", { name: "Asks" }).innerText()));
  assert.deepEqual(faults, []);
});
