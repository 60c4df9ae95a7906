import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { EventDraft, EventOf, StoredEvent } from "../contract/events/index.ts";
import type { AlertRule } from "../contract/operations/alerts.ts";
import type { Caller } from "../contract/operations/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { emptyState, foldState } from "../projections/state.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createAlerts } from "./alerts.ts";
import { ourRules, openRuleBook } from "./rule-file.ts";
import type { Picture } from "./conditions.ts";
import { createNotifier, sign } from "./notify.ts";

const MINUTE = 60_000;
const caller: Caller = { door: "internal", actor: "test" };

/** Alerts over a real log and fold, on a clock that stands still until it is moved. */
function setUp(t: TestContext, options: { readonly rules?: readonly AlertRule[]; readonly picture?: Partial<Picture> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-alerts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "alerts.json");
  if (options.rules !== undefined) writeFileSync(path, JSON.stringify({ rules: options.rules }));
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  let state = emptyState;
  log.onCommit((events) => void (state = events.reduce(foldState, state)));
  const told: { readonly to: object; readonly message: Record<string, unknown> }[] = [];
  const announced: string[] = [];
  const seen: { spent: number } & Partial<Picture> = { spent: 0, ...options.picture };
  const open = () => {
    const alerts = createAlerts({
      book: openRuleBook(path),
      clock,
      append: (events) => log.append(events),
      projectOf: (id) => state.sessions.get(id as never)?.facts.project,
      past: () => log.read({ types: ["alert.*"], limit: 1_000 }),
      tell: async (notify, message) => {
        told.push({ to: notify, message: message as Record<string, unknown> });
        return [{ to: "test", ok: true }];
      },
      announce: ({ alert_id }) => void announced.push(alert_id),
      picture: () => ({
        nowMs: clock.now(),
        sessions: [...state.sessions.values()],
        sources: [],
        programs: undefined,
        spentSince: () => seen.spent,
        ...seen,
      }),
    });
    log.onCommit(alerts.noted);
    return alerts;
  };
  let count = 0;
  const happen = (type: string, data: object, more: object = {}) =>
    log.append([
      {
        id: `e${count++}`,
        type,
        timestamp: toTimestamp(clock.now()),
        source: "claude-code/hook",
        session_id: "ses_a",
        agent_id: "agt_main",
        data,
        ...more,
      } as unknown as EventDraft,
    ]);
  const alerts = open();
  const said = () =>
    (log.read({ types: ["alert.*"], limit: 1_000 }) as StoredEvent[]).map((event) => [
      event.type,
      (event.data as { kind?: string }).kind ?? "",
    ]);
  const rows = async (state: "open" | "over" | "all" = "open") =>
    (await alerts.handlers["alerts.list"]({ state, limit: 100 }, caller)).items;
  return { alerts, open, clock, log, happen, said, rows, told, announced, seen, path };
}

const only = (rule: Pick<AlertRule, "kind"> & Readonly<Record<string, unknown>>): AlertRule[] => [
  ...ourRules.map((ours) => ({ ...ours, enabled: false })),
  { rule_id: "mine", enabled: true, ...rule } as AlertRule,
];

async function work(happen: ReturnType<typeof setUp>["happen"]): Promise<void> {
  await happen("session.started", {
    app: "claude-code",
    cwd: "/home/dev/shop",
    project: "shop",
    transcript_path: "/home/dev/.claude/x.jsonl",
  });
  await happen("turn.started", { turn_id: "trn_1", prompt: "go" });
}

test("stuck: raised once after so many minutes of silence, cleared by the next sign of life, raised again for the next silence", async (t) => {
  const { alerts, clock, happen, said, rows } = setUp(t);
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
    const { alerts, clock, happen, said } = setUp(t, { rules: only({ kind: "stuck", minutes: 10 }) });
    await work(happen);
    clock.advance(1_000);
    await happen(last[0], last[1]);
    clock.advance(60 * MINUTE);
    await alerts.look();
    assert.deepEqual(said(), [], last[0]);
  }
});

test("loop: the same call in a row, not the same tool with other work", async (t) => {
  const { alerts, clock, happen, said, rows } = setUp(t, { rules: only({ kind: "loop", times: 5, within_minutes: 15 }) });
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

test("orphan: only a session of this machine whose program is gone", async (t) => {
  const { alerts, clock, happen, rows, seen } = setUp(t, {
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
  const burst = setUp(t, { rules: only({ kind: "error_burst", errors: 3, within_minutes: 5 }) });
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

  const rate = setUp(t, { rules: only({ kind: "spend_rate", usd: 5, within_minutes: 60 }) });
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

  const quota = setUp(t, { rules: only({ kind: "quota_near", used_percent: 90 }) });
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

  const silent = setUp(t, { rules: only({ kind: "source_silent", minutes: 10 }) });
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

test("a restart goes on where it stopped: nothing is raised twice, what is over meanwhile is cleared, what was snoozed stays so", async (t) => {
  const { alerts, open, clock, happen, said, rows } = setUp(t);
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
  const { alerts, clock, happen, rows, told, announced } = setUp(t, {
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
  const { alerts, clock, happen, said, log } = setUp(t, { rules: only({ kind: "stuck", minutes: 10 }) });
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
  const { clock, happen, rows, told, log } = setUp(t, {
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

test("rules: ours without a file; the file replaces, adds, is written by operations, and is left alone while it is broken", async (t) => {
  const { alerts, open, path } = setUp(t);
  const list = async (of = alerts) =>
    (await of.handlers["alerts.rules"]({}, caller)).items.map(({ rule_id, enabled, origin }) => `${rule_id} ${origin} ${enabled}`);
  assert.deepEqual(
    await list(),
    ourRules.map(({ rule_id }) => `${rule_id} ours true`),
  );
  const webhook = { url: "http://127.0.0.1:9/x", secret: "not to be seen" };
  await alerts.handlers["alerts.set_rule"]({ rule_id: "stuck", kind: "stuck", minutes: 3, enabled: false, notify: { webhook } }, caller);
  assert.ok((await list()).includes("stuck changed false"));
  assert.ok((await list(open())).includes("stuck changed false"), "it is in the file");
  const [read] = (await alerts.handlers["alerts.rules"]({}, caller)).items.filter(({ rule_id }) => rule_id === "stuck");
  const { origin: _origin, ...shown } = read!;
  await alerts.handlers["alerts.set_rule"]({ ...shown, minutes: 4 }, caller);
  assert.match(
    readFileSync(path, "utf8"),
    /not to be seen[\s\S]*"minutes": 4/,
    "who sets what was read keeps the secret that was not shown",
  );
  await alerts.handlers["alerts.set_rule"]({ rule_id: "own", kind: "quota_near", used_percent: 50 }, caller);
  assert.ok((await list()).includes("own yours true"));
  assert.ok(!JSON.stringify(await alerts.handlers["alerts.rules"]({}, caller)).includes("not to be seen"));
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

test("a webhook is signed, tried again when its server fails, not when the call is wrong; a command gets the alert on its input", async (t) => {
  const clock = createFakeClock();
  const calls: { readonly signature: string; readonly body: string }[] = [];
  const answers = [500, 503, 200, 400];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      calls.push({ signature: String(request.headers["orrery-signature"]), body });
      response.writeHead(answers[calls.length - 1] ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`;
  const tell = createNotifier({ clock, signal: new AbortController().signal });
  const moving = setInterval(() => clock.advance(MINUTE), 5);
  t.after(() => clearInterval(moving));

  assert.deepEqual(await tell({ webhook: { url, secret: "a long secret" } }, { why: "x" }), [{ to: url, ok: true }]);
  assert.equal(calls.length, 3);
  for (const { signature, body } of calls) {
    const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    assert.equal(given, sign("a long secret", Number(seconds), body));
  }
  assert.deepEqual(await tell({ webhook: { url } }, {}), [{ to: url, ok: false, detail: "answered 400" }]);
  assert.equal(calls.length, 4);

  const file = join(mkdtempSync(join(tmpdir(), "orrery-command-")), "got.json");
  const command = (script: string) => ({ command: [process.execPath, "-e", script] });
  const [told] = await tell(command(`process.stdin.pipe(require("fs").createWriteStream(${JSON.stringify(file)}))`), { why: "because" });
  assert.deepEqual([told!.ok, JSON.parse(readFileSync(file, "utf8"))], [true, { why: "because" }]);
  rmSync(file);
  const [failed] = await tell(command("console.error('no desk'); process.exit(3)"), {});
  assert.deepEqual([failed!.ok, failed!.detail], [false, "ended with 3: no desk"]);
  assert.equal((await tell({ command: ["/no/such/program"] }, {}))[0]!.ok, false);
});
