import assert from "node:assert/strict";
import { test } from "node:test";
import type { AskDetail } from "../contract/operations/asks.ts";
import { askLines, decisionLine, toAnswer } from "./ask-lines.ts";
import { keysLine, meaningOf } from "./inbox-keys.ts";
import { wrapped } from "./printable.ts";

const permission: AskDetail = { ask_id: "ask_1", kind: "permission", state: "open", is_held: true, input: { command: "ls" } };
const choice: AskDetail = {
  ask_id: "ask_2",
  kind: "question",
  state: "open",
  is_held: true,
  options: [{ id: "main" }, { id: "next", label: "The next one" }],
};
const questions: AskDetail = {
  ask_id: "ask_3",
  kind: "question",
  state: "open",
  is_held: true,
  questions: [{ question: "Which?", options: [{ label: "Red" }, { label: "Blue" }] }],
};

test("one key answers what it is shown for, and nothing that it is not", () => {
  assert.deepEqual(meaningOf("a", permission), { name: "say", said: "allow" });
  assert.deepEqual(meaningOf("d", permission), { name: "words", what: "deny" });
  assert.deepEqual(meaningOf("e", permission), { name: "words", what: "edit" });
  assert.deepEqual(meaningOf("1", permission), { name: "nothing" });
  assert.deepEqual(meaningOf("2", choice), { name: "say", said: "2" });
  assert.deepEqual(meaningOf("3", choice), { name: "nothing" });
  assert.deepEqual(meaningOf("a", choice), { name: "nothing" });
  assert.deepEqual(meaningOf("d", choice), { name: "words", what: "deny" });
  assert.deepEqual(meaningOf("a", { ...permission, is_held: false }), { name: "nothing" });
  assert.deepEqual(meaningOf("a", undefined), { name: "nothing" });
  assert.deepEqual(meaningOf(" ", permission), { name: "mark" });
  assert.deepEqual(meaningOf(" ", choice), { name: "nothing" }, "each question has an answer of its own");
  assert.deepEqual(meaningOf("a", choice, 2), { name: "say", said: "allow" }, "the marked ones are answered, whichever is shown");
  assert.deepEqual(meaningOf("A", permission), { name: "nothing" }, "a rule needs a tool and a session");
  assert.deepEqual(meaningOf("A", { ...permission, tool: "Bash", session_id: "ses_1" }), { name: "always" });
  assert.deepEqual(meaningOf("a\na", permission), { name: "nothing" }, "what is pasted answers nothing");
  for (const key of ["q", "\u0003"]) assert.deepEqual(meaningOf(key, permission), { name: "quit" });
  assert.match(keysLine(permission), /a allow .* e edit/);
  assert.doesNotMatch(keysLine({ ...permission, is_held: false }), /allow/);
});

test("a terminal shows the command as it would run, a change line by line, and every other field", () => {
  const linesOf = (input: unknown) => askLines({ ...permission, tool: "Bash", input }).slice(1);
  assert.deepEqual(linesOf({ command: 'cd a &&\n  rm -rf "b"', timeout: 5 }), ["$ cd a &&", '    rm -rf "b"', "{", '  "timeout": 5', "}"]);
  assert.deepEqual(linesOf({ file_path: "/a.js", old_string: "one\ntwo", new_string: "one\n2", replace_all: true }), [
    "/a.js",
    "  one",
    "- two",
    "+ 2",
    "{",
    '  "replace_all": true',
    "}",
  ]);
  assert.deepEqual(linesOf({ file_path: "/a.js", edits: [{ old_string: "a", new_string: "" }] }), ["/a.js", "- a"]);
  assert.deepEqual(linesOf({ file_path: "/a.js", content: "x\ny\n" }), ["/a.js", "+ x", "+ y"]);
  const both = { file_path: "/a.js", path: "/b.js", content: "x" };
  assert.deepEqual(JSON.parse(linesOf(both).join("\n")), both);
  assert.match(linesOf({ file_path: "/a.js", old_string: "a\r\n", new_string: "a\n" }).join(), /"before": "a\\r\\n"/);
  const odd = { command: ["rm", "-rf"], edits: [{ old_string: 1 }], path: { a: 1 } };
  assert.deepEqual(JSON.parse(linesOf(odd).join("\n")), odd);
  assert.deepEqual(wrapped("abcdefg", 3), ["abc", "def", "g"]);
  assert.deepEqual(wrapped("", 3), [""]);
});

test("words become the answer that the kind of ask takes", () => {
  assert.deepEqual(toAnswer(permission, "Yes"), { decision: "allow" });
  assert.deepEqual(toAnswer(permission, "deny", { message: "no" }), { decision: "deny", message: "no" });
  assert.deepEqual(toAnswer(choice, "deny", { decision: "deny", message: "no" }), { decision: "deny", message: "no" });
  assert.throws(() => toAnswer(permission, "maybe"), /not an answer to this permission/);
  assert.deepEqual(toAnswer({ ...permission, kind: "gate" }, "no"), { approved: false });
  assert.deepEqual(toAnswer(choice, "2"), { value: "next" });
  assert.deepEqual(toAnswer(choice, "the next one"), { value: "next" });
  assert.deepEqual(toAnswer(questions, "2"), { value: { "Which?": "Blue" } });
  assert.deepEqual(toAnswer(questions, "green"), { value: { "Which?": "green" } });
  assert.deepEqual(toAnswer({ ...choice, options: undefined, schema: { type: "integer" } }, "3"), { value: 3 });
  assert.throws(() => toAnswer(choice, "1", { input: {} }), /for permissions/);
  assert.equal(
    decisionLine({ ...permission, outcome: "denied", by: "ana", door: "cli", answer: { message: "no" } }),
    "denied by ana at cli: no",
  );
});
