import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseEvent, type EventDraft } from "../../contract/events/index.ts";
import { drafts, fold, viewAsks } from "../../testing/truth-clients.ts";
import { translateHook } from "./hook.ts";

const at = "2026-11-20T10:21:07.328Z";
const base = {
  session_id: "101b25d0-2f5a-42b7-bb96-caeab8a1a495",
  transcript_path: "/home/dev/.claude/projects/-home-dev-project/101b25d0-2f5a-42b7-bb96-caeab8a1a495.jsonl",
  cwd: "/home/dev/project",
};
const prompt_id = "ed6c18d4-a9a0-4413-9597-bd3c6d5c97cf";

function told(body: object, receivedAt = at): readonly EventDraft[] {
  const { events, problem } = translateHook({ ...base, ...body }, receivedAt);
  assert.equal(problem, undefined);
  return events;
}

function one(body: object): EventDraft {
  const events = told(body);
  assert.equal(events.length, 1);
  return events[0]!;
}

/** The fields of `data` that are there. */
function dataOf(event: EventDraft | undefined): Record<string, unknown> {
  return JSON.parse(JSON.stringify(event?.data)) as Record<string, unknown>;
}

test("SessionStart begins a session and names its project", () => {
  const event = one({ hook_event_name: "SessionStart", source: "resume", seconds_since_last_response: 0, context_tokens: 12_674 });
  assert.equal(event.type, "session.started");
  assert.match(String(event.project_id), /^prj_project-/);
  assert.deepEqual(dataOf(event), {
    app: "claude-code",
    origin: "resume",
    cwd: base.cwd,
    project: "project",
    transcript_path: base.transcript_path,
  });
});

test("a second start of the same session is another fact, the same start twice is one", () => {
  const body = { hook_event_name: "SessionStart", source: "resume" };
  const [first] = told(body);
  assert.equal(told(body)[0]?.id, first?.id);
  assert.notEqual(told(body, "2026-11-20T10:30:00.000Z")[0]?.id, first?.id);
});

test("UserPromptSubmit starts a turn whose message has the prompt's id", () => {
  const events = told({ hook_event_name: "UserPromptSubmit", prompt_id, permission_mode: "plan", prompt: "scenario:simple-tools go" });
  assert.deepEqual(
    events.map((event) => event.type),
    ["session.updated", "turn.started", "message.added"],
  );
  assert.equal(dataOf(events[0])["permission_mode"], "plan");
  assert.deepEqual(dataOf(events[1]), { turn_id: `trn_${prompt_id}`, prompt: "scenario:simple-tools go", origin: "human" });
  assert.equal(dataOf(events[2])["message_id"], `msg_prompt:${prompt_id}`);
});

test("a slash command is a command, a path is not", () => {
  const originOf = (prompt: string) => dataOf(told({ hook_event_name: "UserPromptSubmit", prompt_id, prompt })[1])["origin"];
  assert.equal(originOf("/greet scenario:events/expanded"), "command");
  assert.equal(originOf("/home/dev/project does not build"), "human");
});

test("a task notification is not a person's prompt, and ends the agent that it names", () => {
  const prompt =
    '<task-notification>\n<task-id>a0097305568bffacd</task-id>\n<status>completed</status>\n<summary>Agent "Slow helper" finished</summary>\n<result>Slow helper: finished.</result>\n</task-notification>';
  const events = told({ hook_event_name: "UserPromptSubmit", prompt_id, prompt });
  assert.equal(dataOf(events[1])["origin"], "notification");
  assert.equal(dataOf(events[2])["role"], "system");
  assert.equal(events[3]?.agent_id, "agt_a0097305568bffacd");
  assert.deepEqual(dataOf(events[3]), { outcome: "completed", summary: "Slow helper: finished." });
});

test("a finished background command is no agent", () => {
  const prompt =
    '<task-notification>\n<task-id>byjjc6exk</task-id>\n<status>completed</status>\n<summary>Background command "Background sleep" completed (exit code 0)</summary>\n</task-notification>';
  assert.equal(told({ hook_event_name: "UserPromptSubmit", prompt_id, prompt }).length, 3);
});

test("a tool call inside a subagent is the subagent's, in a turn that the hook cannot name", () => {
  const event = one({
    hook_event_name: "PreToolUse",
    prompt_id,
    agent_id: "a36ea887634b76659",
    agent_type: "Explore",
    tool_name: "Bash",
    tool_input: { command: "ls && echo hi", description: "List files" },
    tool_use_id: "toolu_01",
  });
  assert.equal(event.id, `tool:${base.session_id}:toolu_01:started@hook`);
  assert.equal(event.agent_id, "agt_a36ea887634b76659");
  assert.deepEqual(dataOf(event), {
    call_id: "call_toolu_01",
    name: "Bash",
    kind: "run",
    title: "ls && echo hi",
    input: { command: "ls && echo hi", description: "List files" },
  });
});

test("PostToolUse of a waited-for agent names the child, its parent and its end", () => {
  const events = told({
    hook_event_name: "PostToolUse",
    prompt_id,
    agent_id: "a24fb191188fea0f4",
    agent_type: "general-purpose",
    tool_name: "Agent",
    tool_use_id: "toolu_02",
    duration_ms: 639,
    tool_input: { description: "Inner helper A", prompt: "do part A", subagent_type: "general-purpose" },
    tool_response: {
      status: "completed",
      prompt: "do part A",
      agentId: "a83c08a105bfc0ca1",
      agentType: "general-purpose",
      content: [
        { type: "text", text: "<tools-used-before-summary>Write</tools-used-before-summary>\n" },
        { type: "text", text: "Inner A wrote a.txt." },
      ],
      resolvedModel: "claude-opus-5-5",
      totalDurationMs: 638,
    },
  });
  assert.deepEqual(
    events.map((event) => [event.type, event.agent_id]),
    [
      ["tool.ended", "agt_a24fb191188fea0f4"],
      ["agent.spawned", "agt_a83c08a105bfc0ca1"],
      ["agent.ended", "agt_a83c08a105bfc0ca1"],
    ],
  );
  const { parent_agent_id, call_id, name, background, edge } = dataOf(events[1]);
  assert.deepEqual(
    [parent_agent_id, call_id, name, background, edge],
    ["agt_a24fb191188fea0f4", "call_toolu_02", "Inner helper A", false, "reported"],
  );
  assert.deepEqual(dataOf(events[2]), { outcome: "completed", summary: "Inner A wrote a.txt.", duration_ms: 638 });
});

test("a background launch ends its call, not its agent", () => {
  const events = told({
    hook_event_name: "PostToolUse",
    prompt_id,
    tool_name: "Agent",
    tool_use_id: "toolu_03",
    tool_input: { description: "Slow helper", prompt: "take your time" },
    tool_response: { isAsync: true, status: "async_launched", agentId: "a0097305568bffacd", prompt: "take your time" },
  });
  assert.deepEqual(
    events.map((event) => event.type),
    ["tool.ended", "agent.spawned"],
  );
  assert.equal(dataOf(events[0])["outcome"], "ok");
  assert.equal(dataOf(events[1])["background"], true);
});

test("PostToolUseFailure tells error, time limit and interrupt apart", () => {
  const failure = {
    hook_event_name: "PostToolUseFailure",
    prompt_id,
    tool_name: "Bash",
    tool_input: { command: "sleep 5" },
    tool_use_id: "toolu_04",
    is_interrupt: false,
  };
  const outcomeOf = (more: object) => dataOf(one({ ...failure, ...more }))["outcome"];
  assert.equal(outcomeOf({ error: "Exit code 3\nout\nerr" }), "error");
  assert.equal(outcomeOf({ error: "Exit code 143\nCommand timed out after 0s" }), "timeout");
  assert.equal(outcomeOf({ error: "", is_interrupt: true }), "interrupted");
  assert.equal(dataOf(one({ ...failure, error: "Exit code 143\nCommand timed out after 0s" }))["exit_code"], 143);
});

test("PostToolBatch closes a refused call by inference, and shows one that never started", () => {
  const events = told({
    hook_event_name: "PostToolBatch",
    prompt_id,
    tool_calls: [
      { tool_name: "Bash", tool_input: { command: "touch denied.txt" }, tool_use_id: "toolu_05", tool_response: "Denied by the operator." },
      {
        tool_name: "NoSuchTool",
        tool_input: { a: 1 },
        tool_use_id: "toolu_06",
        tool_response: "<tool_use_error>Error: No such tool available: NoSuchTool</tool_use_error>",
      },
      "not a call",
    ],
  });
  assert.deepEqual(
    events.map((event) => [event.type, dataOf(event)["call_id"], dataOf(event)["outcome"], dataOf(event)["certainty"]]),
    [
      ["tool.ended", "call_toolu_05", "denied", "inferred"],
      ["tool.started", "call_toolu_06", undefined, undefined],
      ["tool.ended", "call_toolu_06", "invalid", "inferred"],
    ],
  );
});

test("a permission prompt is an ask with what would be done, and a notice is one without", () => {
  const asked = one({ hook_event_name: "PermissionRequest", tool_name: "Bash", tool_input: { command: "npm publish" } });
  const { ask_id, ...data } = dataOf(asked) as Record<string, unknown>;
  assert.match(String(ask_id), /^ask_/);
  assert.deepEqual(data, { kind: "permission", tool: "Bash", input: { command: "npm publish" }, prompt: "npm publish" });
  const notice = one({ hook_event_name: "Notification", message: "Claude needs your permission", notification_type: "permission_prompt" });
  assert.deepEqual([notice.type, (dataOf(notice) as { kind?: unknown }).kind], ["ask.opened", "permission"]);
});

test("compaction's SubagentStop, which has no agent type, makes no agent", () => {
  const event = one({
    hook_event_name: "SubagentStop",
    prompt_id,
    agent_id: "ad7a2c953839bff2d",
    agent_type: "",
    last_assistant_message: "<summary>",
  });
  assert.equal(event.type, "source.kept");
  assert.equal(event.agent_id, undefined);
});

test("a turn may stop twice, and a failed one says why", () => {
  const first = one({ hook_event_name: "Stop", prompt_id, stop_hook_active: false });
  const second = one({ hook_event_name: "Stop", prompt_id, stop_hook_active: true });
  assert.notEqual(first.id, second.id);
  const failed = told({ hook_event_name: "StopFailure", prompt_id, error: "rate_limit", last_assistant_message: "API Error: 429" });
  assert.deepEqual(
    failed.map((event) => event.type),
    ["turn.ended", "model.failed"],
  );
  assert.equal(dataOf(failed[1])["class"], "rate_limit");
});

test("hooks without a fact of ours are kept as unused, unknown ones as unknown", () => {
  const reasonOf = (hook_event_name: string) => dataOf(one({ hook_event_name }))["reason"];
  for (const name of ["Setup", "ConfigChange", "TaskCreated", "FileChanged", "WorktreeCreate", "TeammateIdle"])
    assert.equal(reasonOf(name), "unused");
  for (const name of ["AfterTomorrow", "__proto__", "constructor"]) assert.equal(reasonOf(name), "unknown");
});

test("what cannot be read is a problem, said in words", () => {
  for (const body of [
    null,
    7,
    "x",
    [],
    {},
    { session_id: "s" },
    { session_id: 5, hook_event_name: "Stop" },
    { session_id: "", hook_event_name: "Stop" },
  ]) {
    const { events, problem } = translateHook(body, at);
    assert.deepEqual(events, []);
    assert.equal(typeof problem, "string");
  }
  assert.equal(typeof translateHook({ ...base, hook_event_name: "PreToolUse", tool_name: 7 }, at).problem, "string");
});

test("markup and terminal sequences are data", () => {
  const nasty = "\u001b[31m<script>alert(1)</script>\u0000\ud800\u202e";
  const event = one({ hook_event_name: "PreToolUse", prompt_id, tool_name: nasty, tool_use_id: nasty, tool_input: { command: nasty } });
  assert.equal(dataOf(event)["name"], nasty);
  assert.equal(parseEvent(event).ok, true);
});

test("what a person answered a server is the answer to its question, with or without an id of it", () => {
  const at = (second: number) => `2026-11-20T10:00:0${second}.000Z`;
  const call = (id: string) => ({
    hook_event_name: "PreToolUse",
    prompt_id,
    tool_use_id: id,
    tool_name: "mcp__bench__ask",
    tool_input: { id },
  });
  const asked = { hook_event_name: "Elicitation", mcp_server_name: "bench", message: "Your name?", mode: "form" };
  const said = { hook_event_name: "ElicitationResult", mcp_server_name: "bench", mode: "form" };
  const told = (bodies: readonly object[]) =>
    fold(drafts(bodies.map((body, index) => translateHook({ session_id: "s", ...body }, at(index)))));
  const asks = (bodies: readonly object[]) =>
    viewAsks([...told(bodies).values()][0]!).map(({ kind, outcome, by, call_id }) => [kind, outcome, by, call_id]);
  assert.deepEqual(asks([call("c1"), asked, call("c2"), { ...said, action: "decline" }]), [["question", "denied", "user", "call_c1"]]);
  const named = { elicitation_id: "e1" };
  assert.deepEqual(
    asks([
      { ...asked, ...named },
      { ...said, ...named, action: "accept" },
    ]),
    [["question", "answered", "user", undefined]],
  );
  assert.deepEqual(asks([call("c1"), asked, { ...said, action: "cancel" }]), [["question", "cancelled", "user", "call_c1"]]);
});

test("no body makes it throw, and every event that it gives is valid", () => {
  const names = fc.constantFrom(
    "SessionStart",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "MessageDisplay",
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "PermissionRequest",
    "PermissionDenied",
    "Notification",
    "Elicitation",
    "ElicitationResult",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "StopFailure",
    "PreCompact",
    "PostCompact",
    "PostModelSwitch",
    "CwdChanged",
    "InstructionsLoaded",
    "SessionEnd",
    "Other",
  );
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ maxLength: 400, unit: "binary" }));
  const keys = [
    "session_id",
    "prompt_id",
    "agent_id",
    "agent_type",
    "tool_name",
    "tool_use_id",
    "tool_input",
    "tool_response",
    "tool_calls",
    "error",
    "prompt",
    "delta",
    "message_id",
    "index",
    "source",
    "cwd",
    "transcript_path",
    "duration_ms",
    "is_interrupt",
    "notification_type",
    "expansion_type",
  ];
  const body = fc.record(
    { ...Object.fromEntries(keys.map((key) => [key, value])), hook_event_name: names },
    { requiredKeys: ["hook_event_name"] },
  );
  const call = fc.record({
    tool_name: fc.string({ minLength: 1 }),
    tool_use_id: fc.string({ minLength: 1 }),
    tool_input: value,
    tool_response: value,
  });
  const likely = fc.record({
    session_id: fc.string({ minLength: 1, maxLength: 400 }),
    prompt_id: fc.string({ minLength: 1 }),
    prompt: fc.string(),
    message_id: fc.string({ minLength: 1 }),
    delta: fc.string(),
    hook_event_name: names,
    tool_name: fc.string({ minLength: 1 }),
    tool_use_id: fc.string({ minLength: 1 }),
    tool_calls: fc.array(call),
    tool_input: value,
    tool_response: value,
    agent_id: value,
  } as never);
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), body, likely), (junk) => {
      for (const event of translateHook(junk, at).events) assert.deepEqual(parseEvent(event).ok, true, JSON.stringify(event));
    }),
    { numRuns: 2_000 },
  );
});
