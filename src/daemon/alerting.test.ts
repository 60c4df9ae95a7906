import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import type { AlertRow, AlertRule } from "../contract/operations/alerts.ts";
import type { Caller } from "../contract/operations/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { until } from "../testing/until.ts";
import { openAlerts } from "./alerting.ts";
import { createHistory } from "./history.ts";
import { createPriceBook } from "./money-prices.ts";
import { createProjector } from "./projector.ts";
import { runningPrograms } from "./running-programs.ts";

const MINUTE = 60_000;
const caller: Caller = { door: "internal", actor: "test" };
/** Elsewhere the daemon does not know what runs, and says nothing. */
const noProc = process.platform === "linux" ? false : "what runs is read from /proc, which only Linux has";

/** Alerts as the daemon wires them, with one rule, on a clock that stands still until it is moved. */
function setUp(t: TestContext, rule: Pick<AlertRule, "kind"> & Readonly<Record<string, unknown>>) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "orrery-alerting-")));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const off = ["stuck", "loop", "orphan", "error_burst", "spend_rate", "quota_near", "source_silent"];
  const rules = [...off.map((kind) => ({ rule_id: kind, kind, enabled: false })), { rule_id: "mine", ...rule }];
  writeFileSync(join(home, "alerts.json"), JSON.stringify({ rules }));
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const projector = createProjector({ log, history: createHistory(log), clock });
  log.onCommit(projector.apply);
  const book = createPriceBook({ home, today: () => toTimestamp(clock.now()).slice(0, 10) });
  const announced: AlertRow[] = [];
  const alerts = openAlerts({
    home,
    clock,
    log,
    logger: { warn: () => undefined },
    projector,
    sources: () => [],
    pricesAt: book.at,
    signal: new AbortController().signal,
    announce: (alert) => void announced.push(alert),
  });
  log.onCommit(alerts.noted);
  let count = 0;
  const happen = (type: string, data: object, session_id = "ses_a") =>
    log.append([
      {
        id: `e${count++}`,
        type,
        timestamp: toTimestamp(clock.now()),
        source: "claude-code/transcript",
        session_id,
        agent_id: "agt_main",
        data,
      } as unknown as EventDraft,
    ]);
  const open = async () => {
    await alerts.look();
    return (await alerts.handlers["alerts.list"]({ state: "open", limit: 10 }, caller)).items.map(({ why }) => why);
  };
  return { home, clock, happen, open, announced };
}

test("orphan: while a program of that name runs in the folder nothing is said; killed, it is", { skip: noProc }, async (t) => {
  const { home, clock, happen, open, announced } = setUp(t, { kind: "orphan", minutes: 3 });
  const agent = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1e6)"], {
    argv0: "/usr/bin/claude",
    cwd: home,
    stdio: "ignore",
  });
  t.after(() => agent.kill("SIGKILL"));
  const ended = once(agent, "exit");
  await until("it runs", () => runningPrograms()?.some(({ app, cwd }) => app === "claude-code" && cwd === home));
  await happen("session.started", { app: "claude-code", cwd: home, transcript_path: join(home, "x.jsonl") });
  await happen("turn.started", { turn_id: "trn_1", prompt: "go" });
  clock.advance(10 * MINUTE);
  assert.deepEqual(await open(), []);
  agent.kill("SIGKILL");
  await ended;
  assert.deepEqual(await open(), [`No claude-code runs in ${home}, and the session did not end.`]);
  assert.equal(announced.length, 1);
  await happen("session.ended", {});
  assert.deepEqual(await open(), []);
});

test("spend rate: what requests within the time cost, each once however many sources told it, and none from before", async (t) => {
  const { clock, happen, open } = setUp(t, { kind: "spend_rate", usd: 1, within_minutes: 60 });
  // claude-sonnet-4-5: $3 for a million tokens of input, so 200,000 cost $0.60.
  const spend = (request_id: string) =>
    happen("model.responded", { request_id, model: "claude-sonnet-4-5", usage: { input: 200_000, output: 0, cache_read: 0 } });
  await spend("req_before");
  clock.advance(61 * MINUTE);
  await spend("req_a");
  await spend("req_a");
  assert.deepEqual(await open(), [], "$0.60 within the hour");
  clock.advance(MINUTE);
  await spend("req_b");
  assert.deepEqual(await open(), ["$1.20 was spent in the last 60 min; the rule allows $1.00."]);
  clock.advance(60 * MINUTE);
  assert.deepEqual(await open(), [], "the first of them is older than an hour");
});
