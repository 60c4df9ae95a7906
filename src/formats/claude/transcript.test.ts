import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseEvent, type EventDraft } from "../../contract/events/index.ts";
import { translateLine } from "./transcript.ts";

const sessionId = "101b25d0-2f5a-42b7-bb96-caeab8a1a495";
const base = {
  parentUuid: "e23e12db-f633-4e65-ad92-babfd30cabe9",
  isSidechain: false,
  uuid: "dac00cf3-4900-48be-ade0-e19df96029f3",
  timestamp: "2026-11-20T10:21:07.228Z",
  cwd: "/home/dev/project",
  sessionId,
  version: "2.1.328",
  gitBranch: "main",
};
const promptId = "ed6c18d4-a9a0-4413-9597-bd3c6d5c97cf";
const usage = {
  input_tokens: 4,
  cache_creation_input_tokens: 12_579,
  cache_read_input_tokens: 7,
  output_tokens: 51,
  output_tokens_details: { thinking_tokens: 9 },
  cache_creation: { ephemeral_1h_input_tokens: 79, ephemeral_5m_input_tokens: 12_500 },
};

function told(line: object, file = {}): readonly EventDraft[] {
  const { events, problem } = translateLine({ ...base, ...line }, file);
  assert.equal(problem, undefined);
  return events;
}

function dataOf(event: EventDraft | undefined): Record<string, unknown> {
  return JSON.parse(JSON.stringify(event?.data)) as Record<string, unknown>;
}

function answer(content: readonly object[], more: object = {}): object {
  return {
    type: "assistant",
    message: { id: "msg_01", role: "assistant", model: "claude-opus-5-5", content, stop_reason: "tool_use", usage },
    ...more,
  };
}

function result(content: unknown, more: object = {}): object {
  return {
    type: "user",
    promptId,
    message: { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_01", content, is_error: true }] },
    ...more,
  };
}

test("every line of an answer tells of the one request, with each token in one bucket", () => {
  const [request] = told(answer([{ type: "text", text: "Hello" }]));
  assert.equal(request?.type, "model.responded");
  assert.deepEqual(dataOf(request), {
    request_id: "req_msg_01",
    model: "claude-opus-5-5",
    usage: { input: 4, cache_read: 7, cache_write_5m: 12_500, cache_write_1h: 79, output: 51, reasoning: 9 },
    stop_reason: "tool_use",
  });
});

test("text and thinking become a message, a tool_use a started call of that request", () => {
  const events = told(
    answer([
      { type: "thinking", thinking: "Look around.", signature: "x" },
      { type: "tool_use", id: "toolu_01", name: "Read", input: { file_path: "/home/dev/project/a.js" } },
    ]),
  );
  assert.deepEqual(
    events.map((event) => event.type),
    ["model.responded", "tool.started", "message.added"],
  );
  assert.deepEqual(dataOf(events[1]), {
    call_id: "call_toolu_01",
    name: "Read",
    kind: "read",
    title: "/home/dev/project/a.js",
    input: { file_path: "/home/dev/project/a.js" },
    paths: ["/home/dev/project/a.js"],
    request_id: "req_msg_01",
  });
  assert.deepEqual(dataOf(events[2])["parts"], [{ kind: "thinking", text: "Look around." }]);
});

test("a synthetic line is no request; an API error in it is a failed one", () => {
  const synthetic = {
    id: "36be3bc7",
    model: "<synthetic>",
    usage: { output_tokens: 0 },
    content: [{ type: "text", text: "API Error: 400 Scripted invalid request" }],
  };
  assert.deepEqual(told({ type: "assistant", message: synthetic }), []);
  const [failed, over, message] = told({
    type: "assistant",
    message: synthetic,
    isApiErrorMessage: true,
    apiErrorStatus: 400,
    apiErrorType: "invalid_request_error",
    requestId: "req_fake_11",
  });
  assert.deepEqual(dataOf(failed), {
    request_id: "req_fake_11",
    class: "invalid_request",
    status: 400,
    message: "API Error: 400 Scripted invalid request",
  });
  assert.equal(over?.type, "turn.ended");
  assert.equal(message?.type, "message.added");
});

test("a person's prompt starts a turn and shows the session's facts", () => {
  const events = told({
    type: "user",
    parentUuid: null,
    promptId,
    promptSource: "typed",
    origin: { kind: "human" },
    permissionMode: "plan",
    message: { role: "user", content: "go" },
  });
  assert.deepEqual(
    events.map((event) => event.type),
    ["session.started", "turn.started", "message.added"],
  );
  assert.equal(dataOf(events[0])["app_version"], "2.1.328");
  assert.deepEqual(dataOf(events[1]), { turn_id: `trn_${promptId}`, prompt: "go", origin: "human" });
  assert.equal(dataOf(events[2])["message_id"], `msg_prompt:${promptId}`);
});

test("a subagent shares the prompt id: its turn and message are named after both", () => {
  const events = told({
    type: "user",
    promptId,
    agentId: "a36ea887634b76659",
    isSidechain: true,
    message: { role: "user", content: "look at the source" },
  });
  assert.deepEqual(
    events.map((event) => event.agent_id),
    ["agt_a36ea887634b76659", "agt_a36ea887634b76659"],
  );
  assert.deepEqual(dataOf(events[0]), { turn_id: `trn_${promptId}:a36ea887634b76659`, prompt: "look at the source", origin: "agent" });
});

test("a slash command is shown as it was typed", () => {
  const content =
    "<command-name>/compact</command-name>\n            <command-message>compact</command-message>\n            <command-args>keep the file names</command-args>";
  const [, turn] = told({ type: "user", promptId, message: { role: "user", content } });
  assert.deepEqual(dataOf(turn), { turn_id: `trn_${promptId}`, prompt: "/compact keep the file names", origin: "command" });
});

test("what the client writes into the user's place is no prompt", () => {
  const said = (content: string, more: object = {}) => told({ type: "user", promptId, message: { role: "user", content }, ...more });
  assert.deepEqual(said("Base directory for this skill", { isMeta: true }), []);
  assert.deepEqual(said("This session is being continued", { isCompactSummary: true }), []);
  assert.deepEqual(
    said("<local-command-stdout>Compacted</local-command-stdout>").map((event) => [event.type, dataOf(event)["turn_id"]]),
    [["turn.ended", `trn_${promptId}`]],
  );
  const [ended, ...more] = said("[Request interrupted by user for tool use]");
  assert.deepEqual([ended?.type, dataOf(ended)["interrupted"], more.length], ["turn.ended", true, 0]);
});

test("refused, interrupted, invalid, failed and timed out calls are told apart", () => {
  const outcomeOf = (content: string, more: object = {}) => dataOf(told(result(content, more))[0])["outcome"];
  const refused = { toolDenialKind: "user-rejected", permissionDecision: { decision: "reject", source: "config" } };
  const rejection = "The user doesn't want to proceed with this tool use. The tool use was rejected";
  assert.equal(outcomeOf("Cannot write while in plan mode.", refused), "denied");
  assert.equal(outcomeOf(rejection, { toolDenialKind: "user-rejected" }), "interrupted");
  assert.equal(outcomeOf(rejection), "denied");
  assert.equal(outcomeOf("<tool_use_error>String to replace not found in file.</tool_use_error>"), "invalid");
  assert.equal(outcomeOf("<tool_use_error>File does not exist.</tool_use_error>"), "error");
  assert.equal(outcomeOf("scripted MCP failure", { permissionDecision: { decision: "accept" } }), "error");
  assert.equal(outcomeOf("Exit code 143\nCommand timed out after 0s"), "timeout");
});

test("a result that started an agent names the child", () => {
  const toolUseResult = {
    isAsync: true,
    status: "async_launched",
    agentId: "a0097305568bffacd",
    description: "Slow helper",
    prompt: "take your time",
  };
  const events = told({
    type: "user",
    promptId,
    toolUseResult,
    message: { content: [{ type: "tool_result", tool_use_id: "toolu_01", content: [{ type: "text", text: "launched" }] }] },
  });
  assert.deepEqual(
    events.map((event) => [event.type, event.agent_id]),
    [
      ["tool.ended", "agt_main"],
      ["agent.spawned", "agt_a0097305568bffacd"],
    ],
  );
});

test("retries, compaction and the length of a turn come from system lines", () => {
  const error = {
    message: '529 {"type":"error","error":{"type":"overloaded_error"}}',
    status: 529,
    requestId: "req_fake_1",
    formatted: "529 Overloaded",
  };
  const [retry] = told({ type: "system", subtype: "api_error", error, retryInMs: 772, retryAttempt: 1 });
  assert.deepEqual(dataOf(retry), {
    request_id: "req_fake_1",
    class: "overloaded",
    status: 529,
    message: "529 Overloaded",
    attempt: 1,
    retry_at: "2026-11-20T10:21:08.000Z",
  });
  const [compacted] = told({
    type: "system",
    subtype: "compact_boundary",
    compactMetadata: { trigger: "auto", preTokens: 990_059, postTokens: 2_589 },
  });
  assert.deepEqual(dataOf(compacted), { phase: "ended", trigger: "auto", tokens_before: 990_059, tokens_after: 2_589 });
  const [ended] = told({ type: "system", subtype: "turn_duration", durationMs: 901 });
  assert.deepEqual(dataOf(ended), { duration_ms: 901 });
  assert.deepEqual(told({ type: "system", subtype: "stop_hook_summary" }), []);
});

test("lines that a fork repeats give nothing", () => {
  assert.deepEqual(told(answer([{ type: "text", text: "Old" }], { requestSessionId: "6a653eab" })), []);
  const replay = { from: "6a653eab", until: base.timestamp };
  assert.deepEqual(told(result("old"), { replay }), []);
  const [updated] = told({ type: "user", promptId, timestamp: "2026-11-20T10:21:09.000Z", message: { content: "new" } }, { replay });
  assert.equal(dataOf(updated)["resumed_from"], "ses_6a653eab");
});

test("prompts that wait for the agent are told as they are queued, sent and taken back", () => {
  const line = (operation: string, content?: string) =>
    told({
      type: "queue-operation",
      operation,
      timestamp: "2026-11-20T10:21:26.441Z",
      sessionId: "s",
      ...(content === undefined ? {} : { content }),
    });
  const all = [line("enqueue", "go on"), line("dequeue"), line("remove", "go on"), line("popAll"), line("shuffle")].flat();
  assert.deepEqual(
    all.map((event) => [event.type, dataOf(event)]),
    [
      ["prompt.queued", { prompt: "go on" }],
      ["prompt.taken", { how: "sent" }],
      ["prompt.taken", { how: "removed", prompt: "go on" }],
      ["prompt.taken", { how: "removed", all: true }],
    ],
  );
});

test("noise gives nothing; an unknown type is kept without its long texts", () => {
  assert.deepEqual(translateLine({ type: "api-request-blob", message: "secret" }, {}), { events: [] });
  const [event] = told({ type: "api-request-v9", system: "x".repeat(9_000), tools: [{ description: "y".repeat(9_000) }] });
  assert.equal(event?.type, "source.kept");
  assert.ok(JSON.stringify(event).length < 1_500);
});

test("no line makes it throw, and every event that it gives is valid", () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ maxLength: 400, unit: "binary" }));
  const block = fc.record(
    {
      type: fc.oneof(fc.constantFrom("text", "thinking", "tool_use", "tool_result", "image", "document"), value),
      text: value,
      thinking: value,
      id: value,
      name: value,
      input: value,
      tool_use_id: fc.oneof(value, fc.string({ minLength: 1 })),
      content: value,
      is_error: value,
      source: value,
    },
    { requiredKeys: ["type"] },
  );
  const message = fc.record({
    id: value,
    model: value,
    content: fc.oneof(value, fc.array(block, { maxLength: 4 })),
    usage: fc.oneof(value, fc.record({ input_tokens: value, output_tokens: fc.double(), cache_creation_input_tokens: fc.integer() })),
    stop_reason: value,
  });
  const line = fc.record(
    {
      type: fc.constantFrom("user", "assistant", "system", "summary", "custom-title", "other"),
      subtype: fc.oneof(fc.constantFrom("api_error", "turn_duration", "compact_boundary"), value),
      sessionId: fc.oneof(fc.string({ minLength: 1, maxLength: 400 }), value),
      timestamp: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        value,
      ),
      uuid: value,
      promptId: value,
      agentId: value,
      isSidechain: value,
      message: fc.oneof(message, value),
      toolUseResult: fc.oneof(
        value,
        fc.record({ agentId: value, status: fc.constantFrom("completed", "async_launched"), prompt: fc.string(), totalDurationMs: value }),
      ),
      permissionDecision: value,
      isApiErrorMessage: value,
      error: value,
      retryInMs: value,
      durationMs: value,
      compactMetadata: value,
      cwd: value,
      summary: value,
      origin: value,
    },
    { requiredKeys: ["type", "sessionId", "timestamp", "message"] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), line), (junk) => {
      for (const event of translateLine(junk, {}).events) assert.deepEqual(parseEvent(event).ok, true, JSON.stringify(event));
    }),
    { numRuns: 3_000 },
  );
});
