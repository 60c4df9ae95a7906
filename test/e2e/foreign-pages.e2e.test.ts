// Pages written for other systems, each of which knows nothing but its own protocol, in a real browser against a real daemon.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { event, postEvents, restarted, withDialects } from "../dialect-client.ts";
import { launchBrowser } from "./browser.ts";

/** As the live graph: a snapshot fills it, spawns add, ends remove, calls pulse; what it does not know breaks it. */
const graphPage = (
  url: string,
) => `<!doctype html><title>graph</title><p id="badge">connecting</p><p id="calls">0</p><ul id="nodes"></ul><script>
  const nodes = document.getElementById("nodes");
  const add = (a) => { const li = document.createElement("li"); li.id = "n" + a.id; li.textContent = a.subagent_type + "/" + a.model; nodes.append(li); };
  let wait = 100;
  function connect() {
    const ws = new WebSocket("${url}");
    let isFirst = true;
    ws.onopen = () => { document.getElementById("badge").textContent = "connected"; wait = 100; };
    ws.onclose = () => { document.getElementById("badge").textContent = "reconnecting"; setTimeout(connect, wait = Math.min(wait * 2, 3000)); };
    ws.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (isFirst && frame.type !== "snapshot") throw new Error("the first frame is " + frame.type);
      isFirst = false;
      if (frame.type === "snapshot") { nodes.replaceChildren(); frame.alive.forEach(add); }
      else if (frame.type === "event") {
        const e = frame.data;
        if (e.event === "agent_spawn") add(e);
        else if (e.event === "agent_done") document.getElementById("n" + e.id).remove();
        else if (e.event === "tool_use") {
          const by = e.agent_id === "main" ? document.body : document.getElementById("n" + e.agent_id);
          by.dataset.tool = e.tool;
          document.getElementById("calls").textContent = Number(document.getElementById("calls").textContent) + 1;
        } else if (e.event !== "skill_use") throw new Error("a line of kind " + e.event);
      } else if (frame.type !== "ping") throw new Error("a frame of type " + frame.type);
    };
  }
  connect();
</script>`;

/** As the monitor: subscribes to everything, shows each event with a class made of its name, and where the instance works. */
const monitorPage = (url: string) => `<!doctype html><title>monitor</title><p id="where"></p><ol id="rows"></ol><script>
  const ws = new WebSocket("${url}");
  ws.onopen = () => ws.send(JSON.stringify({ command: "subscribe", channels: ["*"] }));
  ws.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "subscribed") return;
    const row = document.createElement("li");
    row.className = frame.type.split(".")[0];
    row.textContent = frame.type + " " + Object.keys(frame.data).length;
    document.getElementById("rows").append(row);
    if (frame.type === "system.status" || frame.type === "session.start")
      document.getElementById("where").textContent = frame.data.instance_info.working_dir + " " + frame.data.instance_info.port;
  };
</script>`;

/** As a session's page: says what it expects, puts the deltas of each channel in order, reads the traces. */
const chatPage = (url: string) => `<!doctype html><title>chat</title><div id="chat"></div><p id="traces"></p><script>
  const expected = {}, held = {};
  const box = (id) => document.getElementById(id) ?? document.getElementById("chat").appendChild(Object.assign(document.createElement("p"), { id }));
  const apply = {
    text: (f) => { box(f.message_id).textContent += f.content; },
    tool_call: (f) => { box(f.message_id).textContent += "calls " + f.tool_call.name; },
    tool_result: (f) => { box(f.tool_message_id).textContent += "gives " + f.output; },
    status: () => {}, error: () => {},
  };
  async function start() {
    const { data } = await (await fetch("${url}/api/chats")).json();
    const chat = data[0].id;
    const ws = new WebSocket("${url}".replace("http", "ws") + "/api/ws/sessions/" + chat);
    ws.onopen = () => ws.send(JSON.stringify({ type: "reconnect", lastSeqPerChannel: expected }));
    ws.onmessage = async ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "snapshot") {
        document.getElementById("chat").replaceChildren();
        for (const m of frame.messages) box(m.id).textContent = m.content;
      }
      if (frame.type === "tool_trace_finish") {
        const page = await (await fetch("${url}/api/chats/" + chat + "/traces")).json();
        document.getElementById("traces").textContent = page.total + " " + page.data[0].tool_name + " " + page.data[0].outcome;
      }
      if (frame.type !== "channel_delta") return;
      (held[frame.channel] ??= new Map()).set(frame.seq, frame);
      for (let at = expected[frame.channel] ?? 0; held[frame.channel].has(at); expected[frame.channel] = ++at) apply[frame.channel](held[frame.channel].get(at));
    };
  }
  start();
</script>`;

async function opened(t: TestContext, address: string): Promise<{ readonly page: Page; readonly errors: readonly string[] }> {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(address);
  return { page, errors };
}

/** A port whose connections go on to wherever `target` is at the time. */
async function forwarding(t: TestContext, target: () => number): Promise<number> {
  const server = createTcpServer((socket) => {
    const through = connect(target(), "127.0.0.1");
    socket.pipe(through).pipe(socket);
    for (const each of [socket, through]) each.on("error", () => [socket, through].forEach((one) => one.destroy()));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function sees(page: Page, what: string, expression: string): Promise<unknown> {
  return page.waitForFunction(expression).catch(async (cause: unknown) => {
    throw new Error(`${what} never came; the page is ${await page.content()}`, { cause });
  });
}

test("a page of the live graph, opened from the disk, follows agents and finds its way back after a restart", async (t) => {
  let daemon = await withDialects(t);
  await postEvents(daemon.url, [
    event("session.started", {}),
    event("agent.spawned", { agent_type: "Explore", model: "claude-haiku-4-5" }, "agt_a"),
  ]);
  const file = join(daemon.folder, "graph.html");
  // It knows one address; the next daemon has another here.
  const port = await forwarding(t, () => Number(new URL(daemon.dialects["kei"]!).port));
  writeFileSync(file, graphPage(`ws://127.0.0.1:${port}/stream`));
  const { page, errors } = await opened(t, pathToFileURL(file).href);
  await sees(page, "the agent", "document.getElementById('na')?.textContent === 'Explore/claude-haiku-4-5'");
  await postEvents(daemon.url, [
    event("agent.spawned", { agent_type: "Plan" }, "agt_b"),
    event("tool.started", { call_id: "call_1", name: "Grep" }, "agt_b"),
    event("tool.started", { call_id: "call_2", name: "Bash" }),
    event("skill.used", { name: "greet" }),
  ]);
  await sees(page, "both calls", "document.getElementById('calls').textContent === '2'");
  assert.deepEqual(await page.evaluate("[document.getElementById('nb').dataset.tool, document.body.dataset.tool]"), ["Grep", "Bash"]);
  await postEvents(daemon.url, [event("agent.ended", { outcome: "completed" }, "agt_a")]);
  await sees(page, "the end", "document.querySelectorAll('#nodes li').length === 1");
  daemon = await restarted(t, daemon);
  await sees(page, "the connection", "document.getElementById('badge').textContent === 'connected'");
  await sees(page, "who is alive", "document.querySelectorAll('#nodes li').length === 1 && document.getElementById('nb') !== null");
  assert.deepEqual(errors, []);
});

test("a page of the monitor, opened from the disk, shows every event and where the instance works", async (t) => {
  const daemon = await withDialects(t);
  const file = join(daemon.folder, "monitor.html");
  writeFileSync(file, monitorPage(daemon.dialects["mpm"]!));
  const { page, errors } = await opened(t, pathToFileURL(file).href);
  await sees(page, "a status", "document.querySelector('li.system') !== null");
  await postEvents(daemon.url, [
    event("session.started", { cwd: "/home/dev/shop" }),
    event("agent.spawned", { agent_type: "engineer", task: "mend" }, "agt_e"),
    event("todo.listed", { todos: [{ title: "Mend", status: "pending" }] }),
    event("session.ended", {}),
  ]);
  await sees(page, "the end", "[...document.querySelectorAll('li')].some((row) => row.textContent.startsWith('session.end'))");
  const port = new URL(daemon.dialects["mpm"]!).port;
  assert.equal(await page.textContent("#where"), `/home/dev/shop ${port}`);
  assert.equal(await page.locator("li.agent").count(), 1);
  assert.equal(await page.locator("li.todo").count(), 1);
  assert.deepEqual(errors, []);
});

test("a page of a session, served from this machine, has words, calls, results and traces", async (t) => {
  const daemon = await withDialects(t);
  const text = (id: string, words: string) =>
    event("message.added", { message_id: `msg_${id}`, role: "assistant", parts: [{ kind: "text", text: words }] });
  await postEvents(daemon.url, [event("session.started", {}), text("1", "Looking.")]);
  const server = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end(chatPage(daemon.dialects["boocode"]!)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { page, errors } = await opened(t, `http://localhost:${(server.address() as AddressInfo).port}/`);
  await sees(page, "the words from before", "document.getElementById('chat').textContent === 'Looking.'");
  await postEvents(daemon.url, [
    event("tool.started", { call_id: "call_1", name: "Bash", input: { command: "ls" } }),
    event("tool.ended", { call_id: "call_1", outcome: "ok", output: "cart.ts" }),
    text("2", "Found it."),
  ]);
  const rows = "[...document.querySelectorAll('#chat p')].map((row) => row.textContent).join('|')";
  await sees(page, "everything in order", `${rows} === 'Looking.|calls Bash|gives cart.ts|Found it.'`);
  await sees(page, "the trace", "document.getElementById('traces').textContent === '1 Bash ok'");
  assert.deepEqual(errors, []);
});
