import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import type { Caller } from "../contract/operations/index.ts";
import type { PolicyFile } from "../contract/operations/policy.ts";
import { openSqliteLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskHandlers } from "./asks.ts";
import { createHistory } from "./history.ts";
import { createHookAnswers } from "./hook-answers.ts";
import type { Budgets } from "./money-budgets.ts";
import { createPolicy } from "./policy.ts";
import { createProjector } from "./projector.ts";

const agent: Caller = { door: "http", actor: "local" };
const person: Caller = { door: "http", actor: "ana" };

function place(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-policy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, "home");
  const cwd = join(folder, "shop");
  mkdirSync(home);
  mkdirSync(cwd);
  return { home, cwd };
}

function setUp({ home, cwd }: ReturnType<typeof place>, spent: ReturnType<Budgets["list"]> = []) {
  const clock = createFakeClock();
  const log = openSqliteLog({ home, clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  const book = createAskBook({ log, clock, onError: assert.ifError });
  const { session } = projector;
  const policy = createPolicy({
    home,
    clock,
    log,
    history,
    book,
    session,
    pricesAt: () => ({ price: () => undefined }) as never,
    budgets: { list: () => spent },
    onError: assert.ifError,
  });
  const hooks = createHookAnswers({ book, judge: policy.judge, clock, session, onError: assert.ifError });
  for (const listener of [projector.apply, book.apply, policy.noted, hooks.noted]) log.onCommit(listener);
  hooks.start();
  const asks = createAskHandlers({ log, clock, projector, history, book });
  let count = 0;
  const hook = (event: string, command: string) => ({
    hook_event_name: event,
    session_id: "s1",
    cwd,
    tool_name: "Bash",
    tool_input: { command },
    ...(event === "PreToolUse" ? { tool_use_id: `toolu_${++count}` } : {}),
  });
  const begin = (id: string, type: string, data: object) =>
    log.append([
      {
        id,
        type,
        timestamp: new Date(clock.now()).toISOString(),
        source: "claude-code/hook",
        session_id: "ses_s1",
        agent_id: "agt_main",
        data,
      } as unknown as EventDraft,
    ]);
  return {
    log,
    begin,
    policy: policy.handlers,
    decide: async (event: "PreToolUse" | "PermissionRequest", command: string, by: "claude_code" | "codex" = "claude_code") =>
      JSON.stringify(await hooks.handlers[`ingest.${by}_answer`]({ deadline_s: 60, otherwise: "ask", ...hook(event, command) }, agent)),
    decideEdit: async (file_path: string) =>
      JSON.stringify(
        await hooks.handlers["ingest.claude_code_answer"](
          { deadline_s: 60, otherwise: "ask", ...hook("PreToolUse", ""), tool_name: "Edit", tool_input: { file_path } },
          agent,
        ),
      ),
    async answer(remember: unknown[]) {
      for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
      const { items } = await asks["asks.list"]({ state: "open", limit: 50 }, person);
      assert.match(items[0]!.because ?? "", /^rule 2 of .*policy\.json$/);
      return asks["asks.answer"]({ ask_id: items[0]!.ask_id, answer: { decision: "allow", remember } }, person);
    },
    asks,
    async end() {
      book.stop();
      await log.close();
    },
  };
}

const write = (path: string, file: PolicyFile) => writeFileSync(path, JSON.stringify(file));

test("a rule decides before the agent asks, says which it was, and is kept with the call", async (t) => {
  const at = place(t);
  write(join(at.home, "policy.json"), {
    rules: [
      { effect: "deny", command: "rm *", reason: "use trash" },
      { effect: "allow", command: "ls*" },
    ],
  });
  const { decide, log, end } = setUp(at);
  t.after(end);
  const by = (rule: number) => `Decided by rule ${rule} of ${join(at.home, "policy.json")}`;
  assert.deepEqual(JSON.parse(await decide("PreToolUse", "rm -rf x")), {
    hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason: `${by(1)}: use trash` },
  });
  assert.deepEqual(JSON.parse(await decide("PermissionRequest", "ls -l")), {
    hookSpecificOutput: { hookEventName: "PermissionRequest", decision: { behavior: "allow" } },
  });
  assert.equal(await decide("PreToolUse", "cat x"), "{}");
  const told = log.read({ types: ["ask.answered"], limit: 10 }).map(({ data }) => data as unknown as Record<string, string>);
  assert.deepEqual(
    told.map(({ outcome, by: who, door, call_id }) => [outcome, who, door, call_id]),
    [
      ["denied", "rule", "policy", "call_toolu_1"],
      ["allowed", "rule", "policy", undefined],
    ],
  );
});

test("a link is no way out of what is allowed, and none around what is denied", async (t) => {
  const at = place(t);
  const secret = join(at.home, "secret");
  writeFileSync(secret, "");
  mkdirSync(join(at.cwd, "src"));
  symlinkSync(at.home, join(at.cwd, "src", "link"));
  const edits = async (path: string) => {
    const { decideEdit, end } = setUp(at);
    const said = await decideEdit(path);
    await end();
    return said;
  };
  write(join(at.home, "policy.json"), { rules: [{ effect: "allow", tool: "Edit", path: "src/**" }] });
  assert.match(await edits(join(at.cwd, "src", "new.ts")), /"allow"/);
  assert.equal(await edits(join(at.cwd, "src", "link", "secret")), "{}");
  write(join(at.home, "policy.json"), { rules: [{ effect: "deny", path: secret }] });
  assert.match(await edits(join(at.cwd, "src", "link", "secret")), /"deny"/);
});

test("a budget that is used up denies what comes next, with the reason", async (t) => {
  const budget = { budget_id: "bud_day", scope: "session" as const, limit_usd: 5, warn_percent: 80 };
  const standing = {
    budget_id: "bud_day",
    scope: "session" as const,
    subject: "ses_s1",
    period: "all",
    limit_usd_micros: 5_000_000,
    spent_usd_micros: 5_200_000,
    percent: 104,
    state: "exceeded" as const,
    unknown_requests: 0,
  };
  const { decide, end } = setUp(place(t), [{ budget, standings: [standing] }]);
  t.after(end);
  const why = "budget bud_day: $5.20 of $5 are spent (session ses_s1)";
  assert.ok((await decide("PreToolUse", "ls")).includes(`"permissionDecisionReason":"Decided by ${why}"`));
  const codex = JSON.parse(await decide("PreToolUse", "ls", "codex")) as { hookSpecificOutput: Record<string, string> };
  const { permissionDecision, permissionDecisionReason } = codex.hookSpecificOutput;
  assert.deepEqual([permissionDecision, permissionDecisionReason], ["deny", `Decided by ${why}`]);
});

test("what a person allows from now on is known after a restart, in its scope, and denies nothing away", async (t) => {
  const at = place(t);
  write(join(at.home, "policy.json"), {
    trust: [at.cwd],
    rules: [
      { effect: "deny", command: "curl *" },
      { effect: "ask", tool: "Bash" },
    ],
  });
  const first = setUp(at);
  await first.begin("1", "session.started", { app: "claude-code", cwd: at.cwd });
  const asked = first.decide("PreToolUse", "npm test");
  await first.answer([
    { scope: "session", rule: { effect: "allow", tool: "Bash", command: "npm test" } },
    { scope: "session", rule: { effect: "allow", tool: "Bash", command: "curl *" } },
    { scope: "project", rule: { effect: "allow", tool: "Bash", command: "npm run lint" } },
  ]);
  assert.match(await asked, /"allow"/);
  assert.match(await first.decide("PreToolUse", "npm test"), /Decided by rule 1 of this session/);
  await first.end();
  const second = setUp(at);
  t.after(second.end);
  assert.match(await second.decide("PreToolUse", "npm test"), /Decided by rule 1 of this session/);
  assert.match(await second.decide("PreToolUse", "curl x"), /"deny"/);
  const shared = JSON.parse(readFileSync(join(at.cwd, ".orrery", "policy.json"), "utf8")) as PolicyFile;
  assert.deepEqual(shared.rules, [{ effect: "allow", tool: "Bash", command: "npm run lint" }]);
  write(join(at.home, "policy.json"), { trust: [at.cwd], rules: [] });
  assert.match(await second.decide("PreToolUse", "npm run lint"), /rule 1 of .*shop.\.orrery.policy\.json/);
});

test("rules are tried on what was recorded, with counts and examples", async (t) => {
  const { begin, policy, end } = setUp(place(t));
  t.after(end);
  await begin("0", "session.started", { app: "claude-code", cwd: "/work/shop" });
  for (const [at, command] of ["ls", "ls -l", "rm x", "cat y"].entries())
    for (const way of ["hook", "again"])
      await begin(`${at}${way}`, "tool.started", { call_id: `call_${at}`, name: "Bash", title: command, input: { command } });
  const found = await policy["policy.test"](
    {
      rules: [
        { effect: "allow", command: "ls*" },
        { effect: "deny", command: "rm *" },
      ],
      limit: 100,
      examples: 1,
    },
    person,
  );
  const { calls, allow, deny, ask, none } = found;
  assert.deepEqual({ calls, allow, deny, ask, none }, { calls: 4, allow: 2, deny: 1, ask: 0, none: 1 });
  assert.deepEqual(
    found.items.map(({ effect, what, by }) => [effect, what, by]),
    [
      ["deny", "rm x", "rule 2 of the given rules"],
      ["allow", "ls -l", "rule 1 of the given rules"],
    ],
  );
});

test("each recorded call is tried as it was: by the fullest that was told of it, and with what its session had cost by then", async (t) => {
  const { begin, policy, log, end } = setUp(place(t));
  t.after(end);
  await begin("0", "session.started", { app: "claude-code", cwd: "/work/shop" });
  const call = async (id: string, data: object, source = "claude-code/hook") =>
    log.append([
      {
        id: `${id}@${source}`,
        type: "tool.started",
        timestamp: "2026-11-20T10:00:00.000Z",
        source,
        session_id: "ses_s1",
        agent_id: "agt_main",
        data: { call_id: `call_${id}`, ...data },
      } as unknown as EventDraft,
    ]);
  for (const [at, command] of ["rm a", "ls", "rm b"].entries()) {
    await call(`c${at}`, { name: "Bash", input: { command } });
    // Telemetry comes later and names the tool alone.
    await call(`c${at}`, { name: "Bash", title: command }, "claude-code/otel");
    const request_id = `req_${at}`;
    await begin(request_id, "model.responded", { request_id, usage: { output: 9 }, cost_usd_micros: 2_000_000, cost_source: "reported" });
  }
  // Codex's own name for a command, and what its hook calls it.
  await call("cmd", { name: "exec_command", kind: "run", input: { cmd: "rm c" } }, "codex/rollout");
  await call("words", { name: "shell", kind: "run", input: { command: ["bash", "-lc", "rm d"] } }, "codex/rollout");
  const count = async (rule: object) => {
    const { calls, deny } = await policy["policy.test"]({ rules: [{ effect: "deny", ...rule }], limit: 100, examples: 0 }, person);
    return [calls, deny];
  };
  assert.deepEqual(await count({ tool: "Bash", command: "rm *" }), [5, 4]);
  assert.deepEqual(await count({ cost_over_usd: 3 }), [5, 3], "the calls before were made while it cost $0 and $2");
  assert.deepEqual(await count({ cost_over_usd: 0 }), [5, 4]);
  assert.deepEqual(await count({ cost_over_usd: 6 }), [5, 0]);
  const few = await policy["policy.test"]({ rules: [{ effect: "deny", command: "rm *" }], limit: 3, examples: 0 }, person);
  assert.deepEqual([few.calls, few.deny], [3, 3], "the latest three");
});

test("before a rule is kept it is shown what else it would allow: other open asks and recorded calls of its scope, and not what is denied", async (t) => {
  const at = place(t);
  write(join(at.home, "policy.json"), { rules: [{ effect: "deny", command: "npm run wipe" }] });
  const { begin, policy, asks, end } = setUp(at);
  t.after(end);
  await begin("0", "session.started", { app: "claude-code", cwd: at.cwd });
  for (const [index, command] of ["npm test", "npm test", "npm run wipe", "ls"].entries())
    await begin(`c${index}`, "tool.started", { call_id: `call_${index}`, name: "Bash", title: command, input: { command } });
  const ask = async (command: string, session_id?: string) => {
    const input = {
      kind: "permission" as const,
      tool: "Bash",
      prompt: command,
      input: { command },
      on_timeout: "wait" as const,
      wait_ms: 0,
    };
    const made = await asks["asks.create"]({ ...input, ...(session_id === undefined ? {} : { session_id }) } as never, person);
    return made.ask_id;
  };
  const mine = await ask("npm run build", "ses_s1");
  const like = await ask("npm run lint", "ses_s1");
  await ask("npm run wipe", "ses_s1");
  const elsewhere = await ask("npm run lint");
  const seen = (scope: "session" | "project" | "home", command: string) =>
    policy["policy.preview"]({ ask_id: mine, remember: { scope, rule: { effect: "allow", tool: "Bash", command } }, limit: 100 }, person);

  const here = await seen("session", "npm *");
  assert.deepEqual([here.holds, here.counts, here.path], [true, true, undefined]);
  assert.deepEqual(
    here.asks.map(({ ask_id, what }) => [ask_id, what]),
    [[like, "npm run lint"]],
  );
  assert.deepEqual([here.calls, here.matching, here.items.map(({ what, times }) => [what, times])], [4, 2, [["npm test", 2]]]);

  const everywhere = await seen("home", "npm *");
  assert.deepEqual(
    everywhere.asks.map(({ ask_id }) => ask_id),
    [like, elsewhere],
  );
  assert.equal((await seen("home", "yarn *")).holds, false, "it would not even allow what it is made for");
  const shared = await seen("project", "npm *");
  assert.deepEqual([shared.counts, shared.path], [false, join(at.cwd, ".orrery", "policy.json")], "nobody trusts this folder yet");
  write(join(at.home, "policy.json"), { trust: [at.cwd], rules: [] });
  assert.equal((await seen("project", "npm *")).counts, true);
  const nobody = { ask_id: "ask_no", remember: { scope: "home" as const, rule: { effect: "allow" as const } }, limit: 1 };
  await assert.rejects(async () => policy["policy.preview"](nobody, person), /ask_no/);
});
