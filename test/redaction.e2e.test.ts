import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { serving, tempPerson } from "../src/testing/cli-process.ts";
import { until } from "../src/testing/until.ts";

const fixtures = join(import.meta.dirname, "fixtures");

const AT = "2026-11-20T10:00:00.000Z";

const SECRET = "sk-ant-api03-SeededSecretNeverReal0123456789abcdefXYZ";

const secretsOfADay = {
  prompt: `use ${SECRET} please`,
  password: "postgres://app:Hunter2Seeded@db.internal/shop",
  env: { DEPLOY_TOKEN: "SeededDeployToken99" },
  header: "curl -H 'Authorization: Bearer SeededBearerValue123456' https://api.example.com",
  long: `${"words ".repeat(8_000)}AWS_SECRET_ACCESS_KEY=SeededLongValue/abcdefghijklmnop`,
};

/** A config folder of Claude Code with words in its files: a transcript whose output was spilled, a subagent's description, a task, a status line. */
function writeFolder(folder: string, words: string): void {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const project = "projects/-home-dev-project";
  const transcript = readFileSync(join(fixtures, "claude-code/long-output/transcript.jsonl"), "utf8");
  const id = /"sessionId":"([^"]+)"/.exec(transcript)![1]!;
  put(`${project}/${id}.jsonl`, transcript);
  put(`${project}/${id}/tool-results/b424rfmg3.txt`, `spilled ${words}\n`.repeat(3_000));
  put(
    `${project}/${id}/subagents/agent-a1.meta.json`,
    JSON.stringify({ agentType: "general-purpose", description: `meta ${words}`, toolUseId: "toolu_1" }),
  );
  put(`${project}/${id}/subagents/agent-a1.jsonl`, "");
  put(
    `tasks/${id}/1.json`,
    JSON.stringify({ id: "1", subject: `task ${words}`, description: words, status: "pending", blocks: [], blockedBy: [] }),
  );
}

/** Every byte of the files below a home and of what the daemon wrote to its log. */
function bytesOf(home: string, log: string): readonly (readonly [name: string, bytes: string])[] {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(existsSync(join(home, "orrery.db")) && existsSync(join(home, "catalog.db")));
  return [
    ["its log", log],
    ...files.map((file) => [file.name, readFileSync(join(file.parentPath, file.name)).toString("latin1")] as const),
  ];
}

/** What is stored, once `pattern` is in it and the catalog has taken it in. */
async function storedWith(url: string, ...patterns: readonly RegExp[]): Promise<string> {
  let stored = "";
  await until("everything is stored and in the catalog", async () => {
    stored = await (await fetch(`${url}/api/events?limit=200&order=newest`)).text();
    const { lag } = (await (await fetch(`${url}/api/catalog`)).json()) as { lag: number };
    return lag === 0 && patterns.every((pattern) => pattern.test(stored));
  });
  return stored;
}

test("no byte of a secret is on disk, whatever door it came by and however long the text was", async (t) => {
  const { folder, home, env } = tempPerson(t);
  writeFolder(join(folder, "claude"), SECRET);
  const daemon = await serving(t, env);
  const post = (path: string, body: unknown, type = "application/json") =>
    fetch(`${daemon.url}${path}`, { method: "POST", headers: { "content-type": type }, body: JSON.stringify(body) });
  const hook = { session_id: "s1", transcript_path: "/x/s1.jsonl", cwd: "/x", tool_name: "Bash", tool_use_id: "t1" };
  await post("/api/ingest/claude-code", { ...hook, hook_event_name: "UserPromptSubmit", prompt_id: "p1", prompt: secretsOfADay.prompt });
  await post("/api/ingest/claude-code", {
    ...hook,
    hook_event_name: "PreToolUse",
    tool_input: { command: secretsOfADay.header, env: secretsOfADay.env },
  });
  await post("/api/ingest/claude-code", {
    ...hook,
    hook_event_name: "PostToolUse",
    tool_input: {},
    tool_response: { stdout: secretsOfADay.long, stderr: secretsOfADay.password },
  });
  await post("/api/ingest/claude-code", { ...hook, hook_event_name: "NeverHeardOf", nested: [secretsOfADay] });
  await post("/api/events", [
    { type: "x.deploy.done", source: SECRET, data: secretsOfADay },
    { type: "nonsense.type", data: secretsOfADay },
  ]);
  await fetch(`${daemon.url}/api/ingest/claude-code`, { method: "POST", body: `not json ${SECRET}` });
  await post("/api/ingest/claude-code/status-line", {
    session_id: "s1",
    session_name: SECRET,
    cwd: `/x/${SECRET}`,
    cost: { total_cost_usd: 1 },
  });
  await post("/api/ingest/kei", { ts: AT, event: "moon", agent_id: "main", note: SECRET });
  await post("/api/ingest/mpm", {
    namespace: "",
    event: "claude_event",
    data: { subtype: "moon", timestamp: AT, data: { session_id: "m", note: SECRET } },
  });
  const stored = await storedWith(
    daemon.url,
    /x\.deploy\.done/,
    /spilled \[redacted/,
    /meta \[redacted/,
    /task \[redacted/,
    /kei\//,
    /mpm/,
  );
  assert.match(stored, /\[redacted:anthropic-key\]/);
  daemon.child.kill("SIGTERM");
  const { out, err } = await daemon.ended;
  for (const [name, bytes] of bytesOf(home, out + err))
    for (const word of ["SeededSecretNeverReal", "Hunter2Seeded", "SeededDeployToken99", "SeededBearerValue123456", "SeededLongValue"])
      assert.ok(!bytes.includes(word), `${word} in ${name}`);
});

for (const [mode, isLeft] of [
  ["metadata", false],
  ["preview", true],
] as const)
  test(`a daemon that captures ${mode} has ${isLeft ? "the first 200 characters" : "no words"} of what was said on disk, in log, catalog and notes`, async (t) => {
    const { folder, home, env } = tempPerson(t);
    const [near, far] = ["Quetzalword", "Zanzibarword"];
    const text = `${near} ${"and so on ".repeat(60)} ${far}`;
    writeFolder(join(folder, "claude"), text);
    const daemon = await serving(t, env, "--capture", mode);
    const hook = { session_id: "s1", transcript_path: "/x/s1.jsonl", cwd: "/x", tool_name: "Bash", tool_use_id: "t1" };
    const bodies = [
      { ...hook, hook_event_name: "UserPromptSubmit", prompt_id: "p1", prompt: text },
      { ...hook, hook_event_name: "PreToolUse", tool_input: { command: text } },
      { ...hook, hook_event_name: "PostToolUse", tool_input: { command: text }, tool_response: { stdout: text, stderr: text } },
      { ...hook, hook_event_name: "Stop", last_assistant_message: text },
      { ...hook, hook_event_name: "NeverHeardOf", nested: [{ text }] },
    ];
    for (const body of bodies)
      await fetch(`${daemon.url}/api/ingest/claude-code`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    await storedWith(daemon.url, /call_t1/, /NeverHeardOf/, /task-file|todo/, /agt_a1/);
    const found = async (word: string) =>
      ((await (await fetch(`${daemon.url}/api/search?q=${word}`)).json()) as { items: unknown[] }).items.length > 0;
    assert.deepEqual([await found(near), await found(far)], [isLeft, false]);
    daemon.child.kill("SIGTERM");
    const { out, err } = await daemon.ended;
    const files = bytesOf(home, out + err);
    assert.equal(
      files.some(([, bytes]) => bytes.includes(near)),
      isLeft,
    );
    for (const [name, bytes] of files)
      for (const word of isLeft ? [far] : [near, far]) assert.ok(!bytes.includes(word), `${word} in ${name}`);
  });
