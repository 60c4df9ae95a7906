import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventOf } from "../contract/events/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { MINUTE, caller, only, openTestAlerts, work } from "../testing/alerts-fixture.ts";

test("a restart goes on where it stopped: nothing is raised twice, what is over meanwhile is cleared, what was snoozed stays so", async (t) => {
  const { alerts, open, clock, happen, said, rows } = openTestAlerts(t);
  await work(happen);
  clock.advance(30 * MINUTE);
  await alerts.look();
  const [alert] = await rows();
  const snoozed = await alerts.handlers["alerts.snooze"]({ alert_id: alert!.alert_id, minutes: 30 }, caller);
  assert.equal(snoozed.snoozed_until, toTimestamp(clock.now() + 30 * MINUTE));
  const second = open();
  await second.look();
  assert.equal(said().filter(([type]) => type === "alert.raised").length, 1);
  assert.deepEqual((await second.handlers["alerts.list"]({ state: "open", limit: 10 }, caller)).items, [snoozed]);
  await happen("session.ended", {});
  await second.look();
  assert.deepEqual((await second.handlers["alerts.list"]({ state: "open", limit: 10 }, caller)).items, []);
  await assert.rejects(async () => second.handlers["alerts.snooze"]({ alert_id: alert!.alert_id, minutes: 5 }, caller), /open alert/);
});

test("snoozed: what is raised again within the time stays quiet, and what is still true after it is told again", async (t) => {
  const notify = { command: ["notify"] };
  const { alerts, clock, happen, rows, told, announced } = openTestAlerts(t, {
    rules: only({ kind: "error_burst", errors: 2, within_minutes: 5, notify }),
  });
  await work(happen);
  const fail = async (name: string) => {
    for (const index of [1, 2]) {
      await happen("tool.started", { call_id: `call_${name}${index}`, name: "Bash" });
      await happen("tool.ended", { call_id: `call_${name}${index}`, outcome: "error" });
    }
    await alerts.look();
  };
  await fail("a");
  assert.equal(told.length, 1);
  await alerts.handlers["alerts.snooze"]({ alert_id: (await rows())[0]!.alert_id, minutes: 30 }, caller);
  clock.advance(10 * MINUTE);
  await alerts.look();
  assert.deepEqual(await rows(), [], "it cleared by itself while it was snoozed");
  await fail("b");
  const [again] = await rows();
  assert.equal(Date.parse(again!.snoozed_until!), clock.now() + 20 * MINUTE);
  assert.equal(told.length, 1, "and is raised again without a word");
  for (let minute = 0; minute < 19; minute += 4) {
    clock.advance(4 * MINUTE);
    await fail(`c${minute}`);
  }
  assert.deepEqual(
    told.map(({ message }) => message["alert_id"] === again!.alert_id),
    [false, true],
    "the time is over, and it still is so",
  );
  await alerts.look();
  assert.equal(told.length, 2, "once");
  assert.deepEqual(
    announced,
    told.map(({ message }) => message["alert_id"]),
    "browsers hear of the same",
  );
});

test("a rule that is turned off takes its open alert with it; one of a project hears of that project alone, by patterns of types", async (t) => {
  const { alerts, clock, happen, said, log } = openTestAlerts(t, { rules: only({ kind: "stuck", minutes: 10 }) });
  await work(happen);
  clock.advance(20 * MINUTE);
  await alerts.look();
  await alerts.handlers["alerts.set_rule"]({ rule_id: "mine", kind: "stuck", minutes: 10, enabled: false }, caller);
  await alerts.look();
  const [cleared] = log.read({ types: ["alert.cleared"], limit: 10 }) as EventOf<"alert.cleared">[];
  assert.equal(cleared!.data.reason, "rule_changed");

  for (const [rule_id, project] of [
    ["shop", "shop"],
    ["bank", "bank"],
  ])
    await alerts.handlers["alerts.set_rule"]({ rule_id: rule_id!, kind: "event", types: ["ask.*"], project }, caller);
  await happen("ask.opened", { ask_id: "ask_1", kind: "permission", tool: "Bash", prompt: "npm publish" });
  while (said().filter(([, kind]) => kind === "event").length < 1) await new Promise((resolve) => setImmediate(resolve));
  const raised = log.read({ types: ["alert.raised"], limit: 10 }) as EventOf<"alert.raised">[];
  assert.deepEqual(
    raised.map(({ data }) => data.rule_id),
    ["mine", "shop"],
  );
});

test("a rule on events tells of each, but of a flood only one in ten seconds with the number left out; whoever it names is told", async (t) => {
  const notify = { command: ["notify"] };
  const { clock, happen, rows, told, log } = openTestAlerts(t, {
    rules: only({ kind: "event", types: ["tool.ended"], where: { outcome: "error" }, notify }),
  });
  await work(happen);
  await happen("tool.ended", { call_id: "call_0", outcome: "ok" });
  for (let index = 1; index <= 5; index++) await happen("tool.ended", { call_id: `call_${index}`, outcome: "error" });
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(11_000);
  await happen("tool.ended", { call_id: "call_9", outcome: "error" });
  while ((await rows("over")).length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    (await rows("over")).map(({ why }) => why),
    ["tool.ended happened in ses_a. 4 more like it came since the last time.", "tool.ended happened in ses_a."],
  );
  assert.deepEqual(
    told.map(({ to, message }) => [to, message["type"], message["kind"]]),
    [
      [notify, "alert", "event"],
      [notify, "alert", "event"],
    ],
  );
  const raised = log.read({ types: ["alert.raised"], limit: 10 }) as EventOf<"alert.raised">[];
  assert.ok(
    raised.every(({ session_id, data }) => session_id === undefined && data.session_id === "ses_a"),
    "no session wakes up by it",
  );
});
