import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Config } from "../contract/config.ts";
import { Scope } from "../contract/operation.ts";
import { operations, type Caller, type Handlers } from "../contract/operations/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { openFrameReader, startTestGateway } from "../testing/gateway-fixture.ts";
import type { KnownToken } from "./access.ts";

/** One token for each scope: its word is the scope. */
function tokensInMemory() {
  const known = new Map<string, KnownToken>(
    Scope.options.map((scope) => [`orrt_${scope}`, { token_id: `tok_${scope}`, name: `my ${scope}`, scope }]),
  );
  const listeners = new Set<(tokenId: string) => void>();
  return {
    find: (token: string) => known.get(token),
    hasAdmin: () => known.has("orrt_admin"),
    onRevoked: (listener: (tokenId: string) => void) => (listeners.add(listener), () => listeners.delete(listener)),
    revoke(scope: Scope) {
      known.delete(`orrt_${scope}`);
      for (const listener of listeners) listener(`tok_${scope}`);
    },
  };
}

async function open(t: TestContext, config: Partial<Config> = { host: "0.0.0.0" }, options: { handlers?: Partial<Handlers> } = {}) {
  const tokens = tokensInMemory();
  const clock = createFakeClock();
  const gateway = await startTestGateway({ config, tokens, clock, takeOtlp: async () => ({ rejected: 0 }), ...options });
  t.after(() => {
    const closed = gateway.close();
    clock.advance(1_000);
    return closed;
  });
  return { ...gateway, tokens, clock, url: `http://127.0.0.1:${gateway.port}` };
}

const bearer = (scope: Scope): { authorization: string } => ({ authorization: `Bearer orrt_${scope}` });
const json = { "content-type": "application/json" };
const codeOf = async (answer: Response): Promise<string> => ((await answer.json()) as { error: { code: string } }).error.code;

async function callTool(url: string, scope: Scope, name: string, args: object): Promise<string> {
  const answer = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: { ...json, ...bearer(scope), accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }),
  });
  return answer.text();
}

test("each operation takes its scope and those above, at HTTP and at the WebSocket, and names the scope that is missing", async (t) => {
  const asked: string[] = [];
  const handlers = Object.fromEntries(
    operations.map(({ name, reply }) => [name, () => (asked.push(name), reply === "text" ? "" : {})]),
  ) as unknown as Handlers;
  const { url } = await open(t, { host: "0.0.0.0", commands_per_window: 10_000 }, { handlers });
  const sockets = new Map(
    await Promise.all(Scope.options.map(async (scope) => [scope, await openFrameReader(url, { headers: bearer(scope) })] as const)),
  );
  for (const operation of operations) {
    const address = `${url}/api${operation.path.replace(/:[a-z0-9_]+/g, "x")}`;
    const hasBody = operation.method === "POST" || operation.method === "PUT";
    const init = { method: operation.method, ...(hasBody ? { body: "{}" } : {}) };
    const unnamed = await fetch(address, { ...init, headers: hasBody ? json : {} });
    assert.deepEqual([unnamed.status, await codeOf(unnamed)], [401, "UNAUTHENTICATED"], operation.name);
    for (const scope of Scope.options) {
      const isAllowed = Scope.options.indexOf(scope) >= Scope.options.indexOf(operation.scope);
      const where = `${operation.name} with ${scope}`;
      const answer = await fetch(address, { ...init, headers: { ...bearer(scope), ...(hasBody ? json : {}) } });
      const frame = await sockets.get(scope)!.ask(operation.name, {});
      if (isAllowed) {
        assert.ok(answer.status !== 401 && answer.status !== 403, where);
        assert.notEqual(frame["code"], "FORBIDDEN", where);
        await answer.body?.cancel();
        continue;
      }
      const before = asked.length;
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      assert.deepEqual([answer.status, error.code, frame["code"]], [403, "FORBIDDEN", "FORBIDDEN"], where);
      assert.match(error.message, new RegExp(`scope ${operation.scope}; my ${scope} has ${scope}`), where);
      assert.equal(asked.length, before, `${where} was not run`);
    }
  }
  for (const socket of sockets.values()) socket.close();
});

test("telemetry, figures, MCP and streams are behind their scopes; the page, the reference and the probes are not", async (t) => {
  const { url } = await open(t);
  const status = async (path: string, headers: Record<string, string> = {}, body?: string) =>
    (await fetch(url + path, { headers, ...(body === undefined ? {} : { method: "POST", body }) })).status;
  assert.equal(await status("/v1/traces", json, "{}"), 401);
  assert.equal(await status("/v1/traces", { ...json, ...bearer("ingest") }, "{}"), 200);
  assert.deepEqual(
    [await status("/metrics"), await status("/metrics", bearer("ingest")), await status("/metrics", bearer("read"))],
    [401, 403, 200],
  );
  assert.equal(await status("/mcp", json, "{}"), 401);
  for (const path of ["/", "/docs", "/api/openapi.json", "/healthz", "/readyz", "/api/access"]) assert.equal(await status(path), 200, path);
  const reader = await openFrameReader(url, { headers: bearer("ingest") });
  for (const command of ["subscribe", "get_history", "get_status", "unsubscribe"])
    assert.equal((await reader.ask(command, { channels: ["*"] }))["code"], "FORBIDDEN", command);
  assert.equal((await reader.ask("ping"))["type"], "result");
  reader.close();
});

test("a tool of MCP is held to the scope of the request that calls it", async (t) => {
  const { url } = await open(t);
  const call = (scope: Scope) => callTool(url, scope, "close_ticket", { ticket_id: "tkt_9" });
  assert.match(await call("read"), /FORBIDDEN/);
  assert.match(await call("control"), /NOT_FOUND/);
});

test("on loopback nobody needs a token; who sends one is held to it, and its name is the actor", async (t) => {
  const actors: string[] = [];
  const budget = { budget_id: "bud_doors", scope: "day", limit_usd: 1 };
  const { url } = await open(t, {}, { handlers: { "budgets.set": (input, { actor }: Caller) => (actors.push(actor), input) } });
  const put = (headers: Record<string, string>) =>
    fetch(`${url}/api/budgets/bud_doors`, { method: "PUT", headers: { ...json, ...headers }, body: JSON.stringify(budget) });
  assert.equal((await put({})).status, 200);
  assert.equal((await put(bearer("admin"))).status, 200);
  assert.equal((await put(bearer("read"))).status, 403);
  assert.equal((await put({ authorization: "Bearer orrt_wrong" })).status, 401);
  assert.equal((await put({ authorization: "Basic YWRtaW46YWRtaW4=" })).status, 401);
  assert.deepEqual(actors, ["local", "my admin"]);
});

test("who comes through a proxy to a daemon on loopback needs a token, at every door, and may log in", async (t) => {
  const { url } = await open(t, {});
  for (const name of ["x-forwarded-for", "forwarded", "x-real-ip"]) {
    const through = { [name]: "203.0.113.9" };
    assert.equal((await fetch(`${url}/api/status`, { headers: through })).status, 401);
    assert.equal((await fetch(`${url}/mcp`, { method: "POST", headers: { ...json, ...through }, body: "{}" })).status, 401);
    assert.deepEqual(await (await fetch(`${url}/api/access`, { headers: through })).json(), { needed: true });
    const frames = await openFrameReader(url, { headers: through });
    assert.equal(frames.frames[0]!["auth"], "token");
    assert.equal((await frames.ask("subscribe", { channels: ["*"] }))["code"], "UNAUTHENTICATED");
    frames.close();
    assert.equal((await fetch(`${url}/api/status`, { headers: { ...through, ...bearer("read") } })).status, 200);
  }
  assert.deepEqual(await (await fetch(`${url}/api/access`)).json(), { needed: false, scope: "admin" });
});

test("connections that do not say who they are leave room for those who do", async (t) => {
  const { url } = await open(t);
  const unknown = await Promise.all(Array.from({ length: 100 }, () => openFrameReader(url)));
  await assert.rejects(openFrameReader(url), /503/);
  const named = await openFrameReader(url, { headers: bearer("read") });
  assert.equal((await named.ask("ping"))["type"], "result");
  await unknown[0]!.ask("auth", { token: "orrt_read" });
  (await openFrameReader(url)).close();
  for (const each of [named, ...unknown]) each.close();
});

test("a connection without a token may name itself once, and is closed when it does not", async (t) => {
  const { url, clock } = await open(t);
  const named = await openFrameReader(url);
  assert.equal(named.frames[0]!["auth"], "token");
  assert.equal((await named.ask("subscribe", { channels: ["*"] }))["code"], "UNAUTHENTICATED");
  assert.equal((await named.ask("auth", { token: "orrt_wrong" }))["code"], "UNAUTHENTICATED");
  assert.deepEqual((await named.ask("auth", { token: "orrt_read" }))["data"], { name: "my read", scope: "read" });
  assert.equal((await named.ask("subscribe", { channels: ["*"] }))["type"], "subscribed");
  const silent = await openFrameReader(url);
  const closed = once(silent.ws, "close");
  clock.advance(10_000);
  assert.equal(((await closed) as [number])[0], 1008);
  assert.equal((await named.ask("ping"))["type"], "result");
  named.close();
});

test("revoking a token closes its connections at once and ends its logins; others stay", async (t) => {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let waiting = 0;
  const wait: Handlers["events.wait"] = async (_input, { signal }) => {
    if (++waiting === 2) begin();
    await new Promise((resolve) => signal!.addEventListener("abort", resolve));
    return { event: null, seq: 1 };
  };
  const { url, tokens } = await open(t, { host: "0.0.0.0" }, { handlers: { "events.wait": wait } });
  const gone = await openFrameReader(url, { headers: bearer("read") });
  const stays = await openFrameReader(url, { headers: bearer("control") });
  await gone.ask("subscribe", { channels: ["*"] });
  const login = await fetch(`${url}/api/login`, { method: "POST", headers: json, body: '{"token":"orrt_read"}' });
  const cookie = login.headers.getSetCookie()[0]!.split(";")[0]!;
  assert.equal((await fetch(`${url}/api/status`, { headers: { cookie } })).status, 200);
  const closed = once(gone.ws, "close");
  const waits = fetch(`${url}/api/events/wait?type=x.never.comes&wait_ms=50000`, { headers: bearer("read") });
  const tool = callTool(url, "read", "wait_for_event", { type: ["x.never.comes"], wait_ms: 50_000 });
  await begun;
  tokens.revoke("read");
  assert.equal((await waits).status, 401, "what it waited for is no longer for it");
  assert.match(await tool, /UNAUTHENTICATED/);
  assert.equal(((await closed) as [number])[0], 1008);
  assert.equal(gone.frames.at(-1)!["type"], "goodbye");
  assert.equal((await fetch(`${url}/api/status`, { headers: { cookie } })).status, 401);
  assert.equal((await fetch(`${url}/api/status`, { headers: bearer("read") })).status, 401);
  assert.equal((await stays.ask("ping"))["type"], "result");
  stays.close();
});

test("a login is a cookie that scripts and other sites cannot use, and not the token; logging out ends it", async (t) => {
  const { url, port } = await open(t);
  const logIn = (body: string, headers: Record<string, string> = json) => fetch(`${url}/api/login`, { method: "POST", headers, body });
  const answer = await logIn('{"token":"orrt_read"}');
  assert.deepEqual(await answer.json(), { needed: true, scope: "read", name: "my read", token_id: "tok_read" });
  const [set = ""] = answer.headers.getSetCookie();
  assert.match(set, new RegExp(`^orrery_${port}=[A-Za-z0-9_-]{43}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Strict$`));
  assert.ok(!set.includes("orrt_"));
  assert.equal((await fetch(`${url}/api/status`)).headers.get("www-authenticate"), 'Bearer realm="orrery"');
  assert.equal(
    (await fetch(`${url}/v1/logs`, { method: "POST", headers: json, body: "{}" })).headers.get("www-authenticate"),
    'Bearer realm="orrery"',
  );
  const cookie = set.split(";")[0]!;
  const reader = await openFrameReader(url, { headers: { cookie } });
  assert.equal((await reader.ask("subscribe", { channels: ["*"] }))["type"], "subscribed");
  reader.close();
  assert.equal((await logIn('{"token":"orrt_wrong"}')).status, 401);
  assert.equal((await logIn("token=orrt_read", { "content-type": "application/x-www-form-urlencoded" })).status, 415);
  assert.equal((await logIn('{"token":"orrt_read"}', { ...json, origin: "https://evil.example" })).status, 403);
  const overTls = await logIn('{"token":"orrt_read"}', { ...json, origin: `https://127.0.0.1:${port}` });
  assert.match(overTls.headers.getSetCookie()[0]!, /; Secure$/);
  const cookieOf = async (scope: Scope) => (await logIn(`{"token":"orrt_${scope}"}`)).headers.getSetCookie()[0]!.split(";")[0]!;
  const statusOf = async (as: string) => (await fetch(`${url}/api/status`, { headers: { cookie: as } })).status;
  const [owner, first] = [await cookieOf("admin"), await cookieOf("control")];
  for (let count = 0; count < 50; count++) await cookieOf("control");
  assert.deepEqual([await statusOf(first), await statusOf(owner)], [401, 200], "who logs in without end logs nobody else out");
  const out = await fetch(`${url}/api/logout`, { method: "POST", headers: { cookie } });
  assert.match(out.headers.getSetCookie()[0]!, /Max-Age=0/);
  assert.equal((await fetch(`${url}/api/status`, { headers: { cookie } })).status, 401);
});

test("wrong tokens are counted by address: after ten, also the right one waits out the minute", async (t) => {
  const { url, clock, logged } = await open(t);
  const ask = (token: string) => fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${token}` } });
  for (let n = 0; n < 10; n++) assert.equal((await ask(`orrt_guess${n}`)).status, 401);
  const blocked = await ask("orrt_admin");
  assert.deepEqual([blocked.status, blocked.headers.get("retry-after"), await codeOf(blocked)], [429, "60", "TOO_MANY_ATTEMPTS"]);
  clock.advance(60_000);
  assert.equal((await ask("orrt_admin")).status, 200);
  assert.ok(!JSON.stringify(logged).includes("orrt_"));
});

test("beyond loopback, foreign origins and names that can be rebound are refused, whatever token comes with them", async (t) => {
  const { port } = await open(t, { host: "0.0.0.0", allowed_origins: "https://orrery.example" });
  const send = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path: "/api/status", headers: { ...bearer("admin"), ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      });
      sent.on("error", reject).end();
    });
  assert.equal(await send({ host: `192.168.1.5:${port}`, origin: `http://192.168.1.5:${port}` }), 200);
  assert.equal(await send({ host: "orrery.example", origin: "https://orrery.example" }), 200);
  for (const host of ["evil.example", `evil.example:${port}`, "orrery.example.evil.example", "127.0.0.1.evil.example"])
    assert.equal(await send({ host }), 403, `Host ${host}`);
  for (const origin of ["https://evil.example", "null", `http://192.168.1.6:${port}`, "http://192.168.1.5:1"])
    assert.equal(await send({ host: `192.168.1.5:${port}`, origin }), 403, `Origin ${origin}`);
  const login = await fetch(`http://127.0.0.1:${port}/api/login`, { method: "POST", headers: json, body: '{"token":"orrt_admin"}' });
  const cookie = login.headers.getSetCookie()[0]!.split(";")[0]!;
  const hijack = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { cookie, origin: "https://evil.example" } });
  const [error] = (await once(hijack, "error")) as [Error];
  assert.match(error.message, /403/);
});

test("an address that others can reach is refused until there is an admin token", async (t) => {
  const tokens = tokensInMemory();
  tokens.revoke("admin");
  await assert.rejects(startTestGateway({ config: { host: "0.0.0.0" }, tokens }), { code: "BIND_NEEDS_TOKEN" });
  await open(t);
});
