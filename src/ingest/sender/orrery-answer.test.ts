import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { until } from "../../testing/until.ts";
import { installSender } from "../connect/connection.ts";

/** A home with the script, a project in it, and what the script finds at the port it asks. */
function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "orrery answer-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, "home");
  const shop = join(folder, "shop");
  const temporary = join(folder, "tmp");
  mkdirSync(join(shop, "src", "deep"), { recursive: true });
  mkdirSync(temporary);
  installSender(home);

  /** Runs the script as an agent does: a body on stdin, in some folder. */
  function start(words: readonly string[], body: object = { hook_event_name: "PreToolUse", cwd: join(shop, "src", "deep") }) {
    const program = join(home, "connect", "orrery-answer.sh");
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"], cwd: folder, env: { ...process.env, TMPDIR: temporary } });
    t.after(() => void child.kill("SIGKILL"));
    let out = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stdin.end(JSON.stringify(body));
    const ended = new Promise<{ readonly code: number | null; readonly out: string }>((resolve) =>
      child.on("close", (code) => resolve({ code, out })),
    );
    return { child, ended };
  }

  async function ask(...words: readonly string[]): Promise<string> {
    const { code, out } = await start(words).ended;
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(temporary), [], "nothing is left behind");
    return out;
  }

  return { home, shop, temporary, start, ask };
}

async function answering(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address at which nobody answers. */
const NOBODY = "http://127.0.0.1:1/x";

interface Denied {
  readonly hookSpecificOutput: {
    readonly permissionDecision: string;
    readonly permissionDecisionReason: string;
    readonly decision: object;
  };
}

test("the script prints what Orrery replies, and nothing where that is no decision", async (t) => {
  const { ask } = open(t);
  const decision = '{"hookSpecificOutput":{"hookEventName":"PreToolUse"}}';
  const bodies: string[] = [];
  const url = await answering(t, (request, reply) => {
    request.on("data", (chunk) => bodies.push(String(chunk)));
    request.on("end", () => reply.end(request.url === "/none" ? "{}" : decision));
  });
  assert.equal(await ask("PreToolUse", `${url}/deny`, "60", "deny"), decision);
  assert.equal(await ask("PreToolUse", `${url}/none`, "60", "deny"), "");
  assert.match(bodies.join(), /^(\{"hook_event_name":"PreToolUse","cwd":"[^"]*"\},?){2}$/);
});

test("where nobody answers, or what answers is no Orrery, it denies if that is wanted", async (t) => {
  const { ask } = open(t);
  const url = await answering(t, (request, reply) => {
    if (request.url === "/hangs") return;
    reply.writeHead(request.url === "/broken" ? 503 : 200).end(request.url === "/broken" ? "{}" : "<html>another program</html>");
  });
  for (const address of [`${url}/broken`, `${url}/other`, NOBODY])
    assert.match(await ask("PreToolUse", address, "60", "deny"), /"permissionDecision":"deny"/, address);
  assert.match(await ask("PreToolUse", `${url}/hangs`, "1", "deny"), /"permissionDecision":"deny"/);
  assert.equal(await ask("PermissionRequest", NOBODY, "60", "pass"), "");
  const denied = JSON.parse(await ask("PermissionRequest", NOBODY, "60", "deny")) as Denied;
  assert.deepEqual(denied.hookSpecificOutput.decision, {
    behavior: "deny",
    message: "No Orrery answers that could look at this call. Start one: orrery serve",
  });
});

test("without Orrery a call is denied where a rule or a budget of that moment could be against it, and nowhere else", async (t) => {
  const { home, shop, ask } = open(t);
  const policy = join(home, "policy.json");
  const write = (path: string, ...rules: readonly object[]) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ rules }, undefined, 2));
  };
  const look = async () => {
    const out = await ask("PreToolUse", NOBODY, "60", "look");
    return out === "" ? "" : (JSON.parse(out) as Denied).hookSpecificOutput.permissionDecisionReason;
  };
  const against = (path: string) => new RegExp(`^No Orrery answers .* ${RegExp.escape(path)} may forbid it`);
  assert.equal(await look(), "");

  write(policy, { effect: "allow", tool: "Bash", command: 'echo {"effect":"deny"}' });
  assert.equal(await look(), "", "what only allows is no obstacle, whatever words stand in it");
  for (const effect of ["deny", "ask"]) {
    write(policy, { effect: "allow", tool: "Read" }, { effect, tool: "Bash" });
    assert.match(await look(), against(policy), effect);
  }
  for (const broken of ["{", '{"rules":[{"effect":"\\u0064eny"}]}', '{"rules":[{"effect":"allow"}', "", "[]"]) {
    writeFileSync(policy, broken);
    assert.match(await look(), against(policy), broken);
  }
  rmSync(policy);

  const ofProject = join(shop, ".orrery", "policy.json");
  write(ofProject, { effect: "deny", command: "curl *" });
  assert.match(await look(), against(ofProject), "the nearest above the folder of the call");
  write(join(shop, "src", ".orrery", "policy.json"), { effect: "allow" });
  assert.equal(await look(), "", "a nearer one stands for the other, as it does in Orrery");

  writeFileSync(join(home, "budgets.json"), JSON.stringify({ budgets: [] }, undefined, 2));
  assert.equal(await look(), "");
  writeFileSync(join(home, "budgets.json"), JSON.stringify({ budgets: [{ budget_id: "day", scope: "day", limit_usd: 5 }] }));
  assert.match(await look(), against(join(home, "budgets.json")));
});

test("who is not waited for any more hangs up: its question stands in no inbox", async (t) => {
  const { start, temporary } = open(t);
  let asked = false;
  let hungUp = false;
  const url = await answering(t, (request) => {
    asked = true;
    request.socket.on("close", () => (hungUp = true));
  });
  const { child, ended } = start(["PreToolUse", `${url}/hangs`, "60", "look"]);
  await until("it asks", () => asked || undefined);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 0, out: "" });
  await until("it hung up", () => hungUp || undefined);
  assert.deepEqual(readdirSync(temporary), []);
});
