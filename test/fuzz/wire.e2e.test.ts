// What no well-behaved client sends, at every port: broken HTTP, torn bodies, false frames. Each is refused or dropped, and nothing is left behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { openFrameReader } from "../../src/testing/gateway-fixture.ts";
import { until } from "../e2e/daemon.ts";
import { frame, openRaw, statusesOf, upgradeRequest, type Raw } from "./raw.ts";
import { openTarget, seed, type Target } from "./target.ts";

const RUNS = 25;
const json = "content-type: application/json\r\n";

test("bytes that are no HTTP, and HTTP that is torn, are refused at every port", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  for (const [door, port] of doorsOf(target)) {
    const host = `host: 127.0.0.1:${port}\r\n`;
    /** What is sent, and the statuses that may come back; none: the socket may also just close. */
    const cases: Readonly<Record<string, readonly [string | Buffer, readonly number[]]>> = {
      "no request": ["\0\0\0\0\r\n\r\n", [400]],
      "a TLS hello": [Buffer.from("16030100a5010000a10303", "hex"), [400]],
      "HTTP/2 by prior knowledge": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]],
      "no Host": ["GET / HTTP/1.1\r\n\r\n", [400, 403]],
      "another Host, then ours": [`GET / HTTP/1.1\r\nhost: evil.example\r\n${host}\r\n`, [400, 403]],
      "a method that is none": [`FROB / HTTP/1.1\r\n${host}\r\n`, [400]],
      "an address that is none": [`GET http://[:: HTTP/1.1\r\n${host}\r\n`, [400, 404, 501]],
      "an address of another": [`GET http://evil.example/api/status HTTP/1.1\r\nhost: evil.example\r\n\r\n`, [403]],
      "a star": [`OPTIONS * HTTP/1.1\r\n${host}\r\n`, [400, 404, 405, 501, 403]],
      CONNECT: [`CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`, []],
      "a head of 1 MB": [`GET / HTTP/1.1\r\n${host}x: ${"a".repeat(1_000_000)}\r\n\r\n`, [400, 431]],
      "3,000 headers": [`GET / HTTP/1.1\r\n${host}${"x: y\r\n".repeat(3_000)}\r\n`, [400, 431, 200, 404, 401]],
      "an address of 60 kB": [`GET /${"a".repeat(60_000)} HTTP/1.1\r\n${host}\r\n`, [400, 404, 414, 431]],
      "a percent that is none": [`GET /%zz/%c0%af HTTP/1.1\r\n${host}\r\n`, [400, 404]],
      "a length and chunks": [
        `POST /api/events HTTP/1.1\r\n${host}${json}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
        [400],
      ],
      "two lengths": [`POST /api/events HTTP/1.1\r\n${host}${json}content-length: 4\r\ncontent-length: 5\r\n\r\nabcde`, [400]],
      "a length below nothing": [`POST /api/events HTTP/1.1\r\n${host}${json}content-length: -1\r\n\r\n`, [400]],
      "chunks without a size": [
        `POST /api/events HTTP/1.1\r\n${host}${json}transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n`,
        [400, 404, 405],
      ],
      "a header with a NUL": [`GET / HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`, [400]],
      "a folded header": [`GET / HTTP/1.1\r\n${host}x: a\r\n b\r\n\r\n`, [400, 200, 404]],
      "an upgrade to nothing": [`GET / HTTP/1.1\r\n${host}connection: upgrade\r\nupgrade: h2c\r\n\r\n`, [400, 404, 405, 426]],
    };
    for (const [name, [sent, allowed]] of Object.entries(cases)) {
      await t.test(`${door}: ${name}`, async () => {
        const raw = await openRaw(port);
        raw.socket.write(sent);
        const statuses = statusesOf(await (allowed.length > 0 ? answerOf(raw) : raw.rest(100)));
        raw.socket.destroy();
        // A port that speaks WebSocket only says so to everybody.
        for (const status of statuses.filter((each) => each !== 426))
          assert.ok(allowed.includes(status), `${status}: ${raw.read().toString("latin1").slice(0, 300)}`);
      });
    }

    await t.test(`${door}: any bytes`, async () => {
      const piece = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.constantFrom(
          ...[
            "GET / HTTP/1.1\r\n",
            "POST /api/events HTTP/1.1\r\n",
            host,
            "\r\n",
            "content-length: 5\r\n",
            "expect: 100-continue\r\n",
            "{}",
          ].map((text) => Buffer.from(text)),
        ),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
          const raw = await openRaw(port);
          for (const each of pieces) raw.socket.write(each);
          raw.socket.end();
          for (const status of statusesOf(await raw.rest(50))) assert.ok(status < 500 || status === 501, `${status}`);
          raw.socket.destroy();
        }),
        { seed, numRuns: RUNS, endOnFailure: true },
      );
    });
  }
  await target.isAsBefore(before);
});

test("requests in one go are each answered, in order", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  const raw = await openRaw(target.port);
  const one = `GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\n\r\n`;
  const bad = `POST /api/events HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\n${json}content-length: 3\r\n\r\n{{{`;
  raw.socket.write(one.repeat(200) + bad + one);
  await until("all are answered", () => statusesOf(raw.read()).length === 202);
  assert.deepEqual(statusesOf(raw.read()), [...Array.from({ length: 200 }, () => 200), 400, 200]);
  raw.socket.destroy();
  await target.isAsBefore(before);
});

test("many requests over one connection leave nothing on it", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  for (const [, port] of doorsOf(target)) {
    const raw = await openRaw(port);
    for (let at = 1; at <= 30; at++) {
      raw.socket.write(`GET /status HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
      await until("it is answered", () => statusesOf(raw.read()).length === at || raw.socket.closed);
    }
    raw.socket.destroy();
  }
  await target.isAsBefore(before);
});

test("a body that its sender tears off, or never finishes, leaves nothing behind", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  const head = await headOf(target);
  for (const [, port] of doorsOf(target))
    for (let round = 0; round < 20; round++) {
      const raw = await openRaw(port);
      const chunked = round % 2 === 0;
      raw.socket.write(
        `POST ${["/api/events", "/v1/traces", "/api/ingest/claude-code", "/mcp", "/api/ask"][round % 5]} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${json}${chunked ? "transfer-encoding: chunked" : "content-length: 1000"}\r\n\r\n${chunked ? "6\r\n" : ""}{"type`,
      );
      if (round % 3 === 0) raw.socket.resetAndDestroy();
      else if (round % 3 === 1) raw.socket.end();
      else raw.socket.destroy();
      await raw.rest(20);
      raw.socket.destroy();
    }
  assert.equal(await headOf(target), head, "half a body is no event");
  await target.isAsBefore(before);
});

test("gzip that is none, is torn, or is a bomb, is refused", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
  const whole = gzipSync(Buffer.from('{"resourceSpans":[]}'));
  const send = async (path: string, body: Buffer, encoding = "gzip") =>
    (
      await fetch(target.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", "content-encoding": encoding },
        body: new Uint8Array(body),
      })
    ).status;
  for (const path of ["/v1/traces", "/v1/logs", "/v1/metrics"]) {
    assert.equal(await send(path, whole), 200);
    assert.equal(await send(path, bomb), 413);
    assert.equal(await send(path, whole.subarray(0, -9)), 400);
    assert.equal(await send(path, Buffer.from("{}")), 400);
    assert.equal(await send(path, Buffer.alloc(0)), 400);
    assert.equal(await send(path, Buffer.concat([whole, whole])), 400, "two bodies in one");
    for (const encoding of ["br", "deflate", "gzip, gzip", "x"]) assert.equal(await send(path, whole, encoding), 415);
  }
  for (const path of ["/api/events", "/api/ingest/claude-code", "/mcp", "/api/tickets"]) assert.equal(await send(path, whole), 415);
  await target.isAsBefore(before);
});

test("frames that no WebSocket client may send end the connection, with a code, and no other's", async (t) => {
  const target = await openTarget(t, { ORRERY_WS_FRAME_BYTES: "65536" });
  const before = await target.vitals();
  const words = (text: string): Buffer => Buffer.from(text);
  /** Name → frames, and the close codes that may answer; none: it goes on. */
  const cases: Readonly<Record<string, readonly [readonly Buffer[], readonly number[]]>> = {
    "not masked": [[frame(1, words("{}"), { masked: false })], [1002]],
    "reserved opcode 3": [[frame(3, words("{}"))], [1002]],
    "reserved opcode 11": [[frame(11, words(""))], [1002]],
    "reserved bits": [[frame(1, words("{}"), { rsv: 3 })], [1002]],
    "deflated garbage": [[frame(1, words("\xff\xff\xff\xff"), { rsv: 4 })], [1002, 1007, 1006]],
    "a continuation of nothing": [[frame(0, words("{}"))], [1002]],
    "a new message within another": [[frame(1, words("{"), { fin: false }), frame(1, words("}"))], [1002]],
    "a ping in pieces": [[frame(9, words("x"), { fin: false })], [1002]],
    "a ping of 200 bytes": [[frame(9, Buffer.alloc(200))], [1002]],
    "no UTF-8": [[frame(1, Buffer.from([0xc0, 0xaf, 0xff]))], [1007]],
    "a character in two pieces": [[frame(1, Buffer.from([0xe2, 0x82]), { fin: false }), frame(0, Buffer.from([0xac]))], []],
    "a length beyond memory": [[frame(1, words("x"), { length: 2 ** 40 })], [1009]],
    "one byte too many": [[frame(1, Buffer.alloc(65_537, 0x20))], [1009]],
    "one byte too many, in pieces": [[frame(1, Buffer.alloc(40_000, 0x20), { fin: false }), frame(0, Buffer.alloc(40_000, 0x20))], [1009]],
    "20,000 empty pieces": [
      [frame(1, words(""), { fin: false }), ...Array.from({ length: 20_000 }, () => frame(0, words(""), { fin: false }))],
      [1008],
    ],
    "a close with a code of one byte": [[frame(8, Buffer.from([3]))], [1002]],
    "a close with a false code": [[frame(8, Buffer.from([0, 5]))], [1002]],
    binary: [[frame(2, Buffer.from([1, 2, 3]))], []],
    "not JSON": [[frame(1, words("{{{"))], []],
    "JSON that is no command": [[frame(1, words("[1]")), frame(1, words("null")), frame(1, words('"x"')), frame(1, words("{}"))], []],
    "nested 20,000 deep": [[frame(1, words("[".repeat(20_000)))], []],
    "two messages in one write, then half of one": [
      [frame(1, words("{}")), frame(1, words("{}")), frame(1, words("{}")).subarray(0, 3)],
      [],
    ],
  };
  const other = await openFrameReader(target.url);
  for (const [door, port, path] of webSocketDoors(target))
    for (const [name, [frames, codes]] of Object.entries(cases))
      await t.test(`${door}: ${name}`, async () => {
        const raw = await open(port, path);
        raw.socket.write(Buffer.concat(frames));
        if (codes.length > 0) {
          const code = await until(`${name} is refused`, () => closeCodeOf(raw.read()) ?? (raw.socket.closed && 1006));
          assert.ok(codes.includes(code), `${code}`);
        } else {
          await raw.rest(50);
          assert.equal(closeCodeOf(raw.read()), undefined);
          assert.ok(!raw.socket.closed);
        }
        raw.socket.destroy();
      });

  for (const [door, port, path] of webSocketDoors(target))
    await t.test(`${door}: any frames`, async () => {
      const any = fc.record({
        opcode: fc.nat(15),
        payload: fc.oneof(
          fc.uint8Array({ maxLength: 100 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fin: fc.boolean(),
        rsv: fc.constantFrom(0, 0, 0, 1, 4),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(any, { maxLength: 6 }), async (list) => {
          const raw = await open(port, path);
          for (const { opcode, payload, ...how } of list) raw.socket.write(frame(opcode, Buffer.from(payload), how));
          await raw.rest(20);
          raw.socket.destroy();
        }),
        { seed, numRuns: RUNS, endOnFailure: true },
      );
    });
  assert.equal((await other.ask("ping"))["type"], "result", "who did nothing is not closed");
  other.close();
  await target.isAsBefore(before);
});

test("a handshake that is none is refused", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  for (const [door, port, path] of webSocketDoors(target)) {
    const cases: Readonly<Record<string, string>> = {
      "no key": upgradeRequest(port, path, { "sec-websocket-key": "" }),
      "a key that is none": upgradeRequest(port, path, { "sec-websocket-key": "x".repeat(500) }),
      "an old version": upgradeRequest(port, path, { "sec-websocket-version": "7" }),
      "by POST": upgradeRequest(port, path).replace("GET", "POST"),
      elsewhere: upgradeRequest(port, "/nowhere/\0"),
      "no address": upgradeRequest(port, "//"),
      "extensions of nonsense": upgradeRequest(port, path, { "sec-websocket-extensions": 'permessage-deflate; x="' }),
      "protocols of nonsense": upgradeRequest(port, path, { "sec-websocket-protocol": ",,;" }),
    };
    for (const [name, request] of Object.entries(cases)) {
      // Some clients connect to any path, or to a root with two slashes.
      if (["mpm", "hook_api_ws"].includes(door) && ["elsewhere", "no address"].includes(name)) continue;
      await t.test(`${door}: ${name}`, async () => {
        const raw = await openRaw(port);
        raw.socket.write(request);
        const statuses = statusesOf(await answerOf(raw));
        raw.socket.destroy();
        // Only the main port speaks of extensions.
        if (door !== "main" && name === "extensions of nonsense") return assert.deepEqual(statuses, [101]);
        for (const status of statuses) assert.ok([400, 404, 405, 426].includes(status), `${status}`);
      });
    }
  }
  await target.isAsBefore(before);
});

function doorsOf({ port, dialects }: Target): readonly (readonly [string, number])[] {
  return [["main", port], ...dialects];
}

function webSocketDoors({ port, dialects, site }: Target): readonly (readonly [string, number, string])[] {
  return [
    ["main", port, "/ws"],
    ["kei", dialects.get("kei")!, "/stream"],
    ["mpm", dialects.get("mpm")!, "/"],
    ["hook_api_ws", dialects.get("hook_api_ws")!, "/"],
    ["boocode", dialects.get("boocode")!, `/api/ws/sessions/${site.session}`],
  ];
}

async function answerOf(raw: Raw): Promise<Buffer> {
  await until("there is an answer, or an end", () => statusesOf(raw.read()).length > 0 || raw.socket.closed);
  return raw.rest(20);
}

async function open(port: number, path: string) {
  const raw = await openRaw(port);
  raw.socket.write(upgradeRequest(port, path));
  await until("the handshake is answered", () => raw.read().includes("101 Switching Protocols") || undefined);
  return raw;
}

/** The code of the close frame in what a server sent, which is never masked. */
function closeCodeOf(bytes: Buffer): number | undefined {
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at + 2 <= bytes.length) {
    const opcode = bytes[at]! & 0x0f;
    const short = bytes[at + 1]! & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (at + head > bytes.length) return undefined;
    const length = short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (opcode === 8) return length < 2 ? 1005 : at + head + 2 <= bytes.length ? bytes.readUInt16BE(at + head) : undefined;
    at += head + length;
  }
  return undefined;
}

async function headOf({ client }: Target): Promise<number> {
  return (await client.status.get()).head;
}
