import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { operations } from "../contract/operations/index.ts";
import { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { openFrameReader, startTestGateway, type TestGateway } from "../testing/gateway-fixture.ts";
import { event, json, send } from "../testing/http-send.ts";

describe("HTTP door", () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startTestGateway({
      config: { json_body_bytes: 10_000 },
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

  test("who sends all of a body that is too large before it reads hears why", async () => {
    const bytes = 8 * 1024 * 1024;
    const socket = connect({ host: "127.0.0.1", port: gateway.port });
    await once(socket, "connect");
    socket.pause();
    const head = `POST /api/events HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.write(head + " ".repeat(bytes), () => resolve());
    });
    let answer = "";
    socket.on("data", (piece) => (answer += String(piece)));
    socket.resume();
    await once(socket, "close");
    assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*BODY_TOO_LARGE/);
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
