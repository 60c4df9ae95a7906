import assert from "node:assert/strict";
import { test } from "node:test";
import { createBooCodeClient, Frame as BooFrame } from "../src/testing/boocode-client.ts";
import { event, listen, postEvents, restarted, withDialects, type Listener } from "./dialect-client.ts";
import { HELLO, is, isDelta, said, socketOf, traces } from "./boocode-daemon.ts";

/** The frames of a line through the eyes of a client. */
function read(line: Listener, client: ReturnType<typeof createBooCodeClient>): void {
  for (const frame of line.frames) client.receive(JSON.stringify(frame));
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
