// The real Claude Code and its settings: connected twice and taken out again, and connected to a daemon that needs tokens.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Turn } from "../../src/testing/model-server.ts";
import { until } from "../../src/testing/until.ts";
import { claudeMachine } from "./claude-machine.ts";

const bash = (id: string, command: string): Turn => ({ tools: [{ id, name: "Bash", input: { command, description: "as told" } }] });

test("connected twice, used and disconnected: the user's own hooks ran all the while, and the settings are the very same bytes", async (t) => {
  const { serve, connect, disconnect, settings, claude, answer, get, versionOf, model, project } = await claudeMachine(t, {
    make: [bash("toolu_a", "touch made.txt")],
    again: [bash("toolu_b", "touch again.txt")],
  });
  const own = { type: "command", command: `cat >> '${join(project, "own.jsonl")}'` };
  const before = `\uFEFF{\r\n\t"permissions": {"deny": ["WebFetch"]},\r\n\t"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [${JSON.stringify(own)}]}]}\r\n}`;
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, before);
  await serve();
  assert.match((await connect("--answer")).out, /sends what happens to/);
  const connected = readFileSync(settings, "utf8");
  assert.match((await connect("--answer")).out, /was connected to .* already/);
  assert.equal(readFileSync(settings, "utf8"), connected);

  const run = claude("make");
  await answer({ decision: "allow" });
  assert.equal((await run.ended).code, 0);
  const ownCalls = () => readFileSync(join(project, "own.jsonl"), "utf8").split('"tool_use_id"').length - 1;
  assert.deepEqual([existsSync(join(project, "made.txt")), ownCalls()], [true, 1]);
  const { session_id } = (await get<{ items: { session_id: string }[] }>("/sessions")).items[0]!;
  // Hooks that stood there twice would have told everything twice, and asked twice.
  const events = async (type: string, source: string) => {
    type Event = { readonly source: string; readonly data: { readonly app_version?: string } };
    const { items } = await get<{ items: Event[] }>(`/events?session_id=${session_id}&types=${type}&limit=200`);
    return items.filter((event) => event.source === source).map(({ data }) => data);
  };
  assert.deepEqual([(await events("tool.started", "claude-code/hook")).length, (await events("ask.opened", "orrery/asks")).length], [1, 1]);
  assert.equal(await versionOf(session_id), process.env["ORRERY_AGENT_CLAUDE_VERSION"]);

  assert.equal((await disconnect()).code, 0);
  assert.equal(readFileSync(settings, "utf8"), before);
  await claude("again", "--allowedTools", "Bash").ended;
  assert.deepEqual([existsSync(join(project, "again.txt")), ownCalls()], [true, 2]);
  assert.equal(model.resultOf("toolu_b")?.isError, false);
});

for (const unanswered of ["ask", "deny"] as const)
  test(`a daemon that needs tokens, ${unanswered}: the hooks bring this machine's, answers decide, and without a daemon or a token nothing passes against a rule`, async (t) => {
    const { serveAll, connect, settings, claude, answer, env, get, model, project } = await claudeMachine(t, {
      make: [bash("toolu_a", "touch made.txt"), bash("toolu_b", "touch denied.txt")],
      later: [bash("toolu_c", "touch later.txt")],
    });
    const daemon = await serveAll();
    const home = env["ORRERY_HOME"]!;
    const { code, err } = await connect("--answer", "20s", "--unanswered", unanswered);
    assert.equal(code, 0, err);
    const run = claude("make");
    await answer({ decision: "allow" });
    await answer({ decision: "deny", message: "Not there." });
    assert.equal((await run.ended).code, 0);
    assert.deepEqual(
      ["made.txt", "denied.txt"].map((name) => existsSync(join(project, name))),
      [true, false],
    );
    assert.match(model.resultOf("toolu_b")?.text ?? "", /Not there\./);
    await until("the session is over, and nothing waits to be sent", async () => {
      const { items } = await get<{ items: { status: string }[] }>("/sessions");
      return items[0]?.status === "ended" && readdirSync(join(home, "spool")).length === 0;
    });

    writeFileSync(join(home, "policy.json"), JSON.stringify({ rules: [{ effect: "deny", command: "touch later*", reason: "not now" }] }));
    const blocked = async (why: RegExp) => {
      const before = model.asked.length;
      assert.equal((await claude("later", "--allowedTools", "Bash").ended).code, 0);
      assert.equal(existsSync(join(project, "later.txt")), false);
      const told = model.asked.slice(before).flatMap(({ results }) => results);
      assert.match(told.find(({ call }) => call === "toolu_c")?.text ?? "", why);
    };
    await blocked(/rule 1 of .*policy\.json: not now/);
    const key = join(home, "connect", "authorization");
    assert.equal(readFileSync(settings, "utf8").includes(readFileSync(key, "utf8").trim().split(" ").at(-1)!), false);
    rmSync(key);
    await blocked(/No Orrery answers that could look at this call/);
    daemon.child.kill("SIGKILL");
    await daemon.ended;
    await blocked(/No Orrery answers that could look at this call/);
  });
