import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { planConnect, planDisconnect, readConnection } from "./claude-settings.ts";
import { applyConnect, applyDisconnect, decideConnect, decideDisconnect, hookTargets } from "./connection.ts";

const targets = hookTargets("/home/dev/my home/.orrery", "http://127.0.0.1:7717/");
const users = {
  model: "opus",
  hooks: {
    PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: "./check.sh" }] }],
    WorktreeCreate: [{ hooks: [{ type: "command", command: "wt" }] }],
  },
  unknown: { kept: [1, null, "x"] },
};

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-connect-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { home: join(folder, "home"), path: join(folder, "claude", "settings.json"), folder };
}

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

function connect(path: string, home: string, url = "http://127.0.0.1:7717"): void {
  applyConnect(decideConnect(path, hookTargets(home, url)), home);
}

function disconnect(path: string, home: string): void {
  applyDisconnect(decideDisconnect(path, home), home);
}

type Settings = {
  hooks: Record<string, { matcher?: string; hooks: { type: string; url?: string; command?: string }[] }[]>;
  unknown: unknown;
  model: string;
};

test("hooks are added after the user's own, and everything else stays", () => {
  const settings = JSON.parse(planConnect("s", JSON.stringify(users, undefined, 2), targets)) as Settings;
  assert.deepEqual(settings.hooks["PreToolUse"]![0], users.hooks.PreToolUse[0]);
  assert.deepEqual(settings.hooks["PreToolUse"]![1]!.hooks[0], {
    type: "http",
    url: "http://127.0.0.1:7717/api/ingest/claude-code",
    timeout: 2,
  });
  assert.equal(settings.hooks["SessionStart"]![0]!.hooks[0]!.type, "command");
  assert.equal(
    settings.hooks["Setup"]![0]!.hooks[0]!.command,
    "'/home/dev/my home/.orrery/connect/orrery-hook.sh' 'http://127.0.0.1:7717/api/ingest/claude-code' '/home/dev/my home/.orrery/spool'",
  );
  assert.deepEqual(settings.hooks["WorktreeCreate"], users.hooks.WorktreeCreate);
  assert.equal(settings.hooks["WorktreeRemove"], undefined);
  assert.deepEqual([settings.unknown, settings.model], [users.unknown, users.model]);
});

test("connecting twice changes nothing; another port replaces the old one", () => {
  const once = planConnect("s", undefined, targets);
  assert.equal(planConnect("s", once, targets), once);
  const moved = planConnect("s", once, hookTargets("/h", "http://127.0.0.1:9999"));
  assert.ok(!moved.includes("7717"));
  assert.deepEqual(readConnection("s", moved).urls, ["http://127.0.0.1:9999/api/ingest/claude-code"]);
});

test("indentation, line ends, byte order mark and the last newline stay as they were", () => {
  for (const text of [
    '{\n\t"a": 1\n}\n',
    '{\n    "a": 1\n}',
    '{"a":1}',
    '{\r\n  "a": 1\r\n}\r\n',
    '\uFEFF{\n  "a": 1\n}\n',
    "{}\n",
    "{ }",
    '{\n  "a": 1\n}\n\n',
  ]) {
    const connected = planConnect("s", text, targets);
    assert.notEqual(connected, text);
    assert.equal(connected.endsWith("\n"), text.endsWith("\n"), JSON.stringify(text));
    assert.equal(connected.includes("\r\n"), text.includes("\r\n"));
    assert.equal(connected.includes("\t"), text.includes("\t"));
    const undone = planDisconnect("s", connected);
    assert.deepEqual(JSON.parse(undone.replace("\uFEFF", "")), JSON.parse(text.replace("\uFEFF", "")));
    if (text !== "{ }") assert.equal(undone, text);
  }
});

test("where addresses must be listed, ours is listed and taken out again", () => {
  const text = JSON.stringify({ allowedHttpHookUrls: ["https://example.com/*"] });
  const connected = planConnect("s", text, targets);
  assert.deepEqual((JSON.parse(connected) as { allowedHttpHookUrls: string[] }).allowedHttpHookUrls, [
    "https://example.com/*",
    targets.url,
  ]);
  assert.equal(planDisconnect("s", connected), text);
});

test("a hook of the user in one group with ours is kept", () => {
  const mixed = JSON.stringify({
    hooks: {
      Stop: [
        {
          hooks: [
            { type: "http", url: targets.url },
            { type: "command", command: "bell" },
          ],
        },
      ],
    },
  });
  assert.deepEqual(JSON.parse(planDisconnect("s", mixed)), { hooks: { Stop: [{ hooks: [{ type: "command", command: "bell" }] }] } });
});

test("settings that are not JSON, or not of the known shape, are refused", () => {
  for (const text of ["{ // comment\n}", "[]", "nonsense", '{"hooks":[]}', '{"hooks":{"Stop":{}}}']) {
    assert.throws(() => planConnect("/s.json", text, targets), { code: "SETTINGS_UNREADABLE" });
    assert.throws(() => planDisconnect("/s.json", text), { code: "SETTINGS_UNREADABLE" });
  }
});

test("disconnecting gives back the very same bytes, mode and link", (t) => {
  const { home, path, folder } = open(t);
  const real = join(folder, "dotfiles", "claude.json");
  const odd =
    '\uFEFF{ "model":   "opus",\r\n\t"big": 12345678901234567890, "e": 1.0e3, "dup": 1, "dup": 2,\r\n "hooks": {"Stop": []} }  \n\n';
  put(real, odd, 0o640);
  mkdirSync(join(path, ".."), { recursive: true });
  symlinkSync(real, path);
  connect(path, home);
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.equal(statSync(real).mode & 0o777, 0o640);
  assert.ok(readConnection(path, readFileSync(path, "utf8")).isConnected);
  connect(path, home, "http://127.0.0.1:9999");
  disconnect(path, home);
  assert.equal(readFileSync(real, "utf8"), odd);
  assert.equal(statSync(real).mode & 0o777, 0o640);
  assert.ok(lstatSync(path).isSymbolicLink());
});

test("a file that was not there goes away again", (t) => {
  const { home, path } = open(t);
  connect(path, home);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  disconnect(path, home);
  assert.ok(!existsSync(path));
});

test("a file that the user changed since loses only our entries", (t) => {
  const { home, path } = open(t);
  put(path, JSON.stringify(users, undefined, 2));
  connect(path, home);
  const edited = { ...(JSON.parse(readFileSync(path, "utf8")) as object), model: "sonnet" };
  put(path, JSON.stringify(edited, undefined, 2));
  disconnect(path, home);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { ...users, model: "sonnet" });
});

test("a file that changes between asking and writing is left alone", (t) => {
  const { home, path } = open(t);
  put(path, "{}");
  const change = decideConnect(path, targets);
  put(path, '{"a":1}');
  assert.throws(() => applyConnect(change, home), { code: "SETTINGS_UNREADABLE" });
  assert.equal(readFileSync(path, "utf8"), '{"a":1}');
});

test("unreadable settings stay as they are", (t) => {
  const { home, path } = open(t);
  writeFileSync((mkdirSync(join(path, ".."), { recursive: true }), path), Buffer.from([0x7b, 0xff, 0xfe]));
  assert.throws(() => connect(path, home), { code: "SETTINGS_UNREADABLE" });
  assert.deepEqual([...readFileSync(path)], [0x7b, 0xff, 0xfe]);
});

test("a waiting hook is added when asked for, stays when connected again, and goes byte for byte", (t) => {
  const { home, path } = open(t);
  const original = `${JSON.stringify({ ...users, allowedHttpHookUrls: ["https://theirs.test/x"] }, undefined, 4)}\n`;
  put(path, original);
  const base = hookTargets(home, "http://127.0.0.1:7717");
  const settled = (targets: typeof base): string => {
    applyConnect(decideConnect(path, targets), home);
    return readFileSync(path, "utf8");
  };
  const withAnswer = settled({ ...base, answer: { deadline_s: 600, otherwise: "deny" } });
  const { hooks } = JSON.parse(withAnswer) as Settings;
  const url = "http://127.0.0.1:7717/api/ingest/claude-code/answer/600/deny";
  for (const event of ["PreToolUse", "PermissionRequest"])
    assert.deepEqual(hooks[event]!.at(-1), { hooks: [{ type: "http", url, timeout: 602, onFailure: "block" }] });
  assert.equal(withAnswer.split(url).length - 1, 3, "two hooks and the list of addresses that hooks may call");
  assert.deepEqual(readConnection(path, withAnswer).answer, { deadline_s: 600, otherwise: "deny" });
  assert.equal(settled(base), withAnswer, "connecting again leaves it");
  assert.ok(!settled({ ...base, answer: "off" }).includes("/answer/"));
  const asking = settled({ ...base, answer: { deadline_s: 60, otherwise: "ask" } });
  const waiting = (event: string) => (JSON.parse(asking) as Settings).hooks[event]!.at(-1);
  const askUrl = "http://127.0.0.1:7717/api/ingest/claude-code/answer/60/ask";
  assert.deepEqual(waiting("PermissionRequest"), { hooks: [{ type: "http", url: askUrl, timeout: 62 }] });
  const command = `'${base.asker}' 'PreToolUse' '${askUrl}' '62' 'look'`;
  assert.deepEqual(waiting("PreToolUse"), { hooks: [{ type: "command", command, timeout: 75 }] });
  const { answer, asker } = readConnection(path, asking);
  assert.deepEqual([answer, asker], [{ deadline_s: 60, otherwise: "ask" }, base.asker]);
  assert.equal(settled(base), asking, "connecting again leaves that too");
  // Where the daemon needs a token, the script brings it, and no hook goes over HTTP.
  for (const [otherwise, unreached] of [
    ["ask", { PreToolUse: "look", PermissionRequest: "pass" }],
    ["deny", { PreToolUse: "deny", PermissionRequest: "deny" }],
  ] as const) {
    const byCommand = settled({ ...base, byCommand: true, answer: { deadline_s: 60, otherwise } });
    assert.ok(!byCommand.includes('"type": "http"'));
    for (const [event, word] of Object.entries(unreached))
      assert.deepEqual((JSON.parse(byCommand) as Settings).hooks[event]!.at(-1), {
        hooks: [
          {
            type: "command",
            command: `'${base.asker}' '${event}' 'http://127.0.0.1:7717/api/ingest/claude-code/answer/60/${otherwise}' '62' '${word}'`,
            timeout: 75,
            ...(otherwise === "deny" ? { onFailure: "block" } : {}),
          },
        ],
      });
    assert.deepEqual(readConnection(path, byCommand).answer, { deadline_s: 60, otherwise });
    assert.equal(settled({ ...base, byCommand: true }), byCommand, "connecting again leaves that too");
  }
  disconnect(path, home);
  assert.equal(readFileSync(path, "utf8"), original);
});
