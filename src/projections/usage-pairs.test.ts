import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { canonical } from "./fuse.ts";
import { usageProjection, type UsageState } from "./usage.ts";

function fold(events: readonly StoredEvent[]): UsageState {
  return events.reduce(usageProjection.apply, usageProjection.initial);
}

function responded(way: string, data: object, at = "2026-11-20T10:00:00.000Z"): StoredEvent {
  const id = `${way} ${JSON.stringify(data)} ${at}`;
  return {
    seq: 1,
    id,
    type: "model.responded",
    timestamp: at,
    source: `claude-code/${way}`,
    session_id: "ses_1",
    agent_id: "agt_main",
    data,
  } as never;
}

function stateText(state: UsageState): string {
  return canonical([[...state.requests].toSorted(), [...state.totals].toSorted(), [...state.pairs].toSorted()]);
}

test("a request that two sources know by two ids counts once, with what each of them knows, in either order", () => {
  const telemetry = responded("otel", {
    request_id: "req_1",
    model: "m",
    usage: { input: 4, output: 9, cache_write_5m: 30 },
    cost_usd_micros: 77,
    ttft_ms: 12,
  });
  const transcript = responded("transcript", {
    request_id: "req_msg_1",
    also_told_as: "req_1",
    model: "m",
    usage: { input: 4, output: 9, cache_write_5m: 10, cache_write_1h: 20 },
    stop_reason: "end_turn",
  });
  for (const order of [
    [telemetry, transcript],
    [transcript, telemetry],
    [telemetry, transcript, telemetry, transcript],
  ]) {
    const state = fold(order);
    const [request, ...others] = [...state.requests.values()];
    assert.deepEqual(others, []);
    assert.equal(request?.request_id, "req_msg_1");
    assert.equal(request?.cost_usd_micros, 77);
    assert.equal(request?.ttft_ms, 12);
    assert.equal(request?.stop_reason, "end_turn");
    assert.deepEqual(request?.usage, { input: 4, output: 9, cache_write_5m: 10, cache_write_1h: 20 });
    const [total, ...more] = [...state.totals.values()];
    assert.deepEqual(more, []);
    assert.equal(total?.requests, 1);
    assert.equal(total?.tokens.output, 9);
    assert.equal(total?.tokens.cache_write_5m, 10);
  }
});

test("a stand-in that nobody claims is a request of its own", () => {
  const [total] = [...fold([responded("otel", { request_id: "req_9", usage: { output: 41 } })]).totals.values()];
  assert.equal(total?.tokens.output, 41);
});

test("what was written to the cache is one number, whether a report splits it by lifetime or not", () => {
  const log = responded("otel", { request_id: "req_1", usage: { cache_write_5m: 0, cache_write_1h: 500 } });
  const span = responded("otel", { request_id: "req_1", usage: { cache_write_5m: 500 } });
  for (const order of [
    [log, span],
    [span, log],
  ])
    assert.deepEqual(fold(order).requests.get("req_1" as never)?.usage, { cache_write_5m: 0, cache_write_1h: 500 });
});

test("any order and repetition of paired and unpaired reports ends in one state", () => {
  const tokens = fc.integer({ min: 0, max: 50 });
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const report = fc
    .record({
      request: fc.integer({ min: 1, max: 3 }),
      standIn: maybe(fc.integer({ min: 1, max: 3 })),
      isStandIn: fc.boolean(),
      way: fc.constantFrom("stream", "transcript"),
      model: maybe(fc.constantFrom("a", "b")),
      usage: maybe(fc.record({ input: maybe(tokens), cache_write_5m: maybe(tokens), cache_write_1h: maybe(tokens) })),
      cost_usd_micros: maybe(tokens),
      second: fc.integer({ min: 10, max: 59 }),
    })
    .map(({ request, standIn, isStandIn, way, second, ...data }) =>
      responded(
        isStandIn ? "otel" : way,
        JSON.parse(
          JSON.stringify(
            isStandIn
              ? { ...data, request_id: `req_s${request}` }
              : { ...data, request_id: `req_${request}`, also_told_as: standIn === undefined ? undefined : `req_s${standIn}` },
          ),
        ) as object,
        `2026-11-20T10:00:${second}.000Z`,
      ),
    );
  fc.assert(
    fc.property(
      fc
        .array(report, { maxLength: 14 })
        .chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }))),
      ([events, shuffled]) => {
        const expected = stateText(fold(events));
        assert.equal(stateText(fold(shuffled)), expected);
        assert.equal(stateText(fold([...shuffled, ...events])), expected);
      },
    ),
    { numRuns: 500 },
  );
});
