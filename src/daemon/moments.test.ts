import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { encodeSession } from "../projections/encode.ts";
import { canonical } from "../projections/fuse.ts";
import { eventMarks } from "../projections/event-marks.ts";
import { foldSession, type Session } from "../projections/session.ts";
import { syntheticEvents } from "../testing/synthetic.ts";
import { createActivityStore } from "./activity-store.ts";
import { createHistory } from "./history.ts";
import { createMoments, type Step, type StepPoint } from "./moments.ts";
import { createProjector } from "./projector.ts";

const START = Date.UTC(2026, 10, 20, 10);
const clock = { ...systemClock, now: () => START + 600_000 };
/** Sources that tell by the half second: several events of one time, of one session and of several. */
const GRAIN_MS = 500;

interface Expected {
  readonly atMs: number;
  readonly event: StoredEvent & { readonly session_id: SessionId };
}

/** Sessions side by side, some facts told late; with what must be known of their steps, worked out the long way. */
async function world(seed: number, count = 400) {
  const log = createMemoryLog({ clock });
  const history = createHistory(log);
  const activity = createActivityStore(log);
  const projector = createProjector({ log, history, clock, counted: activity.count, limits: { checkpointEvery: 14 } });
  log.onCommit(projector.apply);
  const drafts = [
    ...syntheticEvents({ events: count, parallel: 4, eventsPerSession: 90, agentsPerSession: 5, startMs: START, stepMs: 170, seed }),
  ];
  const late = drafts
    .map((draft, index) => ({ draft, at: (index * 7 + seed) % 10 === 0 ? index + ((index * 31 + seed) % 60) : index }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ draft }) => ({ ...draft, timestamp: new Date(Math.floor(Date.parse(draft.timestamp) / GRAIN_MS) * GRAIN_MS).toISOString() }));
  for (let at = 0; at < late.length; at += 23) await log.append(late.slice(at, at + 23) as EventDraft[]);
  const shown = new Map<string, number>();
  const steps: Expected[] = [];
  for (const event of log.read({ order: "oldest", limit: 10_000 })) {
    if (event.session_id === undefined) continue;
    const atMs = Math.max(shown.get(event.session_id) ?? 0, Date.parse(event.timestamp));
    shown.set(event.session_id, atMs);
    steps.push({ atMs, event: event as Expected["event"] });
  }
  steps.sort((a, b) => a.atMs - b.atMs || a.event.seq - b.event.seq);
  return { log, history, moments: createMoments({ log, history, projector, activity }), steps };
}

const pointOf = ({ atMs, event }: Step): StepPoint => ({ ms: atMs, upTo: event.seq });
const seqs = (steps: readonly Step[]): number[] => steps.map(({ event }) => event.seq);

function walk(step: (from: StepPoint) => Step | undefined, from: StepPoint): Step[] {
  const found: Step[] = [];
  for (let next = step(from); next !== undefined; next = step(pointOf(next))) found.push(next);
  return found;
}

for (const seed of [1, 2, 3]) {
  test(`stepping meets every event once, in the order in which pictures show them, forwards and backwards (${seed})`, async () => {
    const { moments, steps, log } = await world(seed);
    assert.ok(
      steps.some((step, index) => step.atMs === steps[index + 1]?.atMs),
      "some share their time",
    );
    const forwards = walk((from) => moments.step(from, "next", "event"), { ms: 0 });
    assert.deepEqual(seqs(forwards), seqs(steps));
    assert.deepEqual(
      forwards.map(({ atMs }) => atMs),
      steps.map(({ atMs }) => atMs),
    );
    assert.deepEqual(
      seqs(walk((from) => moments.step(from, "previous", "event"), { ms: Number.MAX_SAFE_INTEGER })),
      seqs(steps.toReversed()),
    );
    await log.close();
  });

  test(`of the sessions of a project, stepping meets what is theirs, in both directions (${seed})`, async () => {
    const { moments, steps, log } = await world(seed);
    const ids = [...new Set(steps.map(({ event }) => event.session_id))];
    const followed = { project: "every other", sessionIds: new Set(ids.filter((_, index) => index % 2 === 0)) };
    const own = steps.filter(({ event }) => followed.sessionIds.has(event.session_id));
    assert.ok(own.length > 50 && own.length < steps.length);
    assert.deepEqual(seqs(walk((from) => moments.step(from, "next", "event", followed), { ms: 0 })), seqs(own));
    const back = walk((from) => moments.step(from, "previous", "event", followed), { ms: Number.MAX_SAFE_INTEGER });
    assert.deepEqual(seqs(back), seqs(own.toReversed()));
    await log.close();
  });

  test(`within a session, and of one agent, stepping meets what is theirs (${seed})`, async () => {
    const { moments, steps, log } = await world(seed);
    const { session_id: sessionId, agent_id: agentId } = steps.find(({ event }) => event.agent_id !== "agt_main")!.event;
    const own = steps.filter(({ event }) => event.session_id === sessionId);
    assert.deepEqual(seqs(walk((from) => moments.step(from, "next", "event", { sessionId }), { ms: 0 })), seqs(own));
    const agents = own.filter(({ event }) => event.agent_id === agentId);
    const followed = { sessionId, agentIds: new Set([agentId!]) };
    assert.deepEqual(seqs(walk((from) => moments.step(from, "next", "event", followed), { ms: 0 })), seqs(agents));
    await log.close();
  });

  test(`what lies between two moments is every step between them, a piece at a time (${seed})`, async () => {
    const { moments, steps, log } = await world(seed);
    const [from, to] = [steps[30]!, steps[200]!];
    const got: number[] = [];
    for (let point = pointOf(from); point.ms < to.atMs;) {
      const { steps: part, untilMs } = moments.between(point, to.atMs, 20);
      got.push(...seqs(part));
      point = { ms: untilMs };
    }
    assert.deepEqual(got, seqs(steps.filter((step, index) => index > 30 && step.atMs <= to.atMs)));
    await log.close();
  });

  test(`the picture of a step is the fold of every step up to it (${seed})`, async () => {
    const { history, steps, log } = await world(seed, 240);
    for (let at = 5; at < steps.length; at += 17) {
      const { event, atMs } = steps[at]!;
      const before = steps.slice(0, at + 1).filter((step) => step.event.session_id === event.session_id);
      const expected = before.reduce<Session | undefined>((session, step) => foldSession(session, step.event), undefined);
      const whole = history.wholeSession(event.session_id, { ms: atMs, upTo: event.seq });
      assert.equal(text(whole), text(expected));
      const fromCheckpoint = history.sessionAt(event.session_id, { ms: atMs, upTo: event.seq })!;
      assert.deepEqual(fromCheckpoint.facts, expected!.facts);
      assert.deepEqual([...fromCheckpoint.calls.totals], [...expected!.calls.totals]);
    }
    await log.close();
  });

  test(`errors of all sessions are met once each, in order, in both directions (${seed})`, async () => {
    const { moments, steps, log } = await world(seed);
    const told = new Set(
      eventMarks(log.read({ order: "oldest", limit: 10_000 })).flatMap(({ kind, seq }) => (kind === "error" ? seq : [])),
    );
    const errors = steps.filter(({ event }) => told.has(event.seq));
    assert.ok(errors.length > 3);
    assert.deepEqual(seqs(walk((from) => moments.step(from, "next", "error"), { ms: 0 })), seqs(errors));
    assert.deepEqual(seqs(walk((from) => moments.step(from, "previous", "error"), { ms: START + 10_000_000 })), seqs(errors.toReversed()));
    await log.close();
  });
}

function text(session: Session | undefined): string {
  return session === undefined ? "none" : canonical(JSON.parse(JSON.stringify(encodeSession(session))));
}
