import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../../src/contract/events/index.ts";
import { createSessionFold, type Session } from "../../../../src/projections/session.ts";
import { createConversation } from "./conversation.ts";
import { createFeed } from "./feed.ts";

const conversation: ReturnType<typeof createConversation> = (...of) => createConversation()(...of);
let seq = 0;
const event = (type: string, ms: number, data: object, agent_id = "agt_main"): StoredEvent =>
  ({
    seq: ++seq,
    id: `e${seq}`,
    type,
    timestamp: new Date(Date.UTC(2026, 10, 20, 9) + ms).toISOString(),
    source: "x/hook",
    session_id: "ses_1",
    agent_id,
    data,
  }) as unknown as StoredEvent;
const says = (ms: number, id: string, text: string, agent?: string, role = "assistant") =>
  event("message.added", ms, { message_id: `msg_${id}`, role, parts: [{ kind: "text", text }] }, agent);

function story(): StoredEvent[] {
  return [
    says(0, "a", "Go", undefined, "user"),
    event("tool.started", 10, { call_id: "call_1", name: "Agent", kind: "agent" }),
    event("agent.spawned", 11, { parent_agent_id: "agt_main", call_id: "call_1", edge: "reported", name: "helper" }, "agt_x"),
    event("tool.started", 12, { call_id: "call_2", name: "Read" }, "agt_x"),
    says(13, "b", "I looked", "agt_x"),
    event("tool.ended", 20, { call_id: "call_1", outcome: "ok" }),
    says(21, "c", "Done"),
  ];
}
const shape = (session: Session, opened: readonly string[]) =>
  conversation(session, new Set(opened), 0).map((row) => `${"  ".repeat(row.depth)}${row.kind} ${row.key}`);

test("a turn's line stands after all of it and before the next one, with the tokens of its requests", () => {
  const fold = createSessionFold({ detail: true });
  const answered = (ms: number, id: string, output: number) =>
    event("model.responded", ms, { request_id: `req_${id}`, model: "m", usage: { input: 1, output } });
  const told = [
    says(0, "a", "Go", undefined, "user"),
    event("turn.started", 1, { turn_id: "trn_1" }),
    answered(4_000, "1", 10),
    answered(5_000, "2", 20),
    event("turn.ended", 5_001, { turn_id: "trn_1" }),
    says(5_200, "b", "Done"),
    says(20_000, "c", "Again", undefined, "user"),
    event("turn.started", 20_004, { turn_id: "trn_2" }),
    says(21_000, "d", "Working"),
  ];
  const session = told.reduce<Session | undefined>((state, one) => fold(state, one as never), undefined)!;
  assert.deepEqual(shape(session, []), [
    "message msg_a",
    "message msg_b",
    "turn turn trn_1",
    "message msg_c",
    "message msg_d",
    "turn turn trn_2",
  ]);
  const turns = conversation(session, new Set(), 0).flatMap((row) => (row.kind === "turn" ? [[row.requests, row.tokens.output]] : []));
  assert.deepEqual(turns, [
    [2, 30],
    [0, 0],
  ]);
});

test("of two turns close together each has its own: what came just before the next prompt is not taken for the next turn's", () => {
  const fold = createSessionFold({ detail: true });
  const prompt = (ms: number, id: string, turn_id: string) =>
    event("message.added", ms, { message_id: `msg_${id}`, role: "user", parts: [{ kind: "text", text: id }], turn_id });
  const told = [
    event("turn.started", 0, { turn_id: "trn_1" }),
    prompt(1, "one", "trn_1"),
    event("tool.started", 400, { call_id: "call_1", name: "Read" }),
    says(900, "b", "Done"),
    event("turn.ended", 950, { turn_id: "trn_1" }),
    prompt(1_000, "two", "trn_2"),
    event("turn.started", 1_010, { turn_id: "trn_2" }),
    says(1_100, "d", "Done too"),
  ];
  const session = told.reduce<Session | undefined>((state, one) => fold(state, one as never), undefined)!;
  assert.deepEqual(shape(session, []), [
    "message msg_one",
    "call call_1",
    "message msg_b",
    "turn turn trn_1",
    "message msg_two",
    "message msg_d",
    "turn turn trn_2",
  ]);
});

test("a sub-agent's conversation lies inside the call that started it, closed until it is opened", () => {
  const fold = createSessionFold({ detail: true });
  const session = story().reduce<Session | undefined>((state, one) => fold(state, one as never), undefined)!;
  assert.deepEqual(shape(session, []), ["message msg_a", "call call_1", "  agent agent agt_x", "message msg_c"]);
  assert.deepEqual(shape(session, ["agt_x"]), [
    "message msg_a",
    "call call_1",
    "  agent agent agt_x",
    "    call call_2",
    "    message msg_b",
    "message msg_c",
  ]);
});

test("the newest page first, older ones on demand, live events as they come: the same conversation", async () => {
  const events = story();
  const many = [...Array.from({ length: 1_500 }, (_, i) => says(-2_000 + i, `old${i}`, `line ${i}`)), ...events].map(
    (one, i) => ({ ...one, seq: i + 1, id: `n${i}` }) as StoredEvent,
  );
  const live = many.slice(-2);
  const stored = many.slice(0, -2);
  const asked: (number | undefined)[] = [];
  const feed = createFeed({
    sessionId: "ses_1",
    until: undefined,
    listEvents: async ({ before, limit }) => {
      asked.push(before);
      return {
        items: stored
          .filter((one) => before === undefined || one.seq < before)
          .toReversed()
          .slice(0, limit),
      };
    },
  });
  feed.take(live);
  await new Promise(setImmediate);
  assert.equal(feed.state().status, "ready");
  assert.equal(feed.state().older, "some");
  while (feed.state().older === "some") await feed.readOlder();
  const fold = createSessionFold({ detail: true });
  const whole = many.reduce<Session | undefined>((state, one) => fold(state, one as never), undefined)!;
  assert.deepEqual(shape(feed.state().session!, ["agt_x"]), shape(whole, ["agt_x"]));
  assert.equal(new Set(asked).size, asked.length);
});

test("a past moment takes nothing later", async () => {
  const feed = createFeed({
    sessionId: "ses_1",
    until: "2026-11-20T09:00:00.010Z",
    listEvents: async ({ until }) => ({
      items: story()
        .filter((one) => one.timestamp <= until!)
        .toReversed(),
    }),
  });
  await new Promise(setImmediate);
  const before = feed.state();
  feed.take(story());
  assert.equal(feed.state(), before);
  assert.equal(before.session!.calls.map.size, 1);
});

test("a feed that cannot be read says why", async () => {
  const feed = createFeed({ sessionId: "ses_1", until: undefined, listEvents: () => Promise.reject(new Error("No Orrery answers.")) });
  await new Promise(setImmediate);
  assert.deepEqual([feed.state().status, feed.state().problem], ["failed", "No Orrery answers."]);
});
