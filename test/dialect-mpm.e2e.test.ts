import assert from "node:assert/strict";
import { test } from "node:test";
import { event, listen, postEvents, refusal, restarted, withDialects, type DialectDaemon, type Frame } from "./dialect-client.ts";

const is = (type: string) => (frame: Frame) => frame.type === type;

test("the first frame is the status, then everything comes without being asked for", async (t) => {
  const { url, dialects } = await withDialects(t);
  const client = await listen(t, dialects["mpm"]!);
  const first = await client.sees("a status", () => true);
  assert.equal(first.type, "system.status");
  assert.match(first.timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(Object.keys(first.data), [
    "session_id",
    "session_start",
    "claude_status",
    "claude_pid",
    "connected_clients",
    "websocket_port",
    "instance_info",
  ]);
  assert.equal(first.data["connected_clients"], 1);
  assert.equal(first.data["claude_status"], "stopped");
  await postEvents(url, [
    event("session.started", { app: "claude-code", cwd: "/home/dev/shop", git_branch: "main" }),
    event("agent.spawned", { agent_type: "engineer", task: "mend it" }, "agt_e"),
    event("message.added", { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text: "Mending." }] }, "agt_e"),
    event("todo.listed", {
      todos: [
        { title: "Mend", status: "in_progress" },
        { title: "Test", status: "pending" },
      ],
    }),
    event("agent.ended", { outcome: "completed", duration_ms: 4_000 }, "agt_e"),
    event("session.ended", { reason: "logout" }),
  ]);
  await client.sees("the end", is("session.end"));
  const types = client.frames.map((frame) => frame.type);
  for (const type of ["session.start", "claude.status", "agent.delegation", "claude.output", "todo.update", "agent.status", "session.end"])
    assert.ok(types.includes(type), `${type} is missing in ${types.join()}`);
  const data = (type: string) => client.frames.find(is(type))!.data;
  assert.deepEqual(
    [data("agent.delegation")["agent"], data("agent.delegation")["task"], data("agent.delegation")["status"]],
    ["engineer", "mend it", "started"],
  );
  assert.deepEqual(data("todo.update")["stats"], { total: 2, completed: 0, in_progress: 1, pending: 1 });
  assert.deepEqual([data("claude.output")["content"], data("claude.output")["stream"]], ["Mending.", "stdout"]);
  assert.equal(data("session.start")["working_directory"], "/home/dev/shop");
  assert.equal(data("agent.status")["duration_ms"], 4_000);
  for (const frame of client.frames) assert.equal(typeof frame.data, "object");
});

test("commands: status, history with wildcards, subscription, and a word about what is none", async (t) => {
  const { url, dialects } = await withDialects(t);
  await postEvents(url, [
    event("session.started", {}, "agt_main", "ses_two"),
    ...Array.from({ length: 150 }, (_, index) => event("tool.started", { call_id: `call_${index}`, name: "Read" }, "agt_main", "ses_two")),
    event("agent.spawned", { agent_type: "ops" }, "agt_o", "ses_two"),
  ]);
  // A late client: nothing was broadcast to it, and the ring has it all.
  const client = await listen(t, dialects["mpm"]!);
  await client.sees("a status", () => true);
  client.send({ command: "get_history" });
  const all = (await client.sees("a history", is("history"))).data.events;
  assert.equal(all.length, 100);
  assert.equal(all.at(-1)!.type, "agent.delegation");
  client.send({ command: "get_history", params: { event_types: ["agent.*"], limit: 5 } });
  const few = (await client.sees("agents only", (frame) => is("history")(frame) && frame.data.events.length < 50)).data.events;
  assert.deepEqual(
    few.map((each) => each.type),
    ["agent.delegation"],
  );
  let at = client.frames.length;
  client.send({ command: "get_history", params: { limit: 0 } });
  assert.deepEqual((await client.sees("none", is("history"), at)).data.events, []);
  at = client.frames.length;
  client.send({ command: "subscribe", channels: ["agent.*", "memory:*"] });
  assert.deepEqual((await client.sees("an answer", is("subscribed"), at)).data["channels"], ["agent.*", "memory:*"]);
  await postEvents(url, [
    event("tool.started", { call_id: "call_x", name: "Read" }, "agt_main", "ses_two"),
    event("agent.ended", { outcome: "completed" }, "agt_o", "ses_two"),
  ]);
  await client.sees("the agent's end", is("agent.status"), at);
  assert.equal(client.frames.slice(at).some(is("tool.start")), false);
  client.send("{ no json");
  await client.sees("an error", (frame) => frame.type === "error" && frame.data.message === "Invalid JSON");
  client.send("[1, 2]");
  client.send("null");
  client.send({ command: "fly" });
  await client.sees("an error", (frame) => frame.type === "error" && frame.data.message === "Unknown command: fly");
  at = client.frames.length;
  client.send({ command: "get_status" });
  await client.sees("a status", is("system.status"), at);
});

test("a flood of commands is slowed down for its sender alone; frames stay under what Python clients take", async (t) => {
  const { url, dialects } = await withDialects(t, { ORRERY_COMMANDS_PER_WINDOW: "20" });
  const [loud, calm] = [await listen(t, dialects["mpm"]!), await listen(t, dialects["mpm"]!)];
  for (let i = 0; i < 60; i++) loud.send({ command: "ping" });
  const limited = await loud.sees("a limit", (frame) => frame.type === "error" && frame.data.message === "Rate limit exceeded");
  assert.ok(limited.data.retry_after_ms > 0);
  calm.send({ command: "ping" });
  await calm.sees("a pong", is("pong"));
  const sizes: number[] = [];
  calm.ws.on("message", (data: Buffer) => sizes.push(data.length));
  const tell = (type: string, data: object) => postEvents(url, [event(type, data, "agt_main", "ses_three")]);
  const say = (id: string, text: string) => tell("message.added", { message_id: id, role: "assistant", parts: [{ kind: "text", text }] });
  await tell("session.started", {});
  // Sizes are bytes: three for a character, six for one that JSON escapes.
  await say("msg_1", "y".repeat(900_000));
  await say("msg_2", "語".repeat(300_000));
  await say("msg_3", "\u0001".repeat(300_000));
  await say("msg_4", "語".repeat(200_000));
  for (const index of [1, 2]) {
    const title = `${index}${"\u0001".repeat(999)}`;
    await tell("todo.listed", {
      todos: Array.from({ length: 250 }, (_, each) => ({ title: `${each} ${title.slice(6)}`, status: "pending" })),
    });
  }
  await tell("session.ended", {});
  await calm.sees("the end", is("session.end"));
  const output = (index: number) => String(calm.frames.filter(is("claude.output"))[index]!.data["content"]);
  assert.match(output(0), /^y{200000} … \(700000 more characters\)$/, "long words come from where they are stored");
  assert.match(output(2), /more characters\)$/);
  assert.equal(output(3), "語".repeat(200_000), "what fits is whole");
  assert.match(JSON.stringify(calm.frames.find(is("todo.update"))!.data), /more characters\)/);
  calm.send({ command: "get_history" });
  const { events, left_out } = (await calm.sees("a history", is("history"))).data;
  assert.ok(events.length > 0 && Number(left_out) > 0, "what is newest comes, and how much does not");
  assert.equal(events.at(-1)!.type, "claude.status");
  assert.ok(Math.max(...sizes) < 1024 * 1024, `${Math.max(...sizes)} bytes`);
});

test("equal words that were said twice are two, also where each was told by two sources; a restart changes no event and no number", async (t) => {
  const daemon = await withDialects(t);
  const { url } = daemon;
  const client = await listen(t, daemon.dialects["mpm"]!);
  const said = (id: string, source: string) => ({
    ...event("message.added", { message_id: id, role: "assistant", parts: [{ kind: "text", text: "Done." }] }),
    source,
  });
  await postEvents(url, [
    event("session.started", {}),
    said("msg_1", "claude-code/hook"),
    said("msg_2", "claude-code/transcript"),
    said("msg_3", "claude-code/transcript"),
    said("msg_4", "claude-code/hook"),
    event("session.ended", {}),
  ]);
  await client.sees("the end", is("session.end"));
  assert.equal(client.frames.filter(is("claude.output")).length, 2);
  const live = client.frames.filter((frame) => frame["seq"] !== undefined);
  const next = await restarted(t, daemon);
  const late = await listen(t, next.dialects["mpm"]!);
  late.send({ command: "get_history", params: { after: 0 } });
  const { events, complete } = (await late.sees("a history", is("history"))).data;
  assert.deepEqual(
    [events, complete],
    [live, true].map((each) => JSON.parse(JSON.stringify(each).replaceAll(String(portOf(daemon)), String(portOf(next))))),
  );
  late.send({ command: "subscribe", from: live.at(-2)!["seq"] });
  await postEvents(next.url, [event("agent.spawned", { agent_type: "ops" }, "agt_o")]);
  await late.sees("what is live", is("agent.delegation"));
  assert.deepEqual(late.frames.filter((frame) => frame["seq"] !== undefined).slice(0, 1), live.slice(-1));
});

function portOf({ dialects }: DialectDaemon): string {
  return new URL(dialects["mpm"]!).port;
}

test("a token is asked for where one is set; foreign pages never get in; its hooks may post whatever they like", async (t) => {
  const { dialects } = await withDialects(t, { ORRERY_MPM_TOKEN: "hush" });
  const mpm = dialects["mpm"]!;
  assert.equal(await refusal(mpm), 401);
  assert.equal(await refusal(mpm, [], { headers: { authorization: "Bearer hush", origin: "https://evil.example" } }), 403);
  const client = await listen(t, mpm, [], { headers: { authorization: "Bearer hush" } });
  await client.sees("a status", is("system.status"));
  const http = mpm.replace("ws:", "http:");
  const post = (body: string, headers = {}) => fetch(`${http}/api/events`, { method: "POST", body, headers });
  const payload = { subtype: "subagent_start", data: { session_id: "s1", agent_type: "research", agent_id: "research_s1", prompt: "dig" } };
  const body = JSON.stringify({
    namespace: "",
    event: "claude_event",
    data: { event: "mpm_event", source: "hook", type: "hook", timestamp: new Date().toISOString(), ...payload },
  });
  assert.equal((await post(body)).status, 204);
  await client.sees("the agent", is("agent.delegation"));
  assert.equal((await post("{ half")).status, 204);
  assert.equal((await post(body, { origin: "https://evil.example" })).status, 403);
  const health = (await (await fetch(`${http}/health`)).json()) as Frame;
  assert.deepEqual([health["status"], health["service"]], ["running", "claude-mpm-monitor"]);
  assert.equal((await fetch(`${http}/api/nothing`)).status, 404);
});

test("every event of the design note is sent, with all its fields", async (t) => {
  const { url, dialects } = await withDialects(t);
  const client = await listen(t, dialects["mpm"]!);
  const rules = "/home/dev/shop/CLAUDE.md";
  const wrote = (call_id: string, input: object, output: object) => [
    event("tool.started", { call_id, name: "Write", kind: "edit", paths: [rules] }, "agt_e"),
    event("tool.ended", { call_id, name: "Write", outcome: "ok", input, output }, "agt_e"),
  ];
  await postEvents(url, [
    event("session.started", { app: "claude-code", cwd: "/home/dev/shop" }),
    event("turn.started", { turn_id: "trn_1", prompt: "mend" }),
    event("agent.spawned", { agent_type: "engineer", task: "mend it" }, "agt_e"),
    event("agent.updated", { status: "idle" }, "agt_e"),
    event("message.added", { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text: "Mending." }] }),
    event("todo.listed", { todos: [{ title: "Mend", status: "completed" }] }),
    event("context.injected", { what: "instructions", path: rules }),
    event("context.delivered", { injection_id: "inj_1", hook: "UserPromptSubmit", chars: 42 }, "agt_e"),
    ...wrote("call_1", { content: "# Rules" }, { type: "create" }),
    ...wrote("call_2", { old_string: "# Rules", new_string: "# Our rules" }, { type: "update" }),
    event("model.failed", { class: "overloaded", message: "too many at once" }),
    event("system.failed", { part: "prices", message: "no table" }),
    event("agent.ended", { outcome: "completed", duration_ms: 4_000 }, "agt_e"),
    event("session.ended", { reason: "logout" }),
  ]);
  const ticket = await fetch(`${url}/api/tickets`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "Cart total is wrong", priority: "high", assignee: "ana" }),
  });
  assert.equal(ticket.status, 200, await ticket.text());
  await client.sees("a ticket", is("ticket.created"));
  await client.sees("figures", is("system.stats"));
  const frame = (type: string, also: (frame: Frame) => boolean = () => true) =>
    client.frames.find((each) => is(type)(each) && also(each)) ?? assert.fail(`no ${type}`);
  const data = (type: string, also?: (frame: Frame) => boolean) => frame(type, also).data;
  // Theirs first, then what only we say.
  const fields: Readonly<Record<string, [theirs: string, ours: string]>> = {
    "session.start": ["session_id start_time launch_method working_directory git_branch websocket_port instance_info", ""],
    "session.end": ["session_id end_time duration_seconds", ""],
    "claude.status": ["status pid message", "session_id"],
    "claude.output": ["content stream", "session_id agent"],
    "agent.delegation": ["agent task status timestamp", "session_id agent_id"],
    "agent.status": ["agent status", "session_id agent_id"],
    "todo.update": ["todos stats", "session_id"],
    "ticket.created": ["id title priority created_at assigned_to", ""],
    "memory:loaded": ["agent_id memory_size sections_count timestamp", "session_id path"],
    "memory:created": ["agent_id template_type timestamp", "session_id path"],
    "memory:updated": ["agent_id learning_type content section timestamp", "session_id path"],
    "memory:injected": ["agent_id context_size timestamp", "session_id what path"],
    "system.stats": ["connected_clients", "sessions uptime_seconds memory_bytes"],
    "system.error": ["message", "part"],
  };
  for (const [type, [theirs, ours]] of Object.entries(fields)) {
    const expected = `${theirs} ${ours}`.trim().split(" ").toSorted();
    assert.deepEqual(Object.keys(data(type)).toSorted(), expected, type);
    assert.deepEqual(
      Object.keys(frame(type)).filter((key) => key !== "seq"),
      ["type", "timestamp", "data"],
      type,
    );
  }
  assert.deepEqual(Object.keys(Object(data("session.start")["instance_info"])), ["port", "host", "working_dir"]);
  assert.deepEqual(data("todo.update")["todos"], [
    { id: Object(data("todo.update")["todos"])[0].id, content: "Mend", status: "completed", activeForm: "Mend" },
  ]);
  assert.deepEqual(data("todo.update")["stats"], { total: 1, completed: 1, in_progress: 0, pending: 0 });
  assert.deepEqual([data("ticket.created")["title"], data("ticket.created")["priority"]], ["Cart total is wrong", "high"]);
  assert.equal(data("agent.status")["status"], "idle");
  assert.equal(data("memory:loaded")["path"], rules);
  const sizes = client.frames.filter(is("memory:injected")).map((each) => each.data["context_size"]);
  assert.deepEqual(sizes, [null, 42]);
  assert.equal(data("memory:updated")["content"], "# Our rules");
  assert.ok(Number(data("session.end")["duration_seconds"]) > 0);
  const statuses = client.frames.filter(is("claude.status")).map((each) => [each.data["status"], each.data.message]);
  assert.deepEqual(statuses, [
    ["running", ""],
    ["running", ""],
    ["error", "too many at once"],
    ["stopped", "logout"],
  ]);
  assert.equal(data("system.error").message, "no table");
  assert.equal(data("system.stats")["connected_clients"], 1);
});

test("the ring holds a thousand, newest last; a client that was too slow is sent what it missed of it, in order", async (t) => {
  const { url, dialects } = await withDialects(t, { ORRERY_WS_BUFFER_BYTES: "50000" });
  const client = await listen(t, dialects["mpm"]!);
  await client.sees("a status", is("system.status"));
  client.send({ command: "subscribe", channels: ["tool.start"] });
  await client.sees("an answer", is("subscribed"));
  client.ws.pause();
  const ids = Array.from({ length: 14_000 }, (_, index) => String(index));
  // A thousand of them fit into one frame of history.
  const name = "Read".padEnd(600, "!");
  for (let from = 0; from < ids.length; from += 2_000)
    await postEvents(
      url,
      ids.slice(from, from + 2_000).map((id) => event("tool.started", { call_id: `call_${id}`, name })),
    );
  client.ws.resume();
  await client.sees("the newest", (frame) => is("tool.start")(frame) && frame.data.id === ids.at(-1));
  const seen = client.frames.filter(is("tool.start")).map((frame) => frame.data.id);
  assert.ok(seen.length < ids.length, "nothing was left out: the test says nothing");
  assert.deepEqual(seen.slice(-1_000), ids.slice(-1_000));
  const had = new Set(seen);
  const inOrder = ids.filter((id) => had.has(id));
  assert.deepEqual(seen, inOrder);
  // And it is told of what is gone for good, where that was.
  const gap = client.frames.findIndex((frame) => frame.type === "error");
  const gone = ids.indexOf(String(client.frames[gap + 1]!.data.id)) - ids.indexOf(String(client.frames[gap - 1]!.data.id)) - 1;
  assert.equal(client.frames[gap]!.data["missed"], gone);
  assert.equal(gone, ids.length - seen.length);
  client.send({ command: "get_history", params: { event_types: ["tool.*"], limit: 5_000 } });
  const { events } = (await client.sees("a history", is("history"))).data;
  assert.deepEqual(
    events.map(({ data }) => data.id),
    ids.slice(-1_000),
  );
  // What came after an event that one remembers: in one answer, or frame by frame and then live; with a word when that is not all.
  let at = client.frames.length;
  client.send({ command: "get_history", params: { after: events.at(-4)!["seq"] } });
  const after = (await client.sees("a history", is("history"), at)).data;
  assert.deepEqual([after.events.map(({ data }) => data.id), after["complete"]], [ids.slice(-3), true]);
  at = client.frames.length;
  client.send({ command: "get_history", params: { after: 1, limit: 1 } });
  assert.equal((await client.sees("a history", is("history"), at)).data["complete"], false);
  const late = await listen(t, dialects["mpm"]!);
  late.send({ command: "subscribe", channels: ["tool.*"], from: events.at(-3)!["seq"] });
  await postEvents(url, [event("tool.started", { call_id: "call_live", name })]);
  await late.sees("what is live", (frame) => frame.data.id === "live");
  assert.deepEqual(
    late.frames.filter(is("tool.start")).map((frame) => frame.data.id),
    [...ids.slice(-2), "live"],
  );
  late.send({ command: "subscribe", from: 1 });
  await late.sees("a word", (frame) => frame.type === "error" && frame.data.message.includes("1,000"));
});
