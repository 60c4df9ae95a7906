import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tempPerson } from "../src/testing/cli-process.ts";
import { openRaw, upgradeRequest } from "./fuzz/raw.ts";
import { until } from "../src/testing/until.ts";
import { event, listen, postEvents, refusal, restarted, withDialects, type Frame } from "./dialect-client.ts";

const isEvent = (kind: string, id?: string) => (frame: Frame) =>
  frame.type === "event" && frame.data.event === kind && (id === undefined || frame.data.id === id);

test("a client of the live graph gets a snapshot first, then agents, calls and ends, each once and in one space of ids", async (t) => {
  const { url, dialects } = await withDialects(t);
  const health = await fetch(dialects["kei"]!.replace("ws:", "http:").replace("/stream", "/health"));
  assert.deepEqual([health.status, await health.text()], [200, "kei-graph-stream alive\n"]);
  const head = await fetch(dialects["kei"]!.replace("ws:", "http:").replace("/stream", "/health"), { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "23"]);
  await postEvents(url, [
    event("session.started", { app: "claude-code", cwd: "/home/dev/shop" }),
    event(
      "agent.spawned",
      { agent_type: "Explore", model: "claude-haiku-4-5", parent_agent_id: "agt_main", task: "look\taround " + "x".repeat(200) },
      "agt_a1",
    ),
  ]);
  const client = await listen(t, dialects["kei"]!, [], { origin: "http://localhost:3000" });
  const first = await client.sees("a snapshot", () => true);
  assert.equal(first.type, "snapshot");
  assert.deepEqual(
    first.alive.map(({ id, subagent_type, model }) => ({ id, subagent_type, model })),
    [{ id: "a1", subagent_type: "Explore", model: "claude-haiku-4-5" }],
  );
  assert.deepEqual(Object.keys(first.alive[0]!), ["id", "subagent_type", "model", "ts"]);
  const spawned = event("agent.spawned", { agent_type: "Plan", parent_agent_id: "agt_a1", task: "plan it\nwell" }, "agt_b2");
  await postEvents(url, [
    spawned,
    { ...spawned, id: "again" },
    event("tool.started", { call_id: "call_t1", name: "Bash", kind: "run" }, "agt_b2"),
    event("tool.started", { call_id: "call_t1", name: "Bash", kind: "run" }, "agt_b2"),
    event("tool.started", { call_id: "call_t2", name: "Read", kind: "read" }),
    // What is only stored now is no news.
    { ...event("tool.started", { call_id: "call_t0", name: "Read" }), timestamp: new Date(Date.now() - 6 * 60_000).toISOString() },
    // A skill is told when it is over, with how it went; one whose call nobody told is told at once.
    event("tool.started", { call_id: "call_t3", name: "Skill", kind: "skill" }),
    event("skill.used", { name: "greet", call_id: "call_t3" }),
    event("tool.ended", { call_id: "call_t3", outcome: "error" }),
    event("skill.used", { name: "wave", call_id: "call_t4" }),
    event("agent.ended", { outcome: "completed", duration_ms: 1_200 }, "agt_b2"),
    event("agent.ended", { outcome: "failed" }, "agt_a1"),
    event("session.ended", {}),
  ]);
  await client.sees("the end of a1", isEvent("agent_done", "a1"));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const lines = client.frames.slice(1).map(({ data }) => data);
  assert.deepEqual(
    lines.map((line) => [line["event"], line["id"], line["agent_id"] ?? line["parent_id"] ?? line["outcome"]]),
    [
      ["agent_spawn", "b2", "a1"],
      ["tool_use", "t1", "b2"],
      ["tool_use", "t2", "main"],
      ["tool_use", "t3", "main"],
      ["skill_use", "t3", "main"],
      ["skill_use", "t4", "main"],
      ["agent_done", "b2", "functional"],
      ["agent_done", "a1", "fail"],
    ],
  );
  assert.equal(lines[0]!["prompt_preview"], "plan it well");
  const skills = lines.filter((line) => line.event === "skill_use").map(({ skill, success }) => [skill, success]);
  assert.deepEqual(skills, [
    ["greet", false],
    ["wave", null],
  ]);
  // What nobody told is unknown, not nothing.
  const { tool_use_count, cost_usd, total_tokens } = lines.find((line) => line.id === "b2" && line.event === "agent_done")!;
  assert.deepEqual([tool_use_count, cost_usd, total_tokens], [1, null, null]);
  const later = await listen(t, dialects["kei"]!);
  assert.deepEqual(await later.sees("a snapshot", () => true), { type: "snapshot", alive: [] });
});

test("lines of its own hooks are understood, also half-written ones, and unknown kinds go on to clients", async (t) => {
  const folder = await withDialects(t);
  const file = join(folder.folder, ".claude", "memory", "agent-events.jsonl");
  mkdirSync(join(folder.folder, ".claude", "memory"), { recursive: true });
  const client = await listen(t, folder.dialects["kei"]!);
  await client.sees("a snapshot", () => true);
  const ts = new Date().toISOString().replace(/\.\d+Z/, ".000Z");
  const line = JSON.stringify({
    ts,
    event: "agent_spawn",
    id: "toolu_9",
    parent_id: "s9",
    subagent_type: "code-reviewer",
    model: "sonnet",
    branch: null,
    prompt_preview: "see",
  });
  writeFileSync(file, line.slice(0, 40));
  await new Promise((resolve) => setTimeout(resolve, 300));
  appendFileSync(file, `${line.slice(40)}\n${JSON.stringify({ ts, event: "agent_mood", id: "m", mood: "good" })}\nnot json\n`);
  await client.sees("the agent", isEvent("agent_spawn", "toolu_9"));
  const mood = await client.sees("an unknown kind", isEvent("agent_mood", "m"));
  assert.deepEqual(mood.data, { ts, event: "agent_mood", id: "m", mood: "good" });
  // All four scripts, with fields that are their writer's own, nulls, and a word for an outcome that we have no other for.
  const written = [
    {
      ts,
      event: "agent_spawn",
      id: "toolu_20",
      parent_id: "s9",
      subagent_type: null,
      model: "opus",
      branch: "worktree",
      prompt_preview: "mend",
      lane: 3,
    },
    { ts, event: "tool_use", id: "toolu_10", agent_id: "toolu_9", tool: "Bash", sandbox: true },
    { ts, event: "tool_use", id: "toolu_21", agent_id: "main", tool: "Read" },
    { ts, event: "tool_use", agent_id: "toolu_9", tool: "Glob" },
    { ts, event: "skill_use", id: "toolu_11", agent_id: "s9", skill: "greet", success: false },
    {
      ts,
      event: "agent_done",
      id: "toolu_9",
      outcome: "scaffolding",
      duration_ms: 900,
      tool_use_count: 7,
      cost_usd: 0.006,
      total_tokens: 1_200,
      lane: { of: 3 },
    },
    { ts, event: "agent_done", id: "toolu_20", outcome: null, duration_ms: null, tool_use_count: null, cost_usd: null },
    { ts, event: "tool_use", id: "toolu_22", agent_id: "main", tool: "Bash" },
  ];
  const at = client.frames.length;
  appendFileSync(file, written.map((each) => `${JSON.stringify(each)}\n`).join(""));
  await client.sees("the last", isEvent("tool_use", "toolu_22"));
  // In the order of the file. Where a line names its session instead of an agent, the node is that session's main agent.
  const session_id = "s9";
  assert.deepEqual(
    client.frames.slice(at).map(({ data }) => data),
    written.map((each) => ({
      ...each,
      ...("id" in each ? { session_id } : {}),
      ...("parent_id" in each ? { parent_id: "main" } : {}),
      ...(each.agent_id === "s9" ? { agent_id: "main" } : {}),
    })),
  );
});

test("the file of the environment is followed, over a rotation by name and bytes that are no UTF-8", async (t) => {
  const person = tempPerson(t);
  const file = join(person.folder, "elsewhere", "kei.jsonl");
  const daemon = await withDialects(t, { KEI_EVENTS_FILE: file });
  const client = await listen(t, daemon.dialects["kei"]!);
  await client.sees("a snapshot", () => true);
  const ts = new Date().toISOString().replace(/\.\d+Z/, ".000Z");
  const call = (id: string) => JSON.stringify({ ts, event: "tool_use", id, agent_id: "main", tool: "Bash" });
  mkdirSync(join(person.folder, "elsewhere"));
  writeFileSync(file, `${call("t1")}\n`);
  await client.sees("the first", isEvent("tool_use", "t1"));
  appendFileSync(file, Buffer.concat([Buffer.from([0xff, 0xfe, 0x80, 0x0a]), Buffer.from(`${call("t2")}\n`)]));
  await client.sees("what stands after the bytes", isEvent("tool_use", "t2"));
  // The new file is as long as the old one was at once.
  renameSync(file, `${file}.1`);
  const skill = { ts, event: "skill_use", id: "t3", agent_id: "main", skill: "greet", success: true };
  writeFileSync(file, `${JSON.stringify(skill)}\n${call("t4")}\n${call("t5")}\n`);
  await client.sees("the last of the new file", isEvent("tool_use", "t5"));
  const lines = client.frames.slice(1).map(({ data }) => data);
  assert.deepEqual(
    lines.map(({ id }) => id),
    ["t1", "t2", "t3", "t4", "t5"],
  );
  assert.deepEqual(lines[2], { ...skill, session_id: lines[2]!["session_id"] });
});

test("both handshakes are taken, foreign pages are refused, and a page without an origin of its own sees no words", async (t) => {
  const { url, folder, dialects } = await withDialects(t);
  const kei = dialects["kei"]!;
  assert.equal(await refusal(kei, [], { origin: "https://evil.example" }), 403);
  assert.equal(await refusal(kei, [], { origin: "http://localhost:evil" }), 403);
  assert.equal(await refusal(kei, [], { headers: { host: "evil.example" } }), 403);
  assert.equal(await refusal(kei.replace("/stream", "/other")), 404);
  assert.equal(await refusal(kei, ["bearer", "0badc0de"]), 401);
  const token = "c0ffee".repeat(10);
  mkdirSync(join(folder, ".keisei"));
  writeFileSync(join(folder, ".keisei", "cortex.token"), `${token}\n`);
  assert.equal(await refusal(kei, ["bearer", "0badc0de"]), 401);
  const trusted = await listen(t, kei, ["bearer", token.toUpperCase()], { origin: "null" });
  assert.equal(trusted.ws.protocol, "bearer");
  // The other form, which no browser can send.
  const { port, pathname } = new URL(kei);
  for (const [given, answer] of [
    [token, /101 [\s\S]*sec-websocket-protocol: bearer\r\n[\s\S]*"snapshot"/i],
    ["0badc0de", /401 [\s\S]*unauthorized\n$/],
  ] as const) {
    const raw = await openRaw(Number(port));
    raw.socket.write(upgradeRequest(Number(port), pathname, { "sec-websocket-protocol": `bearer ${given}` }));
    await until("it is answered", () => answer.test(raw.read().toString("latin1")));
    raw.socket.destroy();
  }
  const page = await listen(t, kei, [], { origin: "null" });
  assert.equal(page.ws.protocol, "");
  await postEvents(url, [event("session.started", {}), event("agent.spawned", { agent_type: "Plan", task: "our secret plan" }, "agt_p")]);
  assert.equal((await trusted.sees("the agent", isEvent("agent_spawn", "p"))).data["prompt_preview"], "our secret plan");
  assert.equal((await page.sees("the agent", isEvent("agent_spawn", "p"))).data["prompt_preview"], "");
  page.send("what is this?");
  page.send({ command: "anything" });
  await postEvents(url, [event("agent.ended", { outcome: "completed" }, "agt_p")]);
  await page.sees("the end", isEvent("agent_done", "p"));
});

test("agents that run side by side keep their calls apart; who was alive before a restart still is; an end says what it used", async (t) => {
  const daemon = await withDialects(t);
  const first = await listen(t, daemon.dialects["kei"]!);
  await postEvents(daemon.url, [
    event("session.started", {}),
    event("agent.spawned", { agent_type: "Explore" }, "agt_a"),
    event("agent.spawned", { agent_type: "Explore" }, "agt_b"),
    event("tool.started", { call_id: "call_1", name: "Grep" }, "agt_b"),
    event("tool.started", { call_id: "call_2", name: "Grep" }, "agt_a"),
    event("tool.started", { call_id: "call_3", name: "Read" }, "agt_b"),
  ]);
  await first.sees("the last call", isEvent("tool_use", "3"));
  const calls = first.frames.flatMap(({ data }) => (data?.event === "tool_use" ? [`${data.id} of ${String(data["agent_id"])}`] : []));
  assert.deepEqual(calls, ["1 of b", "2 of a", "3 of b"]);
  const again = await restarted(t, daemon);
  const second = await listen(t, again.dialects["kei"]!);
  const { alive } = await second.sees("a snapshot", () => true);
  assert.deepEqual(
    alive.map(({ id }) => id),
    ["b", "a"],
  );
  const usage = { input: 1_000, cache_read: 10_000, output: 100 };
  await postEvents(again.url, [
    event("model.responded", { request_id: "req_1", model: "claude-haiku-4-5", usage }, "agt_a"),
    event("agent.ended", { outcome: "partial" }, "agt_a"),
  ]);
  const { data } = await second.sees("the end", isEvent("agent_done", "a"));
  assert.deepEqual([data["outcome"], data["tool_use_count"], data["total_tokens"], data["cost_usd"]], ["partial", 1, 11_100, 0.0025]);
});

test("a client that does not read is told how things stand once it does, and costs no more meanwhile", async (t) => {
  const daemon = await withDialects(t, { ORRERY_WS_BUFFER_BYTES: "50000" });
  const client = await listen(t, daemon.dialects["kei"]!);
  await client.sees("a snapshot", () => true);
  client.ws.pause();
  const ids = Array.from({ length: 8_000 }, (_, index) => index);
  const name = "Read".padEnd(1_500, "!");
  for (let from = 0; from < ids.length; from += 2_000)
    await postEvents(daemon.url, [
      ...(from === 0 ? [event("session.started", {}), event("agent.spawned", { agent_type: "Plan" }, "agt_p")] : []),
      ...ids.slice(from, from + 2_000).map((id) => event("tool.started", { call_id: `call_${id}`, name })),
    ]);
  client.ws.resume();
  const again = await client.sees("how things stand", ({ type }) => type === "snapshot", 1);
  assert.deepEqual(
    again.alive.map(({ id }) => id),
    ["p"],
  );
  assert.ok(client.frames.length < ids.length, "nothing was left out: the test says nothing");
  await postEvents(daemon.url, [event("agent.ended", { outcome: "completed" }, "agt_p")]);
  await client.sees("the end", isEvent("agent_done", "p"));
});
