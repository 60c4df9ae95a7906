import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createStripCount } from "../projections/activity.ts";
import { createStripReader } from "../projections/event-marks.ts";
import { syntheticEvents } from "../testing/synthetic.ts";
import { createActivityStore } from "./activity-store.ts";
import { createFollowed } from "./followed.ts";
import { createHistory } from "./history.ts";
import { createMoments } from "./moments.ts";
import { createProjector } from "./projector.ts";
import { createRecentActivity } from "./recent-activity.ts";

const START = Date.UTC(2026, 10, 20, 10);
const clock = { ...systemClock, now: () => START + 8_000_000 };
const window = { sinceMs: START, untilMs: START + 7_200_000, buckets: 60 };

/** Two sessions of `shop`, one of `docs`, one of no project: each says something every minute for two hours, and fails once. */
function drafts(): EventDraft[] {
  const told = (id: string, ms: number, type: string, data: object, session: string) =>
    ({ id, source: "x/hook", session_id: session, type, timestamp: new Date(START + ms).toISOString(), data }) as unknown as EventDraft;
  return ["shop", "shop", "docs", undefined].flatMap((project, index) => {
    const session = `ses_${index}`;
    const started = told(`${session} begun`, index, "session.started", project === undefined ? {} : { project }, session);
    const says = Array.from({ length: 119 }, (_, minute) =>
      told(`${session} ${minute}`, minute * 60_000 + 1_000, "session.updated", { title: `Minute ${minute}` }, session),
    );
    const failed = told(`${session} failed`, 3_000_000 + index * 300_000, "model.failed", { class: "overloaded" }, session);
    return [started, ...says, failed].toSorted((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
  });
}

async function world() {
  const log = createMemoryLog({ clock });
  const history = createHistory(log);
  const activity = createActivityStore(log);
  const projector = createProjector({ log, history, clock, counted: activity.count });
  log.onCommit(projector.apply);
  await log.append(drafts());
  return { log, history, activity, projector, followed: createFollowed({ log, projector }) };
}

test("the density of a project is that of its sessions alone, near and far, also after a restart", async () => {
  const { log, activity, followed } = await world();
  const far = async (store: typeof activity, project?: string) =>
    (await store.within(window, followed({ project }))).buckets.reduce(
      (sum, { events, errors }) => ({ events: sum.events + events, errors: sum.errors + errors }),
      { events: 0, errors: 0 },
    );
  const expect = async (store: typeof activity) => {
    assert.deepEqual(await far(store), { events: 484, errors: 4 });
    assert.deepEqual(await far(store, "shop"), { events: 242, errors: 2 });
    assert.deepEqual(await far(store, "docs"), { events: 121, errors: 1 });
    assert.deepEqual(await far(store, "nobody's"), { events: 0, errors: 0 });
  };
  await expect(activity);
  const near = await activity.within({ ...window, untilMs: START + 600_000, buckets: 10 }, followed({ project: "docs" }));
  assert.equal(
    near.buckets.reduce((sum, { events }) => sum + events, 0),
    11,
  );
  activity.settle();
  await expect(createActivityStore(log));
  await log.close();
});

test("of a short window, events that are at hand say what the log says", async () => {
  const { log, activity, followed } = await world();
  activity.settle();
  const fromLog = createActivityStore(log);
  for (const whose of [{}, { project: "shop" }, { session_id: "ses_2" }])
    for (const sinceMs of [START, START + 2_900_000, START + 3_000_000, START + 6_900_000]) {
      const near = { sinceMs, untilMs: sinceMs + 600_000, buckets: 37 };
      assert.deepEqual(await activity.within(near, followed(whose)), await fromLog.within(near, followed(whose)));
    }
});

test("of a short window with too many events none is read: they were counted", async () => {
  const log = createMemoryLog({ clock });
  let reads = 0;
  const read: typeof log.read = (query) => (reads++, log.read(query));
  const activity = createActivityStore({ notes: log.notes, read });
  let seq = 0;
  const some = (count: number, fromMs: number): void => {
    for (let no = 0; no < count; no++) {
      const timestamp = new Date(START + fromMs + (no % 600) * 1_000).toISOString();
      const event = { seq: ++seq, id: `e${seq}`, type: "turn.started", source: "x/hook", session_id: "ses_a", timestamp, data: {} };
      activity.count(event as unknown as StoredEvent, undefined, undefined);
    }
  };
  const near = { sinceMs: START, untilMs: START + 1_800_000, buckets: 90 };
  some(19_000, 0);
  assert.notEqual((await activity.within(near)).marks, undefined, "all of them are at hand");
  some(26_000, 600_000);
  const { buckets, marks } = await activity.within(near);
  assert.equal(
    buckets.reduce((sum, { events }) => sum + events, 0),
    45_000,
  );
  assert.deepEqual([marks, reads], [undefined, 0]);
  await activity.within({ ...near, sinceMs: START - 1_800_000, untilMs: START - 1_000 });
  assert.equal(reads, 1, "where few were counted they are looked for");
});

test("events at hand are the newest, and none whose window may hold others or whose words were taken out", () => {
  const at = (seq: number, type = "session.updated"): StoredEvent =>
    ({
      seq,
      id: `e${seq}`,
      type,
      timestamp: new Date(START + seq * 1_000).toISOString(),
      source: "x/hook",
      data: {},
    }) as unknown as StoredEvent;
  const recent = createRecentActivity(10, START);
  const since = (from: number) => recent.since(START + from * 1_000)?.map(({ seq }) => seq);
  for (let seq = 1; seq <= 10; seq++) recent.add(at(seq));
  assert.deepEqual([since(0), since(1)], [undefined, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
  recent.add(at(11));
  assert.deepEqual([since(1), since(2)], [undefined, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
  recent.add(at(12, "retention.applied"));
  assert.deepEqual([since(11), since(12)], [undefined, [12]]);
});

test("what is counted of events at hand is what the window's events alone say", () => {
  const drafts = [...syntheticEvents({ events: 3_000, parallel: 4, seed: 7 })];
  // Every third is told again soon after, and once more much later.
  const told = drafts.flatMap((draft, index) => [
    draft,
    ...[2, 300].flatMap((back) => (index % 3 === 0 ? (drafts[index - back] ?? []) : [])),
  ]);
  const events = told.map((draft, index) => ({ ...draft, seq: index + 1, source: "x/hook" }) as unknown as StoredEvent);
  const recent = createRecentActivity(600, -Infinity);
  let marked = 0;
  for (const [index, event] of events.entries()) {
    recent.add(event);
    if (index % 50 !== 49) continue;
    for (const back of [30, 200, 590]) {
      const sinceMs = Date.parse(events[Math.max(0, index - back)]!.timestamp);
      const near = { sinceMs, untilMs: Date.parse(event.timestamp) + 1, buckets: 23 };
      const held = recent.since(sinceMs);
      if (held === undefined) continue;
      const [known, alone, reader] = [createStripCount(near), createStripCount(near), createStripReader()];
      for (const one of held) known.add(one);
      for (const one of events.slice(0, index + 1)) if (Date.parse(one.timestamp) >= sinceMs) alone.add(reader.read(one));
      const said = ({ buckets, marks }: ReturnType<typeof known.result>) => [buckets, marks.map(({ kind, seq }) => [kind, seq])];
      assert.deepEqual(said(known.result()), said(alone.result()));
      marked += known.result().marks.length;
    }
  }
  assert.ok(marked > 100);
});

test("a session that is named says more than the project beside it", async () => {
  const { log, followed } = await world();
  assert.deepEqual(followed({ session_id: "ses_2", project: "shop" }), { sessionId: "ses_2" });
  await log.close();
});

test("errors of a project are stepped to, past those of others", async () => {
  const { log, history, activity, projector, followed } = await world();
  const moments = createMoments({ log, history, projector, activity });
  const met = (project: string | undefined) => {
    const found: (string | undefined)[] = [];
    let step = moments.step({ ms: START }, "next", "error", followed({ project }));
    for (; step !== undefined; step = moments.step({ ms: step.atMs, upTo: step.event.seq }, "next", "error", followed({ project })))
      found.push(step.event.session_id);
    return found;
  };
  assert.deepEqual(met(undefined), ["ses_0", "ses_1", "ses_2", "ses_3"]);
  assert.deepEqual(met("shop"), ["ses_0", "ses_1"]);
  assert.deepEqual(met("docs"), ["ses_2"]);
  await log.close();
});
