import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../contract/events/index.ts";
import { systemClock } from "../lib/clock.ts";
import { emptyState, foldState, type State } from "../projections/state.ts";
import { weightOf } from "../projections/trim.ts";
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
