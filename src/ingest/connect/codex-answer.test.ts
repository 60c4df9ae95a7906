import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { codexHooks } from "./codex-settings.ts";
import { hookTargets, installSender } from "./connection.ts";
import { unquoted } from "./shell-words.ts";

interface Hooks {
  readonly hooks: Readonly<
    Record<string, readonly { readonly hooks: readonly { readonly command: string; readonly timeout: number }[] }[]>
  >;
}

const base = hookTargets("/home/dev/my home/.orrery", "http://127.0.0.1:7717", "/api/ingest/codex", "/s");

test("waiting hooks of Codex are added when asked for, stay when connected again, and can be taken out", () => {
  const theirs = JSON.stringify({ hooks: { PreToolUse: [{ hooks: [{ type: "command", command: "beep" }] }] } });
  const connected = (text: string, more: object = {}) => codexHooks.connect("h", text, { ...base, ...more });
  const plain = connected(theirs);
  const waiting = connected(plain, { answer: { deadline_s: 60, otherwise: "ask", isStrict: true } });
  const { PreToolUse, PermissionRequest, Stop } = (JSON.parse(waiting) as Hooks).hooks;
  const last = (groups: typeof Stop) => groups!.at(-1)!.hooks[0]!;
  const words = (event: string, unreached: string) => [
    "/home/dev/my home/.orrery/connect/orrery-answer.sh",
    event,
    "http://127.0.0.1:7717/api/ingest/codex/answer/60/ask",
    "61",
    unreached,
  ];
  assert.deepEqual(unquoted(last(PreToolUse).command), words("PreToolUse", "deny"));
  assert.deepEqual(unquoted(last(PermissionRequest).command), words("PermissionRequest", "pass"));
  assert.deepEqual([last(PreToolUse).timeout, PreToolUse!.length, Stop!.length], [65, 3, 1]);
  assert.equal(connected(waiting), waiting);
  assert.equal(connected(waiting, { answer: "off" }), plain);
  assert.deepEqual(JSON.parse(codexHooks.disconnect("h", waiting)!), JSON.parse(theirs));
});

/** Runs the script as Codex does, with a body on stdin. */
async function ask(t: TestContext, home: string, ...words: readonly string[]): Promise<string> {
  const child = spawn(join(home, "connect", "orrery-answer.sh"), words, { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => void child.kill("SIGKILL"));
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stdin.end('{"hook_event_name":"PreToolUse"}');
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0);
  return out;
}

test("the script prints what Orrery replies, nothing for no decision, and a denial where nobody can be reached if that is wanted", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "orrery-answer-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  installSender(home);
  const replies: Readonly<Record<string, string>> = { "/deny": '{"no":1}', "/none": "{}", "/broken": "" };
  const bodies: string[] = [];
  const server = createServer((request, reply) => {
    request.on("data", (chunk) => bodies.push(String(chunk)));
    request.on("end", () => reply.writeHead(request.url === "/broken" ? 500 : 200).end(replies[request.url!]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal(await ask(t, home, "PreToolUse", `${url}/deny`, "60", "deny"), '{"no":1}');
  assert.equal(await ask(t, home, "PreToolUse", `${url}/none`, "60", "deny"), "");
  assert.deepEqual(bodies, ['{"hook_event_name":"PreToolUse"}', '{"hook_event_name":"PreToolUse"}']);
  assert.match(await ask(t, home, "PreToolUse", `${url}/broken`, "60", "deny"), /"permissionDecision":"deny"/);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await ask(t, home, "PermissionRequest", `${url}/deny`, "60", "pass"), "");
  const denied = JSON.parse(await ask(t, home, "PermissionRequest", `${url}/deny`, "60", "deny")) as {
    hookSpecificOutput: { decision: object };
  };
  assert.deepEqual(denied.hookSpecificOutput.decision, { behavior: "deny", message: "No Orrery answers that could look at this call." });
});
