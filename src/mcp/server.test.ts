import assert from "node:assert/strict";
import { test } from "node:test";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { createAsk } from "../contract/operations/asks.ts";
import { operations } from "../contract/operations/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createMcpServers, type McpDeps } from "./server.ts";
import { toolNames } from "./tool-names.ts";
import { toInput, tools } from "./tools.ts";

const TASKS = "io.modelcontextprotocol/tasks";
const opened = "2026-11-20T10:00:00.000Z";

function setUp(call: McpDeps["call"]) {
  const clock = createFakeClock();
  const toError = (error: unknown) => (error instanceof OrreryError ? error : new OrreryError("INTERNAL", { reference: String(error) }));
  const handler = createMcpHandler(createMcpServers({ version: "0", clock, call, toError }), { keepAliveMs: 0 });
  let asked = 0;

  async function post(method: string, params: Record<string, unknown>, extensions: object = { [TASKS]: {} }, meta: object = {}) {
    const envelope = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "pilot", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": { extensions },
      ...meta,
    };
    const name = params["name"] ?? params["taskId"];
    return handler.fetch(
      new Request("http://localhost/mcp", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2026-07-28",
          "mcp-method": method,
          ...(name === undefined ? {} : { "mcp-name": String(name) }),
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: ++asked, method, params: { ...params, _meta: envelope } }),
      }),
    );
  }

  async function ask(method: string, params: Record<string, unknown>, extensions?: object) {
    const { result, error } = (await (await post(method, params, extensions)).json()) as {
      readonly result?: Record<string, unknown>;
      readonly error?: { readonly code: number; readonly message: string };
    };
    return result ?? { error };
  }
  return { clock, post, ask };
}

/** Asks that are kept as the daemon keeps them, as far as a task needs it. */
function askBook() {
  const asks = new Map<string, Record<string, unknown>>();
  const calls: { readonly name: string; readonly input: Record<string, unknown> }[] = [];
  return {
    asks,
    calls,
    call({ name }: Operation, given: unknown): unknown {
      const input = given as Record<string, unknown>;
      calls.push({ name, input });
      if (name === "asks.create") {
        const ask = { ask_id: `ask_${asks.size + 1}`, kind: input["kind"], state: "open", is_held: true, opened_at: opened };
        asks.set(ask.ask_id, ask);
        return ask;
      }
      const ask = asks.get(String(input["ask_id"]));
      if (ask === undefined) throw new OrreryError("NOT_FOUND", { what: "ask", id: input["ask_id"] });
      if (name === "asks.withdraw") Object.assign(ask, { state: "closed", outcome: "cancelled", decided_at: opened });
      return ask;
    },
  };
}

test("every operation is a tool, or says why it is none", () => {
  assert.deepEqual(Object.keys(toolNames).toSorted(), operations.map(({ name }) => name).toSorted());
  for (const [name, served] of Object.entries(toolNames)) {
    if ("leftOut" in served) assert.match(served.leftOut, /\w.{20}/, `${name} has no reason`);
    else assert.ok(served.length > 0, `${name} has no tool`);
  }
  const names = Object.values(toolNames).flatMap((served) => ("leftOut" in served ? [] : served.map((tool) => tool.name)));
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+(?:_[a-z]+)*$/);
});

test("what a tool sets cannot be set by its caller, and no wait is longer than clients bear", () => {
  const input = toInput(tools.get("request_approval")!, { prompt: "x", kind: "question", actor: "root", wait_ms: 600_000 }, "pilot");
  assert.deepEqual(input, { prompt: "x", kind: "permission", actor: "pilot", door: "mcp", wait_ms: 50_000 });
  assert.equal(toInput(tools.get("ask_human")!, { prompt: "x" }, "pilot")["wait_ms"], 50_000);
});

test("the words of other systems for an ask are taken as our own, and shown; what holds nowhere is refused", () => {
  const asked = toInput(
    tools.get("ask_human")!,
    { question: "Which?", urgency: "high", default: "wait", options: ["a", { id: "b" }], clientToken: "deploy 1", via: "inbox" },
    "pilot",
  );
  assert.deepEqual(asked, {
    wait_ms: 50_000,
    prompt: "Which?",
    risk: "high",
    on_timeout: "wait",
    options: [{ id: "a" }, { id: "b" }],
    ask_id: "ask_deploy-1",
    kind: "question",
    actor: "pilot",
    door: "mcp",
  });
  assert.ok(createAsk.input.safeParse(asked).success);
  const approval = toInput(tools.get("request_approval")!, { action: "Deploy", payload: { to: "prod" }, editable: false }, "pilot");
  assert.deepEqual([approval["prompt"], approval["input"], approval["takes_input"]], ["Deploy", { to: "prod" }, false]);
  assert.ok(createAsk.input.safeParse(approval).success);
  const elsewhere = toInput(tools.get("ask_human")!, { question: "Which?", via: "client" }, "pilot");
  assert.match(createAsk.input.safeParse(elsewhere).error!.message, /via/);
  const { properties, required } = tools.get("ask_human")!.listed.inputSchema;
  for (const name of ["prompt", "question", "urgency", "default", "clientToken", "via"]) assert.ok(name in properties!, name);
  assert.ok(!(required ?? []).includes("prompt"));
});

test("for a client that takes tasks an ask is one: it works until people have decided, then has their answer", async () => {
  const book = askBook();
  const { ask } = setUp(book.call);
  const discovered = await ask("server/discover", {});
  assert.deepEqual(discovered["capabilities"], { tools: {}, extensions: { [TASKS]: {} } });

  const created = await ask("tools/call", { name: "ask_human", arguments: { prompt: "Go?" } });
  assert.deepEqual(
    [created["resultType"], created["taskId"], created["status"], created["createdAt"], created["ttlMs"], created["pollIntervalMs"]],
    ["task", "ask_1", "working", opened, null, 5_000],
  );
  assert.deepEqual([book.calls[0]!.input["wait_ms"], book.calls[0]!.input["actor"]], [0, "pilot"]);

  const working = await ask("tasks/get", { taskId: "ask_1" });
  assert.deepEqual([working["resultType"], working["status"], working["result"]], ["complete", "working", undefined]);
  assert.match(String(working["statusMessage"]), /inbox/);

  Object.assign(book.asks.get("ask_1")!, { state: "closed", outcome: "answered", answer: { value: "yes" }, decided_at: opened });
  const done = await ask("tasks/get", { taskId: "ask_1" });
  assert.equal(done["status"], "completed");
  assert.deepEqual((done["result"] as { structuredContent: { answer: object } }).structuredContent.answer, { value: "yes" });
});

test("a cancelled task takes its ask back, twice is as once, and an unknown task is an error", async () => {
  const book = askBook();
  const { ask } = setUp(book.call);
  await ask("tools/call", { name: "request_approval", arguments: { prompt: "Go?" } });
  assert.equal((await ask("tasks/update", { taskId: "ask_1", inputResponses: {} }))["error"], undefined);
  for (const _ of ["first", "second"]) assert.equal((await ask("tasks/cancel", { taskId: "ask_1" }))["error"], undefined);
  assert.equal(book.calls.filter(({ name }) => name === "asks.withdraw").length, 1);
  assert.equal((await ask("tasks/get", { taskId: "ask_1" }))["status"], "cancelled");
  for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
    assert.deepEqual((await ask(method, { taskId: "ask_nowhere" }))["error"], {
      code: -32602,
      message: "There is no ask ask_nowhere.",
      data: { code: "NOT_FOUND", message: "There is no ask ask_nowhere.", details: { what: "ask", id: "ask_nowhere" }, retry: "never" },
    });
  }
});

test("a client without tasks gets the ask itself", async () => {
  const { ask } = setUp(askBook().call);
  const answered = await ask("tools/call", { name: "ask_human", arguments: { prompt: "Go?" } }, {});
  assert.deepEqual([answered["resultType"], (answered["structuredContent"] as { state: string }).state], ["complete", "open"]);
});

test("who gave a progress token hears every ten seconds that a call goes on", async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const { clock, post } = setUp(() => promise);
  const asked = post("tools/call", { name: "wait_for_ask", arguments: { ask_id: "ask_1" } }, {}, { progressToken: "p" });
  while (clock.waiting() === 0) await new Promise((next) => setImmediate(next));
  clock.advance(20_000);
  const reply = await asked;
  resolve({ ask_id: "ask_1", kind: "question", state: "open", is_held: true });
  const messages = [...(await reply.text()).matchAll(/^data: (.+)$/gm)].map(
    ([, data]) => JSON.parse(data!) as { method?: string; params?: { progress: number; progressToken: string } },
  );
  assert.deepEqual(
    messages.slice(0, 2).map(({ method, params }) => [method, params?.progressToken, params?.progress]),
    [
      ["notifications/progress", "p", 10],
      ["notifications/progress", "p", 20],
    ],
  );
  assert.equal(messages.length, 3);
  assert.equal(clock.waiting(), 0);
});

test("a failure that nobody foresaw says so without its inside", async () => {
  const { ask } = setUp(() => {
    throw new OrreryError("INTERNAL", { reference: "err_1" });
  });
  const failed = await ask("tools/call", { name: "get_status", arguments: {} });
  assert.equal(failed["isError"], true);
  assert.match((failed["content"] as { text: string }[])[0]!.text, /^INTERNAL: .*err_1/);
});
