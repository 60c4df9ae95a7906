// A daemon that needs tokens, and the programs of its own machine: hooks, the canary, the demo and commands find theirs, and nobody else does.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { orrery, tempPerson } from "../src/testing/cli-process.ts";
import { until } from "./e2e/daemon.ts";

test("beyond loopback, hooks, canary, demo and commands of this machine come in by a token that only its owner can read", async (t) => {
  const { home, env, folder } = tempPerson(t);
  const run = async (...args: readonly string[]) => orrery(t, env, ...args).ended;
  const owner = (await run("token", "create", "owner", "--scope", "admin")).out.trim();
  const ofAway = (await run("token", "create", "away", "--scope", "ingest")).out.trim();
  const daemon = orrery(t, env, "serve", "--host", "0.0.0.0", "--no-open");
  const port = /:(\d+)$/.exec(await daemon.sees(/^Orrery ready at (http:\/\/0\.0\.0\.0:\d+)\n/))![1]!;
  const url = `http://127.0.0.1:${port}`;
  const events = async (types: string) =>
    (
      (await (
        await fetch(`${url}/api/events?limit=200&order=newest&types=${types}`, { headers: { authorization: `Bearer ${owner}` } })
      ).json()) as {
        readonly items: readonly { readonly data: object }[];
      }
    ).items;

  const key = join(home, "connect", "authorization");
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.equal(statSync(join(home, "connect")).mode & 0o077, 0);
  const secret = /^authorization: Bearer orrt_(\S+)\n$/.exec(readFileSync(key, "utf8"))![1]!;

  const connected = await run("connect", "claude", "--yes", "--no-otel");
  assert.equal(connected.code, 0, connected.err);
  assert.match(connected.out, /A test record arrived on each way: the command hook, the status line/);
  const settings = readFileSync(join(folder, "claude", "settings.json"), "utf8");
  assert.ok(!settings.includes(secret) && !settings.includes('"http"'), "no token stands in the settings, and no hook that would need one");
  const { hooks } = JSON.parse(settings) as { hooks: Record<string, { hooks: { command: string }[] }[]> };
  const hook = spawn("/bin/sh", ["-c", hooks["PreToolUse"]![0]!.hooks[0]!.command], { stdio: ["pipe", "ignore", "ignore"] });
  const body = {
    hook_event_name: "PreToolUse",
    session_id: "near",
    tool_name: "Bash",
    tool_use_id: "toolu_1",
    tool_input: { command: "ls" },
  };
  hook.stdin.end(JSON.stringify(body));
  await until("the hook arrives", async () => (await events("tool.started")).length === 1);
  await until("nothing waits", () => readdirSync(join(home, "spool")).length === 0);

  const played = await run("demo", "--speed", "100");
  assert.equal(played.code, 0, played.err);
  await until("the demo arrives", async () => (await events("tool.started")).length > 1);
  assert.equal((await run("ls")).code, 0);
  assert.equal((await run("ls", "--url", url)).code, 77, "an address that was named gets no token of this machine's");
  const refused = await run("connect", "opencode", "--yes");
  assert.match(refused.err, /needs a daemon that listens on loopback only/);
  const list = await fetch(`${url}/api/tokens`, { headers: { authorization: `Bearer orrt_${secret}` } });
  assert.equal(list.status, 403, "it makes no tokens");

  const away = tempPerson(t);
  const project = join(away.folder, "claude/projects/-home-dev-project");
  mkdirSync(project, { recursive: true });
  const transcript = join(import.meta.dirname, "fixtures/claude-code/simple-tools/transcript.jsonl");
  const session = /"sessionId":"([^"]+)"/.exec(readFileSync(transcript, "utf8"))![1]!;
  cpSync(transcript, join(project, `${session}.jsonl`));
  const isThere = async (): Promise<boolean> =>
    (await fetch(`${url}/api/sessions/ses_${session}`, { headers: { authorization: `Bearer ${owner}` } })).ok;
  const stranger = orrery(t, away.env, "forward", "--to", url);
  await stranger.sees(/Forwarding to/);
  await until("it is refused and keeps what it read", () => /"msg":"not sent"/.test(stranger.err()));
  assert.match(stranger.err(), /token/);
  assert.equal(await isThere(), false);
  stranger.child.kill("SIGINT");
  assert.match((await stranger.ended).out, /0 events sent, \d+ wait for the next time/);
  const file = join(away.folder, "token");
  writeFileSync(file, ofAway, { mode: 0o600 });
  const known = orrery(t, away.env, "forward", "--to", url, "--token-file", file);
  await until("what waited arrives", isThere);
  known.child.kill("SIGINT");
  assert.match((await known.ended).out, /[1-9]\d* events sent/);

  daemon.child.kill("SIGTERM");
  const { err } = await daemon.ended;
  assert.ok(!existsSync(key), "it is gone with the daemon");
  assert.ok(!err.includes(secret));
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(secret), entry.name);

  const near = orrery(t, env, "serve", "--no-open");
  await near.sees(/^Orrery ready at/);
  assert.ok(!existsSync(key), "on loopback there is none");
});
