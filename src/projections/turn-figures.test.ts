import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { lastBegun } from "./cache.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { turnFigures } from "./turn-figures.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();

function fold(events: readonly StoredEvent[]): Session | undefined {
  return events.filter(ofSession).reduce<Session | undefined>((session, event) => foldSession(session, event), undefined);
}

function story(facts: readonly (readonly [type: string, second: number, data: object, agent?: string])[]): Session {
  return fold(
    facts.map(([type, second, data, agent_id = "agt_main"], index) => ({
      seq: index + 1,
      id: `e${index}`,
      type,
      timestamp: at(second),
      source: "claude-code/transcript",
      session_id: "ses_1",
      agent_id,
      data,
    })) as unknown as StoredEvent[],
  )!;
}

test("each turn has its own tokens, calls, failures, compactions and the fill that its newest request left", () => {
  const usage = { input: 10, cache_read: 100, output: 5 };
  const figures = turnFigures(
    story([
      ["turn.started", 1, { turn_id: "trn_1", prompt: "first" }],
      ["model.responded", 2, { request_id: "req_1", model: "opus", usage }],
      ["tool.started", 3, { call_id: "call_1", name: "Bash" }],
      ["tool.ended", 4, { call_id: "call_1", outcome: "error" }],
      ["turn.started", 10, { turn_id: "trn_2", prompt: "second" }],
      ["model.failed", 11, { class: "overloaded" }],
      ["context.compacted", 12, { trigger: "auto" }],
      ["model.responded", 13, { request_id: "req_2", model: "haiku", usage: { ...usage, cache_read: 0 } }],
      ["model.responded", 14, { request_id: "req_3", turn_id: "trn_2", model: "haiku", usage }, "agt_helper"],
      ["tool.started", 15, { call_id: "call_2", name: "Read" }],
    ]),
  );
  assert.deepEqual(
    figures.map(({ turn, requests, tokens, models, calls, failed_calls, failed_requests, compactions, context_tokens }) => ({
      id: turn.turn_id as string,
      requests: requests.length,
      read: tokens.cache_read,
      models,
      calls,
      failed_calls,
      failed_requests,
      compactions,
      context_tokens,
    })),
    [
      {
        id: "trn_1",
        requests: 1,
        read: 100,
        models: ["opus"],
        calls: 1,
        failed_calls: 1,
        failed_requests: 0,
        compactions: 0,
        context_tokens: 115,
      },
      {
        id: "trn_2",
        requests: 2,
        read: 100,
        models: ["haiku"],
        calls: 1,
        failed_calls: 0,
        failed_requests: 1,
        compactions: 1,
        context_tokens: 15,
      },
    ],
  );
});

test("the figures do not care in which order, or how often, events arrived", () => {
  fc.assert(
    fc.property(randomSessionEvents(), fc.infiniteStream(fc.nat()), (events, picks) => {
      const shuffled = [...events, ...events].map((event) => ({ event, key: picks.next().value as number }));
      const other = fold(shuffled.toSorted((a, b) => a.key - b.key).map(({ event }) => event));
      const one = fold(events);
      if (one === undefined || other === undefined) return;
      assert.deepEqual(turnFigures(other), turnFigures(one));
    }),
    { numRuns: 150 },
  );
});

test("the last turn begun at a moment is the one that a search from the end finds", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(59)), fc.nat(59), (seconds, second) => {
      const turns = seconds.toSorted((a, b) => a - b).map((started) => ({ started_at: at(started) }));
      assert.equal(
        lastBegun(turns, at(second)),
        turns.findLast(({ started_at }) => started_at <= at(second)),
      );
    }),
  );
});
