import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { toId, type SessionId } from "../contract/ids.ts";
import { cacheDrops, cacheRateOf, contextFills, requestsByTurn } from "./cache.ts";
import { costProjection, reportedTotal, viewLimits, type Reported } from "./cost.ts";
import { decodeSession, encodeSession, type WireSession } from "./encode.ts";
import { canonical } from "./fuse.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { viewSession } from "./views.ts";

const START = Date.UTC(2026, 10, 20, 10);
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();

function event(type: string, minutes: number, data: object, agent = "agt_main", way = "transcript"): StoredEvent {
  const id = `${type} ${minutes} ${way} ${agent} ${JSON.stringify(data)}`;
  return {
    seq: 1,
    id,
    type,
    timestamp: at(minutes),
    source: `claude-code/${way}`,
    session_id: "ses_1",
    agent_id: agent,
    data,
  } as unknown as StoredEvent;
}

function session(events: readonly StoredEvent[]): Session {
  return events.filter(ofSession).reduce<Session | undefined>((before, each) => foldSession(before, each), undefined)!;
}

function request(n: number, minutes: number, usage: object, more: object = {}, agent = "agt_main"): StoredEvent {
  return event("model.responded", minutes, { request_id: `req_${n}`, model: "claude-opus-5-5", usage, ...more }, agent);
}

test("running totals and limits end the same in any order and repetition", () => {
  const minutes = fc.nat(90);
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const told = fc.oneof(
    fc
      .record({
        usd_micros: fc.nat(50),
        run: maybe(fc.constantFrom("a", "b")),
        base_usd_micros: maybe(fc.nat(20)),
        includes_earlier: maybe(fc.boolean()),
      })
      .map((data) => ["cost.reported", data] as const),
    fc.record({ session_cost_usd_micros: fc.nat(50) }).map((data) => ["turn.ended", data] as const),
    fc
      .record({
        limit: fc.constantFrom("five_hour", "seven_day"),
        used_percent: fc.nat(100),
        resets_at: maybe(fc.constantFrom(at(100), at(200))),
      })
      .map((data) => ["limit.reported", data] as const),
  );
  const events = fc.array(
    fc
      .tuple(told, minutes, fc.constantFrom("hook", "transcript"))
      .map(([[type, data], when, way]) => event(type, when, JSON.parse(JSON.stringify(data)) as object, "agt_main", way)),
    { maxLength: 20 },
  );
  const text = (list: readonly StoredEvent[]) => {
    const state = list.reduce<Reported>(costProjection.apply, costProjection.initial);
    return canonical([[...state.running].toSorted(), [...state.limits].toSorted()]);
  };
  fc.assert(
    fc.property(
      events.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        assert.equal(text(shuffled), text(list));
        assert.equal(text([...shuffled, ...list]), text(list));
      },
    ),
    { numRuns: 400 },
  );
});

test("what a session reports crosses the wire, and its view holds it", () => {
  const first = session([
    event("cost.reported", 0, { usd_micros: 100 }),
    event("cost.reported", 1, { usd_micros: 250, run: "two", base_usd_micros: 50 }),
  ]);
  const again = decodeSession(JSON.parse(JSON.stringify(encodeSession(first))) as WireSession);
  assert.equal(viewSession(again, START).reported_usd_micros, 300);
  const old = JSON.parse(JSON.stringify(encodeSession(session([event("turn.ended", 0, {})])))) as WireSession;
  assert.equal(viewSession(decodeSession(old), START).reported_usd_micros, undefined);
});

test("a total that runs on from another session is its own part only when the beginning is known", () => {
  const parent = toId("ses", "parent");
  const { reported } = session([event("cost.reported", 0, { usd_micros: 900, continued_from: parent })]);
  assert.equal(reportedTotal(reported), undefined);
  assert.equal(
    reportedTotal(reported, (id: SessionId) => (id === parent ? 600 : undefined)),
    300,
  );
  assert.equal(reportedTotal(session([event("cost.reported", 0, { usd_micros: 900, includes_earlier: true })]).reported), undefined);
});

test("a limit's end is told from its pace, and not when the window ends sooner", () => {
  const limit = (minutes: number, used_percent: number, resets: number) =>
    event("limit.reported", minutes, { limit: "five_hour", used_percent, resets_at: at(resets) });
  const views = (events: StoredEvent[], now = 61) => viewLimits(session(events).reported, START + now * 60_000);
  assert.deepEqual(
    views([limit(0, 20, 300), limit(60, 60, 300)]).map(({ used_percent, exhausted_at }) => [used_percent, exhausted_at]),
    [[60, at(120)]],
  );
  assert.equal(views([limit(0, 20, 100), limit(60, 60, 100)])[0]?.exhausted_at, undefined);
  assert.equal(views([limit(0, 60, 300), limit(60, 60, 300)])[0]?.exhausted_at, undefined);
  assert.deepEqual(
    views([limit(0, 60, 100), limit(60, 3, 300)]).map(({ used_percent }) => used_percent),
    [3],
  );
  assert.deepEqual(views([limit(0, 60, 30)]), []);
});

test("the hit rate is what was read of the whole prompt, and absent without a prompt", () => {
  assert.equal(cacheRateOf({ input: 10, cache_read: 80, cache_write_5m: 6, cache_write_1h: 4 }).hit_rate, 0.8);
  assert.equal(cacheRateOf({ input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0 }).hit_rate, undefined);
});

test("a drop has its reason: another model, a compaction, a pause longer than the cache lives, another beginning", () => {
  const cold = { input: 4, cache_read: 0, cache_write_5m: 12_000, output: 9 };
  const warm = { input: 4, cache_read: 12_000, cache_write_5m: 100, output: 9 };
  const reasons = (events: StoredEvent[]) => cacheDrops(session(events)).map(({ request_id, reason, lost }) => [request_id, reason, lost]);
  assert.deepEqual(reasons([request(1, 0, cold), request(2, 1, warm)]), []);
  assert.deepEqual(reasons([request(1, 0, cold), request(2, 1, cold)]), [["req_2", "prefix_changed", 12_000]]);
  assert.deepEqual(reasons([request(1, 0, cold), request(2, 6, cold)]), [["req_2", "ttl_passed", 12_000]]);
  assert.deepEqual(reasons([request(1, 0, cold), request(2, 6, cold, { model: "claude-sonnet-5" })]), [
    ["req_2", "model_switched", 12_000],
  ]);
  assert.deepEqual(reasons([request(1, 0, cold), event("context.compacted", 3, { phase: "ended" }), request(2, 6, cold)]), [
    ["req_2", "compacted", 12_000],
  ]);
  const hour = { input: 4, cache_read: 0, cache_write_1h: 12_000, output: 9 };
  assert.deepEqual(reasons([request(1, 0, hour), request(2, 30, hour)]), [["req_2", "prefix_changed", 12_000]]);
  assert.deepEqual(reasons([request(1, 0, hour), request(2, 61, hour)]), [["req_2", "ttl_passed", 12_000]]);
  assert.deepEqual(reasons([request(1, 0, cold), request(2, 1, cold, {}, "agt_a"), request(3, 2, warm)]), []);
  assert.deepEqual(reasons([request(1, 0, cold), request(2, 1, cold, { purpose: "compaction" }), request(3, 2, warm)]), []);
});

test("context fill is the newest prompt with its answer; its parts are estimates until a source tells them", () => {
  const [main] = contextFills(
    session([
      request(1, 0, { input: 4, cache_write_5m: 12_000, output: 100 }),
      request(2, 1, { input: 4, cache_read: 12_000, cache_write_5m: 500, output: 96 }),
    ]),
  );
  assert.equal(main?.tokens, 12_600);
  assert.deepEqual(main?.segments, { how: "estimated", parts: { system_and_tools: 12_004, history: 500 } });
  const [told] = contextFills(session([request(1, 0, { input: 9, output: 1 }, { segments: { system: 5, tools: 3, history: 1 } })]));
  assert.deepEqual(told?.segments, { how: "reported", parts: { system: 5, tools: 3, history: 1 } });
});

test("a request belongs to the turn it names, else to the last that its agent had begun", () => {
  const found = requestsByTurn(
    session([
      event("turn.started", 0, { turn_id: "trn_1" }),
      event("turn.started", 5, { turn_id: "trn_2" }),
      event("turn.started", 6, { turn_id: "trn_a" }, "agt_a"),
      request(1, 1, {}),
      request(2, 7, {}),
      request(3, 8, {}, {}, "agt_a"),
      request(4, 9, {}, { turn_id: "trn_1" }),
    ]),
  );
  const ids = Object.fromEntries([...found].map(([turn, requests]) => [turn, requests.map(({ request_id }) => request_id).toSorted()]));
  assert.deepEqual(ids, { trn_1: ["req_1", "req_4"], trn_2: ["req_2"], trn_a: ["req_3"] });
});
