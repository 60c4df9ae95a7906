// The real Claude Code while nobody answers, and while the daemon is down, slow or started anew: no call goes through against policy, and none
// holds the agent beyond its deadline.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { orrery } from "../../src/testing/cli-process.ts";
import type { Turn } from "../../src/testing/model-server.ts";
import { until } from "../../src/testing/until.ts";
import { claudeMachine } from "./claude-machine.ts";

const bash = (id: string, command: string): Turn => ({ tools: [{ id, name: "Bash", input: { command, description: "as told" } }] });
function writePolicy(env: NodeJS.ProcessEnv, rules: readonly object[]): void {
  const home = env["ORRERY_HOME"]!;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "policy.json"), JSON.stringify({ rules }));
}

const DEADLINE_S = 2;
/** What the hooks of one call may hold it at most: two wait for the deadline and two seconds more, two only tell. And what a busy machine takes besides. */
const HELD_MS = (2 * (DEADLINE_S + 2) + 2 * 2) * 1_000 + 30_000;

for (const unanswered of ["ask", "deny"])
  test(`no answer, then ${unanswered}: at the deadline the call is denied and the agent goes on`, async (t) => {
    const { serve, connect, claude, asked, get, model, project } = await claudeMachine(t, { make: [bash("toolu_a", "touch made.txt")] });
    await serve();
    await connect("--answer", "3s", "--unanswered", unanswered);
    const run = claude("make");
    const { ask_id, deadline, opened_at } = await asked();
    const waitsMs = Date.parse(deadline!) - Date.parse(opened_at!);
    assert.ok(waitsMs > 2_000 && waitsMs <= 3_000, `${waitsMs} ms`);
    assert.equal((await run.ended).code, 0);
    assert.equal(existsSync(join(project, "made.txt")), false);
    const told = model.resultOf("toolu_a");
    assert.equal(told?.isError, true);
    if (unanswered === "deny") assert.match(told.text, /Nobody answered in Orrery by the deadline/);
    const { outcome } = await get<{ outcome: string }>(`/asks/${ask_id}`);
    // Without a prompt of its own the client denies what nobody allowed, and the ask says so.
    assert.equal(outcome, unanswered === "deny" ? "expired" : "denied");
  });

test("a rule that denies and a rule that allows decide without a person, whatever the settings of the client allow", async (t) => {
  const { serve, connect, claude, env, model, project } = await claudeMachine(t, {
    make: [bash("toolu_a", "touch denied.txt"), bash("toolu_b", "touch allowed.txt")],
  });
  const rules = [
    { effect: "deny", command: "touch denied*", reason: "not that one" },
    { effect: "allow", command: "touch allowed*" },
  ];
  writePolicy(env, rules);
  await serve();
  await connect("--answer");
  const { code, err } = await claude("make", "--allowedTools", "Bash").ended;
  assert.equal(code, 0, err);
  assert.deepEqual(
    ["denied.txt", "allowed.txt"].map((name) => existsSync(join(project, name))),
    [false, true],
  );
  assert.match(model.resultOf("toolu_a")?.text ?? "", /rule 1 of .*policy\.json: not that one/);
});

for (const unanswered of ["ask", "deny"] as const)
  test(`no daemon, then ${unanswered}: what has to be asked is not done, and the agent ends`, async (t) => {
    const { serve, connect, claude, model, project } = await claudeMachine(t, { make: [bash("toolu_a", "touch made.txt")] });
    const daemon = await serve();
    await connect("--answer", "--unanswered", unanswered);
    daemon.child.kill("SIGKILL");
    await daemon.ended;
    // Whoever wants a denial gets it also for what the client itself would allow.
    const { code, err } = await claude("make", ...(unanswered === "deny" ? ["--allowedTools", "Bash"] : [])).ended;
    assert.equal(code, 0, err);
    assert.equal(existsSync(join(project, "made.txt")), false);
    assert.equal(model.resultOf("toolu_a")?.isError, true);
  });

for (const unanswered of ["ask", "deny"] as const)
  test(`a daemon that hangs, then ${unanswered}: nothing is done, the agent ends, and what was told is not lost`, async (t) => {
    const { serve, connect, claude, model, project, get } = await claudeMachine(t, { make: [bash("toolu_a", "touch made.txt")] });
    const daemon = await serve();
    await connect("--answer", `${DEADLINE_S}s`, "--unanswered", unanswered, "--no-otel");
    daemon.child.kill("SIGSTOP");
    const { code, err } = await claude("make", ...(unanswered === "deny" ? ["--allowedTools", "Bash"] : [])).ended;
    assert.equal(code, 0, err);
    assert.equal(existsSync(join(project, "made.txt")), false);
    assert.equal(model.resultOf("toolu_a")?.isError, true);
    const [called, told] = model.asked.filter(({ script }) => script !== undefined);
    const heldMs = told!.atMs - called!.atMs;
    t.diagnostic(`the call was held for ${Math.round(heldMs)} ms`);
    assert.ok(heldMs < HELD_MS, `${heldMs} ms`);
    daemon.child.kill("SIGCONT");
    const kept = await until("the hooks are in the log", async () => {
      const { items } = await get<{ items: { type: string; source: string }[] }>("/events?types=tool.started&limit=10");
      return items.find(({ source }) => source === "claude-code/hook");
    });
    assert.equal(kept.type, "tool.started");
    const { items } = await get<{ items: { is_held: boolean }[] }>("/asks");
    assert.deepEqual(items, []);
  });

const denies = { rules: [{ effect: "deny", command: "touch denied*" }] };
/** What can stand against a call, and where. */
const against: Readonly<Record<string, { readonly what: object; readonly path: (home: string, project: string) => string }>> = {
  "a rule of the home": { what: denies, path: (home) => join(home, "policy.json") },
  "a rule of the project": { what: denies, path: (_, project) => join(project, ".orrery", "policy.json") },
  "a budget": {
    what: { budgets: [{ budget_id: "day", scope: "day", limit_usd: 5 }] },
    path: (home) => join(home, "budgets.json"),
  },
};

test("while the daemon is down, what was made after connecting holds, whatever the client allows; where nothing is against a call, it is made", async (t) => {
  const { serve, connect, claude, env, model, project } = await claudeMachine(t, { make: [bash("toolu_a", "touch denied.txt")] });
  const daemon = await serve();
  const { out } = await connect("--answer", "--no-otel");
  assert.match(out, /While no Orrery answers, its calls are blocked where a rule denies or asks or a budget is set, and nowhere else/);
  daemon.child.kill("SIGKILL");
  await daemon.ended;
  const make = async () => {
    const { code, err } = await claude("make", "--allowedTools", "Bash").ended;
    assert.equal(code, 0, err);
    return existsSync(join(project, "denied.txt"));
  };
  for (const [name, { what, path }] of Object.entries(against)) {
    const file = path(env["ORRERY_HOME"]!, project);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(what));
    assert.equal(await make(), false, name);
    assert.match(model.resultOf("toolu_a")?.text ?? "", /No Orrery answers that could look at this call, and .* may forbid it/, name);
    const doctor = await orrery(t, env, "doctor", "--json").ended;
    if (name !== "a rule of the project") assert.ok(doctor.out.includes(`its calls are blocked, because of ${file}`), doctor.out);
    rmSync(file);
  }
  assert.equal(await make(), true);
});

test("a rule that denies holds while the daemon hangs, whatever the client allows", async (t) => {
  const { serve, connect, claude, env, model, project } = await claudeMachine(t, { make: [bash("toolu_a", "touch denied.txt")] });
  const daemon = await serve();
  await connect("--answer", "2s", "--no-otel");
  writePolicy(env, denies.rules);
  daemon.child.kill("SIGSTOP");
  const { code, err } = await claude("make", "--allowedTools", "Bash").ended;
  assert.equal(code, 0, err);
  assert.equal(existsSync(join(project, "denied.txt")), false);
  assert.match(model.resultOf("toolu_a")?.text ?? "", /No Orrery answers that could look at this call/);
});

test("a daemon that is slow: what it says late still decides, and an answer that it took late is the answer", async (t) => {
  const { serve, connect, claude, asked, answer, env, model, project } = await claudeMachine(t, {
    make: [bash("toolu_a", "touch denied.txt"), bash("toolu_b", "mkdir made")],
  });
  writePolicy(env, denies.rules);
  const daemon = await serve();
  await connect("--answer", "5m", "--no-otel");
  /** Goes on again after more than a hook that only tells is waited for. */
  const goOnLater = async () => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    daemon.child.kill("SIGCONT");
  };
  daemon.child.kill("SIGSTOP");
  const run = claude("make", "--allowedTools", "Bash(touch *)");
  await until("the call goes to its hooks", () => model.asked.some(({ script }) => script !== undefined));
  await goOnLater();
  await asked();
  assert.match(model.resultOf("toolu_a")?.text ?? "", /rule 1 of .*policy\.json/, "the daemon's own word, not the script's");
  daemon.child.kill("SIGSTOP");
  const answered = answer({ decision: "allow" });
  await goOnLater();
  await answered;
  assert.equal((await run.ended).code, 0);
  assert.deepEqual(
    ["denied.txt", "made"].map((name) => existsSync(join(project, name))),
    [false, true],
  );
});

test("a rule that wants a person asked holds where nobody answers, whatever the client allows; the call is put to people once", async (t) => {
  const { serve, connect, claude, asked, env, get, model, project } = await claudeMachine(t, {
    make: [bash("toolu_a", "touch asked.txt")],
  });
  writePolicy(env, [{ effect: "ask", command: "touch *", reason: "look first" }]);
  await serve();
  await connect("--answer", "3s");
  const run = claude("make", "--allowedTools", "Bash");
  const { because, session_id } = await asked();
  assert.match(because ?? "", /rule 1 of .*policy\.json: look first/);
  assert.equal((await run.ended).code, 0);
  assert.equal(existsSync(join(project, "asked.txt")), false);
  assert.equal(model.resultOf("toolu_a")?.isError, true);
  const { items } = await get<{ items: { type: string; source: string }[] }>(`/events?types=ask.opened&session_id=${session_id}&limit=50`);
  assert.equal(items.filter(({ source }) => source === "orrery/asks").length, 1);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const)
  for (const unanswered of ["ask", "deny"] as const)
    for (const because of ["the client's settings", "a rule"])
      test(`a daemon that gets ${signal} while an agent waits because of ${because}, then ${unanswered}: the call is not made, and the ask is taken back`, async (t) => {
        const { serve, connect, claude, asked, env, get, model, project } = await claudeMachine(t, {
          make: [bash("toolu_a", "touch made.txt")],
        });
        const isByRule = because === "a rule";
        if (isByRule) writePolicy(env, [{ effect: "ask", command: "touch *" }]);
        const first = await serve();
        await connect("--answer", "--unanswered", unanswered);
        const run = claude("make", ...(isByRule ? ["--allowedTools", "Bash"] : []));
        const { ask_id } = await asked();
        first.child.kill(signal);
        await first.ended;
        await serve();
        const { code, err } = await run.ended;
        assert.equal(code, 0, err);
        assert.equal(existsSync(join(project, "made.txt")), false);
        assert.equal(model.resultOf("toolu_a")?.isError, true);
        const { state, outcome } = await get<{ state: string; outcome: string }>(`/asks/${ask_id}`);
        assert.deepEqual([state, outcome], ["closed", "cancelled"]);
      });
