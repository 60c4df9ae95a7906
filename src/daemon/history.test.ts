import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { encodeSession } from "../projections/encode.ts";
import { canonical } from "../projections/fuse.ts";
import { createSessionFold, type Session } from "../projections/session.ts";
import { ofSession } from "../projections/state.ts";
import { checkpointKeep, trimSession, type Keep } from "../projections/trim.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { createHistory } from "./history.ts";

const START = Date.UTC(2026, 10, 20, 10);
const SESSION = "ses_random" as SessionId;

const text = (session: Session | undefined): string =>
  session === undefined ? "none" : canonical(JSON.parse(JSON.stringify(encodeSession(session))));
const sums = (session: Session | undefined): string =>
  session === undefined
    ? "none"
    : canonical([session.facts, [...session.calls.totals].toSorted(), [...session.usage.totals].toSorted(), session.messages.total]);

function foldTo(events: readonly StoredEvent[], isPast: (event: StoredEvent) => boolean, detail = false): Session | undefined {
  const fold = createSessionFold({ detail });
  let session: Session | undefined;
  for (const event of events) {
    if (isPast(event)) break;
    if (ofSession(event)) session = fold(session, event);
  }
  return session;
}

function toDraft(event: StoredEvent): EventDraft {
  const { seq: _, ...draft } = event;
  return draft as EventDraft;
}

const tinyKeep: Keep = { calls: 1, agents: 1, turns: 1, messages: 0 };

test("at any point the session is the fold of what was known: whole, in detail, and from checkpoints of any kind", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      randomSessionEvents({ maxLength: 90 }),
      fc.array(
        fc.record({
          at: fc.nat(90),
          keep: fc.constantFrom(undefined, tinyKeep, { ...tinyKeep, recentMs: 30_000 }, checkpointKeep, {
            ...checkpointKeep,
            recentAtMost: 3,
          }),
        }),
        {
          maxLength: 5,
        },
      ),
      fc.array(fc.nat(90), { minLength: 3, maxLength: 3 }),
      fc.array(fc.nat(600_000), { minLength: 3, maxLength: 3 }),
      async (events, checkpoints, seqs, times) => {
        const log = createMemoryLog({ clock: systemClock });
        await log.append(events.map(toDraft));
        const history = createHistory(log);
        for (const { at, keep } of checkpoints.toSorted((a, b) => a.at - b.at)) {
          const session = foldTo(events, (event) => event.seq > at);
          if (session === undefined) continue;
          const state = keep === undefined ? session : trimSession(session, keep);
          const shownAtMs = Date.parse(session.facts.last_at ?? "");
          log.checkpoints.save({
            sessionId: SESSION,
            seq: Math.min(at, events.length),
            shownAtMs,
            state: JSON.stringify(encodeSession(state)),
          });
        }
        const points = [
          ...seqs.map((seq) => [{ seq }, (event: StoredEvent) => event.seq > seq] as const),
          ...times.map((ms) => [{ ms: START + ms }, (event: StoredEvent) => Date.parse(event.timestamp) > START + ms] as const),
        ];
        for (const [point, isPast] of points) {
          assert.equal(text(history.wholeSession(SESSION, point)), text(foldTo(events, isPast)));
          assert.equal(text(history.wholeSession(SESSION, point, { detail: true })), text(foldTo(events, isPast, true)));
          const found = history.sessionAt(SESSION, point);
          assert.equal(sums(found), sums(foldTo(events, isPast)));
          if (found?.trimmed_at === undefined && found?.marks.size === foldTo(events, isPast)?.marks.size)
            assert.equal(text(found), text(foldTo(events, isPast)));
        }
        await log.close();
      },
    ),
    {
      numRuns: 200,
      asyncReporter: async (details) => {
        t.diagnostic(`seed ${details.seed}`);
        if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
      },
    },
  );
});

test("a session that has not begun at a point is none, and one that nobody knows is none", async () => {
  const log = createMemoryLog({ clock: systemClock });
  const history = createHistory(log);
  await log.append([
    {
      id: "a",
      type: "session.started",
      timestamp: new Date(START).toISOString(),
      source: "claude-code/hook",
      session_id: SESSION,
      data: {},
    },
  ] as unknown as EventDraft[]);
  assert.equal(history.sessionAt(SESSION, { seq: 0 }), undefined);
  assert.equal(history.sessionAt(SESSION, { ms: START - 1 }), undefined);
  assert.equal(history.sessionAt(SESSION, { ms: START })?.session_id, SESSION);
  assert.equal(history.sessionAt("ses_other" as SessionId, { seq: 1 }), undefined);
});

test("whoever can wait has a long session folded in pieces, and others are served between them", async () => {
  const log = createMemoryLog({ clock: systemClock });
  await log.append(
    Array.from({ length: 1_000 }, (_, no) => ({
      id: `e${no}`,
      type: "tool.ended",
      timestamp: new Date(START + no * 1_000).toISOString(),
      source: "x/hook",
      session_id: SESSION,
      data: { call_id: `call_${no}`, outcome: "ok" },
    })) as unknown as EventDraft[],
  );
  let ms = START;
  let served = 0;
  const soon = (task: () => void): void => {
    served++;
    systemClock.soon(task);
  };
  const history = createHistory(log, { now: () => (ms += 5), soon });
  const point = { ms: START + 900_000 };
  assert.equal(text(await history.wholeInPieces(SESSION, point)), text(history.wholeSession(SESSION, point)));
  assert.ok(served >= 5, `others were served ${served} times`);
});
