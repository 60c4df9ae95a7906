// A real opencode server that Orrery follows: what is answered in the inbox is posted back to it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Turn } from "../../src/testing/model-server.ts";
import { sameAccount } from "./account.ts";
import { opencodeMachine } from "./opencode-machine.ts";

const task = (id: string, description: string, prompt: string): Turn => ({
  tools: [{ id, name: "task", input: { description, prompt, subagent_type: "general" } }],
});
const bash = (id: string, command: string): Turn => ({ tools: [{ id, name: "bash", input: { command, description: "as told" } }] });

test("allow and deny in the inbox decide what opencode does; the model reads the guidance", async (t) => {
  const { serve, prompt, answer, asked, model, project, get } = await opencodeMachine(t, {
    make: [bash("toolu_a", "touch made.txt"), bash("toolu_b", "touch denied.txt")],
  });
  await serve();
  const run = prompt("make");
  const { tool, kind, input, takes_input } = await asked();
  assert.deepEqual([tool, kind, takes_input, (input as { command: string }).command], ["bash", "permission", false, "touch made.txt"]);
  await assert.rejects(answer({ decision: "allow", input: { command: "touch other.txt" } }), /BAD_INPUT.*cannot be given/s);
  const { ask_id, session_id } = await answer({ decision: "allow" });
  const { items } = await get<{ items: { outcome: string; by: string }[] }>(`/asks?state=closed&session_id=${session_id}`);
  assert.deepEqual(
    items.map(({ outcome, by }) => [outcome, by]),
    [["allowed", "ana"]],
  );
  const second = await answer({ decision: "deny", message: "Not there." });
  assert.notEqual(second.ask_id, ask_id);
  await run;
  assert.deepEqual(
    ["made.txt", "denied.txt"].map((name) => existsSync(join(project, name))),
    [true, false],
  );
  assert.match(model.resultOf("toolu_b")?.text ?? "", /Not there\./);
});

test("always in the inbox: the like is not asked again; what a helper asks is answered as its own", async (t) => {
  const machine = await opencodeMachine(t, {
    work: [
      { ...bash("toolu_a", "mkdir one"), usage: { input_tokens: 1_200, output_tokens: 31 } },
      { ...bash("toolu_b", "mkdir two"), usage: { input_tokens: 7, output_tokens: 13, cache_read_input_tokens: 1_200 } },
      task("toolu_c", "helps", "lend a hand"),
    ],
    "lend a hand": [{ ...bash("toolu_d", "touch child.txt"), usage: { input_tokens: 301, output_tokens: 41 } }],
  });
  const { serve, prompt, asked, answer, get, model, project, versionOf } = machine;
  await serve();
  const run = prompt("work");
  const { suggestions = [], session_id } = await asked();
  const { outcome } = await answer({ decision: "allow", remember: suggestions });
  assert.equal(outcome, "always");
  const ofChild = await asked();
  assert.deepEqual([ofChild.session_id, ofChild.agent, ofChild.prompt], [session_id, "helps", "touch child.txt"]);
  await answer({ decision: "allow" });
  await run;
  assert.deepEqual(
    ["one", "two", "child.txt"].map((name) => existsSync(join(project, name))),
    [true, true, true],
  );
  const { items, open } = await get<{ items: { outcome: string }[]; open: number }>(`/asks?state=all&session_id=${session_id}`);
  assert.deepEqual([items.map((ask) => ask.outcome), open], [["allowed", "always"], 0]);
  // It asks for a title besides, without tools, and tells nobody.
  const { agents } = await sameAccount(
    machine,
    session_id!,
    model.asked.filter(({ script }) => script !== undefined),
  );
  assert.deepEqual(
    agents.map(({ label, depth, requests }) => [label, depth, requests]),
    [
      ["main", 0, 4],
      ["helps", 1, 2],
    ],
  );
  assert.equal(await versionOf(session_id!), process.env["ORRERY_AGENT_OPENCODE_VERSION"]);
});

test("a question of opencode is answered in the inbox, and the model reads the answer", async (t) => {
  const questions = [
    {
      question: "Which colour?",
      header: "Colour",
      options: [
        { label: "Red", description: "warm" },
        { label: "Blue", description: "cold" },
      ],
    },
  ];
  const { serve, prompt, asked, answer, model } = await opencodeMachine(t, {
    paint: [{ tools: [{ id: "toolu_q", name: "question", input: { questions } }] }],
  });
  await serve();
  const run = prompt("paint");
  const { kind, questions: shown } = await asked();
  assert.deepEqual([kind, shown?.[0]?.question], ["question", "Which colour?"]);
  await answer({ value: { "Which colour?": "Blue" } });
  await run;
  assert.match(model.resultOf("toolu_q")?.text ?? "", /Blue/);
});
