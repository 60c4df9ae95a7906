// A real opencode server that Orrery follows: what is answered in the inbox is posted back to it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Turn } from "../../src/testing/model-server.ts";
import { opencodeMachine } from "./opencode-machine.ts";

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
