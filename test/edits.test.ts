// What the edits of recorded sessions changed, line by line, whichever client and whichever way told them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isBodyRef, type BodyRef } from "../src/contract/text.ts";
import type { StoredEvent } from "../src/contract/events/index.ts";
import { createAcp } from "../src/formats/acp/acp.ts";
import { translateHook as translateClaudeHook } from "../src/formats/claude/hook.ts";
import { translateLine } from "../src/formats/claude/transcript.ts";
import { translateHook } from "../src/formats/codex/hook.ts";
import { createRollout } from "../src/formats/codex/rollout.ts";
import { createChat } from "../src/formats/gemini/chat.ts";
import { createHooks } from "../src/formats/gemini/hook.ts";
import { createOpencode } from "../src/formats/opencode/opencode.ts";
import type { Translation } from "../src/formats/translation.ts";
import { toTimestamp } from "../src/lib/clock.ts";
import { createSessionFold, type Session } from "../src/projections/session.ts";
import { ofSession } from "../src/projections/state.ts";
import { drafts, readLines } from "../src/testing/truth-clients.ts";
import { editsOf } from "../web/src/ui/edits.ts";
import { countLines, diffLines } from "../web/src/ui/line-diff.ts";

interface Frame {
  readonly dir: string;
  readonly t: number;
  readonly msg: unknown;
}

const AT = toTimestamp(1_795_170_000_000);
const acp = (name: string) => {
  const reader = createAcp({ only: true });
  return (readLines(`acp/${name}/acp.jsonl`) as Frame[]).map(({ dir, t, msg }) =>
    reader.translate(msg, dir === "client->agent" ? "to_agent" : "to_client", toTimestamp(t)),
  );
};
const payloads = (path: string) => (readLines(path) as { payload?: unknown; body?: unknown }[]).map(({ payload, body }) => payload ?? body);

/** Each way, and whether it numbers the changed line of `src/app.js` in its file. */
const ways: readonly (readonly [name: string, hasNumbers: boolean, read: () => Translation[]])[] = [
  [
    "Claude Code transcript",
    true,
    () =>
      (readLines("claude-code/simple-tools/transcript.jsonl") as { timestamp?: string }[])
        .filter(({ timestamp }) => timestamp !== undefined)
        .map((line) => translateLine(line, {})),
  ],
  ["Claude Code hooks", true, () => payloads("claude-code/simple-tools/http-hooks.jsonl").map((body) => translateClaudeHook(body, AT))],
  [
    "Codex rollout",
    false,
    () => {
      const rollout = createRollout();
      return readLines("codex/simple/rollout-1.jsonl").map((line) => rollout.translate(line));
    },
  ],
  ["Codex hooks", false, () => payloads("codex/simple-hooks/hooks.jsonl").map((body) => translateHook(body, AT))],
  [
    "Gemini CLI chat",
    false,
    () => {
      const chat = createChat();
      return readLines("gemini-cli/simple/chat.jsonl").map((line) => chat.translate(line));
    },
  ],
  [
    "Gemini CLI hooks",
    false,
    () => {
      const hooks = createHooks();
      return payloads("gemini-cli/simple/hooks.jsonl").map((body) => hooks.translate(body));
    },
  ],
  [
    "opencode run",
    false,
    () => {
      const opencode = createOpencode({ only: true });
      return readLines("opencode/run-simple/run.jsonl").map((line) => opencode.line(line));
    },
  ],
  ["ACP of Claude", false, () => acp("claude-agent-acp/simple")],
  ["ACP of Gemini CLI, as contents", true, () => acp("gemini-cli/simple")],
  ["ACP of opencode", false, () => acp("opencode/simple-and-subagents")],
];

for (const [name, hasNumbers, read] of ways)
  test(`${name}: the edit of app.js is one line away and one line new`, () => {
    const edit = editsIn(read()).find(({ path, hunks }) => path.endsWith("src/app.js") && hunks.some(({ before }) => before !== ""));
    assert.ok(edit, "no edit of src/app.js");
    const lines = diffLines(edit);
    assert.deepEqual(countLines(lines), { added: 1, removed: 1 });
    const removed = lines.find(({ kind }) => kind === "removed");
    const added = lines.find(({ kind }) => kind === "added");
    assert.deepEqual([removed?.words.trim(), added?.words.trim()], ["return a + b;", "return a + b + 0;"]);
    assert.deepEqual([removed?.before, added?.after], hasNumbers ? [2, 2] : [undefined, undefined]);
  });

test("a file that a patch or a diff adds is new, line by line", () => {
  for (const edits of [editsIn(acp("codex-acp/simple-and-permission")), editsOf({ input: patch })]) {
    const added = edits.find(({ path }) => path.endsWith("notes.txt"));
    assert.equal(added?.change, "created");
    assert.deepEqual(
      diffLines(added).map(({ kind, words, after }) => [kind, words, after]),
      [
        ["added", "first line", 1],
        ["added", "second line", 2],
      ],
    );
  }
});

test("a patch moves, changes in several places and deletes", () => {
  assert.deepEqual(
    editsOf({ input: { command: patch } }).map(({ path, change, movedTo, hunks }) => [path, change, movedTo, hunks.length]),
    [
      ["notes.txt", "created", undefined, 1],
      ["src/old.ts", "changed", "src/new.ts", 2],
      ["gone.txt", "deleted", undefined, 0],
    ],
  );
});

test("a text that lies apart is read by its reference, and its beginning stands for it until then", () => {
  const content: BodyRef = { body: { sha256: "a".repeat(64), size_bytes: 40_000, preview: "one\n" } };
  const input = { file_path: "a.txt", content };
  assert.equal(countLines(editsOf({ input }).flatMap(diffLines)).added, 1);
  const all = editsOf({ input }, (ref) => (isBodyRef(ref) ? "one\ntwo\nthree\n" : ""));
  assert.equal(countLines(all.flatMap(diffLines)).added, 3);
});

test("several edits of one file are one diff; what is no edit is none", () => {
  const edits = [
    { old_string: "a", new_string: "b" },
    { old_string: "c\nd", new_string: "c" },
  ];
  const [edit] = editsOf({ input: { file_path: "a.ts", edits } });
  assert.deepEqual(countLines(diffLines(edit!)), { added: 1, removed: 2 });
  for (const input of [
    undefined,
    null,
    "ls",
    3,
    [],
    { command: "ls" },
    { file_path: "a" },
    { file_path: "a", edits: 3 },
    { changes: [1, {}] },
  ])
    assert.deepEqual(editsOf({ input, output: input }), [], JSON.stringify(input));
});

test("texts that share nothing are shown one below the other, without looking for what they share", () => {
  const text = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word} ${index}\n`).join("");
  const lines = diffLines({ hunks: [{ before: text("old"), after: text("new"), beforeLine: 1, afterLine: 1 }] });
  assert.deepEqual(countLines(lines), { added: 3_000, removed: 3_000 });
  assert.deepEqual([lines[0]?.before, lines.at(-1)?.after], [1, 3_000]);
});

const patch = `*** Begin Patch
*** Add File: notes.txt
+first line
+second line
*** Update File: src/old.ts
*** Move to: src/new.ts
@@ function a
 one
-two
+2
@@
-three
*** Delete File: gone.txt
*** End Patch
`;

function editsIn(translations: readonly Translation[]) {
  const fold = createSessionFold({ detail: true });
  let session: Session | undefined;
  for (const [index, draft] of drafts(translations).entries()) {
    const event = { ...draft, seq: index + 1, v: 1 } as unknown as StoredEvent;
    if (ofSession(event)) session = fold(session, event);
  }
  return [...(session?.calls.map.values() ?? [])].flatMap((call) => editsOf(call));
}
