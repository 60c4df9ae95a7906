import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JsonLogsSerializer, JsonTraceSerializer, ProtobufLogsSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { decodeProtobuf, MalformedProtobuf } from "./protobuf.ts";
import { readExport, type Batch, type Signal } from "./records.ts";

const hex = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)).filter((text) => !/^0+$/.test(text));
const time = fc.tuple(fc.integer({ min: 1, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999_999 }));
const value = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
  fc.array(fc.string(), { maxLength: 3 }),
);
const attributes = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
  value,
  { maxKeys: 5 },
);
const sender = fc.record({
  resource: fc.record({ attributes }),
  instrumentationScope: fc.record({ name: fc.string(), version: fc.string() }),
});

const span = fc
  .tuple(
    sender,
    fc.record({
      name: fc.string(),
      kind: fc.integer({ min: 0, max: 4 }),
      traceId: hex(16),
      spanId: hex(8),
      parent: fc.option(hex(8)),
      startTime: time,
      endTime: time,
      attributes,
      status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: fc.string() }),
      events: fc.array(fc.record({ name: fc.string(), time, attributes }), { maxLength: 2 }),
    }),
  )
  .map(([from, { traceId, spanId, parent, ...rest }]) => ({
    ...from,
    ...rest,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    parentSpanContext: parent === null ? undefined : { traceId, spanId: parent, traceFlags: 1 },
    links: [],
    duration: [0, 0],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }));

const log = fc
  .tuple(
    sender,
    fc.record({ hrTime: time, hrTimeObserved: time, body: value, attributes, severityText: fc.string(), traceId: hex(16), spanId: hex(8) }),
  )
  .map(([from, { traceId, spanId, ...rest }]) => ({
    ...from,
    ...rest,
    severityNumber: 9,
    spanContext: { traceId, spanId, traceFlags: 1 },
    droppedAttributesCount: 0,
  }));

function read(signal: Signal, body: Parameters<typeof readExport>[1]): Batch {
  const batch = readExport(signal, body);
  assert.ok(!("problem" in batch), "problem" in batch ? batch.problem : "");
  return batch;
}

const parse = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes)) as unknown;

test("what the reference encoder writes as protobuf and as JSON reads as the same spans", () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), (spans) => {
      const binary = read("traces", { protobuf: ProtobufTraceSerializer.serializeRequest(spans as never)! });
      const json = read("traces", { json: parse(JsonTraceSerializer.serializeRequest(spans as never)) });
      assert.equal(binary.records.length, spans.length);
      assert.deepEqual(binary, json);
    }),
  );
});

test("what the reference encoder writes as protobuf and as JSON reads as the same log records", () => {
  fc.assert(
    fc.property(fc.array(log, { maxLength: 4 }), (logs) => {
      const binary = read("logs", { protobuf: ProtobufLogsSerializer.serializeRequest(logs as never)! });
      const json = read("logs", { json: parse(JsonLogsSerializer.serializeRequest(logs as never)) });
      assert.equal(binary.records.length, logs.length);
      assert.deepEqual(binary, json);
    }),
  );
});

test("any bytes are read or refused with a reason, and never throw past the reader", () => {
  const whole = ProtobufTraceSerializer.serializeRequest(fc.sample(span, 3) as never)!;
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const broken = whole.slice();
      for (const [at, byte] of changes) broken[at] = byte;
      return broken;
    }),
    fc.nat(whole.length).map((size) => whole.slice(0, size)),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom("traces", "logs", "metrics"), (protobuf, signal) => {
      const batch = readExport(signal, { protobuf });
      assert.ok("problem" in batch ? batch.problem.length > 0 : batch.records.length >= 0);
    }),
    { numRuns: 1_000 },
  );
});

test("any JSON is read or refused with a reason", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("traces", "logs", "metrics"), (json, signal) => {
      readExport(signal, { json });
      const wrapped = {
        resourceSpans: [json, { scopeSpans: [json, { spans: [json] }] }],
        resourceMetrics: [{ scopeMetrics: [{ metrics: [json] }] }],
      };
      const batch = readExport(signal, { json: wrapped });
      assert.ok(!("problem" in batch));
    }),
  );
});

test("values nested without end are refused, not followed", () => {
  // An AnyValue that is an array of one AnyValue that is an array ...
  let inner: number[] = [];
  for (let depth = 0; depth < 80; depth++) {
    const array = [0x0a, ...length(inner.length), ...inner];
    inner = [0x2a, ...length(array.length), ...array];
  }
  assert.throws(() => decodeProtobuf(Uint8Array.from(inner), "AnyValue"), MalformedProtobuf);
});

function length(size: number): number[] {
  return size < 0x80 ? [size] : [(size & 0x7f) | 0x80, size >> 7];
}

test("unknown fields of every wire type are skipped", () => {
  const bytes = Uint8Array.from([
    0xf8, 0x01, 0x05, 0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 0x01, 0x02, 9, 9, 0xfd, 0x01, 1, 2, 3, 4, 0x0a, 0x01, 0x6e,
  ]);
  assert.deepEqual(decodeProtobuf(bytes, "Scope"), { name: "n" });
});

test("ids are read as hexadecimal and as base64, 64-bit numbers as text and as numbers, and a span without ids is refused", () => {
  const json = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: "6DC7A52392C01410B5806DB72DFD3180",
                spanId: "cb05b47dd96afec8",
                name: "a",
                startTimeUnixNano: 1_795_170_076_666_000_000,
                attributes: [
                  { key: "n", value: { intValue: "42" } },
                  { key: "big", value: { intValue: "9223372036854775807" } },
                ],
              },
              { traceId: "bcelI5LAFBC1gG23Lf0xgA==", spanId: "ywW0fdlq/sg=", name: "b", startTimeUnixNano: "1795170076666000000" },
              { traceId: "00000000000000000000000000000000", spanId: "cb05b47dd96afec8" },
            ],
          },
        ],
      },
    ],
  };
  const { records, rejected, reason } = read("traces", { json });
  assert.deepEqual(
    records.map((record) => (record.kind === "span" ? [record.traceId, record.spanId, record.startMs] : [])),
    [
      ["6dc7a52392c01410b5806db72dfd3180", "cb05b47dd96afec8", 1_795_170_076_666],
      ["6dc7a52392c01410b5806db72dfd3180", "cb05b47dd96afec8", 1_795_170_076_666],
    ],
  );
  assert.deepEqual(records[0]?.attributes, { n: 42, big: "9223372036854775807" });
  assert.equal(rejected, 1);
  assert.match(reason ?? "", /traceId/);
});

test("every recorded export of a real client is read whole", () => {
  const url = new URL("../../../test/fixtures/claude-code/subagents-nested/otel.jsonl", import.meta.url);
  const kinds = { span: 0, log: 0, point: 0 };
  for (const line of readFileSync(url, "utf8").trim().split("\n")) {
    const { signal, body } = JSON.parse(line) as { signal: Signal; body: unknown };
    const { records, rejected } = read(signal, { json: body });
    assert.equal(rejected, 0);
    for (const record of records) {
      kinds[record.kind]++;
      assert.notEqual(record.name, "");
    }
  }
  assert.ok(kinds.span > 20 && kinds.log > 100 && kinds.point > 10);
});
