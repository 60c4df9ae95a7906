import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog, type LogReader } from "../log/index.ts";
import { foldSession, type Session } from "../projections/session.ts";
import { ofSession } from "../projections/state.ts";
import { viewCalls } from "../projections/views.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { requestsByTurn, turnBegun } from "../projections/cache.ts";
import { createCalls } from "./calls.ts";
import { createRequests } from "./requests.ts";
import { createIndexer } from "./indexer.ts";
import { schema } from "./schema.ts";

type Rows = readonly string[];

function openDatabase(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec(schema);
  db.exec("INSERT INTO meta VALUES ('cursor', '0'), ('cursor_id', '')");
  return db;
}

/** What the fold of everything shows of each call and request, and the turn of each. */
function rowsOfFold(events: readonly StoredEvent[]): Rows {
  const sessions = new Map<string, Session>();
  for (const event of events) if (ofSession(event)) sessions.set(event.session_id, foldSession(sessions.get(event.session_id), event));
  return [...sessions.values()].flatMap((session) => [...callsOfFold(session), ...requestsOfFold(session)]).toSorted();
}

function callsOfFold(session: Session): Rows {
  const begun = turnBegun(session);
  return viewCalls(session).map((call) => {
    const turn_id = call.turn_id ?? begun(call.agent_id, call.started_at ?? call.ended_at ?? "");
    return shown({ session_id: session.session_id, ...call, turn_id, from: undefined, input: undefined, output: undefined });
  });
}

function requestsOfFold(session: Session): Rows {
  const turns = new Map([...requestsByTurn(session)].flatMap(([turn, own]) => own.map((request) => [request, turn] as const)));
  return [...session.usage.requests.values()].map((request) =>
    shown({ session_id: session.session_id, ...request, turn_id: turns.get(request), from: undefined, segments: undefined }),
  );
}

function rowsOf(db: DatabaseSync): Rows {
  const all = { order: "oldest", limit: 10_000, after: undefined } as const;
  const { items: requests, total } = createRequests(db).list({}, all);
  assert.equal(total, requests.length);
  return [...createCalls(db).list({}, all).items, ...requests].map((row) => shown({ ...row, project: undefined })).toSorted();
}

function shown(row: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

const sessionsOf = fc
  .array(randomSessionEvents({ maxLength: 40 }), { minLength: 1, maxLength: 4 })
  .map((lists) =>
    lists.map((events, no) =>
      events.map(({ seq: _seq, ...event }) => ({ ...event, id: `${no} ${event.id}`, session_id: `ses_${no}` }) as EventDraft),
    ),
  );

test("rows are the calls and requests that the fold shows, each in its turn: sessions told in turns, repeated, let go, trimmed, and texts taken out between", async () => {
  await fc.assert(
    fc.asyncProperty(
      sessionsOf,
      fc.infiniteStream(fc.nat(3)),
      fc.record({
        page: fc.integer({ min: 1, max: 9 }),
        heldSessions: fc.integer({ min: 1, max: 3 }),
        heldEntities: fc.integer({ min: 0, max: 12 }),
      }),
      fc.nat(40),
      async (sessions, turns, sizes, retainedAt) => {
        const log = createMemoryLog({ clock: systemClock });
        const reader: LogReader = { head: log.head, read: (query) => log.read(query), body: () => undefined, close: () => undefined };
        const rest = sessions.map((events) => [...events]);
        const drafts: EventDraft[] = [];
        while (rest.some(({ length }) => length > 0)) {
          const next = rest[turns.next().value! % rest.length]!.shift();
          if (next !== undefined) drafts.push(next);
          if (drafts.length === retainedAt)
            drafts.push({
              id: "retained",
              type: "retention.applied",
              timestamp: new Date(0).toISOString(),
              source: "orrery",
              data: { session_ids: ["ses_0"] },
            } as unknown as EventDraft);
        }
        let db = openDatabase();
        let indexer = createIndexer(db, reader, sizes);
        for (let at = 0; at < drafts.length; at += 10) {
          // An append that is repeated changes nothing.
          await log.append(drafts.slice(Math.max(0, at - 3), at + 10));
          while (indexer.step());
          // A start with what is on disk and nothing held.
          if (at % 20 === 0) indexer = createIndexer(db, reader, sizes);
        }
        const events = log.read({ limit: 10_000 });
        const expected = rowsOfFold(events);
        assert.deepEqual(rowsOf(db), expected, "as it came");
        db = openDatabase();
        indexer = createIndexer(db, reader);
        while (indexer.step());
        assert.deepEqual(rowsOf(db), expected, "made anew");
      },
    ),
    { numRuns: 300 },
  );
});

test("a call that a session left open runs again once the session shows a sign of life after its end", async () => {
  const log = createMemoryLog({ clock: systemClock });
  const db = openDatabase();
  const indexer = createIndexer(db, { head: log.head, read: (query) => log.read(query), body: () => undefined, close: () => undefined });
  const tell = async (id: string, type: string, second: number, data: object): Promise<void> => {
    const timestamp = new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();
    await log.append([{ id, type, timestamp, source: "claude-code/hook", session_id: "ses_a", data } as unknown as EventDraft]);
    while (indexer.step());
  };
  await tell("1", "tool.started", 0, { call_id: "call_1", name: "Read" });
  await tell("2", "session.ended", 1, {});
  assert.match(rowsOf(db)[0]!, /"outcome":"interrupted"/);
  await tell("3", "tool.started", 2, { call_id: "call_2", name: "Read" });
  assert.match(rowsOf(db)[0]!, /"state":"running"/);
  assert.deepEqual(rowsOf(db), rowsOfFold(log.read({ limit: 10 })));
});

test("after words were taken out, a turn that the next page gives to another agent loses the requests of the first", async () => {
  const log = createMemoryLog({ clock: systemClock });
  const db = openDatabase();
  const reader: LogReader = { head: log.head, read: (query) => log.read(query), body: () => undefined, close: () => undefined };
  const indexer = createIndexer(db, reader, { page: 1, heldSessions: 1, heldEntities: 0 });
  const draft = (id: string, type: string, data: object, of: object = { session_id: "ses_a" }): EventDraft =>
    ({ id, type, timestamp: "2026-11-20T10:00:00.000Z", source: "claude-code/hook", ...of, data }) as unknown as EventDraft;
  await log.append([draft("1", "turn.started", { turn_id: "trn_1" }), draft("2", "model.responded", { request_id: "req_1" })]);
  while (indexer.step());
  assert.match(rowsOf(db)[0]!, /"turn_id":"trn_1"/);
  await log.append([
    draft("3", "retention.applied", { session_ids: ["ses_a"] }, {}),
    draft("4", "turn.started", { turn_id: "trn_1" }, { session_id: "ses_a", agent_id: "agt_helper" }),
  ]);
  while (indexer.step());
  assert.deepEqual(rowsOf(db), rowsOfFold(log.read({ limit: 10 })));
});
