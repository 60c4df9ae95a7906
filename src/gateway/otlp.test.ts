import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { OrreryError } from "../contract/errors.ts";
import { decodeProtobuf } from "../formats/otlp/protobuf.ts";
import { readExport } from "../formats/otlp/records.ts";
import { startTestGateway, type TestGateway } from "../testing/gateway-fixture.ts";
import type { TakeOtlp } from "./otlp.ts";

const LIMIT = 200_000;
const taken: { signal: string; records: number }[] = [];
let refuse: OrreryError | undefined;
let gateway: TestGateway;

const takeOtlp: TakeOtlp = async (signal, body) => {
  if (refuse !== undefined) throw refuse;
  const batch = readExport(signal, body);
  if ("problem" in batch) throw new OrreryError("BAD_INPUT", { problems: [{ field: "body", message: batch.problem }] });
  taken.push({ signal, records: batch.records.length });
  return { rejected: batch.rejected, ...(batch.reason === undefined ? {} : { reason: batch.reason }) };
};

before(async () => {
  gateway = await startTestGateway({ config: { otlp_body_bytes: LIMIT, json_body_bytes: 1_000 }, takeOtlp });
});
after(() => gateway.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

async function post(signal: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${gateway.url}/v1/${signal}`, { method: "POST", body: body as never, headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

const json = { "content-type": "application/json" };
const protobuf = { "content-type": "application/x-protobuf" };
const oneLog = JSON.stringify({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: "1795170075819000000", body: { stringValue: "x" } }] }] }],
});

test("JSON with a character set, compressed or not, is taken and answered in JSON", async () => {
  for (const [body, headers] of [
    [oneLog, { "content-type": "application/json; charset=utf-8" }],
    [gzipSync(oneLog), { ...json, "content-encoding": "gzip" }],
  ] as const) {
    taken.length = 0;
    const { status, headers: answered, bytes } = await post("logs", body, headers);
    assert.equal(status, 200);
    assert.match(answered.get("content-type") ?? "", /^application\/json/);
    assert.equal(bytes.toString(), "{}");
    assert.deepEqual(taken, [{ signal: "logs", records: 1 }]);
  }
});

test("protobuf is taken and answered in protobuf; an empty export is a success", async () => {
  // ResourceLogs { ScopeLogs { LogRecord { body: "x" } } }
  const record = [0x2a, 3, 0x0a, 1, 0x78];
  const scope = [0x12, record.length, ...record];
  const resource = [0x12, scope.length, ...scope];
  const body = Uint8Array.from([0x0a, resource.length, ...resource]);
  taken.length = 0;
  const { status, headers, bytes } = await post("logs", body, protobuf);
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "application/x-protobuf");
  assert.equal(bytes.length, 0);
  assert.deepEqual(taken, [{ signal: "logs", records: 1 }]);
  for (const signal of ["traces", "logs", "metrics"]) assert.equal((await post(signal, new Uint8Array(0), protobuf)).status, 200);
});

test("what is refused of an export is a partial success, in the encoding of the request", async () => {
  const spans = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "no ids" }, { name: "none either" }] }] }] };
  const inJson = await post("traces", JSON.stringify(spans), json);
  assert.equal(inJson.status, 200);
  assert.deepEqual(JSON.parse(inJson.bytes.toString()), {
    partialSuccess: { rejectedSpans: "2", errorMessage: "a span has no valid traceId and spanId" },
  });
  // ResourceSpans { ScopeSpans { Span { name: "n" } } }
  const body = Uint8Array.from([0x0a, 7, 0x12, 5, 0x12, 3, 0x2a, 1, 0x6e]);
  const { status, bytes } = await post("traces", body, protobuf);
  assert.equal(status, 200);
  assert.equal(bytes[0], 0x0a, "partial_success");
  assert.equal(bytes[2], 0x08, "rejected_spans");
  assert.equal(bytes[3], 1);
  assert.match(bytes.subarray(6).toString(), /traceId/);
});

test("what cannot be read is 400 with a google.rpc.Status, in the encoding of the request", async () => {
  const inJson = await post("traces", "{", json);
  assert.equal(inJson.status, 400);
  const { code, message } = JSON.parse(inJson.bytes.toString()) as { code: number; message: string };
  assert.equal(code, 3);
  assert.match(message, /BAD_JSON/);
  const inProtobuf = await post("traces", Uint8Array.from([0x0a, 0xff]), protobuf);
  assert.equal(inProtobuf.status, 400);
  // google.rpc.Status: 1 code, 2 message. The code lies where a status has none, so only its message is read here.
  assert.match(String(decodeProtobuf(inProtobuf.bytes, "Status")["message"]), /BAD_INPUT/);
  assert.deepEqual([...inProtobuf.bytes.subarray(0, 2)], [0x08, 3]);
  assert.equal((await post("logs", "not gzip", { ...json, "content-encoding": "gzip" })).status, 400);
});

test("a content type or an encoding that is not read is 415", async () => {
  assert.equal((await post("traces", "{}", { "content-type": "text/plain" })).status, 415);
  assert.equal((await post("traces", "{}", { "content-type": "application/x-www-form-urlencoded" })).status, 415);
  assert.equal((await post("traces", "{}", { ...json, "content-encoding": "br" })).status, 415);
});

test("the limit holds before and after decompression, and a bomb is given up at the limit", async () => {
  assert.equal((await post("logs", " ".repeat(LIMIT + 1), json)).status, 413);
  assert.equal((await post("logs", `${oneLog}${" ".repeat(LIMIT - oneLog.length)}`, json)).status, 200);
  const before = process.memoryUsage().arrayBuffers;
  const bomb = gzipSync(Buffer.alloc(150 * 1024 * 1024));
  assert.ok(bomb.length < LIMIT);
  const { status, bytes } = await post("logs", bomb, { ...json, "content-encoding": "gzip" });
  assert.equal(status, 413);
  assert.equal((JSON.parse(bytes.toString()) as { code: number }).code, 8);
  assert.ok(process.memoryUsage().arrayBuffers - before < 200 * 1024 * 1024);
});

test("a body that says it is too long is refused before it is sent", async () => {
  const { port } = gateway;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(
        `POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${LIMIT * 1_000}\r\n\r\n{`,
      ),
    );
    socket.setEncoding("utf8").once("data", (text: string) => {
      socket.destroy();
      resolve(text);
    });
    socket.once("error", reject);
  });
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

test("a log that cannot take more is 503 with Retry-After, also where its own error has another status", async () => {
  try {
    for (const error of [new OrreryError("LOG_BUSY"), new OrreryError("LOG_UNWRITABLE", { path: "x", reason: "full" })]) {
      refuse = error;
      const { status, headers, bytes } = await post("metrics", "{}", json);
      assert.equal(status, 503);
      assert.equal(headers.get("retry-after"), "1");
      assert.equal((JSON.parse(bytes.toString()) as { code: number }).code, 14);
    }
  } finally {
    refuse = undefined;
  }
});

test("another method is 405, and a web page elsewhere is refused", async () => {
  assert.equal((await fetch(`${gateway.url}/v1/traces`)).status, 405);
  assert.equal((await post("traces", "{}", { ...json, origin: "https://elsewhere.example" })).status, 403);
});
