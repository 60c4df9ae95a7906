import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { operations } from "../contract/operations/index.ts";
import { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { openFrameReader, startTestGateway, type TestGateway } from "../testing/gateway-fixture.ts";
import { openGateway } from "./index.ts";

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  /** The `error` of the body. */
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retry: string;
    readonly details?: { readonly problems?: { field: string; message: string }[] };
  };
}

/** A request with full control of what is sent; `fetch` would correct it. */
function send(
  gateway: TestGateway,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? "GET" : "POST", headers = {}, body } = options;
    const request = httpRequest({ host: "127.0.0.1", port: gateway.port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        const parsed = text.startsWith("{") ? (JSON.parse(text) as { error?: unknown }) : {};
        resolve({ status: response.statusCode!, headers: response.headers, body: text, error: (parsed.error ?? {}) as Answer["error"] });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const json = { "content-type": "application/json" };
const event = { id: "e1", type: "x.test.happened", timestamp: "2026-11-20T09:46:24.031Z", source: "test/api", data: {} };

describe("HTTP door", () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startTestGateway({
      config: { json_body_bytes: 10_000, allowed_origins: "https://tools.example, http://other.example:8080" },
      handlers: {
        "usage.get": () => {
          throw new TypeError("secret internals at /home/me/x.ts");
        },
        "activity.get": () => {
          throw new OrreryError("LOG_BUSY");
        },
      },
    });
  });
  after(() => gateway.close());

  test("every operation has a route and a command, and both name the bad field", async () => {
    const client = await openFrameReader(gateway.url);
    for (const operation of operations as readonly Operation[]) {
      const wrong = wrongInput(operation);
      const path = `/api${operation.path.replace(/:[a-z0-9_]+/g, "x".repeat(300))}`;
      const isQuery = operation.method === "GET";
      const answer = await send(gateway, isQuery ? `${path}?${new URLSearchParams(wrong?.input)}` : path, {
        method: operation.method,
        ...(isQuery ? {} : { headers: json, body: "{}" }),
      });
      assert.notEqual(answer.error.code, "ROUTE_NOT_FOUND", operation.name);
      if (isQuery && wrong !== undefined) {
        assert.equal(answer.error.code, "BAD_INPUT", `${operation.name} ${answer.body}`);
        assert.ok(
          answer.error.details?.problems?.some(({ field }) => field === wrong.field),
          answer.body,
        );
      }
      const frame = await client.ask(operation.name, wrong === undefined ? {} : { ...wrong.input });
      if (wrong === undefined) assert.notEqual(frame["code"], "UNKNOWN_COMMAND", operation.name);
      else {
        assert.equal(frame["code"], "BAD_INPUT", operation.name);
        assert.match(String(frame["message"]), new RegExp(wrong.field));
      }
    }
    client.close();
  });

  test("one event, an array and NDJSON all arrive, each with its outcome", async () => {
    const one = await send(gateway, "/api/events", { headers: json, body: JSON.stringify(event) });
    assert.equal((JSON.parse(one.body) as { stored: number }).stored, 1);
    const array = await send(gateway, "/api/events", { headers: json, body: JSON.stringify([event, { type: "nope" }]) });
    assert.deepEqual(
      (JSON.parse(array.body) as { items: { outcome: string }[] }).items.map((item) => item.outcome),
      ["stored", "rejected"],
    );
    const lines = `${JSON.stringify(event)}\nnot json\r\n\n${JSON.stringify(event)}`;
    for (const type of ["application/x-ndjson", "application/x-ndjson; charset=utf-8", "application/json"]) {
      const answer = await send(gateway, "/api/events", { headers: { "content-type": type }, body: lines });
      assert.deepEqual(
        (JSON.parse(answer.body) as { items: { outcome: string }[] }).items.map((item) => item.outcome),
        ["stored", "rejected", "stored"],
        type,
      );
    }
  });

  test("an empty reply has no body, a text reply is text", async () => {
    const hook = await send(gateway, "/api/ingest/claude-code", { headers: json, body: '{"hook_event_name":"Stop"}' });
    assert.deepEqual([hook.status, hook.body], [200, ""]);
    const text = await send(gateway, `/api/bodies/${"0".repeat(64)}`);
    assert.deepEqual([text.headers["content-type"], text.body], ["text/plain; charset=utf-8", `body of ${"0".repeat(64)}`]);
  });

  test("a hook body that is not JSON is taken as unparsable: the agent is not held up", async () => {
    let bodies: readonly unknown[] = [];
    const own = await startTestGateway({ handlers: { "ingest.claude_code": (input) => void (bodies = input.bodies) } });
    const answer = await send(own, "/api/ingest/claude-code", { headers: json, body: "{half" });
    await own.close();
    assert.equal(answer.status, 200);
    assert.equal((bodies[0] as { sample: string }).sample, "{half");
    assert.match((bodies[0] as { $unparsable: string }).$unparsable, /not valid JSON/);
  });

  test("bad bodies are refused with the reason", async () => {
    const cases: [expected: string, status: number, headers: Record<string, string>, body: string | Buffer][] = [
      ["BAD_JSON", 400, json, '{"type":'],
      ["BAD_JSON", 400, json, ""],
      ["BAD_JSON", 400, json, Buffer.from([0xff, 0xfe, 0x7b])],
      ["UNSUPPORTED_MEDIA_TYPE", 415, { "content-type": "text/plain" }, JSON.stringify(event)],
      ["UNSUPPORTED_MEDIA_TYPE", 415, { "content-type": "application/x-www-form-urlencoded" }, "a=b"],
      ["UNSUPPORTED_MEDIA_TYPE", 415, { "content-type": "///" }, "{}"],
      ["UNSUPPORTED_MEDIA_TYPE", 415, {}, JSON.stringify(event)],
      ["UNSUPPORTED_MEDIA_TYPE", 415, { ...json, "content-encoding": "gzip" }, "xx"],
      ["BODY_TOO_LARGE", 413, json, JSON.stringify([{ ...event, data: { pad: "x".repeat(20_000) } }])],
    ];
    for (const [expected, status, headers, body] of cases) {
      const answer = await send(gateway, "/api/events", { method: "POST", headers, body });
      assert.deepEqual([answer.error.code, answer.status, answer.error.retry], [expected, status, "never"], answer.body);
    }
  });

  test("bytes that are not UTF-8 inside a string are replaced, not a crash", async () => {
    const body = Buffer.concat([
      Buffer.from('{"id":"e2","type":"x.test.b","timestamp":"2026-11-20T09:46:24.031Z","source":"t/a","data":{"s":"'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('"}}'),
    ]);
    const answer = await send(gateway, "/api/events", { headers: json, body });
    assert.equal(answer.status, 200);
    assert.equal((gateway.log.readLog({ order: "newest", limit: 1 })[0]!.data as { s: string }).s, "\uFFFD(\uFFFD");
  });

  test("fifty megabytes are refused without being kept, and the daemon serves on", async () => {
    const request = httpRequest({ host: "127.0.0.1", port: gateway.port, path: "/api/events", method: "POST", headers: json });
    const answered = new Promise<number>((resolve) =>
      request.on("response", (response) => (response.resume(), resolve(response.statusCode!))),
    );
    request.on("error", () => undefined);
    const megabyte = Buffer.alloc(1024 * 1024, 0x20);
    for (let sent = 0; sent < 50 && !request.destroyed; sent++) request.write(megabyte);
    request.end();
    assert.equal(await answered, 413);
    assert.equal((await send(gateway, "/healthz")).status, 200);
  });

  test("unknown routes, wrong methods and unreadable addresses say so", async () => {
    const missing = await send(gateway, "/api/nothing");
    assert.deepEqual([missing.status, missing.error.code], [404, "ROUTE_NOT_FOUND"]);
    const method = await send(gateway, "/api/events", { method: "DELETE" });
    assert.deepEqual([method.status, method.error.code, method.headers["allow"]], [405, "METHOD_NOT_ALLOWED", "POST, GET, HEAD"]);
    assert.equal((await send(gateway, "/api/sessions/%E0%A4%A")).error.code, "BAD_INPUT");
    assert.equal((await send(gateway, "/api/sessions/ses_%2Fx%20y")).error.code, "NOT_FOUND");
  });

  test("what is not HTTP gets an answer in the one shape, and the daemon serves on", async () => {
    for (const bytes of [
      "nonsense\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"y".repeat(40_000)}\r\n\r\n`,
    ]) {
      const socket = connect(gateway.port, "127.0.0.1");
      socket.end(bytes);
      let text = "";
      for await (const part of socket) text += String(part);
      assert.match(text, /^HTTP\/1\.1 4\d\d /);
    }
    assert.equal((await send(gateway, "/healthz")).status, 200);
  });

  test("what we did not foresee is logged under a reference and never shown", async () => {
    const answer = await send(gateway, "/api/usage");
    assert.deepEqual([answer.status, answer.error.code], [500, "INTERNAL"]);
    assert.doesNotMatch(answer.body, /secret|x\.ts/);
    const { reference } = gateway.logged.at(-1) as { reference: string };
    assert.ok(answer.body.includes(reference));
  });

  test("an error that passes says when to try again", async () => {
    const answer = await send(gateway, "/api/activity");
    assert.deepEqual([answer.status, answer.error.retry, answer.headers["retry-after"]], [503, "later", "1"]);
  });

  test("only this machine's names and origins are served, on HTTP and on the WebSocket", async () => {
    const { port } = gateway;
    const mine = `127.0.0.1:${port}`;
    const cases: [host: string, origin: string | undefined, expected: string | undefined][] = [
      [mine, undefined, undefined],
      [`localhost:${port}`, undefined, undefined],
      [`[::1]:${port}`, undefined, undefined],
      [mine, `http://${mine}`, undefined],
      [mine, `http://localhost:${port}`, undefined],
      ["localhost:9999", "http://localhost:9999", undefined],
      [mine, "https://tools.example", undefined],
      [mine, "http://other.example:8080", undefined],
      ["evil.example", undefined, "FORBIDDEN_HOST"],
      [`evil.example:${port}`, `http://evil.example:${port}`, "FORBIDDEN_HOST"],
      [`127.0.0.1.evil.example:${port}`, undefined, "FORBIDDEN_HOST"],
      ["0.0.0.0", undefined, "FORBIDDEN_HOST"],
      [mine, "http://evil.example", "FORBIDDEN_ORIGIN"],
      [mine, "https://tools.example.evil.example", "FORBIDDEN_ORIGIN"],
      [mine, `http://127.0.0.1:${port === 65_535 ? 1 : port + 1}`, "FORBIDDEN_ORIGIN"],
      [mine, "null", "FORBIDDEN_ORIGIN"],
      [mine, "", "FORBIDDEN_ORIGIN"],
    ];
    for (const [host, origin, expected] of cases) {
      const headers = { host, ...(origin === undefined ? {} : { origin }) };
      const read = await send(gateway, "/api/status", { headers });
      assert.equal(read.error.code, expected, `GET from ${host} ${origin}`);
      const write = await send(gateway, "/api/events", { headers: { ...headers, ...json }, body: JSON.stringify(event) });
      assert.equal(write.error.code, expected, `POST from ${host} ${origin}`);
      const page = await send(gateway, "/", { headers });
      assert.equal(page.error.code, expected, `page from ${host} ${origin}`);
      assert.equal(await upgradeCode(gateway, headers), expected ?? 101, `WebSocket from ${host} ${origin}`);
    }
  });

  test("an allowed foreign page is told that it may read, others are not", async () => {
    const origin = "https://tools.example";
    const preflight = await send(gateway, "/api/events", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    assert.deepEqual([preflight.status, preflight.headers["access-control-allow-origin"]], [204, origin]);
    assert.equal((await send(gateway, "/api/status", { headers: { origin } })).headers["access-control-allow-origin"], origin);
    assert.equal((await send(gateway, "/api/status")).headers["access-control-allow-origin"], undefined);
  });

  test("the probes, the metrics, the reference and the page that is not built yet are served", async () => {
    assert.equal((await send(gateway, "/healthz")).status, 200);
    assert.equal((await send(gateway, "/readyz")).status, 200);
    assert.match(String((await send(gateway, "/metrics")).headers["content-type"]), /^text\/plain/);
    const { paths, openapi } = JSON.parse((await send(gateway, "/api/openapi.json")).body) as {
      paths: Record<string, Record<string, { operationId: string }>>;
      openapi: string;
    };
    assert.equal(openapi, "3.1.0");
    const described = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    assert.deepEqual(described.toSorted(), operations.map(({ name }) => name).toSorted());
    const docs = await send(gateway, "/docs");
    for (const { name } of operations) assert.ok(docs.body.includes(`id="${name}"`), name);
    assert.doesNotMatch(docs.body, /<script|src=|@import|url\(/);
    assert.match((await send(gateway, "/sessions/ses_1", { headers: { accept: "text/html" } })).body, /npm run build:web/);
  });
});

test("a gateway that is not ready says so and serves", async () => {
  const gateway = await startTestGateway({ ready: () => false });
  assert.equal((await send(gateway, "/readyz")).status, 503);
  assert.equal((await send(gateway, "/healthz")).status, 200);
  await gateway.close();
});

test("the built page is served with its caching and its guards; addresses of the page give its index", async () => {
  const webRoot = mkdtempSync(join(tmpdir(), "orrery-web-"));
  mkdirSync(join(webRoot, "assets"));
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(webRoot, "assets", "main-4f2a.js"), `console.log("${"x".repeat(5_000)}")`);
  const gateway = await startTestGateway({ webRoot });
  const html = { accept: "text/html,*/*" };
  for (const path of ["/", "/index.html", "/sessions/ses_1"]) {
    const page = await send(gateway, path, { headers: html });
    assert.deepEqual([page.status, page.headers["cache-control"]], [200, "no-cache"], path);
    assert.match(String(page.headers["content-security-policy"]), /default-src 'self'.*frame-ancestors 'none'/);
    assert.match(page.body, /<title>page/);
  }
  const script = await send(gateway, "/assets/main-4f2a.js", { headers: { "accept-encoding": "gzip" } });
  assert.match(String(script.headers["cache-control"]), /immutable/);
  assert.equal(script.headers["content-encoding"], "gzip");
  assert.equal(script.headers["x-content-type-options"], "nosniff");
  assert.equal((await send(gateway, "/assets/gone.js", { headers: html })).status, 404);
  assert.equal((await send(gateway, "/api/gone", { headers: html })).status, 404);
  assert.equal((await send(gateway, "/../../../../etc/passwd", { headers: html })).body.includes("root:"), false);
  assert.equal((await send(gateway, "/%2e%2e/%2e%2e/etc/passwd", { headers: html })).body.includes("root:"), false);
  assert.equal((await send(gateway, "/sessions/ses_1")).status, 404);
  await gateway.close();
  rmSync(webRoot, { recursive: true });
});

test("a taken port and an address that others can reach are refused by name", async () => {
  const gateway = await startTestGateway();
  await assert.rejects(startTestGateway({ config: { port: gateway.port } }), { code: "PORT_TAKEN" });
  for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.com"])
    await assert.rejects(startTestGateway({ config: { host } }), { code: "BIND_NEEDS_TOKEN" });
  await gateway.close();
  assert.equal(typeof openGateway, "function");
});

test("a stopping gateway closes within a second, though a request hangs and a client does not read", async () => {
  const gateway = await startTestGateway({ handlers: { "status.get": () => new Promise(() => undefined) } });
  const hanging = fetch(`${gateway.url}/api/status`).catch((error: unknown) => error);
  const client = await openFrameReader(gateway.url);
  client.ws.pause();
  await client.ws.ping();
  const started = performance.now();
  await gateway.close();
  assert.ok(performance.now() - started < 1_000);
  assert.ok((await hanging) instanceof Error);
  client.close();
});

/** Input that the operation must refuse, and the field that is wrong; undefined when it takes anything. */
function wrongInput(operation: Operation): { input: Record<string, string>; field: string } | undefined {
  const { shape } = operation.input;
  for (const field of Object.keys(shape)) {
    for (const value of ["x".repeat(3_000), "?"]) {
      if (!shape[field]!.safeParse(value).success) return { input: { [field]: value }, field };
    }
  }
  return undefined;
}

/** The error's code, or 101 when the socket opened. */
function upgradeCode(gateway: TestGateway, headers: Record<string, string>): Promise<string | number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port: gateway.port,
      path: "/ws",
      headers: {
        ...headers,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      },
    });
    request.on("upgrade", (_response, socket) => (socket.destroy(), resolve(101)));
    request.on("response", (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => resolve((JSON.parse(text) as Answer).error.code));
    });
    request.on("error", reject);
    request.end();
  });
}

test("commands are counted per token or address and window; questions, ingest and what hooks ask are not", async () => {
  const clock = createFakeClock();
  const gateway = await startTestGateway({
    clock,
    config: { commands_per_window: 3 },
    tokens: {
      find: (token) => (token === "laptop" ? { token_id: "tok_1", name: "laptop", scope: "admin" } : undefined),
      hasAdmin: () => true,
      onRevoked: () => () => undefined,
    },
  });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const reset = (headers?: Record<string, string>) => post("/api/ui/reset", {}, headers);
  try {
    for (let i = 0; i < 3; i++) assert.equal((await reset()).status, 200);
    const refused = await reset();
    const { error } = (await refused.json()) as { error: { code: string; retry: string; details: { retry_after_ms: number } } };
    assert.deepEqual(
      [refused.status, refused.headers.get("retry-after"), error.code, error.retry, error.details.retry_after_ms],
      [429, "10", "RATE_LIMITED", "later", 10_000],
    );
    assert.equal((await fetch(`${gateway.url}/api/status`)).status, 200);
    assert.equal((await post("/api/events", [{ type: "x.told.on", data: {} }])).status, 200);
    const asked = await post("/api/ingest/claude-code/answer/1/ask", {
      hook_event_name: "PreToolUse",
      session_id: "s",
    });
    assert.equal(asked.status, 200);
    assert.equal((await reset({ authorization: "Bearer laptop" })).status, 200, "who has a token is counted alone");

    const call = async (name: string) => {
      const answer = await post(
        "/mcp",
        { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } },
        {
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2025-06-18",
        },
      );
      return answer.text();
    };
    assert.match(await call("reset_ui"), /RATE_LIMITED: More than 3 commands in 10000 ms/);
    assert.doesNotMatch(await call("get_status"), /RATE_LIMITED/);
    clock.advance(10_000);
    assert.equal((await reset()).status, 200);
    assert.doesNotMatch(await call("reset_ui"), /RATE_LIMITED/);
  } finally {
    const closed = gateway.close();
    clock.advance(1_000);
    await closed;
  }
});
