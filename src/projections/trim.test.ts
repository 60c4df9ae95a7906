import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { decodeSession, encodeSession, type WireSession } from "./encode.ts";
import { viewQueue } from "./queue.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { checkpointKeep, createTrimmer, foldKeep, needsWhole, pictureKeep, trimSession, type Keep } from "./trim.ts";
import { isOpenAsk, viewAsks } from "./view-asks.ts";
import { viewAgents, viewSession } from "./views.ts";

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

/** The session after all events, let go of what `cuts` say after so many of them, and read whole wherever that is needed. */
function goneOn(events: readonly StoredEvent[], cuts: ReadonlyMap<number, Keep>): Session | undefined {
  let session: Session | undefined;
  for (const [no, event] of events.entries()) {
    const kept = cuts.get(no);
    if (kept !== undefined && session !== undefined) session = throughJson(trimSession(session, kept));
    if (needsWhole(session, event)) session = fold(events.slice(0, no));
    session = fold([event], session);
  }
  return session;
}

const throughJson = (session: Session): Session => decodeSession(JSON.parse(JSON.stringify(encodeSession(session))) as WireSession);

/** The picture of a session that was trimmed after its first `cut` facts and went on, and of one that was trimmed only at the end. */
function bothWays(facts: readonly Fact[], cut: number): readonly [WireSession, WireSession] {
  const events = eventsOf(facts);
  const went = goneOn(events, new Map([[cut, keep]]))!;
  return [encodeSession(trimSession(went, keep)), encodeSession(trimSession(fold(events)!, keep))];
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

test("an ask that was taken back under another name is over, also where what was told of it is let go of", () => {
  const went = goneOn(
    eventsOf([
      ["ask.withdrawn", 100, { ask_id: "ask_1-17951689" }],
      ["ask.opened", 0, { ask_id: "ask_1-17951688", kind: "permission" }],
      ["session.updated", 0, {}],
    ]),
    new Map([[2, pictureKeep]]),
  )!;
  assert.deepEqual(viewAsks(went).filter(isOpenAsk), []);
});

/** What lists and the Live screen show of a session. */
function shown(session: Session): unknown {
  const now = Date.UTC(2026, 10, 20, 10, 10);
  const alive = viewAgents(session, now).filter(({ status }) => status !== "ended");
  return {
    view: viewSession(session, now),
    alive: alive.map(({ running, asks, ...agent }) => [agent, running.map(({ call_id }) => call_id), asks.map(({ ask_id }) => ask_id)]),
    asks: viewAsks(session)
      .filter(isOpenAsk)
      .map(({ ask_id, agent_id, call_id }) => [ask_id, agent_id, call_id]),
    queue: viewQueue(session),
  };
}

test("a session that lets go of what is past now and then shows what the whole one shows", () => {
  const kinds = [pictureKeep, foldKeep, checkpointKeep, { ...foldKeep, recentMs: 30_000 }, { ...checkpointKeep, recentAtMost: 3 }];
  const cuts = fc.array(fc.tuple(fc.nat(50), fc.constantFrom(...kinds)), { maxLength: 4 });
  fc.assert(
    fc.property(randomSessionEvents({ maxLength: 50 }), cuts, (events, made) => {
      if (events.length > 0) assert.deepEqual(shown(throughJson(goneOn(events, new Map(made))!)), shown(throughJson(fold(events)!)));
    }),
    { numRuns: 200 },
  );
});

test("letting go of some and then of more is letting go of all at once", () => {
  const few: Keep = { calls: 3, agents: 2, turns: 2, messages: 3 };
  fc.assert(
    fc.property(
      randomSessionEvents({ maxLength: 50 }),
      fc.constantFrom(foldKeep, checkpointKeep, few, { ...few, recentMs: 30_000 }, { ...few, recentMs: 30_000, recentAtMost: 3 }),
      (events, more) => {
        if (events.length === 0) return;
        const session = throughJson(fold(events)!);
        const { trimmed_at: _, ...twice } = encodeSession(trimSession(throughJson(trimSession(session, more)), keep));
        const { trimmed_at: _at, ...once } = encodeSession(trimSession(session, keep));
        assert.deepEqual({ ...twice, marks: [] }, { ...once, marks: [] });
      },
    ),
    { numRuns: 200 },
  );
});

test("who follows a session lets go of what everybody else does, also where it was trimmed itself meanwhile", () => {
  fc.assert(
    fc.property(
      randomSessionEvents({ maxLength: 60 }),
      fc.constantFrom(pictureKeep, keep, { calls: 0, agents: 0, turns: 0, messages: 0 }),
      fc.array(fc.nat(60), { maxLength: 2 }),
      (events, kept, cuts) => {
        const trim = createTrimmer(kept);
        let session: Session | undefined;
        for (const [no, event] of events.entries()) {
          session = fold([event], session);
          if (session !== undefined && cuts.includes(no)) session = trimSession(session, { ...kept, recentMs: 20_000 });
          if (session !== undefined && no % 3 === 0)
            assert.deepEqual(encodeSession(trim(session)), encodeSession(trimSession(session, kept)));
        }
      },
    ),
    { numRuns: 200 },
  );
});
