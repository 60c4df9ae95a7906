import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../contract/events/index.ts";
import { encodeSession, type WireSession } from "./encode.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { needsWhole, trimSession, type Keep } from "./trim.ts";

const keep: Keep = { calls: 1, agents: 1, turns: 1, messages: 1 };

type Fact = readonly [type: string, second: number, data: object, agent?: string, way?: string];

function eventsOf(facts: readonly Fact[]): StoredEvent[] {
  return facts.map(([type, second, data, agent_id, way = "hook"], index) => ({
    seq: index + 1,
    id: `e${index + 1}`,
    type,
    timestamp: new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString(),
    source: `claude-code/${way}`,
    session_id: "ses_1",
    ...(agent_id === undefined ? {} : { agent_id }),
    data,
  })) as unknown as StoredEvent[];
}

function fold(events: readonly StoredEvent[], from?: Session): Session | undefined {
  return events.filter(ofSession).reduce((session, event) => foldSession(session, event), from);
}

/** The picture of a session that was trimmed after its first `cut` facts and went on, and of one that was trimmed only at the end. */
function bothWays(facts: readonly Fact[], cut: number): readonly [WireSession, WireSession] {
  const events = eventsOf(facts);
  let session = trimSession(fold(events.slice(0, cut))!, keep);
  for (const [offset, event] of events.slice(cut).entries()) {
    if (needsWhole(session, event)) session = fold(events.slice(0, cut + offset))!;
    session = fold([event], session)!;
  }
  return [encodeSession(trimSession(session, keep)), encodeSession(trimSession(fold(events)!, keep))];
}

test("tokens of a prompt without a turn are in the sum and nowhere else, whenever the session was trimmed", () => {
  const [went, whole] = bothWays(
    [
      ["tool.ended", 0, { call_id: "call_1", outcome: "ok" }],
      ["tool.ended", 20, { call_id: "call_2", outcome: "ok" }],
      ["turn.ended", 0, { usage: { cache_read: 1 } }],
    ],
    2,
  );
  assert.deepEqual(went.prompt_tokens, whole.prompt_tokens);
  assert.deepEqual([went.prompt_tokens?.by_turn, went.prompt_tokens?.sum.own.cache_read], [[], 1]);
});

test("a session that nothing is let go of stays as it is", () => {
  const session = fold(eventsOf([["turn.ended", 0, { usage: { output: 1 } }]]))!;
  assert.equal(trimSession(session, keep), session);
});

test("words that another way tells so late that what was said before is let go of are said again, also where nothing was", () => {
  const words = (message_id: string) => ({ message_id, role: "assistant", parts: [{ kind: "text", text: "Go on." }] });
  const facts = (apart: number): Fact[] => [
    ["message.added", 0, words("msg_1")],
    ["message.added", 10, { ...words("msg_2"), parts: [{ kind: "text", text: "Done." }] }],
    ["message.added", apart, words("msg_3"), undefined, "transcript"],
  ];
  for (const [apart, total] of [
    [120, 2],
    [121, 3],
  ] as const) {
    const [went, whole] = bothWays(facts(apart), 2);
    assert.deepEqual([went.messages.total, whole.messages.total], [total, total]);
  }
});

test("of words told one after another the next is counted by all before it, also where only the last of them stayed", () => {
  const words = (message_id: string) => ({ message_id, role: "assistant", parts: [{ kind: "text", text: "Go on." }] });
  const [went, whole] = bothWays(
    [
      ["message.added", 0, words("msg_1")],
      ["message.added", 100, words("msg_2"), undefined, "transcript"],
      ["message.added", 200, words("msg_3")],
      ["message.added", 310, words("msg_4"), undefined, "otel"],
    ],
    2,
  );
  assert.deepEqual([went.messages.total, whole.messages.total], [2, 2]);
});

test("an agent that was let go of is the same agent in whatever is told of it soon after, also with a call that stayed or a prompt that waits", () => {
  for (const [type, data] of [
    ["tool.ended", { call_id: "call_1", outcome: "ok" }],
    ["prompt.queued", { prompt: "Go on." }],
  ] as const) {
    const [went, whole] = bothWays(
      [
        ["agent.ended", 0, { outcome: "completed" }, "agt_a"],
        ["tool.ended", 50, { call_id: "call_1", outcome: "ok" }],
        ["agent.ended", 50, { outcome: "completed" }, "agt_b"],
        [type, 51, data, "agt_a"],
      ],
      3,
    );
    assert.deepEqual(went, whole);
  }
});

test("the first prompt names a session once its turn was let go of, and not a turn that stayed and turned out to be another agent's", () => {
  const facts: Fact[] = [
    ["turn.started", 0, { turn_id: "trn_1", prompt: "Look around." }],
    ["turn.ended", 1, { turn_id: "trn_1" }],
    ["tool.ended", 1, { call_id: "call_1", outcome: "ok" }],
    ["tool.ended", 2, { call_id: "call_2", outcome: "ok" }],
    ["turn.started", 3, { turn_id: "trn_1" }, "agt_a"],
  ];
  const [went, whole] = bothWays(facts, 4);
  assert.deepEqual([went.trimmed?.title, whole.trimmed?.title], [undefined, undefined]);
  assert.equal(trimSession(fold(eventsOf(facts.slice(0, 4)))!, { ...keep, turns: 0 }).trimmed?.title, "Look around.");
});

test("agents are let go of in one order, at once or one after another", () => {
  const ended: Fact[] = [3, 2, 1, 9].map((second, no) => ["agent.ended", second, { outcome: "completed" }, `agt_${no}`]);
  const session = fold(eventsOf(ended))!;
  const gone = (of: Session) => of.trimmed?.gone?.map(([agent]) => agent);
  const after = [3, 2, 1].reduce((of, agents) => trimSession(of, { ...keep, agents }), session);
  assert.deepEqual(gone(after), ["agt_2", "agt_1", "agt_0"]);
  assert.deepEqual(gone(trimSession(session, keep)), gone(after));
});

test("a turn that was let go of and ends once more, however late, is the same turn", () => {
  const [went, whole] = bothWays(
    [
      ["turn.started", 0, { turn_id: "trn_1", prompt: "Look around." }],
      ["turn.ended", 1, { turn_id: "trn_1" }],
      ["turn.started", 2, { turn_id: "trn_2" }],
      ["turn.ended", 3, { turn_id: "trn_2" }],
      ["turn.ended", 500, { turn_id: "trn_1" }],
    ],
    4,
  );
  assert.deepEqual(went, whole);
  assert.equal(went.turns[0]?.[1].prompt, "Look around.");
});
