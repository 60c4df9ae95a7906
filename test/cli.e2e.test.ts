import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { until } from "../src/testing/until.ts";

interface DaemonFile {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly started_at: string;
}

const STOPS_WITHIN_MS = 5_000;

function daemonFile(home: string): DaemonFile {
  return JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) as DaemonFile;
}

async function eventsAt(url: string, types: string): Promise<{ readonly data: Record<string, unknown>; readonly timestamp: string }[]> {
  const reply = await fetch(`${url}/api/events?types=${types}&limit=200`);
  return ((await reply.json()) as { items: { data: Record<string, unknown>; timestamp: string }[] }).items;
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

test("serve says where it is, writes daemon.json, and ends cleanly on SIGTERM and Ctrl-C", async (t) => {
  const { home, env } = tempPerson(t);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const daemon = await serving(t, env);
    assert.equal(daemon.out(), `Orrery ready at ${daemon.url}\n`);
    const file = daemonFile(home);
    assert.deepEqual([file.pid, file.url, `http://127.0.0.1:${file.port}`], [daemon.child.pid, daemon.url, daemon.url]);
    const askedAt = Date.now();
    daemon.child.kill(signal);
    const { code, err } = await daemon.ended;
    assert.deepEqual([code, err], [0, ""]);
    assert.ok(Date.now() - askedAt < STOPS_WITHIN_MS);
    assert.ok(!existsSync(join(home, "daemon.json")));
  }
});

test("a second start on the same home says so and is content", async (t) => {
  const { env } = tempPerson(t);
  const daemon = await serving(t, env);
  const second = await orrery(t, env).ended;
  assert.deepEqual(second, { code: 0, out: `Orrery already runs at ${daemon.url} (process ${daemon.child.pid})\n`, err: "" });
});

test("after a kill the next start takes over", async (t) => {
  const { home, env } = tempPerson(t);
  const first = await serving(t, env);
  await fetch(`${first.url}/api/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "x.test.ran", data: { n: 1 } }),
  });
  first.child.kill("SIGKILL");
  await first.ended;
  assert.ok(existsSync(join(home, "daemon.json")));
  const lost = await orrery(t, env, "ls").ended;
  assert.equal(lost.code, 69);
  assert.match(lost.err, /^DAEMON_UNREACHABLE: No Orrery answers at [^\n]+\n$/);
  const second = await serving(t, env);
  assert.equal((await eventsAt(second.url, "x.test.ran")).length, 1);
});

test("a taken port and a wrong command line are one clear line", async (t) => {
  const { env, folder } = tempPerson(t);
  const daemon = await serving(t, env);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["serve", "--home", join(folder, "other"), "--port", new URL(daemon.url).port], 69, /^PORT_TAKEN: Port \d+ is taken/],
    [["serve", "--host", "0.0.0.0", "--home", join(folder, "third")], 78, /^BIND_NEEDS_TOKEN: /],
    [["serve", "--port", "banana"], 64, /^BAD_INPUT: Not valid: --port must be a number/],
    [["ls", "--colour"], 64, /^BAD_INPUT: Not valid: unknown option '--colour'/],
    [["lst"], 64, /^BAD_INPUT: Not valid: unknown command 'lst'/],
    [["call", "sessions.lst"], 64, /^UNKNOWN_OPERATION: .*sessions\.list/],
    [["call", "sessions.get", "{"], 64, /^BAD_INPUT: Not valid: input is not JSON/],
    [["show", "ses_none"], 66, /^NOT_FOUND: There is no session ses_none/],
    [["connect", "claude"], 64, /^BAD_INPUT: Not valid: --yes is needed/],
    [["demo", "--case", "none"], 64, /^BAD_INPUT: Not valid: --case must be/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await orrery(t, env, ...args).ended;
    assert.match(ended.err, message);
    assert.deepEqual([ended.code, ended.err.split("\n").length], [code, 2], `${args.join(" ")}: ${ended.err}`);
  }
});

test("every command has help with an example", async (t) => {
  const { env } = tempPerson(t);
  const help = (await orrery(t, env, "--help").ended).out;
  const names = [...help.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1]!).filter((name) => name !== "help");
  assert.ok(names.length >= 10, help);
  for (const name of names)
    assert.match((await orrery(t, env, name, "--help").ended).out, /Example:\n {2}\$ orrery|Example:\n {2}\$ echo/, name);
  assert.match((await orrery(t, env, "--version").ended).out, /^\d+\.\d+\.\d+\n$/);
});

test("a demo shows in ls, show, usage, tail, call and doctor", async (t) => {
  const { env } = tempPerson(t);
  const daemon = await serving(t, env);
  const demo = await orrery(t, env, "demo", "--speed", "10").ended;
  assert.deepEqual([demo.code, demo.err], [0, ""], demo.err);
  assert.match(demo.out, /^subagents-nested: \d+ records played\n$/);

  const sessions = JSON.parse((await orrery(t, env, "ls", "--json").ended).out) as {
    session_id: string;
    agents: number;
    status: string;
    calls_total: number;
  }[];
  assert.deepEqual(
    sessions.map(({ agents, calls_total }) => [agents, calls_total]),
    [[4, 6]],
  );
  const id = sessions[0]!.session_id;
  assert.match((await orrery(t, env, "ls").ended).out, new RegExp(`^SESSION +STATUS[^\\n]*\\n${id}`));
  assert.equal((await orrery(t, env, "ls", "--quiet").ended).out, `${id}\n`);
  assert.match((await orrery(t, env, "show", id.slice(0, 12)).ended).out, /Lead helper[^]*Inner helper A/);
  assert.match((await orrery(t, env, "usage").ended).out, /claude-opus-5-5 +9 /);
  const called = JSON.parse((await orrery(t, env, "call", "sessions.list", '{"limit":1}').ended).out) as { items: unknown[] };
  assert.equal(called.items.length, 1);

  const tail = orrery(t, env, "tail", "tool.*", "--last", "200");
  const told = () => tail.out().match(/tool\.ended/g)?.length ?? 0;
  await until("tail has told of the calls so far", () => told() >= 6);
  const before = told();
  await fetch(`${daemon.url}/api/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "tool.ended", session_id: id, data: { call_id: "call_late", outcome: "ok" } }),
  });
  await until("tail follows", () => told() > before);
  tail.child.kill("SIGINT");
  assert.equal((await tail.ended).code, 0);

  const doctor = await orrery(t, env, "doctor").ended;
  assert.equal(doctor.code, 0, doctor.out);
  assert.match(doctor.out, new RegExp(`daemon +ok +${daemon.url}`));
  const parts = [
    ...["hooks", "transcripts", "stream-json", "otel logs", "otel metrics", "otel spans", "status line"].map((way) => `claude-code ${way}`),
    "codex hooks",
    "codex exec",
    "codex rollouts",
    "codex otel",
    "opencode server",
    "opencode run",
    "opencode plugin",
    "gemini hooks",
    "gemini chats",
    "gemini stream-json",
    "gemini telemetry",
    "acp",
    "kei events",
    "kei lines",
    "claude-mpm events",
    "mapped files",
    "otlp",
    "forward",
    "spool",
  ];
  for (const part of parts) assert.match(doctor.out, new RegExp(`^${part} +(?:ok|idle) `, "m"), part);
  assert.match(doctor.out, /claude settings: hooks +idle +not connected.*orrery connect claude/);

  const again = await orrery(t, env, "demo", "--speed", "20").ended;
  assert.equal(again.code, 0);
  assert.equal((JSON.parse((await orrery(t, env, "ls", "--json").ended).out) as unknown[]).length, 2);
});

test("a demo without a daemon starts one of its own and leaves nothing", async (t) => {
  const { env, home } = tempPerson(t);
  const demo = await orrery(t, env, "demo", "--case", "todos", "--speed", "10").ended;
  assert.equal(demo.code, 0, demo.err);
  assert.match(demo.out, /^Orrery ready at http:\/\/127\.0\.0\.1:\d+\ntodos: \d+ records played\n$/);
  assert.ok(!existsSync(home));
});

test("connect shows the change, proves each way, and disconnect gives back the very same file", async (t) => {
  const { env, folder } = tempPerson(t);
  const settings = join(folder, "claude", "settings.json");
  const original = '{\n\t"model": "opus",\n\t"hooks": { "Stop": [] }\n}';
  put(settings, original);
  const daemon = await serving(t, env);

  const dry = await orrery(t, env, "connect", "claude", "--dry-run").ended;
  assert.match(dry.out, /^\+.*"PreToolUse"/m);
  assert.equal(readFileSync(settings, "utf8"), original);

  const connected = await orrery(t, env, "connect", "claude", "--yes").ended;
  assert.deepEqual([connected.code, connected.err], [0, ""], connected.err);
  assert.match(connected.out, /A test record arrived on each way/);
  assert.match(connected.out, /Undo: orrery disconnect claude/);
  assert.equal((await eventsAt(daemon.url, "source.connected")).length, 3);
  assert.match((await orrery(t, env, "doctor").ended).out, /claude settings: hooks +ok +connected/);

  const again = await orrery(t, env, "connect", "claude", "--yes").ended;
  assert.match(again.out, /^Claude Code was connected to/);
  const undone = await orrery(t, env, "disconnect", "claude", "--yes").ended;
  assert.equal(undone.code, 0, undone.err);
  assert.equal(readFileSync(settings, "utf8"), original);
});

test("settings that are not JSON are refused and left alone", async (t) => {
  const { env, folder } = tempPerson(t);
  const settings = join(folder, "claude", "settings.json");
  put(settings, "{ // mine\n}");
  const ended = await orrery(t, env, "connect", "claude", "--yes").ended;
  assert.equal(ended.code, 65);
  assert.match(ended.err, /^SETTINGS_UNREADABLE: [^\n]+\n$/);
  assert.equal(readFileSync(settings, "utf8"), "{ // mine\n}");
});

test("what the sender could not deliver is replayed when the daemon starts", async (t) => {
  const { env, home } = tempPerson(t);
  const sender = fileURLToPath(new URL("../src/ingest/sender/orrery-hook.sh", import.meta.url));
  const spool = join(home, "spool");
  const sentAt = Date.now();
  for (const source of ["startup", "resume"]) {
    const child = spawn(sender, ["http://127.0.0.1:9/api/ingest/claude-code", spool], { env, stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.end(JSON.stringify({ session_id: "s1", hook_event_name: "SessionStart", source, cwd: "/p" }));
    await new Promise((resolve) => child.on("close", resolve));
    await until(
      "it is spooled",
      () => readdirSync(spool).filter((name) => name.endsWith(".ndjson")).length === (source === "startup" ? 1 : 2),
    );
  }
  const spooledBy = Date.now();
  const daemon = await serving(t, env);
  await until("both are replayed", async () => (await eventsAt(daemon.url, "session.started")).length === 2);
  await until("the spool is empty", () => readdirSync(spool).length === 0);
  const events = await eventsAt(daemon.url, "session.started");
  assert.deepEqual(
    events.map(({ data }) => data["origin"]),
    ["startup", "resume"],
  );
  assert.ok(events.every(({ timestamp }) => Date.parse(timestamp) >= sentAt && Date.parse(timestamp) <= spooledBy));
});

test("transcripts that were there before are shown without any set-up", async (t) => {
  const { env, folder } = tempPerson(t);
  const source = readFileSync(new URL("fixtures/claude-code/todos/transcript.jsonl", import.meta.url), "utf8");
  put(join(folder, "claude", "projects", "-home-dev-project", "s.jsonl"), source);
  await serving(t, env);
  await until(
    "the session is listed",
    async () => (JSON.parse((await orrery(t, env, "ls", "--json").ended).out) as unknown[]).length === 1,
  );
});

test("what an agent wrote cannot move the cursor", async (t) => {
  const { env } = tempPerson(t);
  const daemon = await serving(t, env);
  const event = { type: "session.started", session_id: "ses_1", agent_id: "agt_main", data: { title: "a\u001B[2J\u202Eb\nc" } };
  await fetch(`${daemon.url}/api/events`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(event) });
  const { out } = await orrery(t, env, "ls").ended;
  assert.match(out, /ses_1/);
  assert.ok(!/[\u001B\u202E]/.test(out), JSON.stringify(out)); // oxlint-disable-line no-control-regex
});

test("todos of a session that ran, and a ticket from its making to its end", async (t) => {
  const { env } = tempPerson(t);
  const daemon = await serving(t, env);
  const hooks = readFileSync(fileURLToPath(new URL("fixtures/claude-code/tasks/http-hooks.jsonl", import.meta.url)), "utf8");
  const bodies = hooks
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.stringify((JSON.parse(line) as { body: unknown }).body));
  await fetch(`${daemon.url}/api/ingest/claude-code`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: bodies.join("\n"),
  });
  const run = async (...args: string[]) => await orrery(t, env, ...args).ended;
  const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).out) as Record<string, unknown>[];

  const todos = await json("todos", "--status", "all");
  assert.deepEqual(
    todos.map((row) => [row["todo_id"], row["title"], row["status"], row["blocked_by"]]),
    [
      ["1", "Write the parser", "completed", []],
      ["2", "Test the parser", "cancelled", ["1"]],
    ],
  );
  assert.match((await run("todos")).err, /^No todos like that\. Closed ones too: orrery todos --status all/);
  assert.match((await run("tickets")).err, /^No tickets\. Make one/);

  const session = String(todos[0]!["session_id"]);
  const made = await run("tickets", "create", "Parser", "drops a line", "--session", session.slice(4, 12), "--todo", "1", "--quiet");
  assert.deepEqual(made, { code: 0, out: "tkt_1\n", err: "" });
  assert.match((await run("tickets")).out, /tkt_1 +pending +Parser drops a line/);
  assert.equal((await run("tickets", "edit", "1", "--status", "in_progress")).out, "tkt_1 is now in_progress: Parser drops a line\n");
  assert.equal((await run("tickets", "close", "#1", "--note", "done")).out, "tkt_1 is now completed: Parser drops a line\n");
  const shown = (await run("tickets", "show", "tkt_1")).out;
  assert.match(shown, new RegExp(`works on it\\n {2}${session} {2}completed {2}Write the parser\\n`));
  assert.match(shown, /updated by cli {2}status completed {2}"done"/);
  const part = await run("tickets", "link", "1", "--session", session.slice(4, 12), "--agent", "MAIN");
  assert.equal(part.code, 0, part.err);
  assert.match((await run("tickets", "show", "1")).out, /agt_main|main/);
  assert.equal((await run("tickets", "link", "1", "--session", session, "--agent", "nobody")).code, 66);
  assert.match((await run("ls", "--status", "waiting")).err, /^No session is waiting\. All of them: orrery ls/);
  assert.deepEqual(await run("tickets", "show", "2"), { code: 66, out: "", err: "NOT_FOUND: There is no ticket tkt_2.\n" });
  assert.equal((await run("tickets", "wish")).code, 64);
});
