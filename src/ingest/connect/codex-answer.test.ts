import assert from "node:assert/strict";
import { test } from "node:test";
import { codexHooks } from "./codex-settings.ts";
import { hookTargets } from "./connection.ts";
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
  const waiting = connected(plain, { answer: { deadline_s: 60, otherwise: "ask" } });
  const { PreToolUse, PermissionRequest, Stop } = (JSON.parse(waiting) as Hooks).hooks;
  const last = (groups: typeof Stop) => groups!.at(-1)!.hooks[0]!;
  const words = (event: string, unreached: string) => [
    "/home/dev/my home/.orrery/connect/orrery-answer.sh",
    event,
    "http://127.0.0.1:7717/api/ingest/codex/answer/60/ask",
    "61",
    unreached,
  ];
  assert.deepEqual(unquoted(last(PreToolUse).command), words("PreToolUse", "look"));
  assert.deepEqual(unquoted(last(PermissionRequest).command), words("PermissionRequest", "pass"));
  assert.deepEqual([last(PreToolUse).timeout, PreToolUse!.length, Stop!.length], [65, 3, 1]);
  assert.equal(connected(waiting), waiting);
  assert.equal(connected(waiting, { answer: "off" }), plain);
  assert.deepEqual(JSON.parse(codexHooks.disconnect("h", waiting)!), JSON.parse(theirs));
});
