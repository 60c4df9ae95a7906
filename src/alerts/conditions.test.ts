import assert from "node:assert/strict";
import { test } from "node:test";
import { toTimestamp } from "../lib/clock.ts";
import { MINUTE, only, openTestAlerts, work } from "../testing/alerts-fixture.ts";

test("stuck: raised once after so many minutes of silence, cleared by the next sign of life, raised again for the next silence", async (t) => {
  const { alerts, clock, happen, said, rows } = openTestAlerts(t);
  await work(happen);
  await happen("tool.started", { call_id: "call_1", name: "Bash", title: "sleep 9999" });
  for (let minute = 0; minute < 9; minute++) {
    clock.advance(MINUTE);
    await alerts.look();
  }
  assert.deepEqual(said(), []);
  clock.advance(2 * MINUTE);
  for (let time = 0; time < 5; time++) await alerts.look();
  assert.deepEqual(said(), [["alert.raised", "stuck"]]);
  const [alert] = await rows();
  assert.match(alert!.why, /main agent has been working for 11 min without a sign of life, in Bash \(sleep 9999\)/);
  assert.equal(alert!.session_id, "ses_a");
  await happen("tool.ended", { call_id: "call_1", outcome: "ok" });
  await alerts.look();
  assert.deepEqual(await rows(), []);
  assert.equal((await rows("over")).length, 1);
  clock.advance(20 * MINUTE);
  await alerts.look();
  assert.deepEqual(
    said().map(([type]) => type),
    ["alert.raised", "alert.cleared", "alert.raised"],
  );
});

test("stuck: an agent that waits for a person, has rested or has ended is not", async (t) => {
  for (const last of [
    ["ask.opened", { ask_id: "ask_1", kind: "permission", tool: "Bash", prompt: "npm publish" }],
    ["turn.ended", { turn_id: "trn_1" }],
    ["session.ended", { reason: "logout" }],
  ] as const) {
    const { alerts, clock, happen, said } = openTestAlerts(t, { rules: only({ kind: "stuck", minutes: 10 }) });
    await work(happen);
    clock.advance(1_000);
    await happen(last[0], last[1]);
    clock.advance(60 * MINUTE);
    await alerts.look();
    assert.deepEqual(said(), [], last[0]);
  }
});

test("loop: the same call in a row, not the same tool with other work", async (t) => {
  const { alerts, clock, happen, said, rows } = openTestAlerts(t, { rules: only({ kind: "loop", times: 5, within_minutes: 15 }) });
  await work(happen);
  const call = async (index: number, title: string) => {
    clock.advance(10_000);
    await happen("tool.started", { call_id: `call_${index}`, name: "Bash", title });
    await happen("tool.ended", { call_id: `call_${index}`, outcome: "error" });
    await alerts.look();
  };
  for (let index = 0; index < 8; index++) await call(index, `npm test ${index}`);
  assert.deepEqual(said(), []);
  for (let index = 10; index < 14; index++) await call(index, "npm test");
  assert.deepEqual(said(), []);
  await call(14, "npm test");
  assert.match((await rows())[0]!.why, /same call 5 times in a row: Bash \(npm test\)/);
  await call(15, "npm test");
  assert.equal((await rows()).length, 1);
  await call(16, "cat log");
  assert.deepEqual(await rows(), []);
});

test("loop: one that goes on for longer than the rule looks back is still one, and over some time after its last round", async (t) => {
  const { alerts, clock, happen, said, rows } = openTestAlerts(t, { rules: only({ kind: "loop", times: 5, within_minutes: 15 }) });
  await work(happen);
  for (let round = 0; round < 40; round++) {
    clock.advance(MINUTE);
    await happen("tool.started", { call_id: `call_${round}`, name: "Bash", title: "npm test" });
    await happen("tool.ended", { call_id: `call_${round}`, outcome: "error" });
    await alerts.look();
    assert.equal((await rows()).length, round < 4 ? 0 : 1, `after round ${round + 1}`);
  }
  clock.advance(16 * MINUTE);
  await alerts.look();
  assert.deepEqual(
    said().map(([type]) => type),
    ["alert.raised", "alert.cleared"],
  );
});

test("orphan: only a session of this machine whose program is gone", async (t) => {
  const { alerts, clock, happen, rows, seen } = openTestAlerts(t, {
    rules: only({ kind: "orphan", minutes: 3 }),
    picture: { programs: [{ app: "claude-code", cwd: "/home/dev/shop" }] },
  });
  await work(happen);
  clock.advance(10 * MINUTE);
  await alerts.look();
  assert.deepEqual(await rows(), []);
  Object.assign(seen, {
    programs: [
      { app: "codex", cwd: "/home/dev/shop" },
      { app: "claude-code", cwd: "/home/dev/other" },
    ],
  });
  await alerts.look();
  assert.match((await rows())[0]!.why, /No claude-code runs in \/home\/dev\/shop/);
  Object.assign(seen, { programs: undefined });
  await alerts.look();
  assert.deepEqual(await rows(), [], "where it cannot be known, nothing is said");
});

test("error burst, spend rate, quota, silent source: raised at their measure and cleared below it", async (t) => {
  const burst = openTestAlerts(t, { rules: only({ kind: "error_burst", errors: 3, within_minutes: 5 }) });
  await work(burst.happen);
  for (let index = 0; index < 3; index++) {
    await burst.alerts.look();
    assert.deepEqual(await burst.rows(), []);
    await burst.happen("tool.started", { call_id: `call_${index}`, name: "Bash" });
    await burst.happen("tool.ended", { call_id: `call_${index}`, outcome: "error" });
  }
  await burst.alerts.look();
  assert.match((await burst.rows())[0]!.why, /3 calls failed within 5 min/);
  burst.clock.advance(6 * MINUTE);
  await burst.alerts.look();
  assert.deepEqual(await burst.rows(), []);

  const rate = openTestAlerts(t, { rules: only({ kind: "spend_rate", usd: 5, within_minutes: 60 }) });
  for (const [spent, isOpen] of [
    [4_999_999, false],
    [5_000_000, true],
    [9_000_000, true],
    [1_000_000, false],
  ] as const) {
    rate.seen.spent = spent;
    await rate.alerts.look();
    assert.equal((await rate.rows()).length === 1, isOpen, String(spent));
  }
  assert.equal((await rate.rows("over")).length, 1, "raised once while it lasted");

  const quota = openTestAlerts(t, { rules: only({ kind: "quota_near", used_percent: 90 }) });
  await work(quota.happen);
  const resets_at = toTimestamp(quota.clock.now() + 60 * MINUTE);
  await quota.happen("limit.reported", { limit: "five_hour", used_percent: 89, resets_at });
  await quota.alerts.look();
  assert.deepEqual(await quota.rows(), []);
  quota.clock.advance(MINUTE);
  await quota.happen("limit.reported", { limit: "five_hour", used_percent: 93, resets_at });
  await quota.alerts.look();
  assert.match((await quota.rows())[0]!.why, /93 % of the limit five_hour is used; it begins anew at/);
  quota.clock.advance(61 * MINUTE);
  await quota.alerts.look();
  assert.deepEqual(await quota.rows(), []);

  const silent = openTestAlerts(t, { rules: only({ kind: "source_silent", minutes: 10 }) });
  await work(silent.happen);
  const hooks = {
    name: "claude-code hooks",
    format: "claude-code/hook",
    state: "connected",
    last_record_at: toTimestamp(silent.clock.now()),
  };
  Object.assign(silent.seen, { sources: [hooks, { ...hooks, name: "spool" }] });
  silent.clock.advance(60 * MINUTE);
  await silent.alerts.look();
  assert.deepEqual(await silent.rows(), [], "nobody works, so silence is right");
  await silent.happen("message.added", { message_id: "msg_1", role: "assistant", parts: [] });
  await silent.alerts.look();
  assert.deepEqual(
    (await silent.rows()).map(({ subject }) => subject),
    ["claude-code hooks"],
  );
});
