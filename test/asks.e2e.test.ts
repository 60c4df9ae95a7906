import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { AskDetail } from "../src/contract/operations/asks.ts";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { until } from "../src/testing/until.ts";
import { noTerminal, orreryInTerminal } from "../src/testing/terminal.ts";

/** Resolves when an ask with this id is listed. */
async function listed(url: string, id: string): Promise<void> {
  for (;;) {
    const reply = await fetch(`${url}/api/asks/${id}`);
    if (reply.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a script asks, a person answers in another terminal, and the script goes on by the exit code", async (t) => {
  const { env, folder } = tempPerson(t);
  const secretFile = join(folder, "webhook-secret");
  writeFileSync(secretFile, "quite a long secret\n");
  const webhook = await listen(t);
  const { url } = await serving(t, env, "--ask-webhook", webhook.url, "--ask-webhook-secret-file", secretFile);
  const asking = orrery(t, { ...env, USER: "ben" }, "ask", "Deploy?", "--yes-no", "--id", "deploy");
  await listed(url, "ask_deploy");
  const inbox = await orrery(t, env, "inbox").ended;
  assert.match(inbox.out, /deploy.*Deploy\?/);
  const answered = await orrery(t, { ...env, USER: "ana" }, "answer", "dep", "no", "--message", "after lunch").ended;
  assert.equal(answered.code, 0, answered.err);
  const told = await asking.ended;
  assert.deepEqual([told.code, told.out], [1, "denied by ana at cli: after lunch\n"]);
  const late = await orrery(t, { ...env, USER: "eve" }, "answer", "dep", "yes").ended;
  assert.notEqual(late.code, 0);
  assert.match(late.err, /ASK_ALREADY_ANSWERED: .*denied by ana at cli/);

  const messages = await until("the address was told both", () => webhook.got.length >= 2 && webhook.got);
  assert.deepEqual(
    messages.map(({ body }) => {
      const { type, ask_id, outcome, by, inbox } = JSON.parse(body) as Record<string, string>;
      return { type, ask_id, outcome, by, inbox };
    }),
    [
      { type: "ask.opened", outcome: undefined, by: undefined },
      { type: "ask.answered", outcome: "denied", by: "ana" },
    ].map((each) => ({ ...each, ask_id: "ask_deploy", inbox: `${url}/inbox?ask=ask_deploy` })),
  );
  for (const { body, signature } of messages) {
    const [, seconds = "", given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    assert.equal(given, createHmac("sha256", "quite a long secret").update(`${seconds}.${body}`).digest("hex"));
  }
  const { settings } = (await (await fetch(`${url}/api/status`)).json()) as { settings: { name: string; value: unknown }[] };
  assert.equal(settings.find(({ name }) => name === "ask_webhook_secret")!.value, "(set)");
  // Whoever knows the whole address of a webhook may post to it.
  const shown = String(settings.find(({ name }) => name === "ask_webhook")!.value);
  assert.match(shown, /^http:\/\/127\.0\.0\.1:\d+\/…$/);
});

/** An address of somebody's that keeps what it is told. */
async function listen(
  t: TestContext,
): Promise<{ readonly url: string; readonly got: { readonly body: string; readonly signature: string }[] }> {
  const got: { body: string; signature: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      got.push({ body, signature: String(request.headers["orrery-signature"]) });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/asks`, got };
}

/** A person at a terminal, asks from agents, and what became of them. */
async function atTerminal(t: TestContext, commands: readonly string[]) {
  const { env } = tempPerson(t);
  const { url } = await serving(t, env);
  const about = { kind: "permission", tool: "Bash", session_id: "ses_shop", agent_id: "agt_main" };
  const asks: string[] = [];
  for (const command of commands) {
    const body = JSON.stringify({ ...about, prompt: command, input: { command } });
    const reply = await fetch(`${url}/api/asks`, { method: "POST", headers: { "content-type": "application/json" }, body });
    asks.push(((await reply.json()) as AskDetail).ask_id);
  }
  const became = async () =>
    Promise.all(asks.map(async (id) => (await (await fetch(`${url}/api/asks/${id}`)).json()) as AskDetail & { outcome?: string }));
  return { ...orreryInTerminal(t, { ...env, USER: "ana", TERM: "xterm" }, "inbox"), became };
}

test("in a terminal single keys allow, deny with guidance and edit", { skip: noTerminal }, async (t) => {
  const { sees, press, screen, ended, became } = await atTerminal(t, ["npm test", "rm -r build", "make"]);
  await sees("1 of 3");
  await sees("npm test");
  press("a");
  await sees("allowed by ana at cli");
  await sees("1 of 2");
  assert.match(screen(), /rm -r build/);
  press("d");
  await sees("Why, or what instead");
  press("not that folder\r");
  await sees("denied by ana at cli: not that folder");
  await sees("1 of 1");
  press("e");
  await sees("Input as JSON");
  press('{"command":"make -n"}\r');
  await sees("Nobody waits for you.");
  press("q");
  assert.equal(await ended, 0);
  const [first, second, third] = await became();
  assert.deepEqual([first!.outcome, second!.outcome, third!.outcome], ["allowed", "denied", "edited"]);
  assert.deepEqual(third!.answer?.input, { command: "make -n" });
});

test(
  "in a terminal a rule is kept with its scope after its preview, and several are answered together",
  { skip: noTerminal },
  async (t) => {
    const { sees, press, ended, became } = await atTerminal(t, ["npm test", "npm run build", "rm -r a", "rm -r b", "ls"]);
    await sees("1 of 5");
    press("A");
    await sees("s  in this session");
    press("s");
    await sees("Commands like this, * is anything: ");
    press("\u0015npm *\r");
    await sees("Another open ask is matched:");
    press("y");
    await sees("always by ana at cli; 1 allowed with it");
    await sees("1 of 3");
    press(" ");
    await sees("2 of 3 · 1 marked");
    press(" ");
    await sees("3 of 3 · 2 marked");
    press("d");
    await sees("Why, or what instead");
    press("\r");
    await sees("2 denied");
    await sees("1 of 1");
    press("A");
    await sees("s  in this session");
    press("x");
    await sees("Nothing was said.");
    press("\u0003");
    assert.equal(await ended, 0);
    const outcomes = (await became()).map(({ outcome, state }) => outcome ?? state);
    assert.deepEqual(outcomes, ["always", "allowed", "denied", "denied", "open"]);
  },
);

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
