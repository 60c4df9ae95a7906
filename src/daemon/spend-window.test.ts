import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventDraft, EventOf } from "../contract/events/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { spendOf, usageProjection, type UsageState } from "../projections/usage.ts";
import { createSpendWindow } from "./spend-window.ts";

const MINUTE = 60_000;
const SLICE = 10_000;
/** A dollar for a million tokens of input. */
const pricesAt = (() => ({
  version: "test",
  price: () => ({ picos: { input: 1_000_000n, output: 0n, cache_read: 0n, cache_write_5m: 0n, cache_write_1h: 0n } }),
})) as unknown as PricesAt;

interface Told {
  readonly request: string;
  readonly standIn?: string | undefined;
  readonly session: string;
  readonly source: string;
  readonly tokens: number;
  readonly afterMs: number;
}

function setUp() {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  let reads = 0;
  const window = createSpendWindow({
    log: {
      read(query) {
        const page = log.read(query);
        reads += page.length;
        return page;
      },
    },
    clock,
    pricesAt,
  });
  let count = 0;
  const respond = ({ request, standIn, session, source, tokens, afterMs }: Told) => {
    clock.advance(afterMs);
    const draft = {
      id: `e${count++}`,
      type: "model.responded",
      timestamp: toTimestamp(clock.now()),
      source,
      session_id: session,
      agent_id: "agt_main",
      data: {
        request_id: request,
        ...(standIn === undefined ? {} : { also_told_as: standIn }),
        model: "m",
        usage: { input: tokens, output: 0 },
      },
    };
    return log.append([draft as unknown as EventDraft]);
  };
  /** Everything folded from the beginning. */
  const reference = (sinceMs: number): number => {
    const sessions = new Map<string, UsageState>();
    for (const event of log.read({ limit: Infinity }) as EventOf<"model.responded">[])
      sessions.set(event.session_id!, usageProjection.apply(sessions.get(event.session_id!) ?? usageProjection.initial, event));
    const from = Math.floor(sinceMs / SLICE) * SLICE;
    const requests = [...sessions.values()].flatMap((usage) => [...usage.requests.values()]);
    return costOf(requests.filter(({ at }) => Date.parse(at) >= from).map(spendOf), pricesAt).usd_micros ?? 0;
  };
  return { clock, window, respond, reference, reads: () => reads };
}

test("at any moment it is what all requests since then cost, each once, whoever told them in whatever order within ten minutes", async () => {
  const told = fc.record({
    request: fc.constantFrom("req_a", "req_b", "req_c", "req_d"),
    standIn: fc.option(fc.constantFrom("req_x", "req_y"), { nil: undefined }),
    session: fc.constantFrom("ses_a", "ses_b"),
    source: fc.constantFrom("claude-code/hooks", "claude-code/transcript", "claude-code/otel"),
    tokens: fc.integer({ min: 0, max: 1_000_000 }),
    afterMs: fc.integer({ min: 0, max: 15_000 }),
  });
  const step = fc.oneof(
    { weight: 3, arbitrary: told },
    { weight: 1, arbitrary: fc.record({ lookBackMs: fc.integer({ min: 0, max: 10 * MINUTE }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, window, respond, reference } = setUp();
      for (const each of steps) {
        if ("request" in each) await respond(each);
        else assert.equal(await window.since(clock.now() - each.lookBackMs), reference(clock.now() - each.lookBackMs));
      }
    }),
    { numRuns: 300 },
  );
});

const one: Told = { request: "req_a", session: "ses_a", source: "claude-code/hooks", tokens: 1_000_000, afterMs: 0 };

test("each event is read once, however often somebody asks, and again only for one who looks further back", async () => {
  const { clock, window, respond, reads } = setUp();
  for (let no = 0; no < 30; no++) await respond({ ...one, request: `req_${no}`, afterMs: MINUTE });
  const hour = () => window.since(clock.now() - 60 * MINUTE);
  assert.equal(await hour(), 30_000_000);
  for (let look = 0; look < 500; look++) {
    clock.advance(SLICE);
    await hour();
    await window.since(clock.now() - 15 * MINUTE);
  }
  assert.equal(reads(), 30);
  assert.equal(await hour(), 0);
  await respond({ ...one, request: "req_new" });
  assert.equal(await hour(), 1_000_000);
  assert.equal(reads(), 31);
  assert.equal(await window.since(clock.now() - 24 * 60 * MINUTE), 31_000_000);
  assert.equal(reads(), 62);
});

test("more requests than are known one by one still count", async () => {
  const { clock, window, respond } = setUp();
  const count = 20_500;
  for (let no = 0; no < count; no++) await respond({ ...one, request: `req_${no}` });
  assert.equal(await window.since(clock.now() - MINUTE), count * 1_000_000);
  await respond({ ...one, request: "req_late" });
  await respond({ ...one, request: "req_late", source: "claude-code/transcript" });
  assert.equal(await window.since(clock.now() - MINUTE), (count + 1) * 1_000_000);
});
