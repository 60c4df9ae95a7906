// The real Codex, connected with `orrery connect codex --answer`.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Turn } from "../../src/testing/model-server.ts";
import { until } from "../../src/testing/until.ts";
import { sameAccount } from "./account.ts";
import { codexMachine } from "./codex-machine.ts";

/** A command for which Codex has to ask. */
const outside = (id: string, cmd: string): Turn => ({
  tools: [{ id, name: "exec_command", input: { cmd, sandbox_permissions: "require_escalated", justification: "May I?" } }],
});

test("allow and deny in the inbox decide what Codex does; the model reads the guidance", async (t) => {
  const machine = await codexMachine(t, {
    make: [
      { ...outside("call_a", "touch made.txt"), usage: { input_tokens: 1_200, output_tokens: 31 } },
      { ...outside("call_b", "touch denied.txt"), usage: { input_tokens: 100, output_tokens: 13, cache_read_input_tokens: 1_200 } },
    ],
  });
  const { serve, connect, prompt, asked, answer, model, project, versionOf } = machine;
  await serve();
  assert.equal((await connect("--answer")).code, 0);
  const run = prompt("make");
  const { tool, takes_input, asked_by, prompt: words, session_id } = await asked();
  assert.deepEqual([tool, takes_input, asked_by, words], ["Bash", false, "codex", "touch made.txt"]);
  await answer({ decision: "allow" });
  await answer({ decision: "deny", message: "Not there." });
  assert.deepEqual(await run, [], "Codex asks nobody else");
  assert.deepEqual(
    ["made.txt", "denied.txt"].map((name) => existsSync(join(project, name))),
    [true, false],
  );
  assert.match(model.resultOf("call_b")?.text ?? "", /Not there\./);
  await sameAccount(machine, session_id!, model.asked);
  assert.equal(await versionOf(session_id!), process.env["ORRERY_AGENT_CODEX_VERSION"]);
});

test("without an answer Codex asks where it works; where a denial is wanted it asks nobody", async (t) => {
  const { serve, connect, prompt, model, project } = await codexMachine(t, { make: [outside("call_a", "touch made.txt")] });
  await serve();
  await connect("--answer", "2s");
  assert.equal((await prompt("make")).length, 1);
  await connect("--answer", "2s", "--unanswered", "deny");
  assert.deepEqual(await prompt("make"), []);
  assert.match(model.asked.at(-1)?.results[0]?.text ?? "", /Nobody answered in Orrery by the deadline/);
  assert.equal(existsSync(join(project, "made.txt")), false);
});

test("a rule that the project got after connecting denies before the call, and holds without a daemon", async (t) => {
  const { serve, connect, prompt, get, model, project } = await codexMachine(t, {
    make: [{ tools: [{ id: "call_a", name: "exec_command", input: { cmd: "touch denied.txt" } }] }],
  });
  const daemon = await serve();
  await connect("--answer");
  const rules = [{ effect: "deny", command: "touch *", reason: "not now" }];
  mkdirSync(join(project, ".orrery"));
  writeFileSync(join(project, ".orrery", "policy.json"), JSON.stringify({ rules }));
  await prompt("make");
  const calls = await until("the call is over in the log", async () => {
    const { items } = await get<{ items: { outcome?: string }[] }>("/calls");
    return items[0]?.outcome === undefined ? undefined : items;
  });
  assert.deepEqual(
    calls.map(({ outcome }) => outcome),
    ["denied"],
  );
  assert.match(model.asked.at(-1)?.results[0]?.text ?? "", /rule 1 of .*policy\.json: not now/);
  daemon.child.kill("SIGKILL");
  await daemon.ended;
  await prompt("make");
  assert.match(model.asked.at(-1)?.results[0]?.text ?? "", /No Orrery answers that could look at this call/);
  assert.equal(existsSync(join(project, "denied.txt")), false);
});
