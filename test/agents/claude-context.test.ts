// The real Claude Code: what is injected in Orrery stands in what its model is told next, once.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../e2e/daemon.ts";
import { claudeMachine } from "./claude-machine.ts";

interface Row {
  readonly injection_id: string;
  readonly state: string;
  readonly hook?: string;
}

test("words and a file reach the model with the end of a call, another with its start, and each once", async (t) => {
  const wait = (name: string) => ({ command: `until [ -e ${name} ]; do sleep 0.1; done`, description: "waits" });
  const { serve, connect, claude, model, project, get, send } = await claudeMachine(t, {
    wait: [
      { tools: [{ id: "toolu_a", name: "Bash", input: wait("first") }] },
      { tools: [{ id: "toolu_b", name: "Bash", input: { command: "true", description: "nothing" } }] },
      { tools: [{ id: "toolu_c", name: "Bash", input: { command: "true", description: "nothing" } }] },
    ],
  });
  await serve();
  assert.equal((await connect()).code, 0);
  writeFileSync(join(project, "notes.md"), "Use pnpm here.");
  const run = claude("wait", "--allowedTools", "Bash");
  const session = await until("the first call runs", async () => {
    const { items } = await get<{ items: { session_id: string; call_id: string }[] }>("/calls?outcome=running");
    return items[0]?.session_id;
  });
  const inject = (body: object) => send<Row>("POST", `/sessions/${session}/inject`, body);
  assert.equal((await inject({ text: "STAGING-IS-READ-ONLY", files: [{ path: "notes.md" }] })).state, "waiting");
  // Two that one hook cannot carry together: the second goes with the start of the next call.
  await inject({ text: `SECOND-${"y".repeat(9_950)}` });
  writeFileSync(join(project, "first"), "");
  assert.equal((await run.ended).code, 0);
  const told = model.asked.map((asked) => asked.told);
  assert.equal(told.filter((words) => words.includes("SECOND-")).length, 1);
  assert.equal(told.filter((words) => words.includes("STAGING-IS-READ-ONLY")).length, 1);
  assert.match(
    told.find((words) => words.includes("STAGING-IS-READ-ONLY"))!,
    /Use pnpm here\./,
  );
  const { items } = await get<{ items: Row[] }>(`/sessions/${session}/injections`);
  assert.deepEqual(
    items.map(({ state, hook }) => [state, hook]),
    [
      ["delivered", "PreToolUse"],
      ["delivered", "PostToolUse"],
    ],
  );
});

test("a session that is over is refused, and says so", async (t) => {
  const { serve, connect, claude, get, send } = await claudeMachine(t, { greet: [{ text: "Hello." }] });
  await serve();
  await connect();
  await claude("greet").ended;
  const session = await until("the session", async () => {
    const { items } = await get<{ items: { session_id: string; status: string }[] }>("/sessions");
    return items.find(({ status }) => status === "ended")?.session_id;
  });
  await assert.rejects(send("POST", `/sessions/${session}/inject`, { text: "x" }), /answered 409.*it is over/);
});
