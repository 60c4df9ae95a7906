// Todos as each client tells them, where no recording has them: from the record to the folded list.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drafts, fold, viewTodos } from "../testing/truth-clients.ts";
import { assertOrderless } from "../testing/truth-order.ts";
import { createAcp } from "./acp/acp.ts";
import { translateHook as translateClaudeHook } from "./claude/hook.ts";
import { translateLine } from "./claude/transcript.ts";
import { createExec } from "./codex/exec.ts";
import { createRollout } from "./codex/rollout.ts";
import { createStream as createGeminiStream } from "./gemini/stream.ts";
import { planLines } from "./plan.ts";
import type { Translation } from "./translation.ts";

const at = (second: number) => `2026-11-20T10:00:${String(second).padStart(2, "0")}.000Z`;

/** Title, status and blockers of each todo, in order; the same for any order of the events. */
function todosOf(translations: readonly Translation[]): string[] {
  const events = drafts(translations);
  assertOrderless(events);
  return [...fold(events).values()].flatMap(viewTodos).map(({ title, status, blocked_by }) => [title, status, ...blocked_by].join(" "));
}

function rollout(outputs: readonly string[]): Translation[] {
  const read = createRollout();
  const item = (payload: object, second: number) => read.translate({ timestamp: at(second), type: "response_item", payload });
  const plans = [
    ["in_progress", "pending"],
    ["completed", "in_progress"],
  ];
  return [
    read.translate({ timestamp: at(0), type: "session_meta", payload: { id: "t1", timestamp: at(0) } }),
    ...outputs.flatMap((output, index) => {
      const [first, second] = plans[index]!;
      const plan = [
        { step: "Write parser", status: first },
        { step: "Test parser", status: second },
      ];
      return [
        item({ type: "function_call", call_id: `c${index}`, name: "update_plan", arguments: JSON.stringify({ plan }) }, index * 2 + 1),
        item({ type: "function_call_output", call_id: `c${index}`, output }, index * 2 + 2),
      ];
    }),
  ];
}

test("a plan of Codex stands as its last accepted call left it", () => {
  assert.deepEqual(todosOf(rollout(["Plan updated", "Plan updated"])), ["Write parser completed", "Test parser in_progress"]);
  assert.deepEqual(todosOf(rollout(["Plan updated", "unsupported call: update_plan"])), [
    "Write parser in_progress",
    "Test parser pending",
  ]);
});

test("the todo list of codex exec is told without a call", () => {
  const exec = createExec({ only: true });
  const item = (type: string, done: boolean, second: number) =>
    exec.translate({ type, item: { id: "i1", type: "todo_list", items: [{ text: "Write parser", completed: done }] } }, at(second));
  const told = [
    exec.translate({ type: "thread.started", thread_id: "t1" }, at(0)),
    item("item.started", false, 1),
    item("item.updated", true, 2),
  ];
  assert.deepEqual(todosOf(told), ["Write parser completed"]);
});

test("Gemini CLI's write_todos counts when its result came", () => {
  const stream = createGeminiStream();
  const begun = [
    stream.translate({ type: "init", session_id: "g1", timestamp: at(0) }),
    stream.translate({
      type: "tool_use",
      tool_name: "write_todos",
      tool_id: "w1",
      timestamp: at(1),
      parameters: {
        todos: [
          { description: "Write parser", status: "in_progress" },
          { description: "Old idea", status: "cancelled" },
        ],
      },
    }),
  ];
  assert.deepEqual(todosOf(begun), []);
  const ended = stream.translate({ type: "tool_result", tool_id: "w1", status: "success", output: "ok", timestamp: at(2) });
  assert.deepEqual(todosOf([...begun, ended]), ["Write parser in_progress", "Old idea cancelled"]);
});

test("a plan over ACP replaces the one before", () => {
  const acp = createAcp({ only: true });
  const plan = (second: number, entries: object[]) =>
    acp.translate(
      { jsonrpc: "2.0", method: "session/update", params: { sessionId: "a1", update: { sessionUpdate: "plan", entries } } },
      "to_client",
      at(second),
    );
  const told = [
    plan(1, [
      { content: "Read", priority: "high", status: "in_progress" },
      { content: "Write", priority: "medium", status: "pending" },
    ]),
    plan(2, [{ content: "Write", priority: "medium", status: "in_progress" }]),
  ];
  assert.deepEqual(todosOf(told), ["Write in_progress"]);
  assert.deepEqual(todosOf([...told, plan(3, [])]), []);
});

function hook(name: string, tool: string, id: string, input: object, response: object, second: number): Translation {
  const body = { session_id: "s1", hook_event_name: name, tool_name: tool, tool_use_id: id, tool_input: input, tool_response: response };
  return translateClaudeHook(body, at(second));
}

test("a task update of Claude Code that changed nothing, or failed, makes no todo", () => {
  const told = [
    hook("PostToolUse", "TaskUpdate", "u1", { taskId: "9", status: "completed" }, { success: false, taskId: "9", updatedFields: [] }, 1),
    hook("PostToolUseFailure", "TaskUpdate", "u2", { taskId: "8", status: "completed" }, {}, 2),
  ];
  assert.deepEqual(todosOf(told), []);
});

test("a list of tasks tells of those that were made before anybody listened, and takes no blocker away", () => {
  const list = (tasks: object[], id: string, second: number) => hook("PostToolUse", "TaskList", id, {}, { tasks }, second);
  const told = [
    list(
      [
        { id: "1", subject: "Write", status: "in_progress", blockedBy: [] },
        { id: "2", subject: "Test", status: "pending", blockedBy: ["1"] },
      ],
      "l1",
      1,
    ),
    hook(
      "PostToolUse",
      "TaskUpdate",
      "u1",
      { taskId: "2", addBlockedBy: ["1"] },
      { success: true, taskId: "2", updatedFields: ["blockedBy"] },
      2,
    ),
    hook(
      "PostToolUse",
      "TaskUpdate",
      "u2",
      { taskId: "1", addBlocks: ["2"], owner: "ann" },
      { success: true, taskId: "1", updatedFields: [] },
      3,
    ),
    list(
      [
        { id: "1", subject: "Write", status: "completed", blockedBy: [] },
        { id: "2", subject: "Test", status: "pending", blockedBy: [] },
      ],
      "l2",
      4,
    ),
  ];
  assert.deepEqual(todosOf(told), ["Write completed", "Test pending 1"]);
});

test("answers that share a transcript line still tell which task is which", () => {
  const line = (type: string, content: object[], second: number) =>
    translateLine(
      { type, uuid: `u${second}`, sessionId: "s1", timestamp: at(second), message: { role: type, id: `m${second}`, content } },
      { sessionId: "s1" },
    );
  const create = (id: string, subject: string) => ({ type: "tool_use", id, name: "TaskCreate", input: { subject, description: "d" } });
  const result = (id: string, content: string) => ({ type: "tool_result", tool_use_id: id, content });
  const told = [
    line("assistant", [create("c1", "Write"), create("c2", "Test")], 1),
    line("user", [result("c1", "Task #1 created successfully: Write"), result("c2", "Task #2 created successfully: Test")], 2),
  ];
  assert.deepEqual(todosOf(told), ["Write pending", "Test pending"]);
});

test("lines in any client's words are read, and what is no line is passed over", () => {
  assert.deepEqual(
    planLines([
      { text: "a", completed: true },
      { step: "b", status: "weird" },
      "junk",
      null,
      { status: "done" },
      { content: "x".repeat(2_000) },
    ]),
    [{ title: "a", status: "completed" }, { title: "b" }, { title: `${"x".repeat(999)}…` }],
  );
  assert.equal(planLines("junk"), undefined);
});
