import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { orrery, tempPerson } from "../src/testing/cli-process.ts";
import { event, listen, postEvents, refusal, withDialects } from "./dialect-client.ts";
import { until } from "../src/testing/until.ts";

type Told = Readonly<Record<string, unknown>>;

async function get(url: string): Promise<Told> {
  const reply = await fetch(url);
  assert.equal(reply.status, 200, url);
  return (await reply.json()) as Told;
}

test("status, workers, tickets, money and words are those that Orrery shows", async (t) => {
  const { url, dialects } = await withDialects(t);
  const api = dialects["hook_api"]!;
  assert.equal((await get(`${api}/status`))["status"], "running");
  assert.deepEqual(await get(`${api}/api/mma/workers`), { workers: [] });
  await postEvents(url, [
    event("session.started", { app: "claude-code", cwd: "/home/dev/shop" }),
    event("agent.spawned", { agent_type: "engineer", model: "claude-haiku-4-5", task: "mend it", parent_agent_id: "agt_main" }, "agt_e"),
    event("tool.started", { call_id: "call_1", name: "Bash", kind: "run", title: "npm test" }, "agt_e"),
    event("message.added", { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text: "Testing." }] }, "agt_e"),
    // The same by another source.
    {
      ...event("message.added", { message_id: "msg_h", role: "assistant", parts: [{ kind: "text", text: "Testing.\n" }] }, "agt_e"),
      source: "claude-code/hook",
    },
    event("model.responded", { request_id: "req_1", model: "claude-haiku-4-5", usage: { input: 1_000, output: 100 } }, "agt_e"),
    event("todo.listed", {
      todos: [
        { title: "Mend", status: "completed" },
        { title: "Test", status: "in_progress" },
      ],
    }),
    event("context.injected", { what: "instructions", path: "/home/dev/shop/CLAUDE.md" }),
    event("context.compacted", { phase: "ended", trigger: "auto", tokens_before: 90_000, tokens_after: 8_000 }),
    event("message.added", {
      message_id: "msg_0",
      role: "user",
      parts: [
        { kind: "text", text: "Like this:" },
        { kind: "image", media_type: "image/png" },
        { kind: "file", name: "cart.csv", media_type: "text/csv" },
      ],
    }),
    event("tool.started", { call_id: "call_2", name: "Read", kind: "read", paths: ["/home/dev/shop/src/cart.ts"] }),
    event("tool.started", { call_id: "call_3", name: "Edit", kind: "edit", paths: ["/home/dev/shop/src/cart.ts"] }, "agt_e"),
  ]);
  const { workers } = (await get(`${api}/api/mma/workers`)) as { workers: Told[] };
  assert.equal(workers.length, 1);
  assert.deepEqual(
    [workers[0]!["id"], workers[0]!["role"], workers[0]!["status"], workers[0]!["parent_id"]],
    ["e", "engineer", "working", "main"],
  );
  assert.equal((workers[0]!["traces"] as Told[])[0]!["status"], "running");
  assert.deepEqual(
    (workers[0]!["logs"] as Told[]).map(({ text: said }) => said),
    ["Testing."],
  );
  assert.ok((workers[0]!["cost_usd"] as number) > 0);
  const mma = await get(`${api}/api/gui/mma_status`);
  assert.deepEqual(mma["progress"], { done: 1, total: 2, percent: 50 });
  // Money is all that there ever was, also of a session that is no longer in sight.
  const spent = { request_id: "req_0", usage: { output: 5_000 }, cost_usd_micros: 25_000, cost_source: "reported" };
  const old = event("model.responded", spent, "agt_main", "ses_old");
  await postEvents(url, [
    { ...event("session.started", { project: "shed" }, "agt_main", "ses_old"), timestamp: "2026-01-02T10:00:00.000Z" },
    { ...old, timestamp: "2026-01-02T10:00:01.000Z" },
  ]);
  const money = await get(`${api}/api/metrics/financial`);
  const micros = (rows: unknown) => (rows as { cost_usd: number }[]).reduce((sum, { cost_usd }) => sum + Math.round(cost_usd * 1e6), 0);
  const sessions = money["by_session"] as Told[];
  assert.deepEqual(sessions.map(({ session_id }) => session_id).toSorted(), ["old", "one"]);
  assert.ok(sessions.every(({ cost_usd, requests }) => (cost_usd as number) > 0 && requests === 1));
  assert.equal(micros(sessions), Math.round((money["total_cost_usd"] as number) * 1e6));
  assert.equal(micros(money["by_project"]), micros(sessions));
  const { comms } = (await get(`${api}/api/comms`)) as { comms: Told[] };
  assert.equal(comms.filter(({ text: said }) => String(said).trim() === "Testing.").length, 1);
  const context = (await get(`${api}/api/context/state`)) as {
    sessions: { injected: Told[]; loaded: string[]; attached: Told[]; files: Told[]; compacted: Told[] }[];
  };
  const { injected, loaded, attached, files, compacted } = context.sessions[0]!;
  assert.equal(injected[0]!["path"], "/home/dev/shop/CLAUDE.md");
  assert.deepEqual(loaded, ["/home/dev/shop/CLAUDE.md"]);
  assert.deepEqual(
    attached.map(({ kind, name, media_type }) => [kind, name, media_type]),
    [
      ["image", null, "image/png"],
      ["file", "cart.csv", "text/csv"],
    ],
  );
  assert.deepEqual(
    files.map(({ path, reads, edits }) => [path, reads, edits]),
    [["/home/dev/shop/src/cart.ts", 1, 1]],
  );
  assert.deepEqual([compacted.length, compacted[0]!["trigger"], compacted[0]!["tokens_before"]], [1, "auto", 90_000]);
  const alone = (await get(`${api}/api/context/state?session_id=one`)) as typeof context;
  assert.deepEqual(alone.sessions, context.sessions.slice(0, 1));
  assert.equal((await fetch(`${api}/api/context/state?session_id=nobody`)).status, 404);
  const { threads, queues } = await get(`${api}/api/system/telemetry`);
  // Only Linux says how many threads there are.
  assert.ok(process.platform === "linux" ? Number(threads) > 1 : threads === null);
  assert.equal(typeof (queues as Told)["append"], "number");
  for (const path of ["performance", "diagnostics", "system/telemetry"])
    assert.ok(((await get(`${api}/api/${path}`))["memory_bytes"] as number) > 0);
});

test("ask waits for a person, meanwhile others are answered; silence is no leave", async (t) => {
  const { url, dialects } = await withDialects(t);
  const api = dialects["hook_api"]!;
  const ask = (body: unknown) => fetch(`${api}/api/ask`, { method: "POST", body: JSON.stringify(body) });
  const waiting = [1, 2, 3, 4, 5].map((n) => ask({ prompt: `Deploy ${n}?`, timeout: 60 }));
  const open = async () => ((await (await fetch(`${url}/api/asks`)).json()) as { items: Told[] }).items;
  await until("five asks came", async () => (await open()).length === 5);
  assert.equal((await get(`${api}/status`))["status"], "running");
  for (const { ask_id, prompt, kind } of await open()) {
    assert.equal(kind, "gate");
    await fetch(`${url}/api/asks/${String(ask_id)}/answer`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ answer: { approved: prompt !== "Deploy 3?", message: "as you say" } }),
    });
  }
  const answers = await Promise.all(waiting.map(async (one) => (await one).json() as Promise<Told>));
  assert.deepEqual(
    answers.map(({ approved }) => approved),
    [true, true, false, true, true],
  );
  assert.equal(answers[0]!["response"], "as you say");
  const { approved, response } = (await (await ask({ prompt: "Anybody?", timeout: 0.2 })).json()) as Told;
  assert.deepEqual([approved, response], [false, ""]);

  // Who lost the connection comes back with the id of the ask, and has the answer that was given meanwhile; to this question only.
  const again = { id: "release-7", prompt: "Release?", timeout: 3_600 };
  const abort = new AbortController();
  const lost = fetch(`${api}/api/ask`, { method: "POST", body: JSON.stringify(again), signal: abort.signal });
  await until("the ask came", async () => (await open()).some(({ prompt }) => prompt === "Release?"));
  abort.abort();
  await assert.rejects(lost);
  const back = ask(again);
  const [release] = await open();
  assert.equal((await open()).length, 1);
  const answered = await fetch(`${url}/api/asks/${String(release!["ask_id"])}/answer`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ answer: { approved: true, message: "ship it" } }),
  });
  assert.equal(answered.status, 200);
  const expected = { approved: true, response: "ship it", id: "release-7", ask_id: release!["ask_id"] };
  assert.deepEqual(await (await back).json(), expected);
  assert.deepEqual(await (await ask(again)).json(), expected);
  const other = (await (await ask({ ...again, prompt: "Delete it all?", timeout: 0.2 })).json()) as Told;
  assert.equal(other["approved"], false);
});

/** What comes back for bytes that no client of HTTP would send. */
async function sent(api: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(api).port), "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

test("whatever goes wrong is a JSON error", async (t) => {
  const { dialects } = await withDialects(t, { ORRERY_COMMANDS_PER_WINDOW: "3" });
  const api = dialects["hook_api"]!;
  const post = (path: string, body: string, headers = {}) => fetch(`${api}${path}`, { method: "POST", body, headers });
  const cases: [number, Promise<Response>][] = [
    [400, post("/api/ask", "{ half")],
    [400, post("/api/ask", "[]")],
    [400, post("/api/ask", JSON.stringify({ prompt: "" }))],
    [400, post("/api/ask", JSON.stringify({ prompt: "x", timeout: -1 }))],
    [400, post("/api/ask", JSON.stringify({ prompt: "x", timeout: "60" }))],
    [400, post("/api/ask", JSON.stringify({ prompt: "x", timeout: 1e9 }))],
    [400, post("/api/ask", JSON.stringify({ prompt: "x", id: {} }))],
    [400, fetch(`${api}/api/events/wait?event_type=ui.changed&timeout=soon`)],
    [403, post("/api/ask", JSON.stringify({ prompt: "x" }), { origin: "https://evil.example" })],
    [404, fetch(`${api}/api/nothing`)],
    [405, fetch(`${api}/api/ask`)],
    [501, post("/api/mma/workers/spawn", "{}")],
  ];
  for (const [status, sent] of cases) {
    const reply = await sent;
    const { error } = (await reply.json()) as { error: unknown };
    assert.deepEqual([reply.status, typeof error], [status, "string"]);
  }
  for (const broken of ["junk\r\n\r\n", `GET /status HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(20_000)}\r\n\r\n`]) {
    const [head = "", body = ""] = (await sent(api, broken)).split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 4(00|31) /);
    assert.equal(typeof (JSON.parse(body) as { error: unknown }).error, "string", head);
  }
  // Scripts press faster than people: ten times what a person may do is taken.
  const resets = await Promise.all(Array.from({ length: 60 }, () => post("/api/reset", "")));
  const refused = resets.find(({ status }) => status === 429);
  assert.ok(refused !== undefined, "more commands than the window holds are refused");
  assert.match(refused.headers.get("retry-after") ?? "", /^([1-9]|10)$/);
  assert.equal(((await refused.json()) as { code: string }).code, "RATE_LIMITED");
  assert.ok(resets.filter(({ status }) => status === 200).length > 10);
  assert.equal((await fetch(`${api}/api/gui/state`)).status, 200, "questions are not counted");
});

test("words and files go to an agent with its next hook; who cannot take them is a 409 that says why", async (t) => {
  const { url, folder, dialects } = await withDialects(t);
  const inject = async (body: object): Promise<[number, Told]> => {
    const reply = await fetch(`${dialects["hook_api"]}/api/context/inject`, { method: "POST", body: JSON.stringify(body) });
    return [reply.status, (await reply.json()) as Told];
  };
  const hook = async (hook_event_name: string, more: object): Promise<string> => {
    const body = JSON.stringify({ hook_event_name, session_id: "s1", cwd: folder, ...more });
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${url}/api/ingest/claude-code`, { method: "POST", headers, body });
    assert.equal(reply.status, 200);
    return reply.text();
  };
  assert.equal((await inject({ text: "x" }))[0], 409, "nobody is at work");
  assert.equal(await hook("UserPromptSubmit", { prompt: "Go.", prompt_id: "p1" }), "", "nothing waits: the answer stays empty");
  writeFileSync(join(folder, "notes.md"), "Use pnpm.");
  const [status, queued] = await inject({
    payload: { context: "Careful:", files: ["notes.md"], skeletons: [{ path: "a.py", text: "def a()" }] },
  });
  assert.deepEqual([status, queued["status"], queued["session_id"], queued["worker_id"]], [200, "queued", "s1", "main"]);
  const answer = JSON.parse(await hook("PostToolUse", { tool_name: "Bash", tool_use_id: "t1", tool_input: {}, tool_response: {} })) as {
    hookSpecificOutput: Told;
  };
  assert.equal(answer.hookSpecificOutput["hookEventName"], "PostToolUse");
  assert.match(
    answer.hookSpecificOutput["additionalContext"] as string,
    /^Careful:\n\n.*notes\.md:\n\nUse pnpm\.\n\n.*a\.py:\n\ndef a\(\)$/s,
  );
  assert.equal(await hook("UserPromptSubmit", { prompt: "And?", prompt_id: "p2" }), "", "once");
  const context = (await get(`${dialects["hook_api"]}/api/context/state`)) as { sessions: { given: Told[] }[] };
  assert.equal(context.sessions[0]!.given[0]!["state"], "delivered");
  await postEvents(url, [event("session.started", { app: "codex" }, "agt_main", "ses_codex")]);
  for (const [body, expected, words] of [
    [{ session_id: "codex", text: "x" }, 409, /codex has no hook/],
    [{ session_id: "nowhere", text: "x" }, 404, /no session/],
    [{ text: "x" }, 400, /session_id must name one/],
    [{ session_id: "s1" }, 400, /text/],
    [{ session_id: "s1", files: ["/etc/passwd"] }, 400, /is not in/],
    [{ session_id: "s1", skeletons: ["a.py"] }, 400, /no skeleton/],
  ] as const) {
    const [code, { error }] = await inject(body);
    assert.equal(code, expected, String(error));
    assert.match(error as string, words);
  }
});

test("every control of the page can be pressed and set, every field read back, also while no page is open", async (t) => {
  const { dialects } = await withDialects(t, { ORRERY_COMMANDS_PER_WINDOW: "10000" });
  const api = dialects["hook_api"]!;
  const gui = async (body: object): Promise<[number, Told]> => {
    const reply = await fetch(`${api}/api/gui`, { method: "POST", body: JSON.stringify(body) });
    return [reply.status, (await reply.json()) as Told];
  };
  const value = async (item: string): Promise<unknown> => (await get(`${api}/api/gui/value/${item}`))["value"];
  const { seq } = await get(`${api}/api/gui/state`);
  for (const body of [
    { action: "click", item: "nav.traces" },
    { action: "set_value", item: "traces.min", value: 250 },
    { action: "set_value", payload: { item: "traces_table", value: true } },
    { action: "select_list_item", item: "traces.outcome", value: "Failed" },
    { action: "select_tab", payload: { tag: "session.status" }, value: "working" },
  ])
    assert.deepEqual([(await gui(body))[0], (await gui(body))[1]["status"]], [200, "queued"], JSON.stringify(body));
  assert.deepEqual(await Promise.all(["ui.screen", "traces.min", "traces.table", "traces.outcome", "session.status"].map(value)), [
    "traces",
    250,
    true,
    "failed",
    "working",
  ]);
  for (const path of ["/api/gui/value?item=traces.min", "/api/get_value?tag=traces.min", "/api/gui/get_value?field=traces.min"])
    assert.equal((await get(`${api}${path}`))["value"], 250, path);
  for (const path of ["telemetry.memory_bytes", "performance.loop_lag_ms", "diagnostics.connections", "mma_status.progress.done"])
    assert.equal(typeof (await value(path)), "number", "figures are read by path");

  const clicked = await get(`${api}/api/events/wait?event_type=ui.clicked&after=${String(seq)}&timeout=5`);
  assert.equal((clicked["event"] as Told)["type"], "ui.clicked");
  const { events } = (await get(`${api}/api/events?type=ui.*&after=${String(seq)}`)) as { events: Told[] };
  assert.ok(events.length >= 5);
  assert.deepEqual((await get(`${api}/api/events/wait?event_type=x.never.comes&timeout=0.1`))["event"], null);

  const [status, called] = await gui({ action: "custom_callback", callback: "tickets.create", args: [{ title: "By API" }] });
  assert.deepEqual([status, (called["result"] as Told)["title"]], [200, "By API"]);
  const [, listed] = await gui({ action: "custom_callback", callback: "tickets_list", args: [] });
  assert.equal(((listed["result"] as Told)["items"] as unknown[]).length, 1);
  const { callbacks, buttons, fields } = await get(`${api}/api/gui`);
  assert.ok((callbacks as string[]).includes("asks.answer") && (buttons as string[]).includes("btn_reset"));
  assert.equal((fields as Told)["traces.min"], 250);

  for (const [body, expected, words] of [
    [{ action: "click", item: "nav.trace" }, 404, /nav\.traces/],
    [{ action: "set_value", item: "traces.minn", value: 1 }, 404, /traces\.min/],
    [{ action: "set_value", item: "traces.min", value: "many" }, 400, /number/],
    [{ action: "select_tab", item: "ui.screen", value: "nowhere" }, 400, /one of live/],
    [{ action: "click" }, 400, /item/],
    [{ action: "fly" }, 400, /must be one of click/],
    [{}, 400, /action/],
    [{ action: "custom_callback", callback: "tickets.creat" }, 400, /tickets\.create/],
    [{ action: "custom_callback", callback: "tickets.create", args: [{}] }, 400, /title/],
  ] as const) {
    const [code, { error }] = await gui(body);
    assert.equal(code, expected, String(error));
    assert.match(error as string, words);
  }
  for (const nothing of ["nothing.like.it", "login.token"])
    assert.equal((await fetch(`${api}/api/gui/value/${nothing}`)).status, 404, nothing);
  await gui({ action: "click", item: "btn_reset" });
  assert.deepEqual([await value("ui.screen"), await value("traces.min")], ["live", 0]);
  await gui({ action: "set_value", item: "traces.min", value: 9 });
  assert.equal((await fetch(`${api}/api/reset`, { method: "POST" })).status, 200);
  assert.equal(await value("traces.min"), 0);
});

test("beyond this machine a token is needed here too, of the scope that is wanted", async (t) => {
  const person = tempPerson(t);
  const env = { ...person.env, ORRERY_COMPAT: "any" };
  const made = await orrery(t, env, "token", "create", "boss", "--scope", "admin", "--json").ended;
  const { token } = JSON.parse(made.out) as { token: string };
  const reader = JSON.parse((await orrery(t, env, "token", "create", "eyes", "--scope", "read", "--json").ended).out) as { token: string };
  await orrery(t, env, "serve", "--host", "0.0.0.0").sees(/^Orrery ready at/);
  const { dialects } = JSON.parse(readFileSync(join(person.home, "daemon.json"), "utf8")) as { dialects: Record<string, string> };
  const api = dialects["hook_api"]!;
  const as = (word: string) => ({ headers: { authorization: `Bearer ${word}` } });
  const click = (options: RequestInit) =>
    fetch(`${api}/api/gui`, { method: "POST", body: JSON.stringify({ action: "click", item: "nav.traces" }), ...options });
  assert.equal((await fetch(`${api}/status`)).status, 200);
  assert.deepEqual(
    [
      (await fetch(`${api}/api/comms`)).status,
      (await fetch(`${api}/api/comms`, as("orr_wrong"))).status,
      (await fetch(`${api}/api/comms`, as(reader.token))).status,
      (await click({})).status,
      (await click(as(reader.token))).status,
      (await click(as(token))).status,
    ],
    [401, 401, 200, 401, 403, 200],
  );
  assert.equal(await refusal(dialects["hook_api_ws"]!), 401);
  await listen(t, dialects["hook_api_ws"]!, [], as(reader.token));
  const args = [{ budget_id: "bud_day", scope: "day", limit_usd: 5 }];
  const body = JSON.stringify({ action: "custom_callback", callback: "budgets.set", args });
  assert.equal((await fetch(`${api}/api/gui`, { method: "POST", body, ...as(token) })).status, 200);
  const { events } = (await (await fetch(`${api}/api/events?type=command.executed`, as(token))).json()) as { events: { data: Told }[] };
  assert.deepEqual(
    events.map(({ data }) => [data["operation"], data["by"]]).at(-1),
    ["budgets.set", "boss"],
    "the log says who had it done",
  );
});

test("beyond this machine a token is needed at every other port too, and is over at all of them when it is revoked", async (t) => {
  const person = tempPerson(t);
  const env = { ...person.env, ORRERY_COMPAT: "any" };
  const made = async (name: string, scope: string) =>
    JSON.parse((await orrery(t, env, "token", "create", name, "--scope", scope, "--json").ended).out) as {
      token: string;
      token_id: string;
    };
  const [owner, eyes, feed] = [await made("owner", "admin"), await made("eyes", "read"), await made("feed", "ingest")];
  await orrery(t, env, "serve", "--host", "0.0.0.0").sees(/^Orrery ready at/);
  const { dialects, port } = JSON.parse(readFileSync(join(person.home, "daemon.json"), "utf8")) as {
    readonly port: number;
    readonly dialects: Record<string, string>;
  };
  const as = ({ token }: { token: string }) => ({ headers: { authorization: `Bearer ${token}` } });
  const url = `http://127.0.0.1:${port}`;
  const json = { "content-type": "application/json" };
  const told = await fetch(`${url}/api/events`, {
    method: "POST",
    headers: { ...json, ...as(owner).headers },
    body: JSON.stringify([event("session.started", {})]),
  });
  assert.equal(told.status, 200);
  const [mpm, boocode] = [dialects["mpm"]!.replace("ws:", "http:"), dialects["boocode"]!];
  const sockets = [dialects["kei"]!, dialects["mpm"]!, dialects["hook_api_ws"]!, `${boocode.replace("http:", "ws:")}/ws/sessions/ses_one`];
  const closed = [];
  for (const socket of sockets) {
    assert.equal(await refusal(socket), 401, socket);
    assert.equal(await refusal(socket, [], as(feed)), 403, socket);
    assert.equal(await refusal(socket, ["bearer", `${eyes.token}x`]), 401, socket);
    // A browser can send no header, and finds its token chosen.
    const { ws } = await listen(t, socket, ["bearer", eyes.token]);
    assert.equal(ws.protocol, "bearer");
    closed.push(new Promise<number>((resolve) => ws.once("close", resolve)));
  }
  assert.match((await fetch(`${boocode}/api/chats`)).headers.get("www-authenticate") ?? "", /^Bearer/);
  const post = async (options: RequestInit) => (await fetch(`${mpm}/api/events`, { method: "POST", body: "{}", ...options })).status;
  assert.deepEqual([await post({}), await post(as(feed))], [401, 204]);
  const get = async (at: string, options?: RequestInit) => (await fetch(at, options)).status;
  for (const path of ["/api/chats", "/api/chats/ses_one/traces"])
    assert.deepEqual(
      [await get(`${boocode}${path}`), await get(`${boocode}${path}`, as(feed)), await get(`${boocode}${path}`, as(eyes))],
      [401, 403, 200],
    );
  const kei = dialects["kei"]!.replace("ws:", "http:").replace("/stream", "/health");
  assert.deepEqual(
    [await get(kei), await get(`${mpm}/health`), await get(`${boocode}/api/health`)],
    [200, 200, 200],
    "who only asks who is there",
  );

  assert.equal(await get(`${url}/api/tokens/${eyes.token_id}/revoke`, { method: "POST", ...as(owner) }), 200);
  assert.deepEqual(await Promise.all(closed), [1008, 1008, 1008, 1008]);
  const tries = Array.from({ length: 12 }, async () => get(`${boocode}/api/chats`, as(eyes)));
  assert.ok((await Promise.all(tries)).includes(429), "whoever guesses is counted");
  assert.equal(await get(`${url}/api/status`, as(owner)), 200, "and keeps nobody from the main port");
});
