import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseEvent } from "../../contract/events/index.ts";
import { drafts, fold, viewAgents, viewAsks, viewCalls } from "../../testing/truth-clients.ts";
import { assertOrderless } from "../../testing/truth-order.ts";
import { inputIncludesCache } from "./aliases.ts";
import { codexStandIn } from "../codex/request-id.ts";
import type { Attributes, LogRecord, OtlpRecord, Span } from "./records.ts";
import { createOtlp } from "./translate.ts";

const receivedAt = "2026-11-20T10:00:00.000Z";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const startMs = Date.parse(receivedAt);

function span(id: string, parent: string | undefined, name: string, attributes: Attributes, ms: readonly [number, number]): Span {
  return {
    kind: "span",
    name,
    traceId,
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    startMs: startMs + ms[0],
    endMs: startMs + ms[1],
    status: { code: 0 },
    events: [],
    attributes,
    resource: { "service.name": "shop-bot" },
    scope: { name: "my.agents" },
  };
}

function log(name: string, attributes: Attributes, ms = 0): LogRecord {
  return { kind: "log", name, atMs: startMs + ms, attributes: { "event.name": name, ...attributes }, resource: {}, scope: {} };
}

function eventsOf(records: readonly OtlpRecord[]) {
  const translate = createOtlp();
  return drafts(records.map((record) => translate(record, receivedAt)));
}

const conversation = { "gen_ai.conversation.id": "conv-1" };

/** A main agent that asks a model, which starts a helper, which asks a model and calls a tool. Exported as they end: children first. */
const tree: readonly Span[] = [
  span(
    "c1",
    "b1",
    "chat m",
    {
      ...conversation,
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "m",
      "gen_ai.response.id": "resp-helper",
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.cache_read.input_tokens": 60,
      "gen_ai.usage.cache_creation.input_tokens": 30,
      "gen_ai.usage.output_tokens": 7,
      "gen_ai.response.finish_reasons": ["tool_calls"],
    },
    [30, 40],
  ),
  span(
    "c2",
    "b1",
    "execute_tool search",
    {
      ...conversation,
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "search",
      "gen_ai.tool.call.id": "call-7",
      "gen_ai.tool.call.arguments": '{"query":"price"}',
    },
    [40, 45],
  ),
  span(
    "b1",
    "a1",
    "invoke_agent helper",
    { ...conversation, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper" },
    [20, 50],
  ),
  span(
    "b2",
    "a1",
    "chat m",
    {
      ...conversation,
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "m",
      "gen_ai.usage.input_tokens": 50,
      "gen_ai.usage.output_tokens": 5,
    },
    [5, 15],
  ),
  span(
    "a1",
    undefined,
    "invoke_agent lead",
    { ...conversation, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "lead" },
    [0, 60],
  ),
];

test("spans of any emitter give a session with its agents, calls and requests, each token once", () => {
  const sessions = fold(eventsOf(tree));
  assert.deepEqual([...sessions.keys()], ["ses_conv-1"]);
  const [session] = [...sessions.values()];
  assert.deepEqual(
    viewAgents(session!, startMs + 100).map(({ agent_id, parent_agent_id, edge, requests, tokens }) => [
      agent_id,
      parent_agent_id,
      edge,
      requests,
      tokens.input,
      tokens.output,
    ]),
    [
      ["agt_main", undefined, "reported", 1, 50, 5],
      ["agt_helper", "agt_main", "reported", 1, 10, 7],
    ],
  );
  const [call] = viewCalls(session!);
  assert.deepEqual(
    [call?.call_id, call?.name, call?.outcome, call?.agent_id, call?.latency_ms],
    ["call_call-7", "search", "ok", "agt_helper", 5],
  );
  const helper = session!.usage.requests.get("req_resp-helper" as never);
  assert.deepEqual([helper?.usage?.cache_read, helper?.usage?.cache_write_5m, helper?.stop_reason], [60, 30, "tool_calls"]);
});

test("the order in which spans come changes nothing", () => {
  const expected = eventsOf(tree)
    .map((event) => JSON.stringify(event))
    .toSorted();
  fc.assert(
    fc.property(fc.shuffledSubarray([...tree, ...tree], { minLength: tree.length * 2 }), (spans) => {
      const found = eventsOf(spans).map((event) => JSON.stringify(event));
      assert.deepEqual(found.toSorted(), expected);
    }),
    { numRuns: 200 },
  );
  assertOrderless(eventsOf(tree));
});

test("spans that name each other as parents end", () => {
  const chat = { ...conversation, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "x" };
  const ring = Array.from({ length: 400 }, (_, index) => span(`s${index}`, `s${(index * 7 + 1) % 400}`, "x", chat, [0, 1]));
  assert.ok(eventsOf([...ring, ...ring]).length > 0);
});

test("every event of a generic span carries what it was read from", () => {
  const responded = eventsOf(tree).find(
    (event) => event.type === "model.responded" && event.data.request_id === ("req_resp-helper" as never),
  );
  const data = responded?.data as { attributes: Attributes; aliases: number };
  assert.equal(data.attributes["gen_ai.usage.cache_read.input_tokens"], 60);
  assert.equal(data.aliases, 1);
});

test("OpenInference, OpenLLMetry and Sentry names are read into the same columns", () => {
  const cases: readonly Attributes[] = [
    {
      "openinference.span.kind": "LLM",
      "session.id": "s",
      "llm.model_name": "m",
      "llm.token_count.prompt": 100,
      "llm.token_count.completion": 9,
      "llm.token_count.prompt_details.cache_read": 60,
    },
    {
      "traceloop.association.properties.session_id": "s",
      "gen_ai.system": "openai",
      "gen_ai.request.model": "m",
      "gen_ai.usage.prompt_tokens": 100,
      "gen_ai.usage.completion_tokens": 9,
      "gen_ai.usage.cache_read_input_tokens": 60,
      "traceloop.span.kind": "llm",
    },
    {
      "sentry.op": "gen_ai.chat",
      "gen_ai.conversation.id": "s",
      "gen_ai.request.model": "m",
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.output_tokens": 9,
      "gen_ai.usage.input_tokens.cached": 60,
    },
  ];
  for (const attributes of cases) {
    const [session] = [...fold(eventsOf([span("a1", undefined, "x", attributes, [0, 1])])).values()];
    const [request] = [...session!.usage.requests.values()];
    assert.equal(session?.session_id, "ses_s");
    assert.deepEqual([request?.model, request?.usage?.input, request?.usage?.cache_read, request?.usage?.output], ["m", 40, 60, 9]);
  }
  assert.equal(inputIncludesCache("openllmetry", "Anthropic"), false);
  assert.equal(inputIncludesCache("genai", "anthropic"), true);
});

test("spans that are no agent's are kept, and wait for nobody", () => {
  const [kept, ...others] = eventsOf([span("a1", undefined, "GET /cart", { "http.request.method": "GET" }, [0, 1])]);
  assert.deepEqual(others, []);
  assert.equal(kept?.type === "source.kept" && kept.data.reason, "unused");
  const [unknown] = eventsOf([span("a2", undefined, "x", { "gen_ai.operation.name": "plan" }, [0, 1])]);
  assert.equal(unknown?.type === "source.kept" && unknown.data.reason, "unknown");
});

test("Codex: a request has the id by which its rollout knows it, counts cached tokens once, and says who was denied", () => {
  const id = { "conversation.id": "thread-1" };
  const events = eventsOf([
    log("codex.conversation_starts", { ...id, model: "gpt-5", "app.version": "0.169.0" }),
    log("codex.sse_event", { ...id, "event.kind": "response.created" }, 1),
    log(
      "codex.sse_event",
      {
        ...id,
        "event.kind": "response.completed",
        input_token_count: "300",
        cached_token_count: "200",
        output_token_count: "40",
        reasoning_token_count: "8",
      },
      2,
    ),
    log("codex.tool_decision", { ...id, tool_name: "exec_command", call_id: "c1", decision: "approved" }, 3),
    log(
      "codex.tool_result",
      { ...id, tool_name: "exec_command", call_id: "c1", arguments: '{"cmd":"ls"}', duration_ms: "12", success: "true", output: "a.txt" },
      4,
    ),
    log("codex.tool_decision", { ...id, tool_name: "apply_patch", call_id: "c2", decision: "denied", source: "User" }, 5),
    log("codex.api_request", { ...id, attempt: 1, "http.response.status_code": 429 }, 6),
  ]);
  const [session] = [...fold(events).values()];
  const [request] = [...session!.usage.requests.values()];
  assert.equal(request?.request_id, codexStandIn("thread-1", { input: 300, cached: 200, output: 40, reasoning: 8 }));
  assert.deepEqual([request?.usage?.input, request?.usage?.cache_read, request?.usage?.output], [100, 200, 40]);
  assert.deepEqual(
    viewCalls(session!).map(({ call_id, name, outcome }) => [call_id, name, outcome]),
    [
      ["call_c1", "exec_command", "ok"],
      ["call_c2", "apply_patch", "denied"],
    ],
  );
  assert.equal(session?.facts.app_version, "0.169.0");
  // What the configuration allowed was asked of nobody.
  assert.deepEqual(
    viewAsks(session!).map(({ call_id, outcome, by }) => [call_id, outcome, by]),
    [["call_c2", "denied", "user"]],
  );
});

test("Gemini CLI: requests and calls are known by content and occurrence, and a record sent again is the same one", () => {
  const id = { "session.id": "g1" };
  const answered = log("gemini_cli.api_response", {
    ...id,
    model: "gemini-3",
    input_token_count: 90,
    cached_content_token_count: 50,
    output_token_count: 10,
    thoughts_token_count: 4,
    duration_ms: 800,
  });
  const called = { ...id, function_name: "read_file", function_args: '{"path":"a"}', success: true, decision: "accept", duration_ms: 3 };
  const records = [answered, log("gemini_cli.tool_call", called, 5), log("gemini_cli.tool_call", called, 9)];
  const [session] = [...fold(eventsOf([...records, ...records])).values()];
  const [request, ...more] = [...session!.usage.requests.values()];
  assert.deepEqual(more, []);
  assert.deepEqual([request?.usage?.input, request?.usage?.cache_read, request?.usage?.output, request?.usage?.reasoning], [40, 50, 14, 4]);
  assert.equal(viewCalls(session!).length, 2);
});

test("attributes of any kind give valid events or a problem", () => {
  const keys = [
    ...new Set([...tree.flatMap((each) => Object.keys(each.attributes)), "conversation.id", "session.id", "call_id", "tool_name"]),
  ];
  const names = ["codex.tool_result", "codex.sse_event", "gemini_cli.api_response", "gemini_cli.tool_call", "chat", "x"];
  const attributes = fc.dictionary(
    fc.constantFrom(...keys),
    fc.oneof(fc.string(), fc.integer(), fc.jsonValue(), fc.constantFrom("invoke_agent", "chat", "execute_tool")),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ attributes, name: fc.constantFrom(...names), isLog: fc.boolean(), parent: fc.option(fc.constantFrom("a", "b")) }),
        { maxLength: 8 },
      ),
      (all) => {
        const translate = createOtlp();
        for (const [index, { attributes: given, name, isLog, parent }] of all.entries()) {
          const record = isLog ? log(name, given) : span("abc"[index % 3]!, parent ?? undefined, name, given, [0, index]);
          for (const event of translate(record, receivedAt).events) {
            const parsed = parseEvent(event);
            assert.ok(parsed.ok, JSON.stringify(parsed.ok ? "" : parsed.problems));
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
