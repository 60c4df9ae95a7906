import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { contentOf } from "../src/contract/events/content.ts";
import { eventTypes, parseEvent, type EventDraft } from "../src/contract/events/index.ts";
import { createAcp } from "../src/formats/acp/acp.ts";
import { translateHook } from "../src/formats/claude/hook.ts";
import { createStream } from "../src/formats/claude/stream.ts";
import { translateTaskFile, translateTeamFile } from "../src/formats/claude/folder-files.ts";
import { createStatusLine } from "../src/formats/claude/status-line.ts";
import { translateAgentMeta } from "../src/formats/claude/subagent.ts";
import { translateLine } from "../src/formats/claude/transcript.ts";
import { createExec } from "../src/formats/codex/exec.ts";
import { translateHook as translateCodexHook } from "../src/formats/codex/hook.ts";
import { createRollout } from "../src/formats/codex/rollout.ts";
import { createChat } from "../src/formats/gemini/chat.ts";
import { createHooks as createGeminiHooks } from "../src/formats/gemini/hook.ts";
import { createStream as createGeminiStream } from "../src/formats/gemini/stream.ts";
import { createKei } from "../src/formats/kei/kei.ts";
import { translateMapped } from "../src/formats/mapped/mapped.ts";
import { readMapping } from "../src/formats/mapped/mapping.ts";
import { translateMpm } from "../src/formats/mpm/mpm.ts";
import { createOpencode } from "../src/formats/opencode/opencode.ts";
import { readExport, type OtlpRecord, type Signal } from "../src/formats/otlp/records.ts";
import { createOtlp } from "../src/formats/otlp/translate.ts";
import type { Translation } from "../src/formats/translation.ts";
import { createGuard } from "../src/ingest/capture.ts";
import { serving, tempPerson } from "../src/testing/cli-process.ts";
import { until } from "../src/testing/until.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const AT = "2026-11-20T10:00:00.000Z";
const SECRET = "sk-ant-api03-SeededSecretNeverReal0123456789abcdefXYZ";
/** No part of it as long as this may be left, also where a translator cut the text short. */
const PART = 14;

type Read = (line: unknown) => Translation;

/** How each kind of recorded file is read, by client and by the beginning of its name. */
const readers: Readonly<Record<string, () => Read>> = {
  "claude-code/hooks": () => (line) => translateHook(Object(line).payload, AT),
  "claude-code/http-hooks": () => (line) => translateHook(Object(line).body, AT),
  "claude-code/transcript": () => (line) => translateLine(line, {}),
  "claude-code/stream": () => {
    const read = createStream().translate;
    return (line) => read(line, AT);
  },
  "claude-code/control": () => {
    const read = createStream().translate;
    return (line) => read(Object(line).msg ?? line, AT);
  },
  "claude-code/otel": () => {
    const read = createOtlp();
    return (line) => {
      const { signal, body } = line as { signal: Signal; body: unknown };
      const batch = readExport(signal.split(" ")[0] as Signal, { json: body });
      return { events: "problem" in batch ? [] : batch.records.flatMap((record) => read(record, AT).events) };
    };
  },
  "codex/hooks": () => (line) => translateCodexHook(Object(line).payload, AT),
  "codex/rollout": () => createRollout().translate,
  "codex/exec": () => {
    const exec = createExec({ only: true });
    return (line) => exec.translate(line, AT);
  },
  "gemini-cli/hooks": () => {
    const hooks = createGeminiHooks();
    return (line) => hooks.translate(Object(line).payload);
  },
  "gemini-cli/chat": () => createChat().translate,
  "gemini-cli/stream": () => {
    const stream = createGeminiStream();
    return (line) => stream.translate(line);
  },
  "opencode/run": () => {
    const opencode = createOpencode({ only: true });
    return (line) => opencode.line(line);
  },
  "opencode/events": () => {
    const opencode = createOpencode({});
    return (line) => opencode.event(Object(line).event, AT);
  },
  "opencode/http": () => {
    const opencode = createOpencode({});
    return (line) => {
      const { path, response } = line as { path: string; response: unknown };
      return path.endsWith("/message") ? opencode.messages(response, AT) : opencode.sessions(response, AT);
    };
  },
  "opencode/export": () => (line) => createOpencode().messages(line, AT),
  "claude-code/meta": () => (line) => translateAgentMeta(line, { sessionId: "s1", agentId: "a1", timestamp: AT }),
  "acp/acp": () => {
    const acp = createAcp({ only: true });
    return (line) => acp.translate(Object(line).msg, Object(line).dir === "client->agent" ? "to_agent" : "to_client", AT);
  },
};

function* recordedFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* recordedFiles(join(folder, entry.name));
    else if (/\.jsonl$|\.meta\.json$|^export\.json$/.test(entry.name)) yield join(folder, entry.name);
}

function readerOf(path: string): readonly [name: string, open: () => Read] | undefined {
  const client = path.slice(fixtures.length + 1).split("/")[0]!;
  const file = path.endsWith(".meta.json") ? "meta" : path.includes("/subagents/") ? "transcript" : path.slice(path.lastIndexOf("/") + 1);
  const key = Object.keys(readers).find((each) => `${client}/${file}`.startsWith(each));
  return key === undefined ? undefined : [key, readers[key]!];
}

const SESSION = "5171bcef-3d8f-4dbc-8af2-c28d4c19cff1";
const inTasks = { folder: SESSION, at: AT };

/** Records of sources that no recording has a file of. */
const constructed: Readonly<Record<string, readonly [open: () => Read, lines: readonly object[]]>> = {
  "status line": [
    () => (line) => createStatusLine().translate(line, AT),
    [
      {
        session_id: "s1",
        session_name: "a name",
        cwd: "/p",
        transcript_path: "/x/s1.jsonl",
        version: "2",
        model: { id: "claude-opus-5-5", display_name: "Opus" },
        workspace: { current_dir: "/p", project_dir: "/p" },
        output_style: { name: "default" },
        cost: { total_cost_usd: 1 },
        context_window: { context_window_size: 200_000, used_percentage: 4 },
        rate_limits: { five_hour: { used_percentage: 40, resets_at: "2026-11-20T12:00:00Z" } },
      },
    ],
  ],
  task: [
    () => (line) => translateTaskFile(line, inTasks),
    [
      {
        id: "1",
        subject: "Paint",
        description: "the house",
        activeForm: "Painting",
        status: "pending",
        owner: "me",
        blocks: [],
        blockedBy: ["2"],
      },
    ],
  ],
  "task of a team": [
    () => (line) => translateTaskFile(line, { ...inTasks, folder: "shop-team" }),
    [{ id: "1", subject: "Paint", status: "pending" }],
  ],
  team: [
    () => (line) => translateTeamFile(line, { team: "shop", name: "config.json", at: AT }),
    [{ name: "shop", description: "sells", members: [{ name: "lead", prompt: "lead them", model: "opus", cwd: "/p" }] }],
  ],
  inbox: [
    () => (line) => translateTeamFile(line, { team: "shop", name: "lead.json", at: AT }),
    [{ messages: [{ from: "painter", text: "done" }] }],
  ],
  kei: [
    () => {
      const kei = createKei();
      return (line) => kei.translate(line);
    },
    [
      { ts: AT, event: "agent_spawn", id: "toolu_1", parent_id: "s1", subagent_type: "Explore", model: "sonnet", prompt_preview: "look" },
      { ts: AT, event: "tool_use", id: "toolu_2", agent_id: "toolu_1", tool: "Read" },
      { ts: AT, event: "skill_use", id: "toolu_3", agent_id: "s1", skill: "tidy", success: true },
      { ts: AT, event: "agent_done", id: "toolu_1", outcome: "functional", duration_ms: 3_000, tool_use_count: 1 },
      { ts: AT, event: "moon_phase", agent_id: "main", note: "full" },
    ],
  ],
  mpm: [
    () => (line) => translateMpm(line, AT),
    [
      { subtype: "user_prompt", data: { prompt_text: "go", session_id: "m1" } },
      { subtype: "pre_tool", data: { tool_name: "Bash", tool_parameters: { command: "ls" }, session_id: "m1", correlation_id: "c1" } },
      {
        subtype: "post_tool",
        data: { tool_name: "Bash", success: false, output: "no", error: "bad", session_id: "m1", correlation_id: "c1" },
      },
      { subtype: "subagent_stop", data: { agent_type: "engineer", reason: "completed", session_id: "m1" } },
      { subtype: "moon", data: { phase: "full", session_id: "m1" } },
    ].map((told) => ({
      namespace: "",
      event: "claude_event",
      data: { event: "mpm_event", source: "hook", type: "hook", timestamp: AT, ...told },
    })),
  ],
  mapped: [
    () => {
      const read = readMapping({
        app: "my-agent",
        way: "transcript",
        session: "${run}",
        agent: "${worker}",
        time: "${ts}",
        type: "${kind}",
        events: {
          ask: [{ event: "turn.started", key: "${n}", data: { turn_id: "${run}-${n}", prompt: "${text}", origin: "human" } }],
          tool: [{ event: "tool.started", key: "${call}", data: { call_id: "${call}", name: "${tool}", input: "${args}" } }],
        },
      });
      assert.ok(read.ok);
      return (line) => translateMapped(line, read.mapping);
    },
    [
      { kind: "ask", ts: 1_795_169_704_000, run: "r1", worker: "w1", n: 1, text: "Fix the cart" },
      {
        kind: "tool",
        ts: 1_795_169_704_000,
        run: "r1",
        worker: "w1",
        call: "c1",
        tool: "sh",
        args: { command: "ls", env: { HOME: "/p" } },
      },
      { kind: "other", ts: 1_795_169_704_000, run: "r1", note: "nobody knows" },
    ],
  ],
  "otlp of codex": [
    openOtlp,
    otlpLogs("codex_cli_rs", ["codex.conversation_starts", "codex.user_prompt", "codex.tool_result", "codex.sse_event", "codex.moon"]),
  ],
  "otlp of gemini": [
    openOtlp,
    otlpLogs("gemini-cli", [
      "gemini_cli.config",
      "gemini_cli.user_prompt",
      "gemini_cli.tool_call",
      "gemini_cli.api_response",
      "gemini_cli.moon",
    ]),
  ],
  "otlp of others": [
    openOtlp,
    [
      { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "lead", "gen_ai.input.messages": "[]" },
      {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look",
        "gen_ai.tool.call.arguments": "{}",
        "gen_ai.tool.call.result": "r",
      },
      { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.id": "r1" },
      { "http.method": "GET" },
    ].map((attributes) => ({
      resource: { "service.name": "crew" },
      scope: { name: "x", version: "1" },
      kind: "span",
      name: "n",
      traceId: "t1",
      spanId: "s1",
      startMs: 1_795_169_704_000,
      endMs: 1_795_169_705_000,
      attributes,
      status: { code: 0, message: "m" },
      events: [{ name: "exception", attributes: { "exception.message": "m" } }],
    })),
  ],
};

function openOtlp(): Read {
  const read = createOtlp();
  return (record) => read(record as OtlpRecord, AT);
}

function otlpLogs(service: string, names: readonly string[]): object[] {
  const ids = { "conversation.id": "c1", "session.id": "c1", prompt_id: "p1", call_id: "k1", "event.timestamp": AT };
  const words = {
    prompt: "go",
    tool_name: "shell",
    function_name: "shell",
    arguments: "{}",
    function_args: "{}",
    output: "o",
    model: "m",
    "event.kind": "response.completed",
  };
  return names.map((name) => ({
    resource: { "service.name": service },
    scope: { name: service },
    kind: "log",
    name,
    atMs: 1_795_169_704_000,
    body: "b",
    attributes: { "event.name": name, ...ids, ...words },
  }));
}

type Path = readonly (string | number)[];

/** The places of all strings, and of all names of fields. */
function* leaves(value: unknown, path: Path = []): Generator<{ readonly path: Path; readonly of: "value" | "name" }> {
  if (typeof value === "string") yield { path, of: "value" };
  else if (typeof value === "object" && value !== null)
    for (const [key, field] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      if (!Array.isArray(value)) yield { path: at, of: "name" };
      yield* leaves(field, at);
    }
}

function seeded(value: unknown, [key, ...rest]: Path, of: "value" | "name"): unknown {
  if (key === undefined) return `${String(value)} ${SECRET}`;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>;
  if (of === "value" || rest.length > 0) copy[key] = seeded(copy[key], rest, of);
  // Beside the field itself: without it many a record says nothing.
  else copy[`${key} ${SECRET}`] = copy[key];
  return copy;
}

const shapeOf = (line: unknown, path: Path) =>
  `${["type", "hook_event_name", "method", "event", "name"].map((key) => String(Object(line)[key] ?? "")).join()} ${path.map((step) => (typeof step === "number" ? "#" : step)).join(".")}`;

test("a secret in any field of any record, or in a field's name, is in no event", () => {
  const guard = createGuard("full", "");
  const seen = new Map<string, Set<string>>();
  const leaks = new Set<string>();
  const told = new Set<string>();

  function seed(name: string, open: () => Read, lines: readonly unknown[]): void {
    const known = seen.get(name) ?? seen.set(name, new Set()).get(name)!;
    for (const [index, line] of lines.entries())
      for (const { path, of } of leaves(line)) {
        const shape = `${of} ${shapeOf(line, path)}`;
        if (known.has(shape)) continue;
        known.add(shape);
        const read = open();
        // What a reader remembers of the records before decides what this one means.
        for (const before of lines.slice(Math.max(0, index - 20), index)) read(before);
        for (const event of read(seeded(line, path, of)).events) {
          told.add(name);
          if (holdsPart(JSON.stringify(guard(event)))) leaks.add(`${name} ${shape} → ${event.type}`);
        }
      }
  }

  for (const file of recordedFiles(fixtures)) {
    const found = readerOf(file);
    if (found === undefined) continue;
    const text = readFileSync(file, "utf8");
    const lines = file.endsWith(".json") ? [text] : text.split("\n").filter(Boolean);
    seed(
      ...found,
      lines.map((line): unknown => JSON.parse(line)),
    );
  }
  for (const [name, [open, lines]] of Object.entries(constructed)) seed(name, open, lines);
  assert.deepEqual([...leaks], []);
  const names = [...Object.keys(readers), ...Object.keys(constructed)].toSorted();
  assert.deepEqual([...told].toSorted(), names, "every reader met records that say something");
  const fields = [...seen.values()].reduce((sum, { size }) => sum + size, 0);
  assert.ok(fields > 2_000, `${fields} fields were seeded`);
});

function holdsPart(text: string): boolean {
  return text.includes(SECRET.slice(0, PART)) || text.includes(SECRET.slice(-PART)) || text.includes(SECRET.slice(20, 20 + PART));
}

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

test("each type says where its words stand: with metadata only, no words of its example are left", () => {
  const words = (type: string): EventDraft => {
    const { example } = eventTypes.find((each) => each.type === type)!;
    return { id: "e", type, timestamp: AT, source: "api", data: example } as EventDraft;
  };
  const metadata = createGuard("metadata", "salt");
  for (const { type } of eventTypes) {
    const content = contentOf[type];
    const before = words(type);
    const after = metadata(before);
    const parsed = parseEvent(after);
    assert.ok(parsed.ok, `${type} is still valid: ${JSON.stringify(parsed)}`);
    for (const name of content.words ?? []) assert.ok(!(name in after.data), `${type}.${name}`);
    for (const path of content.texts ?? []) {
      const [field] = path.split(".");
      const value = (after.data as Record<string, unknown>)[field!];
      for (const { path: leaf, of } of leaves(value)) {
        if (of === "name") continue;
        const at = leaf.reduce<unknown>((held, step) => Object(held)[step], value);
        assert.ok(
          ["sha256", "preview", "kind", "media_type", "status"].includes(String(leaf.at(-1))),
          `${type} ${path}: ${String(at)} is left`,
        );
        if (leaf.at(-1) === "preview") assert.equal(at, "");
      }
    }
  }
});

test("preview keeps 200 characters of each text and its size; the same words still have one digest", () => {
  const preview = createGuard("preview", "salt");
  const text = "long words ".repeat(100);
  const of = (words: string) =>
    preview({
      id: "m",
      type: "message.added",
      timestamp: AT,
      source: "api",
      data: { message_id: "msg_1", role: "user", parts: [{ kind: "text", text: words }] },
    } as unknown as EventDraft);
  const [part] = (of(text).data as unknown as { parts: { text: { body: { sha256: string; size_bytes: number; preview: string } } }[] })
    .parts;
  assert.equal(part!.text.body.preview, text.slice(0, 200));
  assert.equal(part!.text.body.size_bytes, text.length);
  assert.deepEqual(of(`${text}\n`).data, {
    ...of(text).data,
    parts: [{ kind: "text", text: { body: { ...part!.text.body, size_bytes: text.length + 1 } } }],
  });
  assert.deepEqual((of("short").data as unknown as { parts: unknown }).parts, [{ kind: "text", text: "short" }]);
});
