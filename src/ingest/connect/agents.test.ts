import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { readLines } from "../../testing/truth-clients.ts";
import { createOpencodeEvents } from "../opencode/plugin-events.ts";
import { claudeStatusLine, hasStatusLine } from "./claude-status-line.ts";
import { claudeTelemetry } from "./claude-telemetry.ts";
import { codexHooks, codexTelemetry } from "./codex-settings.ts";
import { hasCommandHooks } from "./command-hooks.ts";
import { applyConnect, applyDisconnect, claudeHooks, decideConnect, decideDisconnect, hookTargets, installSender } from "./connection.ts";
import { geminiHooks, geminiTelemetry } from "./gemini-settings.ts";
import { opencodePlugin } from "./opencode-plugin.ts";
import { both, type SettingsPlan } from "./settings-plan.ts";

const url = "http://127.0.0.1:7717";

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-connect-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Case {
  readonly name: string;
  readonly plan: SettingsPlan;
  /** Files as people have them. */
  readonly texts: readonly string[];
  /** Files that are refused. */
  readonly broken: readonly string[];
  /** A change that the user makes while connected. */
  readonly edit: (text: string) => string;
}

const json = (value: unknown, indent: string | number = 2) => JSON.stringify(value, undefined, indent);
const broken = ["{ // mine\n}", "[]", '{"hooks": 3}', '{"hooks": {"Stop": 1, "AfterTool": 1}, "env": 2}'];

const cases: readonly Case[] = [
  {
    name: "codex hooks.json",
    plan: codexHooks,
    texts: [
      "{}\n",
      json({ hooks: { Stop: [{ hooks: [{ type: "command", command: "beep" }] }], Later: [] } }, "\t"),
      '\uFEFF{"description":"mine"}\r\n',
    ],
    broken,
    edit: (text) => text.replace(/\{/, '{"note": "added",'),
  },
  {
    name: "gemini settings.json with telemetry",
    plan: both(geminiHooks, geminiTelemetry),
    texts: [
      json({ theme: "dark", hooks: { enabled: true, AfterTool: [{ matcher: "write_*", hooks: [{ type: "command", command: "beep" }] }] } }),
      json({ telemetry: { enabled: true, target: "gcp" } }),
    ],
    broken,
    edit: (text) => text.replace(/\{/, '{"note": "added",'),
  },
  {
    name: "claude settings.json with telemetry",
    plan: both(claudeHooks, claudeTelemetry),
    texts: [
      json({ model: "opus", env: { FOO: "1" } }),
      json({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318", CLAUDE_CODE_ENABLE_TELEMETRY: "1" }, hooks: { Stop: [] } }, "\t"),
    ],
    broken: [...broken, '{"env": []}'],
    edit: (text) => text.replace(/\{/, '{"note": "added",'),
  },
  {
    name: "codex config.toml",
    plan: codexTelemetry,
    texts: [
      "",
      'model = "gpt"   # mine\r\n\r\n[profiles.x]\r\nmodel = "y"\r\n',
      'notify = ["a",\n  "b"]\n[mcp_servers.z]\ncommand = "z"',
      '[otel]\nexporter = "none"\n',
      'otel.exporter = "none"\n',
    ],
    broken: ['prompt = """\nnever ends\n', "x = \0", "notify = ["],
    edit: (text) => `approval_policy = "never"\n${text}`,
  },
  {
    name: "opencode plugin",
    plan: opencodePlugin,
    texts: [],
    broken: ["export const Mine = async () => ({});\n"],
    edit: (text) => `${text}// mine\n`,
  },
  {
    name: "claude settings.json with a status line",
    plan: both(claudeHooks, claudeStatusLine),
    texts: [
      "{}\n",
      json({ statusLine: { type: "command", command: "~/bin/line.sh --name 'a b' \"$HOME\"", padding: 0 }, model: "opus" }, "\t"),
      json({ statusLine: { type: "static", text: "mine" } }),
      json({ statusLine: { type: "command", command: "printf '%s' it\\'s" } }, 0),
    ],
    broken,
    edit: (text) => text.replace(/\{/, '{"note": "added",'),
  },
];

for (const { name, plan, texts, broken: unreadable, edit } of cases) {
  test(`${name}: connected and disconnected, the file is the very same; connecting twice changes nothing`, (t) => {
    for (const original of [undefined, ...texts]) {
      const home = tempFolder(t);
      const path = join(home, "settings");
      if (original !== undefined) writeFileSync(path, original);
      const first = decideConnect(path, hookTargets(home, url), plan);
      applyConnect(first, home, plan);
      const written = readFileSync(path, "utf8");
      assert.equal(decideConnect(path, hookTargets(home, url), plan).after, written);
      const moved = decideConnect(path, hookTargets(home, "http://127.0.0.1:9"), plan);
      applyConnect(moved, home, plan);
      assert.ok(!readFileSync(path, "utf8").includes(url), "the old address is gone");
      applyDisconnect(decideDisconnect(path, home, plan), home);
      assert.equal(existsSync(path) ? readFileSync(path, "utf8") : undefined, original);
    }
  });

  test(`${name}: what the user changed meanwhile stays, ours goes`, (t) => {
    for (const original of [undefined, ...texts]) {
      const home = tempFolder(t);
      const path = join(home, "settings");
      if (original !== undefined) writeFileSync(path, original);
      applyConnect(decideConnect(path, hookTargets(home, url), plan), home, plan);
      writeFileSync(path, edit(readFileSync(path, "utf8")));
      applyDisconnect(decideDisconnect(path, home, plan), home);
      const left = existsSync(path) ? readFileSync(path, "utf8") : "";
      assert.ok(!/orrery|127\.0\.0\.1/i.test(left), left);
      if (name !== "opencode plugin") assert.match(left, /added|approval_policy/);
    }
  });

  test(`${name}: what cannot be understood is refused and left as it is`, (t) => {
    const home = tempFolder(t);
    const path = join(home, "settings");
    for (const text of [...unreadable, Buffer.from([0xff, 0xfe, 0x00])]) {
      writeFileSync(path, text);
      assert.throws(() => decideConnect(path, hookTargets(home, url), plan), { code: "SETTINGS_UNREADABLE" }, String(text));
      assert.deepEqual(readFileSync(path), Buffer.from(text));
    }
  });
}

test("telemetry that goes elsewhere already is left alone", () => {
  for (const [plan, text] of [
    [claudeTelemetry, cases[2]!.texts[1]!],
    [geminiTelemetry, cases[1]!.texts[1]!],
    [codexTelemetry, cases[3]!.texts[3]!],
    [codexTelemetry, cases[3]!.texts[4]!],
  ] as const)
    assert.equal(plan.connect("s", text, hookTargets("/h", url)), text);
});

test("hooks are found again, and those of other programs are not ours", () => {
  const text = codexHooks.connect("s", undefined, hookTargets("/h", url));
  assert.ok(hasCommandHooks("s", text));
  assert.ok(!hasCommandHooks("s", cases[0]!.texts[1]!));
});

test("a status line goes on printing what it printed, and what it was given arrives or waits", async (t) => {
  const home = tempFolder(t);
  installSender(home);
  const input = '{"session_id":"s-1","cost":{"total_cost_usd":1}}\n';
  const settings = (command: string) => json({ statusLine: { type: "command", command } });
  const theirs = [
    'cat; echo "status: $?" >&2; exit 3',
    `printf '%s|%s' "$0" 'it'\\''s'; umask`,
    'read -r line; echo "[$line]"; pwd',
    "no-such-program",
    "",
  ];
  for (const command of theirs) {
    const connected = claudeStatusLine.connect("s", settings(command), hookTargets(home, "http://127.0.0.1:9"));
    assert.ok(hasStatusLine("s", connected));
    const ours = (JSON.parse(connected) as { statusLine: { command: string } }).statusLine.command;
    const run = (line: string) => spawnSync("/bin/sh", ["-c", line], { input, cwd: home, encoding: "utf8" });
    const [before, after] = [run(command), run(ours)];
    assert.deepEqual([after.stdout, after.status], [before.stdout, before.status], command);
    if (command !== "no-such-program") assert.equal(after.stderr, before.stderr);
    assert.equal(hasStatusLine("s", claudeStatusLine.disconnect("s", connected)!), false);
  }
  const spool = join(home, "spool-claude-status");
  for (const end = Date.now() + 10_000; readdirSync(spool).join() !== "status-s-1.ndjson"; await new Promise((r) => setTimeout(r, 10)))
    if (Date.now() > end) assert.fail(`the newest of each session waits, and nothing else: ${readdirSync(spool).join()}`);
  const waiting = JSON.parse(readFileSync(join(spool, "status-s-1.ndjson"), "utf8")) as { body: unknown };
  assert.deepEqual(waiting.body, JSON.parse(input));
});

test("a link to the settings is followed, and stays a link", (t) => {
  const home = tempFolder(t);
  mkdirSync(join(home, "dotfiles"));
  writeFileSync(join(home, "dotfiles", "hooks.json"), "{}\n");
  symlinkSync("dotfiles/hooks.json", join(home, "hooks.json"));
  applyConnect(decideConnect(join(home, "hooks.json"), hookTargets(home, url), codexHooks), home, codexHooks);
  assert.ok(hasCommandHooks("s", readFileSync(join(home, "dotfiles", "hooks.json"), "utf8")));
});

test("the opencode plugin hands on what happens, and tells it again when nobody answered", async (t) => {
  const folder = tempFolder(t);
  const log = createMemoryLog({ clock: systemClock });
  const intake = createOpencodeEvents({ append: log.append, notes: log.notes, clock: systemClock });
  let isAway = true;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (isAway) return void response.writeHead(503).end();
    await intake.handle({
      bodies: Buffer.concat(chunks)
        .toString()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const path = join(folder, "orrery.mjs");
  // Waiting to try again is cut short.
  const text = opencodePlugin.connect(path, undefined, hookTargets(folder, `http://127.0.0.1:${port}`, "/api/ingest/opencode"));
  writeFileSync(path, text.replace("RETRY_MS = 5000", "RETRY_MS = 20"));
  assert.equal(spawnSync(process.execPath, ["--check", path]).status, 0);
  const { Orrery } = (await import(pathToFileURL(path).href)) as {
    Orrery: (input: object) => Promise<{ event: (input: { event: unknown }) => Promise<void> }>;
  };
  const events = (readLines("opencode/serve-subagents/events.jsonl") as { event: unknown }[]).map(({ event }) => event);
  const plugin = await Orrery({ client: { session: { list: () => Promise.resolve({ data: [] }) } } });
  for (const event of events) await plugin.event({ event });
  isAway = false;
  const isThere = () => log.read({ types: ["turn.ended", "agent.ended"], limit: 99 }).length >= 4;
  for (const end = Date.now() + 10_000; !isThere(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) assert.fail("the events never came");
  assert.equal(new Set(log.read({ limit: 999 }).map(({ session_id }) => session_id)).size, 1);
});
