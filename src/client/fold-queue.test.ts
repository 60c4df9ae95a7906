import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../contract/events/index.ts";
import type { CallId, SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { mapOf } from "../lib/persistent-map.ts";
import { encodeSession } from "../projections/encode.ts";
import { foldSession, type Session } from "../projections/session.ts";
import { emptyState, foldState, type State } from "../projections/state.ts";
import { checkpointKeep, pictureKeep, trimSession, weightOf } from "../projections/trim.ts";
import { viewSession } from "../projections/views.ts";
import { syntheticEvents } from "../testing/synthetic.ts";
import { createFoldQueue } from "./fold-queue.ts";

for (const [pace, stepMs, most] of [
  ["slowly", 1_000, 4_500],
  ["fast", 20, 8_000],
] as const)
  test(`a page that stays open while much is told ${pace} does not grow with what it has seen, and its sums stay exact`, () => {
    // Nobody asks: whatever is told in order never concerns what was let go.
    const fetchSession = (): Promise<undefined> => assert.fail("a session was read again");
    const queue = createFoldQueue({
      clock: systemClock,
      random: () => 0,
      fetchSession,
      onFolded: () => undefined,
      onOverflow: () => undefined,
    });
    let expected: State = emptyState;
    let seq = 0;
    let heaviest = 0;
    for (const draft of syntheticEvents({ events: 20_000, parallel: 2, eventsPerSession: 1_000_000, stepMs })) {
      const event = { ...draft, seq: ++seq } as StoredEvent;
      expected = foldState(expected, event);
      queue.take(event);
      if (seq % 1_000 === 0) heaviest = Math.max(heaviest, ...[...queue.state().sessions.values()].map(weightOf));
    }
    const atMs = Date.parse([...expected.sessions.values()][0]!.facts.last_at!);
    assert.equal(queue.state().seq, expected.seq);
    for (const [id, session] of expected.sessions) {
      const kept = queue.state().sessions.get(id)!;
      assert.deepEqual(viewSession(kept, atMs), viewSession(session, atMs));
      assert.ok(weightOf(session) > 6_000, "there was much to let go of");
    }
    assert.ok(heaviest < most, `${heaviest} entities`);
  });

test("of a session that a snapshot left things out of the recent part is read, and the whole only for a fact about what is long past", async () => {
  const events = [...syntheticEvents({ events: 3_002, parallel: 1, eventsPerSession: 1_000_000, stepMs: 500 })].map(
    (draft, index) => ({ ...draft, seq: index + 1 }) as StoredEvent & { readonly session_id: SessionId },
  );
  const [next, after] = events.slice(-2) as [StoredEvent, StoredEvent];
  const call = { call_id: "call_late" as CallId, name: "Read", outcome: "ok" as const };
  const late = { ...after, seq: 3_002, id: "late", type: "tool.ended", timestamp: events[500]!.timestamp, data: call } as StoredEvent;
  const sessionAt = (seq: number): Session => events.slice(0, seq).reduce<Session | undefined>(foldSession, undefined)!;
  const asked: (readonly [seq: number, isWhole: boolean])[] = [];
  const queue = createFoldQueue({
    clock: systemClock,
    random: () => 0,
    async fetchSession({ seq, isWhole }) {
      asked.push([seq, isWhole]);
      return { session: encodeSession(isWhole ? sessionAt(seq) : trimSession(sessionAt(seq), checkpointKeep)) };
    },
    onFolded: () => undefined,
    onOverflow: () => undefined,
  });
  const picture = trimSession(sessionAt(3_000), pictureKeep);
  queue.reset({ seq: 3_000, sessions: mapOf([[picture.session_id, picture]]) });
  for (const event of [next, late]) {
    queue.take(event);
    while (queue.state().seq < event.seq) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(asked, [
    [3_000, false],
    [3_001, false],
    [3_001, true],
  ]);
  const whole = foldSession(sessionAt(3_001), late as StoredEvent & { readonly session_id: SessionId });
  assert.deepEqual(encodeSession(queue.state().sessions.get(picture.session_id)!), encodeSession(whole));
});

test("an event that cannot be folded of a session that was left out is counted, and holds nothing up", async () => {
  const events = [...syntheticEvents({ events: 400, parallel: 1, eventsPerSession: 1_000_000, stepMs: 500 })].map(
    (draft, index) => ({ ...draft, seq: index + 1 }) as StoredEvent & { readonly session_id: SessionId },
  );
  const session = trimSession(events.reduce<Session | undefined>(foldSession, undefined)!, pictureKeep);
  const queue = createFoldQueue({
    clock: systemClock,
    random: () => 0,
    fetchSession: async () => ({ session: encodeSession(session) }),
    onFolded: () => undefined,
    onOverflow: () => undefined,
  });
  queue.reset({ seq: 400, sessions: mapOf<SessionId, Session>([]) });
  queue.take({
    ...events[399]!,
    id: "broken",
    seq: 401,
    type: "tool.ended",
    data: {},
  } as unknown as StoredEvent);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([queue.state().seq, queue.broken()], [401, 1]);
});
