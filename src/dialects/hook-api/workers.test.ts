import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../../contract/events/index.ts";
import type { ReadQuery } from "../../log/log.ts";
import { foldSession, type Session } from "../../projections/session.ts";
import { ofSession } from "../../projections/state.ts";
import { foldKeep, trimSession } from "../../projections/trim.ts";
import { createFakeClock } from "../../testing/gateway-fake-clock.ts";
import { randomSessionEvents } from "../../testing/random-session.ts";
import type { Picture } from "../picture.ts";
import { workersOf } from "./workers.ts";

test("workers that were asked for before are told as to somebody who asks for the first time", async () => {
  await fc.assert(
    fc.asyncProperty(randomSessionEvents({ maxLength: 80 }), fc.nat(80), async (events, cut) => {
      const clock = createFakeClock(Date.UTC(2026, 10, 20, 10, 10));
      const stored: StoredEvent[] = [];
      let session: Session | undefined;
      const listeners = new Set<(events: readonly StoredEvent[]) => void>();
      const newPicture = (): Picture =>
        ({
          clock,
          sessions: () => (session === undefined ? [] : [session]),
          readLog: ({ types = [], limit }: ReadQuery) =>
            stored
              .filter(({ type }) => (types as readonly string[]).includes(type))
              .toReversed()
              .slice(0, limit),
          onCommit: (listener: (events: readonly StoredEvent[]) => void) => listeners.add(listener),
          pricesAt: () => ({ price: () => undefined }),
        }) as unknown as Picture;
      const known = newPicture();
      for (const [no, event] of events.filter(ofSession).entries()) {
        session = foldSession(session, event);
        if (no === cut) session = trimSession(session, { ...foldKeep, calls: 1, recentMs: 20_000 });
        stored.push(event);
        for (const listener of listeners) listener([event]);
        if (no % 4 === 0) assert.deepEqual(await workersOf(known), await workersOf(newPicture()));
      }
    }),
    { numRuns: 2_000 },
  );
});
