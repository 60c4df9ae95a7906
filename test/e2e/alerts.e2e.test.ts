/// <reference lib="dom" />
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { postHook } from "./recordings.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults } = await openPage((place) => {
  mkdirSync(place.home, { recursive: true });
  writeFileSync(
    join(place.home, "alerts.json"),
    JSON.stringify({
      rules: [
        { rule_id: "denied", kind: "event", types: ["x.release.failed"] },
        { rule_id: "error-burst", kind: "error_burst", errors: 2 },
      ],
    }),
  );
});

test("an alert rings, says why and what to do, leads to the agent, and is quiet when snoozed", async () => {
  await page.goto(daemon.url);
  await until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  const bell = page.getByTestId("alerts-bell");
  assert.equal(await bell.getAttribute("aria-label"), "Alerts: none");
  await bell.click();
  await page.getByText("Nothing is wrong.").waitFor();
  await page.keyboard.press("Escape");

  const session = { session_id: "alerts-1", transcript_path: "/x/alerts-1.jsonl", cwd: "/home/dev/shop" };
  await postHook(daemon.url, { ...session, hook_event_name: "UserPromptSubmit", prompt: "test it", prompt_id: "p1" });
  for (let index = 0; index < 3; index++) {
    const call = { tool_name: "Bash", tool_use_id: `toolu_${index}`, tool_input: { command: `npm test ${index}` } };
    await postHook(daemon.url, { ...session, ...call, hook_event_name: "PreToolUse" });
    await postHook(daemon.url, { ...session, ...call, hook_event_name: "PostToolUseFailure", error: "Exit code 1" });
  }
  // The daemon looks every ten seconds.
  await until("the alert", async () => (await bell.getAttribute("aria-label")) === "Alerts: 1");
  await bell.click();
  const alert = page.getByTestId("alert-error-burst");
  await alert.getByText("test it", { exact: true }).waitFor();
  assert.match(await alert.innerText(), /3 calls failed within 5 min, last Bash \(npm test 2\)[\s\S]*Look at the errors/);
  if (process.env["ORRERY_SHOTS"] !== undefined) await page.screenshot({ path: join(process.env["ORRERY_SHOTS"], "alerts.png") });
  assert.deepEqual(await seriousFaults(page), []);
  await alert.getByRole("button", { name: "Snooze 1 h" }).click();
  await page.getByText("1 snoozed.").waitFor();
  assert.equal(await bell.getAttribute("aria-label"), "Alerts: none");
  assert.deepEqual(faults, []);
});
