import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ourRules } from "./rule-file.ts";
import { caller, openTestAlerts } from "../testing/alerts-fixture.ts";

test("rules: ours without a file; the file replaces, adds, is written by operations, and is left alone while it is broken", async (t) => {
  const { alerts, open, path } = openTestAlerts(t);
  const list = async (of = alerts) =>
    (await of.handlers["alerts.rules"]({}, caller)).items.map(({ rule_id, enabled, origin }) => `${rule_id} ${origin} ${enabled}`);
  assert.deepEqual(
    await list(),
    ourRules.map(({ rule_id }) => `${rule_id} ours true`),
  );
  const webhook = { url: "http://127.0.0.1:9/let-me-in?key=k1", secret: "not to be seen" };
  await alerts.handlers["alerts.set_rule"]({ rule_id: "stuck", kind: "stuck", minutes: 3, enabled: false, notify: { webhook } }, caller);
  assert.ok((await list()).includes("stuck changed false"));
  assert.ok((await list(open())).includes("stuck changed false"), "it is in the file");
  const [read] = (await alerts.handlers["alerts.rules"]({}, caller)).items.filter(({ rule_id }) => rule_id === "stuck");
  const { origin: _origin, ...shown } = read!;
  await alerts.handlers["alerts.set_rule"]({ ...shown, minutes: 4 }, caller);
  assert.match(
    readFileSync(path, "utf8"),
    /let-me-in\?key=k1[\s\S]*not to be seen[\s\S]*"minutes": 4/,
    "who sets what was read keeps what was not shown",
  );
  const part = await alerts.handlers["alerts.set_rule"]({ rule_id: "stuck", enabled: true }, caller);
  assert.deepEqual([part["minutes"], part["enabled"]], [4, true], "without a kind what is not said stays as it was");
  assert.ok(!JSON.stringify(part).includes("not to be seen"));
  assert.match(readFileSync(path, "utf8"), /not to be seen/);
  await alerts.handlers["alerts.set_rule"]({ rule_id: "own", kind: "quota_near", used_percent: 50 }, caller);
  assert.ok((await list()).includes("own yours true"));
  assert.doesNotMatch(JSON.stringify(await alerts.handlers["alerts.rules"]({}, caller)), /not to be seen|let-me-in|k1/);
  await assert.rejects(async () => alerts.handlers["alerts.set_rule"]({ rule_id: "x", kind: "stuck", minutes: -1 }, caller), /minutes/);
  await assert.rejects(async () => alerts.handlers["alerts.set_rule"]({ rule_id: "x", kind: "nonsense" }, caller), /kind/);
  assert.deepEqual(await alerts.handlers["alerts.remove_rule"]({ rule_id: "stuck" }, caller), { removed: true });
  assert.ok((await list()).includes("stuck ours true"));

  writeFileSync(path, "{ broken");
  const broken = open();
  assert.equal((await broken.handlers["alerts.rules"]({}, caller)).problems.length, 1);
  await assert.rejects(async () => broken.handlers["alerts.set_rule"]({ rule_id: "mine", kind: "stuck" }, caller), /cannot be used/);
  assert.equal(readFileSync(path, "utf8"), "{ broken");
});
