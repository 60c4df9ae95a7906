// The real Claude Code, connected with `orrery connect claude --answer`: what is answered in the inbox decides what it does.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { claudeMachine } from "./claude-machine.ts";
import type { Turn } from "../../src/testing/model-server.ts";

const bash = (id: string, command: string): Turn => ({
  text: "I will.",
  tools: [{ id, name: "Bash", input: { command, description: "as told" } }],
});

test("allow: the call is made, and the log says who allowed it", async (t) => {
  const { serve, connect, claude, answer, model, project, get, wantedOutside } = await claudeMachine(t, {
    make: [bash("toolu_a", "echo yes > made.txt")],
  });
  await serve();
  assert.equal((await connect("--answer")).code, 0);
  const run = claude("make");
  const { tool, input, session_id, suggestions } = await answer({ decision: "allow" });
  assert.deepEqual([tool, input], ["Bash", { command: "echo yes > made.txt", description: "as told" }]);
  assert.ok(Array.isArray(suggestions));
  const { code, out, err } = await run.ended;
  assert.deepEqual([code, out], [0, "Done.\n"], err);
  assert.equal(readFileSync(join(project, "made.txt"), "utf8"), "yes\n");
  assert.equal(model.resultOf("toolu_a")?.isError, false);
  const { items } = await get<{ items: { call_id: string; outcome: string; by: string }[] }>(`/asks?state=all&session_id=${session_id}`);
  assert.deepEqual(
    items.map(({ call_id, outcome, by }) => [call_id, outcome, by]),
    [["call_toolu_a", "allowed", "ana"]],
  );
  assert.deepEqual(wantedOutside, []);
});

test("allow with edited input: what runs is what was written in the inbox", async (t) => {
  const { serve, connect, claude, answer, model, project } = await claudeMachine(t, {
    command: [bash("toolu_a", "touch meant.txt")],
    file: [{ tools: [{ id: "toolu_b", name: "Write", input: { file_path: "notes.txt", content: "theirs" } }] }],
  });
  await serve();
  await connect("--answer");
  const first = claude("command");
  await answer({ decision: "allow", input: { command: "touch edited.txt", description: "another" } });
  await first.ended;
  assert.deepEqual([existsSync(join(project, "meant.txt")), existsSync(join(project, "edited.txt"))], [false, true]);
  assert.equal(model.resultOf("toolu_a")?.isError, false);
  const second = claude("file");
  const { outcome } = await answer({ decision: "allow", input: { file_path: join(project, "notes.txt"), content: "ours" } });
  assert.equal(outcome, "edited");
  await second.ended;
  assert.equal(readFileSync(join(project, "notes.txt"), "utf8"), "ours");
});

test("deny with guidance: nothing is done, and the model reads the guidance", async (t) => {
  const { serve, connect, claude, answer, model, project } = await claudeMachine(t, { make: [bash("toolu_a", "touch made.txt")] });
  await serve();
  await connect("--answer");
  const run = claude("make");
  await answer({ decision: "deny", message: "Use the build folder instead." });
  assert.equal((await run.ended).code, 0);
  assert.equal(existsSync(join(project, "made.txt")), false);
  const told = model.resultOf("toolu_a");
  assert.equal(told?.isError, true);
  assert.match(told.text, /Use the build folder instead\./);
});

test("always allow, for the session: the like is not asked again in it, and is asked in the next", async (t) => {
  const { serve, connect, claude, answer, asked, project } = await claudeMachine(t, {
    make: [bash("toolu_a", "mkdir -p one"), bash("toolu_b", "mkdir -p two")],
    again: [bash("toolu_c", "mkdir -p three")],
  });
  await serve();
  await connect("--answer");
  const run = claude("make");
  const { suggestions = [] } = await asked();
  const session = (suggestions as { destination: string }[]).map((each) => ({ ...each, destination: "session" }));
  const { outcome } = await answer({ decision: "allow", remember: session });
  assert.equal(outcome, "always");
  assert.equal((await run.ended).code, 0);
  assert.deepEqual(
    ["one", "two"].map((name) => existsSync(join(project, name))),
    [true, true],
  );
  const next = claude("again");
  await answer({ decision: "deny" });
  await next.ended;
  assert.equal(existsSync(join(project, "three")), false);
});

/** Where the client keeps a rule, by the name that it has for the place. */
const keeps: Readonly<Record<string, (config: string, project: string) => string>> = {
  localSettings: (_, project) => join(project, ".claude", "settings.local.json"),
  projectSettings: (_, project) => join(project, ".claude", "settings.json"),
  userSettings: (config) => join(config, "settings.json"),
};

for (const [destination, fileIn] of Object.entries(keeps))
  test(`always allow, in ${destination}: the client keeps the rule there, and the next session is not asked`, async (t) => {
    const { serve, connect, claude, trust, answer, env, project } = await claudeMachine(t, {
      make: [bash("toolu_a", "node -e 0 > one.txt")],
      again: [bash("toolu_b", "node -e 0 > two.txt")],
    });
    await serve();
    await connect("--answer");
    trust();
    const rule = { type: "addRules", behavior: "allow", destination, rules: [{ toolName: "Bash" }] };
    const run = claude("make");
    await answer({ decision: "allow", remember: [rule] });
    await run.ended;
    const settings = JSON.parse(readFileSync(fileIn(env["CLAUDE_CONFIG_DIR"]!, project), "utf8")) as { permissions: { allow: string[] } };
    assert.deepEqual(settings.permissions.allow, ["Bash"]);
    assert.equal((await claude("again").ended).code, 0);
    assert.equal(existsSync(join(project, "two.txt")), true);
  });

for (const scope of ["session", "project", "home"] as const)
  test(`always allow, by a rule of Orrery's for the ${scope}: the like is decided by it, with nobody asked`, async (t) => {
    const { serve, connect, claude, answer, env, get, project } = await claudeMachine(t, {
      make: [bash("toolu_a", "mkdir -p one"), bash("toolu_b", "mkdir -p two")],
      again: [bash("toolu_c", "mkdir -p three")],
    });
    await serve();
    await connect("--answer");
    const home = env["ORRERY_HOME"]!;
    if (scope === "project") writeFileSync(join(home, "policy.json"), JSON.stringify({ trust: [project], rules: [] }));
    const rule = { effect: "allow", tool: "Bash", command: "mkdir *" };
    const run = claude("make");
    const { session_id } = await answer({ decision: "allow", remember: [{ scope, rule }] });
    assert.equal((await run.ended).code, 0);
    assert.equal(existsSync(join(project, "two")), true);
    const next = claude("again");
    if (scope === "session") await answer({ decision: "deny" });
    else {
      const file = scope === "home" ? join(home, "policy.json") : join(project, ".orrery", "policy.json");
      assert.deepEqual((JSON.parse(readFileSync(file, "utf8")) as { rules: unknown }).rules, [rule]);
    }
    await next.ended;
    assert.equal(existsSync(join(project, "three")), scope !== "session");
    // What a rule decided is no ask, as nobody waited; the log says it.
    const path = `/events?types=ask.answered&session_id=${session_id}&limit=50`;
    const { items } = await get<{ items: { source: string; data: { call_id: string; by: string } }[] }>(path);
    const byRule = items.filter(({ source }) => source === "orrery/policy").map(({ data }) => [data.call_id, data.by]);
    assert.deepEqual(byRule, [["call_toolu_b", "rule"]]);
  });
