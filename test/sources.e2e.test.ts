// More sources with real processes: two daemons with a forwarder between them, output piped in, what a process leaves on disk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { orrery, serving, tempPerson, type Running } from "../src/testing/cli-process.ts";
import { until } from "../src/testing/until.ts";

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const main = fileURLToPath(new URL("../bin/start.mjs", import.meta.url));

async function idsAt(url: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ;) {
    const reply = await fetch(`${url}/api/events?limit=200${cursor}`);
    const { items, next_cursor } = (await reply.json()) as { items: { id: string }[]; next_cursor?: string };
    ids.push(...items.map(({ id }) => id));
    if (next_cursor === undefined) return ids;
    cursor = `&cursor=${next_cursor}`;
  }
}

async function headAt(url: string): Promise<number> {
  try {
    return ((await (await fetch(`${url}/api/status`)).json()) as { head: number }).head;
  } catch {
    return -1;
  }
}

function ended(child: Running, signal: NodeJS.Signals): Promise<unknown> {
  child.child.kill(signal);
  return child.ended;
}

/** Runs a command with this on its standard input. */
function piped(
  t: TestContext,
  env: NodeJS.ProcessEnv,
  input: string,
  ...args: readonly string[]
): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => void child.kill("SIGKILL"));
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out })));
}

test("a forwarder between two machines loses nothing and repeats nothing, whichever of them is killed", async (t) => {
  const here = tempPerson(t);
  const there = tempPerson(t);
  // The same at each start, and below those that a system gives to whoever connects (32768 and up).
  const port = String(10_000 + (process.pid % 20_000));
  const far = { ...there.env, ORRERY_PORT: port };
  const url = `http://127.0.0.1:${port}`;
  const project = join(here.folder, "claude/projects/-home-dev-project");
  const rollouts = join(here.folder, ".codex/sessions/2026/11/20");
  mkdirSync(project, { recursive: true });
  mkdirSync(rollouts, { recursive: true });
  const claude = join(fixtures, "claude-code/simple-tools/transcript.jsonl");
  const sessionId = /"sessionId":"([^"]+)"/.exec(readFileSync(claude, "utf8"))![1]!;
  const pieces = [
    ...readFileSync(claude, "utf8")
      .split(/(?<=\n)/)
      .map((line) => [join(project, `${sessionId}.jsonl`), line] as const),
    ...readFileSync(join(fixtures, "codex/subagents/rollout-1.jsonl"), "utf8")
      .split(/(?<=\n)/)
      .map((line) => [join(rollouts, "rollout-a.jsonl"), line] as const),
    ...readFileSync(join(fixtures, "codex/subagents/rollout-2.jsonl"), "utf8")
      .split(/(?<=\n)/)
      .map((line) => [join(rollouts, "rollout-b.jsonl"), line] as const),
  ];
  mkdirSync(join(here.home, "spool-codex"), { recursive: true });
  const hook = readFileSync(join(fixtures, "codex/simple-hooks/hooks.jsonl"), "utf8")
    .split("\n")
    .slice(0, 4)
    .map((line) => (JSON.parse(line) as { payload: unknown }).payload);
  for (const [index, body] of hook.entries())
    writeFileSync(
      join(here.home, `spool-codex/2026-11-20T10:00:0${index}.000Z-1.ndjson`),
      `${JSON.stringify({ received_at: `2026-11-20T10:00:0${index}.000Z`, body })}\n`,
    );

  let daemon = await serving(t, far, "--no-open", "--port", port);
  let forwarder = orrery(t, here.env, "forward", "--to", url);
  await forwarder.sees(/Forwarding to/);
  const step = Math.ceil(pieces.length / 6);
  for (let at = 0, cut = 0; at < pieces.length; at += step, cut++) {
    for (const [path, line] of pieces.slice(at, at + step)) appendFileSync(path, line);
    // One of the two ends without a word while lines are on their way.
    await new Promise((resolve) => setTimeout(resolve, 100 + cut * 40));
    if (cut % 2 === 0) {
      await ended(daemon, "SIGKILL");
      daemon = await serving(t, far, "--no-open", "--port", port);
    } else {
      await ended(forwarder, "SIGKILL");
      forwarder = orrery(t, here.env, "forward", "--to", url);
    }
  }

  // What a daemon on this machine itself would have: the same facts, each once.
  const local = tempPerson(t);
  cpSync(join(here.folder, "claude"), join(local.folder, "claude"), { recursive: true });
  cpSync(join(here.folder, ".codex"), join(local.folder, ".codex"), { recursive: true });
  const own = await serving(t, local.env, "--no-open");
  let expected = 0;
  await until("the local daemon is done", async () => {
    const before = expected;
    expected = await headAt(own.url);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return expected > 50 && expected === before;
  });
  const wanted = new Set(await idsAt(own.url));
  let got: string[] = [];
  await until("everything has arrived", async () => {
    got = await idsAt(url).catch(() => []);
    const have = new Set(got);
    return [...wanted].every((id) => have.has(id)) && got.some((id) => id.endsWith("@hook"));
  });
  assert.equal(got.length, new Set(got).size);
  assert.deepEqual(
    got.filter((id) => !wanted.has(id) && !id.endsWith("@hook")),
    [],
  );
  forwarder.child.kill("SIGINT");
  const last = await forwarder.ended;
  assert.equal(last.code, 0, last.err);
  assert.match(last.out, /events sent, 0 wait/);
});

test("what an agent prints is sent as it comes, and broken lines are told", async (t) => {
  const { env } = tempPerson(t);
  const daemon = await serving(t, env, "--no-open");
  const exec = readFileSync(join(fixtures, "codex/simple/exec.jsonl"), "utf8");
  const first = await piped(t, env, `${exec}half a li`, "ingest", "codex-exec", "--only", "--json");
  assert.equal(first.code, 0);
  const counts = JSON.parse(first.out) as { lines: number; stored: number; rejected: number };
  assert.deepEqual([counts.lines, counts.rejected], [exec.trim().split("\n").length + 1, 1]);
  assert.equal(await headAt(daemon.url), counts.stored);
  const acp = readFileSync(join(fixtures, "acp/claude-agent-acp/simple/acp.jsonl"), "utf8");
  const second = await piped(t, env, acp + acp, "ingest", "acp", "--json");
  assert.ok((JSON.parse(second.out) as { stored: number }).stored > 0);
  const wrong = await orrery(t, env, "ingest", "telegraph").ended;
  assert.equal(wrong.code, 64);
  assert.match(wrong.err, /must be one of claude-stream, codex-exec/);
});

test("a record that nobody understands is kept, counted by doctor, and left by reingest until somebody does", async (t) => {
  const { env } = tempPerson(t);
  const daemon = await serving(t, env, "--no-open");
  const body = JSON.stringify({ session_id: "s1", hook_event_name: "MoonLanded", crater: "Tycho" });
  const reply = await fetch(`${daemon.url}/api/ingest/codex`, { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.deepEqual([reply.status, await reply.text()], [200, ""]);
  assert.match((await orrery(t, env, "doctor").ended).out, /not understood +idle +codex\/hook 1 .*orrery reingest/);
  const again = JSON.parse((await orrery(t, env, "reingest", "--json").ended).out) as unknown;
  assert.deepEqual(again, [{ format: "codex/hook", records: 1, understood: 0, unknown: 1, stored: 0, duplicates: 0, how: "records" }]);
});

test("every agent can be connected, proven and given back its settings byte for byte", async (t) => {
  const { env, folder, home } = tempPerson(t);
  const daemon = await serving(t, env, "--no-open");
  const own = {
    codex: [join(folder, ".codex/hooks.json"), '{"hooks": {"Stop": []}}'],
    gemini: [join(folder, ".gemini/settings.json"), '{\n\t"theme": "dark"\n}\n'],
    opencode: [join(folder, ".config/opencode/plugins/orrery.js"), undefined],
  } as const;
  const toml = join(folder, ".codex/config.toml");
  for (const [agent, [path, original]] of Object.entries(own)) {
    mkdirSync(join(path, ".."), { recursive: true });
    if (original !== undefined) writeFileSync(path, original);
    if (agent === "codex") writeFileSync(toml, 'model = "mine" # yes');
    const otel = agent === "opencode" ? [] : ["--otel"];
    const dry = await orrery(t, env, "connect", agent, "--dry-run", ...otel).ended;
    assert.match(dry.out, /^\+.*127\.0\.0\.1/m);
    assert.equal(existsSync(path) ? readFileSync(path, "utf8") : undefined, original);

    const connected = await orrery(t, env, "connect", agent, "--yes", ...otel).ended;
    assert.deepEqual([connected.code, connected.err], [0, ""]);
    assert.match(connected.out, /A test record arrived\./);
    assert.match((await orrery(t, env, "doctor").ended).out, new RegExp(`${agent} settings +ok +connected in`));
    if (agent === "codex") assert.match(readFileSync(toml, "utf8"), /^model = "mine" # yes\n# >>> orrery[^]*\[otel\]/);
    assert.match((await orrery(t, env, "connect", agent, "--yes", ...otel).ended).out, /was connected to .* already/);

    const undone = await orrery(t, env, "disconnect", agent, "--yes").ended;
    assert.equal(undone.code, 0, undone.err);
    assert.equal(existsSync(path) ? readFileSync(path, "utf8") : undefined, original);
    assert.equal(readFileSync(toml, "utf8"), 'model = "mine" # yes');
  }
  const { items } = (await (await fetch(`${daemon.url}/api/events?types=source.connected`)).json()) as {
    items: { data: { format: string } }[];
  };
  assert.deepEqual([...new Set(items.map(({ data }) => data.format))].toSorted(), ["codex/hook", "gemini-cli/hook", "opencode/sse"]);

  // A hook that fires while nobody is there waits, and is taken when somebody is.
  const sender = join(home, "connect/orrery-hook.sh");
  await ended(daemon, "SIGTERM");
  const hooks = readFileSync(join(fixtures, "codex/simple-hooks/hooks.jsonl"), "utf8").trim().split("\n");
  const spool = `${home}/spool-codex`;
  for (const line of hooks) {
    const hook = spawn(sender, [`${daemon.url}/api/ingest/codex`, spool], { env, stdio: ["pipe", "ignore", "ignore"] });
    hook.stdin.end(JSON.stringify((JSON.parse(line) as { payload: unknown }).payload));
    await new Promise((resolve) => hook.on("close", resolve));
  }
  await until("all wait in the spool", () => readdirSync(spool).filter((name) => name.endsWith(".ndjson")).length === hooks.length);
  const again = await serving(t, env, "--no-open");
  await until("the spool is empty", () => readdirSync(spool).length === 0);
  const stored = await idsAt(again.url);
  assert.ok(stored.some((id) => /^tool:.*:ended@hook$/.test(id)));
});

test("settings of an agent that are not JSON are refused and left alone", async (t) => {
  const { env, folder } = tempPerson(t);
  const path = join(folder, ".gemini/settings.json");
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "{ // mine\n}");
  const refused = await orrery(t, env, "connect", "gemini", "--yes").ended;
  assert.equal(refused.code, 65);
  assert.match(refused.err, /^SETTINGS_UNREADABLE: /);
  assert.equal(readFileSync(path, "utf8"), "{ // mine\n}");
  assert.equal((await orrery(t, env, "connect", "telegraph", "--yes").ended).code, 64);
});

test("Claude Code's telemetry is on where the daemon takes it, and can be taken out", async (t) => {
  const { env, folder } = tempPerson(t);
  const path = join(folder, "claude/settings.json");
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, '{"env": {"MINE": "1"}}');
  const variables = () => (JSON.parse(readFileSync(path, "utf8")) as { env: Record<string, string> }).env;
  assert.equal((await orrery(t, env, "connect", "claude", "--yes").ended).code, 0);
  assert.deepEqual(variables(), { MINE: "1" }, "nobody is there to take it");
  const daemon = await serving(t, env, "--no-open");
  assert.equal((await orrery(t, env, "connect", "claude", "--yes").ended).code, 0);
  assert.deepEqual([variables()["OTEL_EXPORTER_OTLP_ENDPOINT"], variables()["MINE"]], [daemon.url, "1"]);
  assert.equal((await orrery(t, env, "connect", "claude", "--yes", "--no-otel").ended).code, 0);
  assert.deepEqual(variables(), { MINE: "1" });
  assert.match(readFileSync(path, "utf8"), /PreToolUse/);
  assert.equal((await orrery(t, env, "disconnect", "claude", "--yes").ended).code, 0);
  assert.equal(readFileSync(path, "utf8"), '{"env": {"MINE": "1"}}');
});

interface Hook {
  readonly body: object;
}

/** What a session is, whoever told it when: no times of receipt. */
async function pictureOf(url: string, id: string): Promise<Record<string, unknown>> {
  const get = async (path: string) => (await (await fetch(`${url}/api/sessions/ses_${id}${path}`)).json()) as Record<string, unknown>;
  const some = (of: unknown, ...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, (of as Record<string, unknown> | undefined)?.[name]]));
  const [{ agents, ...session }, { items: calls = [] }, { items: turns = [] }, cost] = await Promise.all([
    get(""),
    get("/calls?limit=200"),
    get("/turns"),
    get("/cost"),
  ]);
  const listed = (await (await fetch(`${url}/api/sessions`)).json()) as { items: { session_id: string }[] };
  const byId = (list: unknown, name: string, ...names: string[]) =>
    ((list ?? []) as Record<string, string>[])
      .map((each) => some(each, name, ...names))
      .toSorted((a, b) => (String(a[name]) < String(b[name]) ? -1 : 1));
  return {
    sessions: listed.items.map(({ session_id }) => session_id),
    session: some(session, "status", "title", "calls_total", "turns", "requests", "messages", "tokens", "cwd"),
    agents: byId(agents, "agent_id", "parent_agent_id", "edge", "call_id", "agent_type", "name", "status", "outcome", "requests", "tokens"),
    calls: byId(calls, "call_id", "agent_id", "name", "title", "outcome", "state"),
    turns: byId(turns, "turn_id", "agent_id", "origin", "prompt"),
    cost: some(
      cost["cost"],
      "usd_micros",
      "computed_usd_micros",
      "reported_usd_micros",
      "source",
      "requests",
      "unknown_requests",
      "tokens",
    ),
  };
}

test("a daemon that was down meanwhile ends in the same state as one that was up: from spool and transcripts", async (t) => {
  const recording = join(fixtures, "claude-code/subagents-nested");
  const hooks = readFileSync(join(recording, "http-hooks.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Hook);
  const main = readFileSync(join(recording, "transcript.jsonl"), "utf8");
  const id = /"sessionId":"([^"]+)"/.exec(main)![1]!;
  const half = Math.floor(hooks.length / 2);

  const post = (url: string, { body }: Hook) =>
    fetch(`${url}/api/ingest/claude-code`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  /** The lines of every file from one share of it to another. */
  const write = (folder: string, from: number, to: number): void => {
    const files = [
      ["transcript.jsonl", `${id}.jsonl`],
      ...readdirSync(join(recording, "subagents")).map((name) => [`subagents/${name}`, `${id}/subagents/${name}`]),
    ] as [string, string][];
    for (const [source, name] of files) {
      const target = join(folder, "claude/projects/-home-dev-project", name);
      mkdirSync(join(target, ".."), { recursive: true });
      const lines = readFileSync(join(recording, source), "utf8").split(/(?<=\n)/);
      const isWhole = !name.endsWith(".jsonl");
      const text = isWhole ? lines : lines.slice(Math.floor(lines.length * from), Math.floor(lines.length * to));
      if (isWhole) writeFileSync(target, text.join(""));
      else appendFileSync(target, text.join(""));
    }
  };

  const up = tempPerson(t);
  const always = await serving(t, up.env, "--no-open");
  const down = tempPerson(t);
  const before = await serving(t, down.env, "--no-open");
  for (const [person, { url }] of [
    [up, always],
    [down, before],
  ] as const) {
    write(person.folder, 0, 0.5);
    for (const hook of hooks.slice(0, half)) assert.equal((await post(url, hook)).status, 200);
  }
  await ended(before, "SIGKILL");
  write(up.folder, 0.5, 1);
  write(down.folder, 0.5, 1);
  const spool = join(down.home, "spool");
  mkdirSync(spool, { recursive: true });
  for (const [index, hook] of hooks.slice(half).entries()) {
    assert.equal((await post(always.url, hook)).status, 200);
    const received_at = new Date().toISOString();
    writeFileSync(join(spool, `${received_at}-${index}.ndjson`), `${JSON.stringify({ received_at, body: hook.body })}\n`);
  }
  const after = await serving(t, down.env, "--no-open");
  await until("the spool is empty", () => readdirSync(spool).length === 0);

  const truth = JSON.parse(readFileSync(join(recording, "truth.json"), "utf8")) as Record<"calls" | "agents" | "requests", unknown[]>;
  const counts = { calls_total: truth.calls.length, requests: truth.requests.length };
  const isWhole = ({ session, agents }: Record<string, unknown>) =>
    (session as Record<string, unknown>)["status"] === "ended" &&
    (agents as unknown[]).length === truth.agents.length &&
    Object.entries(counts).every(([name, count]) => (session as Record<string, unknown>)[name] === count);
  let pictures: Record<string, unknown>[] = [];
  await until("everything that happened is in both", async () => {
    pictures = await Promise.all([always, after].map(({ url }) => pictureOf(url, id)));
    return pictures.every(isWhole) && isDeepStrictEqual(pictures[0], pictures[1]);
  }).catch(() => undefined);
  assert.deepEqual(pictures[1], pictures[0]);
  assert.ok(pictures.every(isWhole), JSON.stringify(pictures[0]));
  assert.equal((pictures[0]!["cost"] as { requests: number }).requests, counts.requests);
});
