// The Model Context Protocol against a real daemon with a recording, through the official clients of both versions of the protocol.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { operations } from "../src/contract/operations/index.ts";
import { toolNames } from "../src/mcp/tool-names.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./e2e/daemon.ts";
import { newClient, oldClient, type AnyClient } from "./e2e/mcp-clients.ts";
import { layTranscripts, truthOf } from "./e2e/recordings.ts";

const place = makePlace();
const session = `ses_${truthOf("failing-tools").sessions[0]!.session_id}`;
let daemon: RunningDaemon;

before(async () => {
  layTranscripts("failing-tools", place.claudeDir);
  daemon = await startDaemon(place);
  await until("the recording is in the catalog", async () => {
    const { items } = (await (await fetch(`${daemon.url}/api/calls?session_id=${session}`)).json()) as { items: unknown[] };
    return items.length === truthOf("failing-tools").totals.calls;
  });
});

after(async () => {
  await daemon.kill("SIGKILL");
  place.remove();
});

const doors: readonly [string, () => Promise<AnyClient>, string | undefined][] = [
  ["2025 over HTTP", () => oldClient("http", daemon), "2025-11-25"],
  ["2025 over stdio", () => oldClient("stdio", daemon), undefined],
  ["2026-07-28 over HTTP", () => newClient("http", daemon), "2026-07-28"],
  ["2026-07-28 over stdio", () => newClient("stdio", daemon), "2026-07-28"],
];

for (const [name, connect, protocol] of doors) {
  test(`${name}: the version is agreed on, tools are listed with schemas and hints, calls answer with data and text`, async () => {
    const client = await connect();
    try {
      if (protocol !== undefined) assert.equal(client.protocol, protocol);
      assert.equal(client.server, "orrery");
      const listed = await client.list();
      assert.deepEqual(
        listed.map((tool) => tool.name),
        operations.flatMap((operation) => {
          const served = toolNames[operation.name];
          return "leftOut" in served ? [] : served.map((tool) => tool.name);
        }),
      );
      const ask = listed.find((tool) => tool.name === "ask_human")!;
      assert.ok(
        ["prompt", "question"].every((field) => field in ask.inputSchema.properties!),
        "either of them says what is asked",
      );
      assert.deepEqual(ask.inputSchema.required ?? [], []);
      assert.match((await client.call("ask_human", {})).content[0]!.text, /^BAD_INPUT: .*prompt/);
      assert.deepEqual(
        ["kind", "actor", "door"].filter((field) => field in ask.inputSchema.properties!),
        [],
      );
      assert.equal(ask.annotations?.["readOnlyHint"], false);
      assert.equal(listed.find((tool) => tool.name === "list_sessions")!.annotations?.["readOnlyHint"], true);
      assert.equal(listed.find((tool) => tool.name === "unlink_ticket")!.annotations?.["destructiveHint"], true);

      const told = await client.call("get_session", { session_id: session });
      assert.equal(told.structuredContent?.["session_id"], session);
      assert.deepEqual(JSON.parse(told.content[0]!.text), told.structuredContent);

      const missing = await client.call("get_session", { session_id: "ses_nowhere" });
      assert.equal(missing.isError, true);
      assert.equal(missing.content[0]!.text, "NOT_FOUND: There is no session ses_nowhere.\nCall list_sessions for those there are.");
      assert.equal((missing["_meta"] as Record<string, { readonly code: string }>)["orrery/error"]?.code, "NOT_FOUND");
      const wrong = await client.call("list_calls", { limit: 0 });
      assert.match(wrong.content[0]!.text, /^BAD_INPUT: Not valid: limit .+\nMend the input, then call it again\.$/);
      await assert.rejects(client.call("answer_ask", {}), /There is no tool answer_ask/);
    } finally {
      await client.close();
    }
  });

  test(`${name}: a person answers what an agent asked, and the agent that waits learns it`, async () => {
    const client = await connect();
    try {
      const asked = await client.call("ask_human", { prompt: `Ship it? ${name}`, options: [{ id: "yes" }, { id: "no" }], wait_ms: 1 });
      const { ask_id: id, state, kind, asked_by: by } = asked.structuredContent as Record<string, string>;
      assert.deepEqual([state, kind], ["open", "question"]);
      assert.equal(by, name === "2025 over HTTP" ? "mcp" : "test-client");
      assert.match(asked.content[1]!.text, new RegExp(`Call wait_for_ask with ask_id ${id}`));
      const waiting = client.call("wait_for_ask", { ask_id: id });
      const reply = await fetch(`${daemon.url}/api/asks/${id}/answer`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ answer: { value: "yes" }, actor: "ana" }),
      });
      assert.equal(reply.status, 200);
      const told = (await waiting).structuredContent as { state: string; by: string; answer: object };
      assert.deepEqual([told.state, told.by, told.answer], ["closed", "ana", { value: "yes" }]);
    } finally {
      await client.close();
    }
  });
}

interface Reply {
  readonly status: number;
  readonly allow: string | undefined;
  readonly body: { readonly error?: { readonly code: number | string; readonly message: string } };
}

function send(method: string, headers: Record<string, string>, body?: string): Promise<Reply> {
  const { hostname, port } = new URL(daemon.url);
  const given = { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: "/mcp", method, headers: given }, (reply) => {
      let text = "";
      reply.on("data", (chunk) => (text += String(chunk)));
      reply.on("end", () =>
        resolve({
          status: reply.statusCode!,
          allow: reply.headers.allow,
          body: JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? (text === "" ? "{}" : text)) as Reply["body"],
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
const modern = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
const modernList = (version: string) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": { name: "x", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });

const junk: readonly [string, string, Record<string, string>, string | undefined, number, number | string][] = [
  ["bad JSON", "POST", {}, "{bad", 400, -32700],
  ["nothing", "POST", {}, "", 400, -32700],
  ["no message", "POST", {}, "null", 400, -32600],
  ["an empty batch", "POST", {}, "[]", 400, -32600],
  ["a type that a form can send", "POST", { "content-type": "text/plain" }, list, 415, -32000],
  ["a compressed body", "POST", { "content-encoding": "gzip" }, list, 415, "UNSUPPORTED_MEDIA_TYPE"],
  ["a version of the past", "POST", { "mcp-protocol-version": "1999-01-01" }, list, 400, -32000],
  ["a version of the future", "POST", { ...modern, "mcp-protocol-version": "2099-01-01" }, modernList("2099-01-01"), 400, -32022],
  ["a header that contradicts the body", "POST", { ...modern, "mcp-method": "tools/call" }, modernList("2026-07-28"), 400, -32020],
  ["an unknown method", "POST", {}, JSON.stringify({ jsonrpc: "2.0", id: 1, method: "nope" }), 200, -32601],
  ["more than a body may hold", "POST", { "content-length": String(4 * 1024 * 1024 + 1) }, undefined, 413, "BODY_TOO_LARGE"],
  ["a page elsewhere", "POST", { origin: "https://evil.example" }, list, 403, "FORBIDDEN_ORIGIN"],
  ["another name for this machine", "POST", { host: "evil.example" }, list, 403, "FORBIDDEN_HOST"],
  ["a stream of the server's own", "GET", {}, undefined, 405, -32000],
  ["the end of a session", "DELETE", { "mcp-session-id": "x" }, undefined, 405, -32000],
  ["a method that MCP has not", "PUT", {}, list, 405, "METHOD_NOT_ALLOWED"],
];

for (const [what, method, headers, body, status, code] of junk) {
  test(`/mcp refuses ${what}`, async () => {
    const reply = await send(method, headers, body);
    assert.deepEqual([reply.status, reply.body.error?.code], [status, code]);
    if (status === 405) assert.match(reply.allow!, /POST/);
  });
}

test("a session id that a client of another server sends is no trouble, and a ping is answered", async () => {
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const reply = await send("POST", { "mcp-session-id": "x", "mcp-protocol-version": "2025-06-18" }, ping);
  assert.deepEqual([reply.status, reply.body], [200, { result: {}, jsonrpc: "2.0", id: 1 }]);
});

test("an ask is a task for a client that takes tasks, and outlives a restart of the daemon", async () => {
  const own = makePlace();
  let started = await startDaemon(own);
  const ask = async (method: string, params: Record<string, unknown>) => {
    const envelope = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "pilot", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": { extensions: { "io.modelcontextprotocol/tasks": {} } },
    };
    const reply = await fetch(`${started.url}/mcp`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        "mcp-name": String(params["name"] ?? params["taskId"]),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: envelope } }),
    });
    return ((await reply.json()) as { readonly result: Record<string, unknown> }).result;
  };
  try {
    const created = await ask("tools/call", { name: "request_approval", arguments: { prompt: "Push to main?" } });
    assert.deepEqual([created["resultType"], created["status"]], ["task", "working"]);
    const taskId = String(created["taskId"]);
    await started.kill("SIGTERM");
    started = await startDaemon(own);
    assert.equal((await ask("tasks/get", { taskId }))["status"], "working");
    await fetch(`${started.url}/api/asks/${taskId}/answer`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ answer: { decision: "deny", message: "Not on Friday." } }),
    });
    const done = await ask("tasks/get", { taskId });
    assert.equal(done["status"], "completed");
    const told = (done["result"] as { structuredContent: { outcome: string; answer: object; asked_by: string } }).structuredContent;
    assert.deepEqual([told.outcome, told.answer, told.asked_by], ["denied", { decision: "deny", message: "Not on Friday." }, "pilot"]);
  } finally {
    await started.kill("SIGKILL");
    own.remove();
  }
});

test("orrery mcp says on stderr that no daemon is there, finds one that starts later, and another after it", async () => {
  const own = makePlace();
  const client = await newClient("stdio", { url: "", home: own.home });
  try {
    const lost = await client.call("get_status");
    assert.match(lost.content[0]!.text, /^DAEMON_UNREACHABLE: No Orrery answers at .+ Start one with: orrery serve\nWait a few seconds/);
    for (const _ of ["first", "second"]) {
      const started = await startDaemon(own);
      assert.equal((await client.call("get_status")).structuredContent?.["pid"], started.pid);
      await started.kill("SIGTERM");
    }
  } finally {
    await client.close();
    own.remove();
  }
});

test("orrery mcp ends when its client closes, and prints nothing but messages on stdout", async () => {
  const own = makePlace();
  const child = spawn(join(import.meta.dirname, "../bin/orrery"), ["mcp", "--home", own.home]);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  child.stdin.end("not JSON\n");
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0);
  assert.equal(out, "");
  assert.match(err, /^orrery mcp: no Orrery answers at http:\/\/127\.0\.0\.1:\d+\. Start one with: orrery serve\./);
  own.remove();
});
