import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { createBooCodeClient, Frame as BooFrame } from "../src/testing/boocode-client.ts";
import {
  event,
  listen,
  postEvents,
  refusal,
  restarted,
  withDialects,
  type DialectDaemon,
  type Frame,
  type Listener,
} from "./dialect-client.ts";

const HELLO = { type: "reconnect", lastSeqPerChannel: {} };
const uuid = z.uuid();
const nullable = <S extends z.ZodType>(schema: S) => schema.nullable();

/** A row of the traces, with no other field. */
const ToolTrace = z.strictObject({
  id: uuid,
  session_id: uuid,
  chat_id: uuid,
  message_id: nullable(uuid),
  turn_number: z.number().int().nonnegative(),
  tool_name: z.string().min(1),
  tool_input: z.record(z.string(), z.unknown()),
  tool_output: nullable(z.string()),
  started_at: z.iso.datetime(),
  finished_at: nullable(z.iso.datetime()),
  latency_ms: nullable(z.number().int()),
  tokens_used: nullable(z.number().int()),
  cache_tokens: nullable(z.number().int()),
  reasoning_tokens: nullable(z.number().int()),
  error: nullable(z.string()),
  outcome: nullable(z.string()),
  created_at: z.iso.datetime(),
});
const TracePage = z.strictObject({ data: z.array(ToolTrace), total: z.number(), limit: z.number(), offset: z.number() });

const socketOf = (daemon: DialectDaemon, id: string) => `${daemon.dialects["boocode"]!.replace("http:", "ws:")}/api/ws/sessions/${id}`;
const isDelta =
  (channel: string, also: (frame: Frame) => boolean = () => true) =>
  (frame: Frame) =>
    frame.type === "channel_delta" && frame["channel"] === channel && also(frame);
const is = (type: string) => (frame: Frame) => frame.type === type;

function said(words: string, id: string, more: object = {}, agent?: string): object {
  return event("message.added", { message_id: `msg_${id}`, role: "assistant", parts: [{ kind: "text", text: words }], ...more }, agent);
}

/** The frames of a line through the eyes of a client. */
function read(line: Listener, client: ReturnType<typeof createBooCodeClient>): void {
  for (const frame of line.frames) client.receive(JSON.stringify(frame));
}

async function traces(daemon: DialectDaemon, chat: string, query = ""): Promise<z.infer<typeof TracePage>> {
  const reply = await fetch(`${daemon.dialects["boocode"]}/api/chats/${chat}/traces${query}`);
  assert.equal(reply.status, 200);
  return TracePage.parse(await reply.json());
}

test("a session is told as it happens: snapshot first, the agent, then numbered deltas with everything that the older frames say too", async (t) => {
  const daemon = await withDialects(t);
  const status = (await (await fetch(`${daemon.url}/api/status`)).json()) as { dialects: Record<string, string> };
  assert.deepEqual(status.dialects, daemon.dialects);
  assert.match(daemon.dialects["boocode"]!, /^http:\/\/127\.0\.0\.1:\d+$/);
  await postEvents(daemon.url, [
    event("session.started", { app: "claude-code", model: "claude-opus-5-5", permission_mode: "plan" }),
    event("turn.started", { turn_id: "trn_1", prompt: "mend it" }),
  ]);
  const line = await listen(t, socketOf(daemon, "ses_one"));
  line.send(HELLO);
  const agent = await line.sees("the agent", is("agent_snapshot"));
  await line.sees("the chat", is("chat_status"));
  assert.deepEqual(
    line.frames.map(({ type }) => type),
    ["snapshot", "agent_snapshot", "agent_status_updated", "chat_status"],
  );
  const chat = String(agent["chat_id"]);
  assert.deepEqual(agent, {
    type: "agent_snapshot",
    chat_id: chat,
    agent: "claude-code",
    model: "claude-opus-5-5",
    mode: "plan",
    turn_number: 1,
  });
  await postEvents(daemon.url, [
    said("Looking.", "1", { request_id: "req_1" }),
    event("model.responded", {
      request_id: "req_1",
      model: "claude-opus-5-5",
      usage: { input: 10, cache_read: 90, output: 7, reasoning: 2 },
    }),
    event("tool.started", { call_id: "call_t1", name: "Bash", input: { command: "npm test" } }),
    event("tool.ended", { call_id: "call_t1", outcome: "error", output: "2 failed", error: "exit 1", latency_ms: 12.4 }),
    event("model.failed", { class: "overloaded", message: "too many at once", status: 529 }),
  ]);
  const failure = await line.sees("the failure", isDelta("error"));
  for (const frame of line.frames) BooFrame.parse(frame);
  assert.deepEqual([failure["seq"], failure["error"], failure["reason"]], [0, "too many at once", "overloaded"]);
  const deltas = line.frames.filter(is("channel_delta")).map((frame) => [frame["channel"], frame["seq"]]);
  assert.deepEqual(deltas, [
    ["text", 0],
    ["status", 0],
    ["status", 1],
    ["tool_call", 0],
    ["status", 2],
    ["tool_result", 0],
    ["status", 3],
    ["error", 0],
  ]);
  const spent = line.frames.find(isDelta("status", (frame) => frame["tokens_used"] === 7))!;
  assert.deepEqual([spent["ctx_used"], spent["cache_tokens"], spent["reasoning_tokens"]], [107, 90, 2]);
  assert.equal(line.frames.find(is("usage"))!["tokens_used"], 7);
  const result = line.frames.find(isDelta("tool_result"))!;
  assert.deepEqual([result["tool_call_id"], result["output"], result["truncated"], result["error"]], ["t1", "2 failed", false, "exit 1"]);
  const finish = line.frames.find(is("tool_trace_finish"))!;
  assert.deepEqual([finish["outcome"], finish["error"], finish["latency_ms"]], ["error", "exit 1", 12]);
  const [trace] = (await traces(daemon, chat)).data;
  // How the chat and its agents stand, when that changes; and that a context was compacted, once, whoever told it.
  const at = line.frames.length;
  const compacted = event("context.compacted", { phase: "ended", trigger: "auto", tokens_before: 92_000, summary: "We mended it." });
  await postEvents(daemon.url, [
    event("agent.spawned", { agent_type: "Explore" }, "agt_e"),
    event("context.compacted", { phase: "started", trigger: "auto" }),
    compacted,
    { ...compacted, id: "test:again", source: "test/transcript" },
  ]);
  await line.sees("the agent at work", (frame) => is("agent_status_updated")(frame) && frame["agent_id"] === "e", at);
  await postEvents(daemon.url, [
    event("ask.opened", { ask_id: "ask_1", kind: "question", prompt: "really?" }, "agt_e"),
    event("agent.ended", { outcome: "completed" }, "agt_e"),
    event("turn.ended", { turn_id: "trn_1" }),
    event("session.ended", {}),
  ]);
  await line.sees("the end", (frame) => is("chat_status")(frame) && frame["status"] === "ended", at);
  for (const frame of line.frames) BooFrame.parse(frame);
  const stands = (type: string) => line.frames.filter(is(type)).map((frame) => ({ ...frame }));
  assert.deepEqual(stands("compacted"), [
    {
      type: "compacted",
      chat_id: chat,
      agent_id: "main",
      compacted_at: line.frames.find(is("compacted"))!["compacted_at"],
      trigger: "auto",
      tokens_before: 92_000,
      summary: "We mended it.",
    },
  ]);
  assert.deepEqual(
    stands("chat_status").map(({ status: each }) => each),
    ["working", "ended"],
  );
  assert.deepEqual(
    stands("agent_status_updated").map((frame) => [frame["agent_id"], frame["agent"], frame["status"]]),
    [
      ["main", "claude-code", "working"],
      ["e", "Explore", "working"],
      ["main", "claude-code", "ended"],
      ["e", "Explore", "ended"],
    ],
  );
  assert.equal(trace!.id, finish["trace_id"]);
  assert.equal(trace!.message_id, finish["message_id"]);
  assert.equal(trace!.chat_id, chat);
});

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

test("whoever was away is sent what it missed, over a restart too, and has everything once", async (t) => {
  const daemon = await withDialects(t);
  await postEvents(daemon.url, [event("session.started", { app: "codex" }), said("one", "1")]);
  const client = createBooCodeClient({ strips: false });
  const first = await listen(t, socketOf(daemon, "one"));
  first.send(HELLO);
  await first.sees("the first words", isDelta("status"));
  read(first, client);
  first.ws.terminate();
  await postEvents(daemon.url, [said("two", "2"), event("tool.started", { call_id: "call_1", name: "Bash", input: {} })]);
  const second = await listen(t, socketOf(daemon, "one"));
  second.send(client.hello());
  await second.sees(
    "the call",
    isDelta("status", (frame) => frame["status"] === "running"),
  );
  assert.deepEqual(
    second.frames.map(({ type, ...frame }) => (type === "channel_delta" ? `${String(frame["channel"])} ${String(frame["seq"])}` : type)),
    [
      "agent_snapshot",
      "agent_status_updated",
      "chat_status",
      "message_started",
      "text 1",
      "message_complete",
      "status 1",
      "message_started",
      "tool_trace_start",
      "tool_call 0",
      "status 2",
    ],
  );
  read(second, client);

  const again = await restarted(t, daemon);
  await postEvents(again.url, [said("three", "3"), event("tool.ended", { call_id: "call_1", outcome: "ok", output: "fine" })]);
  const third = await listen(t, socketOf(again, "one"));
  third.send(client.hello());
  await third.sees(
    "the end",
    isDelta("status", (frame) => frame["seq"] === 4),
  );
  read(third, client);
  assert.equal(client.buffered(), 0);
  assert.equal(client.seen.snapshots, 1);
  assert.deepEqual(
    [...client.messages.values()].map(({ role, content, calls, results, status }) => [
      role,
      content,
      calls.length,
      results[0]?.output,
      status,
    ]),
    [
      ["assistant", "one", 0, undefined, "complete"],
      ["assistant", "two", 0, undefined, "complete"],
      ["assistant", "", 1, undefined, "complete"],
      ["assistant", "three", 0, undefined, "complete"],
      ["tool", "", 0, "fine", "complete"],
    ],
  );
});

test("a long session is told to a late client by a snapshot, and counted on from the number that it expects", async (t) => {
  const daemon = await withDialects(t);
  const words = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => said(`word ${from + index}`, `w${from + index}`));
  await postEvents(daemon.url, [event("session.started", {}), ...words(0, 300)]);
  const client = createBooCodeClient({ strips: false });
  const line = await listen(t, socketOf(daemon, "ses_one"));
  line.send(HELLO);
  assert.equal(((await line.sees("a snapshot", is("snapshot")))["messages"] as unknown[]).length, 300);
  await postEvents(daemon.url, words(300, 1));
  assert.equal((await line.sees("new words", isDelta("text")))["seq"], 0);
  await line.sees("their status", isDelta("status"));
  read(line, client);
  line.ws.terminate();
  await postEvents(daemon.url, words(301, 5));
  const back = await listen(t, socketOf(daemon, "ses_one"));
  back.send(client.hello());
  await back.sees("a snapshot", is("snapshot"));
  await postEvents(daemon.url, words(306, 1));
  assert.equal((await back.sees("new words", isDelta("text")))["seq"], 1);
  read(back, client);
  assert.equal(client.buffered(), 0);
  assert.deepEqual(
    [...client.messages.values()].map(({ content }) => content),
    Array.from({ length: 307 }, (_, index) => `word ${index}`),
  );
});

test("a client that never says what it expects is spoken to in the older frames; one that says it all the time is told to wait", async (t) => {
  const daemon = await withDialects(t, { ORRERY_COMMANDS_PER_WINDOW: "10" });
  await postEvents(daemon.url, [event("session.started", {}), said("one", "1")]);
  const line = await listen(t, socketOf(daemon, "ses_one"));
  line.send("no json");
  line.send({ type: "something" });
  await line.sees("a snapshot", is("snapshot"));
  await postEvents(daemon.url, [said("two", "2"), event("tool.started", { call_id: "call_1", name: "Bash", input: {} })]);
  await line.sees("the call", is("tool_call"));
  const client = createBooCodeClient({ strips: true });
  read(line, client);
  assert.deepEqual(
    [...client.messages.values()].map(({ content, calls }) => [content, calls.length]),
    [
      ["one", 0],
      ["two", 0],
      ["", 1],
    ],
  );
  assert.equal(line.frames.some(is("channel_delta")), false);
  for (let time = 0; time < 30; time++) line.send(HELLO);
  const limited = await line.sees("a word about the limit", (frame) => is("error")(frame) && frame["reason"] === "rate_limited");
  BooFrame.parse(limited);
  assert.match(String(limited["error"]), /again in \d+ s/);
  await postEvents(daemon.url, [said("three", "3")]);
  await line.sees("what goes on", isDelta("text"));
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

test("a client that does not read costs a bounded amount, and has everything once it reads again", async (t) => {
  const daemon = await withDialects(t, { ORRERY_WS_BUFFER_BYTES: "100000" });
  await postEvents(daemon.url, [event("session.started", {})]);
  const line = await listen(t, socketOf(daemon, "ses_one"));
  line.send(HELLO);
  await line.sees("the agent", is("agent_snapshot"));
  line.ws.pause();
  const long = "y".repeat(10_000);
  for (let round = 0; round < 20; round++)
    await postEvents(
      daemon.url,
      Array.from({ length: 100 }, (_, index) => said(`${round * 100 + index} ${long}`, `${round}_${index}`)),
    );
  line.ws.resume();
  await postEvents(daemon.url, [said("the last words", "last")]);
  const client = createBooCodeClient({ strips: false });
  await line.sees("the last words", (frame) => JSON.stringify(frame).includes("the last words"));
  read(line, client);
  assert.equal(client.buffered(), 0);
  const contents = [...client.messages.values()].map(({ content }) => content);
  assert.equal(contents.at(-1), "the last words");
  // A snapshot holds the newest three million characters.
  assert.ok(contents.length >= 250, `${contents.length} messages`);
  assert.equal(new Set(contents).size, contents.length);
  // What was said meanwhile did not wait for it: the twenty million characters were never sent.
  assert.ok(line.frames.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0) < 15e6);
});

test("two agents at work that edit one file are warned about, again only when they come closer, and no longer when one has ended", async (t) => {
  const daemon = await withDialects(t);
  const edit = (id: string, line: number, agent?: string, session?: string) =>
    event(
      "tool.ended",
      {
        call_id: `call_${id}`,
        name: "Edit",
        outcome: "ok",
        output: { filePath: "/home/dev/shop/cart.ts", structuredPatch: [{ oldStart: line, oldLines: 1, newStart: line, newLines: 2 }] },
      },
      agent,
      session,
    );
  await postEvents(daemon.url, [
    event("session.started", { app: "claude-code", cwd: "/home/dev/shop" }),
    event("session.started", { app: "codex", cwd: "/home/dev/shop" }, "agt_main", "ses_two"),
    event("agent.spawned", { agent_type: "tester" }, "agt_t"),
    edit("1", 100),
  ]);
  const [line, nobody] = [
    await listen(t, socketOf(daemon, "ses_two")),
    await listen(t, socketOf(daemon, "ses_two"), [], { origin: "null" }),
  ];
  for (const each of [line, nobody]) each.send(HELLO);
  await line.sees("the agent", is("agent_snapshot"));
  const warnings = () => line.frames.filter(is("collision_warning")).map((frame) => [frame["severity"], ...(frame["agents"] as string[])]);
  await postEvents(daemon.url, [
    edit("2", 10, "agt_main", "ses_two"),
    edit("3", 12, "agt_main", "ses_two"),
    edit("4", 106, "agt_main", "ses_two"),
  ]);
  await postEvents(daemon.url, [edit("5", 101), edit("6", 101), edit("7", 31, "agt_t")]);
  await postEvents(daemon.url, [event("agent.ended", { outcome: "completed" }, "agt_t")]);
  await postEvents(daemon.url, [edit("8", 31, "agt_main", "ses_two"), event("turn.started", { turn_id: "trn_9" }, "agt_main", "ses_two")]);
  await line.sees("the turn", (frame) => frame["turn_number"] === 1);
  for (const frame of line.frames) BooFrame.parse(frame);
  assert.deepEqual(warnings(), [
    ["different_area", "claude-code", "codex"],
    ["adjacent_line", "claude-code", "codex"],
    ["different_area", "codex", "tester"],
  ]);
  assert.equal(nobody.frames.some(is("collision_warning")), false);
});
