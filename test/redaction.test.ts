import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contentOf } from "../src/contract/events/content.ts";
import { eventTypes, parseEvent, type EventDraft } from "../src/contract/events/index.ts";
import { createAcp } from "../src/formats/acp/acp.ts";
import { translateHook } from "../src/formats/claude/hook.ts";
import { createStream } from "../src/formats/claude/stream.ts";
import { translateLine } from "../src/formats/claude/transcript.ts";
import { createExec } from "../src/formats/codex/exec.ts";
import { translateHook as translateCodexHook } from "../src/formats/codex/hook.ts";
import { createRollout } from "../src/formats/codex/rollout.ts";
import { createChat } from "../src/formats/gemini/chat.ts";
import { createHooks as createGeminiHooks } from "../src/formats/gemini/hook.ts";
import { createStream as createGeminiStream } from "../src/formats/gemini/stream.ts";
import { createOpencode } from "../src/formats/opencode/opencode.ts";
import { readExport, type Signal } from "../src/formats/otlp/records.ts";
import { createOtlp } from "../src/formats/otlp/translate.ts";
import type { Translation } from "../src/formats/translation.ts";
import { createGuard } from "../src/ingest/capture.ts";
import { serving, tempPerson } from "../src/testing/cli-process.ts";

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
  "acp/acp": () => {
    const acp = createAcp({ only: true });
    return (line) => acp.translate(Object(line).msg, Object(line).dir === "client->agent" ? "to_agent" : "to_client", AT);
  },
};

function* recordedFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* recordedFiles(join(folder, entry.name));
    else if (entry.name.endsWith(".jsonl")) yield join(folder, entry.name);
}

function readerOf(path: string): readonly [name: string, open: () => Read] | undefined {
  const client = path.slice(fixtures.length + 1).split("/")[0]!;
  const file = path.includes("/subagents/") ? "transcript" : path.slice(path.lastIndexOf("/") + 1);
  const key = Object.keys(readers).find((each) => `${client}/${file}`.startsWith(each));
  return key === undefined ? undefined : [key, readers[key]!];
}

type Path = readonly (string | number)[];

function* leaves(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value === "string") yield path;
  else if (typeof value === "object" && value !== null)
    for (const [key, field] of Object.entries(value)) yield* leaves(field, [...path, Array.isArray(value) ? Number(key) : key]);
}

function seeded(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return `${String(value)} ${SECRET}`;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = seeded(copy[key], rest);
  return copy;
}

const shapeOf = (line: unknown, path: Path) =>
  `${["type", "hook_event_name", "method", "event", "name"].map((key) => String(Object(line)[key] ?? "")).join()} ${path.map((step) => (typeof step === "number" ? "#" : step)).join(".")}`;

test("a secret in any field of any recorded record is in no event", () => {
  const guard = createGuard("full", "");
  const seen = new Map<string, Set<string>>();
  const leaks = new Set<string>();
  for (const file of recordedFiles(fixtures)) {
    const found = readerOf(file);
    if (found === undefined) continue;
    const [name, open] = found;
    const known = seen.get(name) ?? seen.set(name, new Set()).get(name)!;
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line));
    for (const [index, line] of lines.entries())
      for (const path of leaves(line)) {
        const shape = shapeOf(line, path);
        if (known.has(shape)) continue;
        known.add(shape);
        const read = open();
        // What a reader remembers of the records before decides what this one means.
        for (const before of lines.slice(Math.max(0, index - 20), index)) read(before);
        for (const event of read(seeded(line, path)).events)
          if (holdsPart(JSON.stringify(guard(event)))) leaks.add(`${name} ${shape} → ${event.type}`);
      }
  }
  assert.deepEqual([...leaks], []);
  assert.deepEqual([...seen.keys()].toSorted(), Object.keys(readers).toSorted(), "every reader met a recording");
  const fields = [...seen.values()].reduce((sum, { size }) => sum + size, 0);
  assert.ok(fields > 1_000, `${fields} fields were seeded`);
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

test("no byte of a secret is on disk, whatever door it came by and however long the text was", async (t) => {
  const { home, env } = tempPerson(t);
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
  const stored = await (await fetch(`${daemon.url}/api/events?limit=100`)).text();
  assert.match(stored, /\[redacted:anthropic-key\]/);
  assert.match(stored, /x\.deploy\.done/);
  daemon.child.kill("SIGTERM");
  const { err } = await daemon.ended;
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(existsSync(join(home, "orrery.db")));
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name)).toString("latin1") + err;
    for (const word of ["SeededSecretNeverReal", "Hunter2Seeded", "SeededDeployToken99", "SeededBearerValue123456", "SeededLongValue"])
      assert.ok(!bytes.includes(word), `${word} in ${file.name}`);
  }
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
      for (const leaf of leaves(value)) {
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
