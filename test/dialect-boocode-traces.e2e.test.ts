import assert from "node:assert/strict";
import { test } from "node:test";
import { Frame as BooFrame } from "../src/testing/boocode-client.ts";
import { event, listen, postEvents, refusal, withDialects } from "./dialect-client.ts";
import { HELLO, isDelta, said, socketOf, traces } from "./boocode-daemon.ts";

test("long words come whole, wherever they are stored; what is too long for the socket is cut there, and whole in the traces", async (t) => {
  const daemon = await withDialects(t);
  const [words, output, input] = ["w".repeat(50_000), "o".repeat(40_000), "i".repeat(20_000)];
  await postEvents(daemon.url, [
    said(words, "1"),
    event("tool.started", { call_id: "call_1", name: "Write", input: { files: [{ content: "c".repeat(17_000) }], note: input, size: 3 } }),
    event("tool.ended", { call_id: "call_1", outcome: "ok", output: { lines: [output] } }),
    event("tool.started", { call_id: "call_2", name: "Read", input: { files: [{ path: "a" }], all: true } }),
    event("session.ended", {}),
  ]);
  const line = await listen(t, socketOf(daemon, "ses_one"));
  line.send(HELLO);
  assert.equal((await line.sees("the words", isDelta("text")))["content"], words);
  const result = await line.sees("the result", isDelta("tool_result"));
  assert.equal(result["truncated"], true);
  assert.ok(String(result["output"]).startsWith('{"lines":["ooo') && String(result["output"]).length < 17_000);
  const isCall = (name: string) => isDelta("tool_call", (frame) => (frame["tool_call"] as { name: string }).name === name);
  const long = (await line.sees("the call", isCall("Write")))["tool_call"] as { args: Record<string, unknown> };
  assert.deepEqual([long.args["size"], String(long.args["note"]).length < 17_000], [3, true]);
  const short = (await line.sees("the call", isCall("Read")))["tool_call"] as { args: object };
  assert.deepEqual(short.args, { files: [{ path: "a" }], all: true });
  const cancelled = await line.sees(
    "its end",
    isDelta("status", (frame) => frame["status"] === "cancelled"),
  );
  const { data } = await traces(daemon, "ses_one");
  assert.equal(data[0]!.tool_input["note"], input);
  assert.deepEqual(JSON.parse(data[0]!.tool_output!), { lines: [output] });
  assert.deepEqual([data[1]!.outcome, data[1]!.finished_at], ["interrupted", cancelled["finished_at"]]);
});

test("traces come in pages, those that began together always in one order; what is no number or no chat is answered as the original does", async (t) => {
  const daemon = await withDialects(t);
  const at = new Date(Date.now() - 60_000).toISOString();
  await postEvents(daemon.url, [
    event("turn.started", { turn_id: "trn_1" }),
    ...Array.from({ length: 60 }, (_, index) => ({
      ...event("tool.started", { call_id: `call_${index}`, name: "Read", input: { file_path: `/a/${index}` } }),
      timestamp: at,
    })),
  ]);
  const [chat] = ((await (await fetch(`${daemon.dialects["boocode"]}/api/chats`)).json()) as { data: { id: string }[] }).data;
  const all = await traces(daemon, chat!.id, "?limit=200");
  assert.deepEqual([all.total, all.limit, all.offset, all.data.length], [60, 200, 0, 60]);
  const pages = [...(await traces(daemon, chat!.id)).data, ...(await traces(daemon, chat!.id, "?offset=50&limit=many")).data];
  assert.deepEqual(pages, all.data);
  assert.equal(new Set(pages.map(({ id }) => id)).size, 60);
  const first = all.data[0]!;
  assert.deepEqual([first.finished_at, first.latency_ms, first.outcome, first.error, first.tokens_used], [null, null, null, null, null]);
  for (const [query, limit, offset] of [
    ["?limit=0", 1, 0],
    ["?limit=100000", 200, 0],
    ["?limit=-3&offset=-1", 1, 0],
    ["?limit=x&offset=y", 50, 0],
    ["?offset=1000", 50, 1_000],
  ] as const) {
    const page = await traces(daemon, "ses_one", query);
    assert.deepEqual([page.limit, page.offset, page.total], [limit, offset, 60]);
  }
  const missing = await fetch(`${daemon.dialects["boocode"]}/api/chats/8a50e943-e85c-44d7-af18-704392222fe1/traces`);
  assert.deepEqual([missing.status, await missing.json()], [404, { error: "chat not found" }]);
  assert.equal((await fetch(`${daemon.dialects["boocode"]}/api/chats/%/traces`)).status, 404);
  assert.equal((await fetch(`${daemon.dialects["boocode"]}/api/chats/ses_one/traces`, { method: "DELETE" })).status, 405);
});

test("a page elsewhere gets nothing, one without an origin no words; a page of this machine may read the traces", async (t) => {
  const daemon = await withDialects(t);
  await postEvents(daemon.url, [
    event("session.started", {}),
    said("our secret", "1"),
    event("tool.started", { call_id: "call_1", name: "Bash", input: { command: "cat our-secret" } }),
    event("tool.ended", { call_id: "call_1", outcome: "error", output: "our secret", error: "no secret" }),
    event("model.failed", { class: "overloaded", message: "secret" }),
  ]);
  const socket = socketOf(daemon, "ses_one");
  assert.equal(await refusal(socket, [], { origin: "https://evil.example" }), 403);
  assert.equal(await refusal(socket, [], { headers: { host: "evil.example" } }), 403);
  assert.equal(await refusal(socketOf(daemon, "ses_other")), 404);
  const http = daemon.dialects["boocode"]!;
  const elsewhere = await fetch(`${http}/api/chats/ses_one/traces`, { headers: { origin: "https://evil.example" } });
  assert.deepEqual([elsewhere.status, (await elsewhere.text()).includes("secret")], [403, false]);
  assert.equal((await fetch(`${http}/api/chats/ses_one/traces`, { headers: { origin: "null" } })).status, 403);
  const near = await fetch(`${http}/api/chats/ses_one/traces`, { headers: { origin: "http://localhost:5173" } });
  assert.deepEqual([near.status, near.headers.get("access-control-allow-origin")], [200, "http://localhost:5173"]);
  const asks = await fetch(`${http}/api/chats`, { method: "OPTIONS", headers: { origin: "http://localhost:5173" } });
  assert.deepEqual([asks.status, asks.headers.get("access-control-allow-headers")], [204, "authorization"], "it may send its token");
  const forwarded = { "x-forwarded-for": "203.0.113.9" };
  assert.equal((await fetch(`${http}/api/chats`, { headers: forwarded })).status, 401, "a tunnel is no page of this machine");
  assert.equal(await refusal(socket, [], { headers: forwarded }), 401);
  const nobody = await listen(t, socket, [], { origin: "null" });
  nobody.send(HELLO);
  await nobody.sees("the failure", isDelta("error"));
  assert.doesNotMatch(JSON.stringify(nobody.frames), /secret/);
  for (const frame of nobody.frames) BooFrame.parse(frame);
  const page = await listen(t, socket, [], { origin: "http://localhost:5173" });
  page.send(HELLO);
  assert.equal((await page.sees("words", isDelta("text")))["content"], "our secret");
});
