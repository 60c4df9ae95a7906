import assert from "node:assert/strict";
import { test } from "node:test";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";

/** Resolves when an ask with this id is listed. */
async function listed(url: string, id: string): Promise<void> {
  for (;;) {
    const reply = await fetch(`${url}/api/asks/${id}`);
    if (reply.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a script asks, a person answers in another terminal, and the script goes on by the exit code", async (t) => {
  const { env } = tempPerson(t);
  const { url } = await serving(t, env);
  const asking = orrery(t, { ...env, USER: "ben" }, "ask", "Deploy?", "--yes-no", "--id", "deploy");
  await listed(url, "ask_deploy");
  const inbox = await orrery(t, env, "inbox").ended;
  assert.match(inbox.out, /deploy.*Deploy\?/);
  const answered = await orrery(t, { ...env, USER: "ana" }, "answer", "dep", "no", "--message", "after lunch").ended;
  assert.equal(answered.code, 0, answered.err);
  const told = await asking.ended;
  assert.deepEqual([told.code, told.out], [1, "denied by ana at cli: after lunch\n"]);
  const late = await orrery(t, { ...env, USER: "eve" }, "answer", "deploy", "yes").ended;
  assert.notEqual(late.code, 0);
  assert.match(late.err, /ASK_ALREADY_ANSWERED: .*denied by ana at cli/);
});

test("a daemon that is started anew goes on with who waits; choices are printed as they are", async (t) => {
  const { env } = tempPerson(t);
  const first = await serving(t, env);
  const asking = orrery(t, env, "ask", "Which branch?", "--choices", "main,next", "--id", "branch");
  await listed(first.url, "ask_branch");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await serving(t, env);
  assert.notEqual((await orrery(t, env, "answer", "branch", "elsewhere").ended).code, 0);
  assert.equal((await orrery(t, env, "answer", "branch", "2").ended).code, 0);
  const told = await asking.ended;
  assert.deepEqual([told.code, told.out], [0, "next\n"]);
  const again = await orrery(t, env, "ask", "Which branch?", "--choices", "main,next", "--id", "branch", "--json").ended;
  assert.equal((JSON.parse(again.out) as { answer: { value: string } }).answer.value, "next");
  second.child.kill("SIGTERM");
});

test("at the deadline a script is told that nobody answered; whoever interrupts it takes the ask back", async (t) => {
  const { env } = tempPerson(t);
  const { url } = await serving(t, env);
  const expired = await orrery(t, env, "ask", "Anybody?", "--deadline", "0.2s").ended;
  assert.equal(expired.code, 124, expired.err);
  const asking = orrery(t, env, "ask", "Wait?", "--id", "wait");
  await listed(url, "ask_wait");
  asking.child.kill("SIGINT");
  assert.equal((await asking.ended).code, 130);
  const { outcome, reason } = (await (await fetch(`${url}/api/asks/ask_wait`)).json()) as { outcome?: string; reason?: string };
  assert.deepEqual([outcome, reason], ["cancelled", "interrupted"]);
  const wrong = await orrery(t, env, "ask", "?", "--deadline", "soon").ended;
  assert.match(wrong.err, /--deadline soon is no time/);
});
