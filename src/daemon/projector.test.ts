import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog, openSqliteLog } from "../log/index.ts";
import { mapOf } from "../lib/persistent-map.ts";
import type { EventLog } from "../log/log.ts";
import { decodeState, type WireState } from "../projections/encode.ts";
import { canonical } from "../projections/fuse.ts";
import { foldSession, type Session } from "../projections/session.ts";
import { ofSession } from "../projections/state.ts";
import { PICTURE_MS, viewAgents, viewSession, visibleSessions, type SessionView } from "../projections/views.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { syntheticEvents } from "../testing/synthetic.ts";
import { createHistory } from "./history.ts";
import { createProjector, type Limits, type Projector } from "./projector.ts";

const START = Date.UTC(2026, 10, 20, 10);
const NOW = START + 600_000;
const clock = { ...systemClock, now: () => NOW };
const light: Partial<Limits> = { checkpointEvery: 7, sessionEntities: 10 };
const small: Partial<Limits> = { checkpointEvery: 7, hotEntities: 60, hotSessions: 3 };

/** A few sessions told carelessly, interleaved in an order that the picks decide. */
const careless = fc
  .tuple(
    fc.array(randomSessionEvents({ maxLength: 70 }), { minLength: 1, maxLength: 5 }),
    fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
  )
  .map(([sessions, picks]) => {
    const queues = sessions.map((events, of) => events.map((event, index) => toDraft(event, of, index)));
    const drafts: EventDraft[] = [];
    for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
      const waiting = queues.filter((queue) => queue.length > 0);
      drafts.push(waiting[picks[turn % picks.length]! % waiting.length]!.shift()!);
    }
    return drafts;
  });

function toDraft(event: StoredEvent, of: number, index: number): EventDraft {
  const { seq: _, ...draft } = event;
  return { ...draft, id: `evt:${of}:${index}`, session_id: `ses_${of}` as SessionId } as EventDraft;
}

/** A tidy stream of longer sessions, a tenth of whose facts come late. */
function tidy(seed: number): EventDraft[] {
  const drafts = [
    ...syntheticEvents({ events: 1_500, parallel: 6, eventsPerSession: 200, agentsPerSession: 6, startMs: START, stepMs: 300, seed }),
  ];
  const keyed = drafts.map((draft, index) => ({ draft, at: (index * 7 + seed) % 10 === 0 ? index + ((index * 31 + seed) % 400) : index }));
  return keyed.toSorted((a, b) => a.at - b.at).map(({ draft }) => draft);
}

const stores = {
  memory: (): EventLog => createMemoryLog({ clock }),
  sqlite: (t: TestContext): EventLog => {
    const home = mkdtempSync(join(tmpdir(), "orrery-projector-"));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    return openSqliteLog({ home, clock });
  },
};

function follow(log: EventLog, limits: Partial<Limits> = {}): Projector {
  return createProjector({ log, history: createHistory(log), clock, limits });
}

async function append(log: EventLog, projector: Projector, drafts: readonly EventDraft[], settleEvery = Infinity): Promise<void> {
  const stop = log.onCommit(projector.apply);
  for (let at = 0, turn = 1; at < drafts.length; turn++) {
    const size = 1 + ((turn * 37) % 60);
    await log.append(drafts.slice(at, at + size));
    at += size;
    if (turn % settleEvery === 0) await (turn % 2 === 0 ? projector.settleAll() : projector.settle());
  }
  stop();
}

function scratch(log: EventLog, keep: (event: StoredEvent) => boolean = () => true): Map<SessionId, Session> {
  const sessions = new Map<SessionId, Session>();
  for (const event of log.read({ limit: 1_000_000 }))
    if (ofSession(event) && keep(event)) sessions.set(event.session_id, foldSession(sessions.get(event.session_id), event));
  return sessions;
}

/** What must be exact however much was let go: facts, sums, and every agent that is alive with what it is doing. */
function essence(session: Session, atMs: number): string {
  const view = viewSession(session, atMs);
  const alive = viewAgents(session, atMs).filter((agent) => agent.status !== "ended");
  return canonical({
    facts: session.facts,
    status: view.status,
    alive: alive
      .map(({ agent_id, label, status, running, calls, requests, tokens }) => [agent_id, label, status, running, calls, requests, tokens])
      .toSorted(),
    totals: [[...session.calls.totals].toSorted(), [...session.usage.totals].toSorted(), session.messages.total],
    counted: [view.calls, view.calls_total, view.messages, view.requests, view.tokens, view.agents_alive],
  });
}

/** Everything that the screens show of a session from which nothing was let go. */
function whole(session: Session, atMs: number): string {
  return canonical([viewAgents(session, atMs), viewSession(session, atMs)]);
}

function assertSame(found: Session | undefined, expected: Session, atMs = NOW): void {
  assert.ok(found !== undefined, `${expected.session_id} is missing`);
  assert.equal(essence(found, atMs), essence(expected, atMs));
  if (found.trimmed_at === undefined) assert.equal(whole(found, atMs), whole(expected, atMs));
}

function assertTrue(log: EventLog, projector: Projector): void {
  const expected = scratch(log);
  assert.deepEqual(
    projector
      .summaries()
      .map((view) => view.session_id)
      .toSorted(),
    [...expected.values()]
      .filter((session) => hasBegun(viewSession(session, NOW)))
      .map((session) => session.session_id)
      .toSorted(),
  );
  assert.equal(projector.sessionCount(), projector.summaries().length);
  for (const [id, session] of expected) {
    assertSame(projector.session(id), session);
    const { calls, messages, requests, tokens, status } = viewSession(session, NOW);
    const summary = projector.summary(id)!;
    assert.equal(
      canonical([summary.calls, summary.messages, summary.requests, summary.tokens, summary.status]),
      canonical([calls, messages, requests, tokens, status]),
    );
  }
  const { seq } = projector.snapshot();
  const decoded = decodeState(shownBy(projector));
  assert.equal(decoded.seq, seq);
  const shown = visibleSessions(projector.state(), NOW);
  assert.deepEqual([...decoded.sessions.keys()].toSorted(), shown.map((session) => session.session_id).toSorted());
  for (const session of decoded.sessions.values()) assertSame(session, expected.get(session.session_id)!);
}

function hasBegun(view: SessionView): boolean {
  return view.facts.begun_at !== undefined || view.todos !== undefined || view.calls_total + view.turns + view.messages + view.requests > 0;
}

/** Each session up to its first event past the moment. */
function scratchAt(log: EventLog, point: { seq: number } | { ms: number }): Map<SessionId, Session> {
  if ("seq" in point) return scratch(log, (event) => event.seq <= point.seq);
  const past = new Set<SessionId>();
  return scratch(log, (event) => {
    if (Date.parse(event.timestamp) > point.ms) past.add(event.session_id!);
    return !past.has(event.session_id!);
  });
}

async function assertPictures(log: EventLog, projector: Projector, moments: readonly number[]): Promise<void> {
  for (const moment of moments) {
    const seq = 1 + Math.floor(moment * (log.head() - 1));
    const eventMs = Date.parse(log.read({ after: seq - 1, limit: 1 })[0]!.timestamp);
    for (const [point, atMs] of [
      [{ seq }, eventMs] as const,
      [{ ms: START + Math.floor(moment * 620_000) }, START + Math.floor(moment * 620_000)] as const,
    ]) {
      const expected = visibleSessions({ seq, sessions: mapOf(scratchAt(log, point)) }, atMs);
      const picture = await projector.pictureAt(point);
      assert.deepEqual([...picture.sessions.keys()].toSorted(), expected.map((session) => session.session_id).toSorted());
      for (const session of expected) assertSame(picture.sessions.get(session.session_id), session, atMs);
    }
  }
}

for (const [name, openStore] of Object.entries(stores)) {
  for (const [kind, limits] of [
    ["with room", {}] as const,
    ["shedding all the time", small] as const,
    ["letting go of what is past", light] as const,
  ]) {
    const property = (t: TestContext, run: (drafts: readonly EventDraft[], moments: readonly number[]) => Promise<void>, numRuns: number) =>
      fc.assert(
        fc.asyncProperty(
          careless,
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
          async (drafts, moments) => {
            if (drafts.length > 0) await run(drafts, moments);
          },
        ),
        {
          numRuns,
          asyncReporter: async (details) => {
            t.diagnostic(`seed ${details.seed}`);
            if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
          },
        },
      );
    const runs = name === "memory" ? 60 : 12;

    test(`${name}, ${kind}: what is shown is the fold of the log, also after a restart or a crash`, async (t) => {
      await property(
        t,
        async (drafts) => {
          for (const settleEvery of [Infinity, 2]) {
            const log = openStore(t);
            const projector = follow(log, limits);
            await append(log, projector, drafts, settleEvery);
            assertTrue(log, projector);
            assertTrue(log, follow(log, limits));
            projector.settleAll();
            await log.checkpoints.flush();
            const restarted = follow(log, limits);
            assertTrue(log, restarted);
            await append(
              log,
              restarted,
              drafts.map((draft) => ({ ...draft, id: `${draft.id}:again` })),
            );
            assertTrue(log, restarted);
            await log.close();
          }
        },
        runs,
      );
    });

    test(`${name}, ${kind}: a past picture is the fold of what was known then`, async (t) => {
      await property(
        t,
        async (drafts, moments) => {
          const log = openStore(t);
          const projector = follow(log, { ...limits, checkpointEvery: 5 });
          await append(log, projector, drafts);
          await assertPictures(log, projector, moments);
          await assertPictures(log, follow(log, limits), moments);
          await log.close();
        },
        runs,
      );
    });

    test(`${name}, ${kind}: long sessions with late facts keep every sum`, async (t) => {
      for (const seed of [1, 2, 3]) {
        const log = openStore(t);
        const projector = follow(log, limits);
        const drafts = tidy(seed);
        await append(log, projector, drafts.slice(0, 900), 5);
        const restarted = follow(log, limits);
        assertTrue(log, restarted);
        await append(log, restarted, drafts.slice(900), 5);
        assertTrue(log, restarted);
        await assertPictures(log, restarted, [0, 0.2, 0.5, 0.77, 1]);
        await log.close();
      }
    });
  }
}

function shownBy(projector: Projector): WireState {
  return told(projector.snapshot());
}

function told({ pieces }: ReturnType<Projector["snapshot"]>): WireState {
  return JSON.parse(pieces.map(({ json }) => json).join("")) as WireState;
}

test("a snapshot that is made in pieces is of one moment, and what happens meanwhile is folded meanwhile", async () => {
  let now = NOW;
  // Each look at it costs more than a piece may take.
  const clock = { ...systemClock, now: () => (now += 5) };
  const log = createMemoryLog({ clock });
  const projector = createProjector({ log, history: createHistory(log), clock });
  log.onCommit(projector.apply);
  const events = [...syntheticEvents({ events: 500, parallel: 8, stepMs: 10, startMs: NOW })];
  await log.append(events.slice(0, 400));
  let isMade = false;
  const making = projector.snapshotInPieces().finally(() => (isMade = true));
  const whole = shownBy(projector);
  await log.append(events.slice(400));
  assert.notDeepEqual(shownBy(projector), whole);
  assert.equal(isMade, false);
  assert.deepEqual(told(await making), whole);
});

test("a session that fell silent while it worked is not shown as working after a restart", async () => {
  let now = NOW;
  const moving = { ...systemClock, now: () => now };
  const log = createMemoryLog({ clock: moving });
  const projector = createProjector({ log, history: createHistory(log), clock: moving });
  log.onCommit(projector.apply);
  await log.append([
    {
      id: "a",
      type: "tool.started",
      timestamp: new Date(NOW).toISOString(),
      source: "claude-code/hook",
      session_id: "ses_1",
      agent_id: "agt_main",
      data: { call_id: "call_1", name: "Bash" },
    } as unknown as EventDraft,
  ]);
  projector.settleAll();
  assert.equal(projector.summary("ses_1" as SessionId)?.status, "working");
  now += 2 * PICTURE_MS;
  const live = projector.summary("ses_1" as SessionId)?.status;
  const restarted = createProjector({ log, history: createHistory(log), clock: moving });
  assert.equal(restarted.summary("ses_1" as SessionId)?.status, live);
  assert.equal(restarted.summaries()[0]?.status, "idle");
});

test("a past picture shows no more sessions at once than the live one, the most recently begun", async () => {
  const log = createMemoryLog({ clock });
  const projector = follow(log, { shownAtOnce: 3 });
  const started = Array.from({ length: 8 }, (_, index) => ({
    id: `s${index}`,
    type: "session.started",
    timestamp: new Date(START + index * 1_000).toISOString(),
    source: "claude-code/hook",
    session_id: `ses_${index}`,
    data: {},
  })) as unknown as EventDraft[];
  await append(log, projector, started);
  assert.deepEqual([...(await projector.pictureAt({ seq: 6 })).sessions.keys()].toSorted(), ["ses_3", "ses_4", "ses_5"]);
  assert.equal(shownBy(projector).sessions.length, 3);
});

for (const [pace, betweenMs] of [
  ["slowly", 10_000],
  ["fast", 500],
] as const)
  test(`a session of many calls that come ${pace} keeps only its recent ones at hand, is not folded again from its beginning, and counts all`, async () => {
    const log = createMemoryLog({ clock });
    const history = createHistory(log);
    const wholeSession = (): undefined => assert.fail("it was folded from its beginning");
    const projector = createProjector({ log, history: { ...history, wholeSession }, clock, limits: { sessionEntities: 200 } });
    const base = { source: "test", session_id: "ses_long" as SessionId, agent_id: "agt_main" };
    const drafts = Array.from({ length: 4_000 }, (_, no) => {
      const timestamp = new Date(START + (Math.floor(no / 2) - 2_000) * betweenMs).toISOString();
      const call = { call_id: `call_${Math.floor(no / 2)}`, name: "Read" };
      return no % 2 === 0
        ? { ...base, id: `s${no}`, timestamp, type: "tool.started", data: call }
        : { ...base, id: `e${no}`, timestamp, type: "tool.ended", data: { ...call, outcome: "ok" } };
    }) as EventDraft[];
    await append(log, projector, drafts);
    assert.ok(projector.state().sessions.get(base.session_id)!.calls.map.size < 800);
    assert.equal(projector.summary(base.session_id)?.calls_total, 2_000);
    assertTrue(log, projector);
    let read = 0;
    const counting: EventLog = { ...log, read: (query) => log.read(query).map((event) => (read++, event)) };
    const past = createHistory(counting).sessionAt(base.session_id, { seq: 3_900 })!;
    assert.equal(viewSession(past, NOW).calls_total, 1_950);
    assert.ok(read < 1_000, `${read} events were read for a moment of it`);
  });
