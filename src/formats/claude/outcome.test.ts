import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, outcomeOfText } from "./outcome.ts";

test("the words of a result tell why it failed", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["Exit code 3\nout\nerr", "error"],
    ["Exit code 143\nCommand timed out after 0s", "timeout"],
    ["MCP error -32001: Request timed out", "timeout"],
    ["File does not exist. Note: your current working directory is /home/dev/project.", "error"],
    ["<tool_use_error>InputValidationError: Bash failed due to the following issues:", "invalid"],
    ["<tool_use_error>File is in a directory that is denied by your permission settings.</tool_use_error>", "denied"],
    ["<tool_use_error>Sibling tool call errored</tool_use_error>", "interrupted"],
    ["PreToolUse:Bash hook error: Deleting is not allowed here.", "denied"],
    ["touch in '/home/dev/project/unanswered.txt' needs approval. The path is inside", "denied"],
    ["Cannot write to /home/dev/project/plan-result.txt while in plan mode.", "denied"],
    ["Permission to use Bash with command rm has been denied.", "denied"],
    ["[Request interrupted by user for tool use]", "interrupted"],
    ["Denied by the operator.", undefined],
    ["recovered", undefined],
    ["", undefined],
  ];
  for (const [text, outcome] of cases) assert.equal(outcomeOfText({ text }), outcome, text);
});

test("a command that prints of a time limit did not hit its own", () => {
  assert.equal(outcomeOfText({ text: "Exit code 28\ncurl: (28) Connection timed out after 3001 ms" }), "error");
});

test("the exit code stands at the beginning or nowhere", () => {
  assert.equal(exitCodeOf("Exit code 127\nnot found"), 127);
  assert.equal(exitCodeOf("Error: Exit code 2"), 2);
  assert.equal(exitCodeOf("It said: Exit code 2"), undefined);
});
