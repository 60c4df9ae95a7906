import assert from "node:assert/strict";
import { test } from "node:test";
import { describeCall } from "./describe-call.ts";

test("a call is told in one line, by what matters in its input", () => {
  assert.deepEqual(describeCall("Bash", { command: "npm test\n  --watch", description: "Run tests" }), {
    kind: "run",
    title: "npm test --watch",
  });
  assert.deepEqual(describeCall("Grep", { pattern: "TODO", path: "src" }), { kind: "search", title: "TODO", paths: ["src"] });
  assert.deepEqual(describeCall("Agent", { description: "Survey source", prompt: "look", subagent_type: "Explore" }), {
    kind: "agent",
    title: "Survey source",
  });
  assert.deepEqual(describeCall("AskUserQuestion", { questions: [{ question: "Which colour?" }] }), {
    kind: "ask",
    title: "Which colour?",
  });
  assert.deepEqual(describeCall("mcp__bench__add", { a: 2, b: 3 }), { kind: "mcp" });
  assert.deepEqual(describeCall("NoSuchTool", { query: "x" }), { kind: "other", title: "x" });
});

test("a long title is cut", () => {
  assert.equal(describeCall("Bash", { command: "x".repeat(5_000) }).title?.length, 200);
});

test("an input of any shape is no title", () => {
  for (const input of [undefined, null, 7, "x", [], { command: 7 }, { command: "" }])
    assert.deepEqual(describeCall("Bash", input), { kind: "run" });
});
